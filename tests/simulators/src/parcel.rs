//! One parcel: its events in its carrier's words, and how many of them can be seen.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;

use crate::carrier::Carrier;
use crate::dice::Dice;
use crate::late::Late;
use crate::life::{self, Step};
use crate::words;
use crate::world::now_ms;

const NOT_SUBSCRIBED: u32 = u32::MAX;

#[derive(Debug)]
pub struct Event {
    /// Seconds since the epoch. Of a parcel that is told late it moves until the event can be seen.
    at: AtomicI64,
    /// As in answers to questions; a push may use another word.
    pub code: &'static str,
    pub text: Box<str>,
    pub step: Step,
}

/// How a parcel is made.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// Events appear as the story goes on.
    Story,
    /// So many from the start, the rest by `advance` only.
    Held(u32),
    Complete,
}

/// When a parcel is made, on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Birth {
    pub wall_seconds: i64,
    pub story_seconds: f64,
}

#[derive(Debug)]
pub struct Parcel {
    pub carrier: Carrier,
    pub number: String,
    pub phone_tail: Option<String>,
    pub events: Vec<Event>,
    born: f64,
    paced: bool,
    /// At least so many are visible, whatever the story says.
    floor: AtomicU32,
    next_push: AtomicU32,
    told: OnceLock<Told>,
    late: Option<Late>,
}

/// All events as an answer writes them, one after the other: what is visible is a prefix.
#[derive(Debug)]
struct Told {
    text: String,
    ends: Vec<usize>,
}

impl Told {
    fn of(pieces: Vec<String>) -> Self {
        let grow = |end: &mut usize, piece: &String| {
            *end += piece.len() + 1;
            Some(*end - 1)
        };
        Told { ends: pieces.iter().scan(0, grow).collect(), text: pieces.join(",") }
    }
}

/// What the tracking interface shows of an event.
#[derive(Serialize)]
pub struct Shown<'a> {
    pub at: String,
    pub code: &'a str,
    pub text: &'a str,
    pub place: Cow<'static, str>,
}

impl Parcel {
    pub fn new(seed: u64, carrier: Carrier, number: String, pace: Pace, birth: Birth) -> Self {
        let mut dice = Dice::new(seed, &[carrier.name(), &number]);
        let steps = life::live(&mut dice, carrier);
        // The whole story lies before the creation: no event is ever in the future.
        let base = birth.wall_seconds - 1 - i64::from(steps.last().map_or(0, |s| s.offset));
        let events: Vec<Event> = steps.iter().map(|step| Event::new(carrier, base, *step)).collect();
        let floor = match pace {
            Pace::Story => 0,
            Pace::Held(n) => n.min(events.len() as u32),
            Pace::Complete => events.len() as u32,
        };
        Parcel {
            carrier,
            number,
            phone_tail: None,
            events,
            born: birth.story_seconds,
            paced: matches!(pace, Pace::Story),
            floor: AtomicU32::new(floor),
            next_push: AtomicU32::new(NOT_SUBSCRIBED),
            told: OnceLock::new(),
            late: None,
        }
    }

    pub fn with_phone_tail(mut self, seed: u64) -> Self {
        let digits = Dice::new(seed, &["phone", &self.number]).below(10_000);
        self.phone_tail = Some(format!("{digits:04}"));
        self
    }

    /// Each of its events happened about this long before it can be seen.
    pub fn with_lag(mut self, lag: Duration) -> Self {
        let late = Late::new(self.carrier, lag, &mut self.dice("lag"));
        late.begin(&self.events, self.floor.load(Relaxed) as usize);
        self.late = Some(late);
        self
    }

    /// What can be seen now. What is told late gets its time from whoever sees it first.
    pub fn visible(&self, story: f64) -> &[Event] {
        let age = story - self.born;
        let told = if self.paced { self.events.partition_point(|e| f64::from(e.step.offset) <= age) } else { 0 };
        let visible = &self.events[..told.max(self.floor.load(Relaxed) as usize)];
        if let Some(late) = &self.late {
            late.date(visible, now_ms() / 1000);
        }
        visible
    }

