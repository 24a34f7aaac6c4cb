//! Text that is drawn: fields of a page that are pixels.
//!
//! A field is read twice, and is told if both readings mean the same. If they do not, it is rendered
//! in five more ways and needs most of the seven: never a guess. Pictures come from strangers, so
//! they are decoded and read in processes that hold nothing.

mod cache;
mod field;
mod frame;
mod normal;
mod picture;
mod pool;
mod process;
mod renderings;
mod tesseract;
mod worker;

use regex::Regex;

use crate::config;
use crate::fault::Fault;
use field::Field;
use frame::Alphabet;
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

impl Ocr {
    pub fn new(config: &config::Ocr) -> Self {
        Self { pool: Pool::new(config), floor: config.floor }
    }

    /// One answer a cell, in order. `picture` is a PNG at device scale 2.
    ///
    /// A fault is ours: no worker, one that died twice or ran over its limit. It says what to do.
    pub async fn read(&self, picture: Vec<u8>, cells: &[Cell], knowledge: Knowledge<'_>) -> Result<Vec<Drawn>, Fault> {
        let mut fields: Vec<Field> = cells.iter().map(Field::new).collect();
        self.look(&picture, &mut fields, |_| true).await?;
        fields.iter_mut().for_each(|field| field.settle(knowledge, self.floor));
        self.look_for_written(&picture, &mut fields).await?;
        fields.iter_mut().for_each(|field| field.settle(knowledge, self.floor));
        fields.iter_mut().for_each(|field| field.place.again = true);
        self.look(&picture, &mut fields, Field::is_open).await?;
        fields.iter_mut().for_each(|field| field.settle(knowledge, self.floor));
        Ok(fields.into_iter().map(|field| field.drawn).collect())
    }

    /// A time may be written with 年, 月 and 日, which the digits' engine cannot read.
    async fn look_for_written(&self, picture: &[u8], fields: &mut [Field]) -> Result<(), Fault> {
        let times: Vec<&mut Field> = fields.iter_mut().filter(|field| field.is_open() && field.kind == Kind::Time).collect();
        let mut written: Vec<Field> = times.iter().map(|field| field.in_other(Alphabet::Chinese)).collect();
        self.look(picture, &mut written, |_| true).await?;
        let found = times.into_iter().zip(written).filter(|(_, written)| written.is_written_out());
        found.for_each(|(field, written)| *field = written);
        Ok(())
    }

    /// Lets a worker look at some of the fields.
    async fn look(&self, picture: &[u8], fields: &mut [Field], which: impl Fn(&Field) -> bool) -> Result<(), Fault> {
        let fields: Vec<&mut Field> = fields.iter_mut().filter(|field| which(field)).collect();
        if fields.is_empty() {
            return Ok(());
        }
        let places: Vec<_> = fields.iter().map(|field| field.place.clone()).collect();
        let seen = self.pool.ask(picture, &places).await?;
        fields.into_iter().zip(seen).for_each(|(field, seen)| field.add(seen));
        Ok(())
    }
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
