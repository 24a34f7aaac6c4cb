//! One look at a parcel: what there is to see on a page with this face.

use std::sync::Arc;

use crate::carrier::Carrier;
use crate::dice::Dice;
use crate::pages::Face;
use crate::pages::template::{Data, quote};
use crate::parcel::{Birth, Event, Pace, Parcel};
use crate::world::{World, now_ms};

/// How many rows the first of several pages has.
const FIRST_ROWS: usize = 3;

pub struct Look {
    /// As it was typed.
    pub asked: String,
    parcel: Option<Arc<Parcel>>,
    seen: usize,
    paged: bool,
}

impl Look {
    pub fn at(world: &World, carrier: Carrier, asked: &str, face: Face) -> Self {
        let parcel = match face {
            Face::NoRecord => None,
            Face::OtherParcel => Some(Arc::new(another(world.options.seed, carrier, asked))),
            _ => world.parcel(carrier, asked.trim()),
        };
        let visible = parcel.as_ref().map_or(0, |parcel| parcel.visible(world.story()).len());
        let seen = if face == Face::Empty { 0 } else { visible };
        Look { asked: asked.to_owned(), parcel, seen, paged: face == Face::Paged }
    }

    /// What a page shows that fetches its rows itself.
    pub fn frame(&self) -> Data {
        Data::default().text("number", self.number()).text("asked", quote(&self.asked)).when("pager", self.has_more())
    }

    pub fn is_known(&self) -> bool {
        self.parcel.is_some()
    }

    /// The number that is shown: another parcel's, if that is what the carrier found.
    pub fn number(&self) -> &str {
        self.parcel.as_ref().map_or(&self.asked, |parcel| &parcel.number)
    }

    pub fn is_paged(&self) -> bool {
        self.paged
    }

    /// More rows than the first ones.
    pub fn has_more(&self) -> bool {
        self.paged && self.seen > FIRST_ROWS
    }

    pub fn oldest_first(&self) -> Vec<&Event> {
        self.seen().iter().take(self.rows()).collect()
    }

    pub fn newest_first(&self) -> Vec<&Event> {
        self.seen().iter().rev().take(self.rows()).collect()
    }

    fn seen(&self) -> &[Event] {
        self.parcel.as_ref().map_or(&[], |parcel| &parcel.events[..self.seen])
    }

    fn rows(&self) -> usize {
        if self.paged { FIRST_ROWS } else { usize::MAX }
    }
}

/// A parcel that nobody asked for, the same each time.
fn another(seed: u64, carrier: Carrier, asked: &str) -> Parcel {
    let number = carrier.number(Dice::new(seed, &["another", asked]).below(1_000_000_000_000));
    Parcel::new(seed, carrier, number, Pace::Complete, Birth { wall_seconds: now_ms() / 1000, story_seconds: 0.0 })
}
