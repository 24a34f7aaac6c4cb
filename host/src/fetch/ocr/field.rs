//! One field while it is read.

use super::frame::{Alphabet, Pass, Place, Seen};
use super::{Cell, Drawn, Kind, Knowledge, normal};

pub struct Field {
    pub kind: Kind,
    pub place: Place,
    passes: Vec<Pass>,
    is_open: bool,
    pub drawn: Drawn,
}

impl Field {
    pub fn new(cell: &Cell) -> Self {
        let Cell { x, y, width, height, kind } = *cell;
        let place = Place { x, y, width, height, alphabet: kind.alphabet(), again: false };
        Self { kind, place, passes: vec![], is_open: true, drawn: Drawn::Unsure("nobody looked".into()) }
    }

    /// The same, to be read anew with other characters.
    pub fn in_other(&self, alphabet: Alphabet) -> Self {
        let place = Place { alphabet, ..self.place.clone() };
        Self { kind: self.kind, place, passes: vec![], is_open: true, drawn: self.drawn.clone() }
    }

    /// Another look may still tell.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Some look saw a Chinese date.
    pub fn is_written_out(&self) -> bool {
        self.passes.iter().any(|pass| pass.text.contains('月'))
    }

    pub fn add(&mut self, seen: Seen) {
        let told = match seen {
            Seen::Read(passes) => return self.passes.extend(passes),
            Seen::Outside => Drawn::Unsure("it lies outside of the picture".into()),
            Seen::Blank => Drawn::Sure(String::new()),
        };
        (self.is_open, self.drawn) = (false, told);
    }

    /// Tells what was read if it is sure by now.
    pub fn settle(&mut self, knowledge: Knowledge<'_>, floor: u8) {
        if self.is_open {
            self.drawn = normal::agreed(self.kind, &self.passes, knowledge, floor);
            self.is_open = matches!(self.drawn, Drawn::Unsure(_));
        }
    }
}
