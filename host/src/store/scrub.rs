//! Hides phones and identity numbers in what is kept, always the same way, so that a replay
//! still means the same and two records of one person still agree.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

/// A mobile phone, or an identity number, that is no part of a longer number.
static PERSONAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?-u)(^|[^0-9A-Za-z])(1[3-9][0-9]{9}|[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{4}[0-9Xx])($|[^0-9A-Za-z])")
        .expect("a constant")
});

/// The text with digits of personal numbers replaced. Keeps lengths; keyed, so nobody can undo it.
pub fn scrub<'a>(text: &'a [u8], key: &[u8; 32]) -> Cow<'a, [u8]> {
    let once = |text: &[u8]| {
        PERSONAL.replace_all(text, |found: &Captures<'_>| [&found[1], &mask(&found[2], key), &found[3]].concat()).into_owned()
    };
    if !PERSONAL.is_match(text) {
        return Cow::Borrowed(text);
    }
    // Twice: two numbers may share the mark between them.
    Cow::Owned(once(&once(text)))
}

fn mask(number: &[u8], key: &[u8; 32]) -> Vec<u8> {
    let hash = blake3::keyed_hash(key, number);
    let keep = if number.len() == 11 { 2 } else { 4 };
    let digit = |(i, b): (usize, &u8)| if i < keep { *b } else { b'0' + hash.as_bytes()[i % 32] % 10 };
    let mut masked: Vec<u8> = number.iter().enumerate().map(digit).collect();
    // The middle says that it is a mask.
    for place in masked.iter_mut().skip(keep + 1).take(4) {
        *place = b'*';
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(text: &str) -> String {
        String::from_utf8(scrub(text.as_bytes(), &[7; 32]).into_owned()).unwrap()
    }

    #[test]
    fn personal_numbers_are_masked_consistently() {
        let (a, b) = (scrubbed("电话13800138000,再拨"), scrubbed("{\"tel\":\"13800138000\"}"));
        assert!(!a.contains("13800138000") && a.contains("13") && a.contains("****"));
        let masked = |text: &str| text.chars().filter(|c| c.is_ascii_digit() || *c == '*').collect::<String>();
        assert_eq!(masked(&a), masked(&b));
        assert!(!scrubbed("号110101199003077758。").contains("199003077758"));
    }

    #[test]
    fn waybills_and_times_stay() {
        for text in ["SF1011603494291", "73100196611386", "1609297452000", "\"2024-09-02 23:51:27\""] {
            assert_eq!(scrubbed(text), text);
        }
    }
}
