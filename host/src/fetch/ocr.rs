//! Text that is drawn: fields of a page that are pixels.
//!
//! A field is read twice, and is told only if both readings mean the same: never a guess. Pictures
//! come from strangers, so they are decoded and read in processes that hold nothing.

mod cache;
mod frame;
mod normal;
mod picture;
mod pool;
mod process;
mod tesseract;
mod worker;

use regex::Regex;

use crate::config;
use crate::fault::Fault;
use frame::{Alphabet, Place, Seen};
use pool::Pool;

pub use worker::{found, serve};

/// Reads drawn text. Workers are separate processes (`posthouse ocr-worker`), started at first use.
pub struct Ocr {
    pool: Pool,
    floor: u8,
}

/// What a field is; decides engine, whitelist and normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Words,
    Digits,
    Time,
    Number,
    City,
    Phrase,
}

/// A rectangle of the picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
    pub kind: Kind,
}

/// What a carrier's fields may say.
#[derive(Debug, Clone, Copy)]
pub struct Knowledge<'a> {
    /// A number matches one of them as a whole.
    pub numbers: &'a [Regex],
    /// Beside the usual ones; `{}` stands for a place.
    pub phrases: &'a [String],
}

/// A field that was read, or why it was not: never a guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawn {
    Sure(String),
    /// Why, for operators; may name what the two passes read.
    Unsure(String),
}

impl Kind {
    /// As an adapter asks for it, such as `ocr:time`.
    pub fn parse(take: &str) -> Option<Self> {
        Some(match take.strip_prefix("ocr:")? {
            "words" => Self::Words,
            "digits" => Self::Digits,
            "time" => Self::Time,
            "number" => Self::Number,
            "city" => Self::City,
            "phrase" => Self::Phrase,
            _ => return None,
        })
    }

    fn alphabet(self) -> Alphabet {
        match self {
            Self::Digits => Alphabet::Digits,
            Self::Time => Alphabet::Clock,
            Self::Number => Alphabet::Number,
            Self::Words | Self::City | Self::Phrase => Alphabet::Chinese,
        }
    }
}

impl Cell {
    fn place(&self, alphabet: Alphabet) -> Place {
        Place { x: self.x, y: self.y, width: self.width, height: self.height, alphabet }
    }
}

impl Ocr {
    pub fn new(config: &config::Ocr) -> Self {
        Self { pool: Pool::new(config), floor: config.floor }
    }

    /// One answer a cell, in order. `picture` is a PNG at device scale 2.
    ///
    /// A fault is ours: no worker, one that died twice or ran over its limit. It says what to do.
    pub async fn read(&self, picture: Vec<u8>, cells: &[Cell], knowledge: Knowledge<'_>) -> Result<Vec<Drawn>, Fault> {
        let places: Vec<_> = cells.iter().map(|cell| cell.place(cell.kind.alphabet())).collect();
        let mut drawn = self.settle(&picture, cells, &places, knowledge).await?;
        // A time may be written with 年, 月 and 日, which the digits' engine cannot read.
        let (again, cells): (Vec<_>, Vec<_>) =
            cells.iter().copied().enumerate().filter(|(nth, cell)| written_out(cell, &drawn[*nth])).unzip();
        let places: Vec<_> = cells.iter().map(|cell| cell.place(Alphabet::Chinese)).collect();
        let second = self.settle(&picture, &cells, &places, knowledge).await?;
        for (nth, second) in again.into_iter().zip(second) {
            if matches!(second, Drawn::Sure(_)) {
                drawn[nth] = second;
            }
        }
        Ok(drawn)
    }

    async fn settle(&self, picture: &[u8], cells: &[Cell], places: &[Place], knowledge: Knowledge<'_>) -> Result<Vec<Drawn>, Fault> {
        if cells.is_empty() {
            return Ok(vec![]);
        }
        let seen = self.pool.ask(picture, places).await?;
        Ok(cells.iter().zip(&seen).map(|(cell, seen)| self.one(cell.kind, seen, knowledge)).collect())
    }

    fn one(&self, kind: Kind, seen: &Seen, knowledge: Knowledge<'_>) -> Drawn {
        match seen {
            Seen::Outside => Drawn::Unsure("it lies outside of the picture".into()),
            Seen::Blank => Drawn::Sure(String::new()),
            Seen::Read(passes) => normal::agreed(kind, passes, knowledge, self.floor),
        }
    }
}

fn written_out(cell: &Cell, drawn: &Drawn) -> bool {
    cell.kind == Kind::Time && matches!(drawn, Drawn::Unsure(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_adapter_may_ask_for() {
        for (take, kind) in [("ocr:words", Kind::Words), ("ocr:digits", Kind::Digits), ("ocr:time", Kind::Time)] {
            assert_eq!(Kind::parse(take), Some(kind));
        }
        for (take, kind) in [("ocr:number", Kind::Number), ("ocr:city", Kind::City), ("ocr:phrase", Kind::Phrase)] {
            assert_eq!(Kind::parse(take), Some(kind));
        }
        assert_eq!([Kind::parse("text"), Kind::parse("ocr:"), Kind::parse("ocr:Time")], [None; 3]);
    }
}
