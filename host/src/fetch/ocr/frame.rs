//! What host and worker say to each other: a length, then a message.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

/// Longest message: a picture.
const QUESTION: usize = 32 * 1024 * 1024;
/// Longest answer.
pub const ANSWER: usize = 1024 * 1024;

/// Which characters may stand in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alphabet {
    Digits,
    Clock,
    Number,
    Chinese,
}

/// Where to read, in pixels of the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
    pub alphabet: Alphabet,
    /// It was looked at before, and has to be looked at in other ways.
    pub again: bool,
}

/// What one reading of a cell gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    pub text: String,
    /// As the engine says, of 100.
    pub sure: u8,
}

/// What came of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// Not in the picture.
    Outside,
    /// No ink.
    Blank,
    /// What each way of looking gave.
    Read(Vec<Pass>),
}

/// One answer a place, or why there is none.
pub type Answer = Result<Vec<Seen>, String>;

/// A whole question, with its length.
pub fn question(picture: &[u8], places: &[Place]) -> Result<Vec<u8>, String> {
    let places = serde_json::to_vec(places).map_err(|why| why.to_string())?;
    let whole = 4 + places.len() + picture.len();
    if whole > QUESTION {
        return Err(format!("a picture of {} bytes is too large", picture.len()));
    }
    Ok([&length(whole)[..], &length(places.len()), &places, picture].concat())
}

/// A question without its length: the places, and the picture.
pub fn taken_apart(question: &[u8]) -> Result<(Vec<Place>, &[u8]), String> {
    let (long, rest) = question.split_first_chunk().ok_or("a message without a length")?;
    let (places, picture) = rest.split_at_checked(u32::from_le_bytes(*long) as usize).ok_or("a message that is cut off")?;
    Ok((serde_json::from_slice(places).map_err(|why| why.to_string())?, picture))
}

/// The next question without its length. None: there are no more.
pub fn next(from: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut long = [0; 4];
    match from.read_exact(&mut long) {
        Err(why) if why.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let long = u32::from_le_bytes(long) as usize;
    if long > QUESTION {
        return Err(std::io::Error::other("a message that is too long"));
    }
    let mut question = vec![0; long];
    from.read_exact(&mut question)?;
    Ok(Some(question))
}

/// Sends an answer with its length.
pub fn answer(to: &mut impl Write, answer: &Answer) -> std::io::Result<()> {
    let answer = serde_json::to_vec(answer)?;
    to.write_all(&length(answer.len()))?;
    to.write_all(&answer)?;
    to.flush()
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).expect("messages are bounded").to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_comes_out_as_it_went_in() {
        let places = [Place { x: 1, y: 2, width: 3, height: 4, alphabet: Alphabet::Clock, again: true }];
        let sent = [question(b"png", &places).unwrap(), question(b"", &[]).unwrap()].concat();
        let mut from = &sent[..];
        let first = next(&mut from).unwrap().unwrap();
        assert_eq!(taken_apart(&first).unwrap(), (places.to_vec(), &b"png"[..]));
        assert_eq!(taken_apart(&next(&mut from).unwrap().unwrap()).unwrap(), (vec![], &b""[..]));
        assert!(next(&mut from).unwrap().is_none());
    }

    #[test]
    fn what_is_cut_off_or_too_long_is_an_error() {
        assert!(next(&mut &[9, 0, 0, 0, 1][..]).is_err());
        assert!(next(&mut &[255, 255, 255, 255][..]).is_err());
        assert!(taken_apart(&[7, 0, 0, 0, b'[']).is_err());
        assert!(taken_apart(&[7, 0]).is_err());
        assert!(question(&vec![0; QUESTION], &[]).is_err());
    }
}