    /// Shows `n` more events; returns how many are visible now.
    pub fn advance(&self, story: f64, n: u32) -> usize {
        let all = self.events.len();
        let shown = (self.visible(story).len() + n as usize).min(all);
        self.floor.fetch_max(shown as u32, Relaxed);
        self.visible(story).len()
    }

    /// When, on the story's clock, the event after the first `seen` appears by itself.
    pub fn appears(&self, seen: usize) -> Option<f64> {
        let next = self.events.get(seen).filter(|_| self.paced)?;
        Some(self.born + f64::from(next.step.offset))
    }

    /// Pushes begin with the next event to appear. False if they had begun already.
    pub fn subscribe(&self, story: f64) -> bool {
        let seen = self.visible(story).len() as u32;
        self.next_push.compare_exchange(NOT_SUBSCRIBED, seen, Relaxed, Relaxed).is_ok()
    }

    /// The events that appeared since the last call, by their indices; none if nobody subscribed.
    /// Only the pusher asks, one call at a time.
    pub fn due_pushes(&self, story: f64) -> Option<std::ops::Range<usize>> {
        let from = Some(self.next_push.load(Relaxed)).filter(|from| *from != NOT_SUBSCRIBED)?;
        let seen = self.visible(story).len();
        self.next_push.store(seen as u32, Relaxed);
        Some(from as usize..seen)
    }

    pub fn opens_to(&self, tails: &str) -> bool {
        self.phone_tail.as_deref().is_none_or(|tail| tails.split(',').any(|t| t.trim() == tail))
    }

    /// The visible events, joined by commas; `write` is asked once, for all events, unless those
    /// that cannot be seen yet have no final time.
    pub fn told(&self, story: f64, write: impl Fn(&[Event]) -> Vec<String>) -> Cow<'_, str> {
        let visible = self.visible(story);
        if self.late.is_some() {
            return write(visible).join(",").into();
        }
        let told = self.told.get_or_init(|| Told::of(write(&self.events)));
        visible.len().checked_sub(1).map_or("", |last| &told.text[..told.ends[last]]).into()
    }

    pub fn shown(&self, story: f64) -> Vec<Shown<'_>> {
        self.visible(story).iter().map(|e| e.shown(self)).collect()
    }

    /// Dice of this parcel for a question of its carrier's module.
    pub fn dice(&self, question: &str) -> Dice {
        Dice::new(0, &[question, &self.number])
    }
}

impl Event {
    fn new(carrier: Carrier, base: i64, step: Step) -> Self {
        let (code, text) = words::tell(carrier, &step);
        let at = base + i64::from(step.offset);
        // EMS writes no seconds, so that it has none.
        let at = if carrier == Carrier::Ems { at - at.rem_euclid(60) } else { at };
        Event { at: at.into(), code, text: text.into(), step }
    }

    /// When it happened, in seconds since the epoch.
    pub fn at(&self) -> i64 {
        self.at.load(Relaxed)
    }

    /// Says when it happened, before anybody can see it.
    pub fn date(&self, at: i64) {
        self.at.store(at, Relaxed);
    }

    /// `2025-05-22 15:06:35`, the time in China, as most carriers write it.
    pub fn china_time(&self) -> String {
        china_time(self.at())
    }

    fn shown(&self, parcel: &Parcel) -> Shown<'_> {
        let place = words::place(parcel, self);
        Shown { at: timestamp(self.at()).to_string(), code: self.code, text: &self.text, place }
    }
}

pub fn china_time(at: i64) -> String {
    let civil = Offset::constant(8).to_datetime(timestamp(at));
    format!("{} {}", civil.date(), civil.time())
}

fn timestamp(at: i64) -> Timestamp {
    Timestamp::from_second(at).expect("parcels are made by this machine's clock")
}
