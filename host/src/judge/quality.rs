//! How good a release's readings are, in counts that can be added up.

use posthouse_sdk::manifest::Manifest;
use posthouse_sdk::state::Flag;

use super::explain::{Said, explain};
use crate::fault::Instant;
use crate::parcel::{Event, Track};

/// Counts of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quality {
    pub events: u32,
    /// The dictionary did not know the code.
    pub unmapped: u32,
    pub placed: u32,
    /// Not later than we heard of it: a wrong time zone shows as eight hours ahead.
    pub timed: u32,
    /// Told one after the other, up or down.
    pub in_order: u32,
    /// Moves that the table knows.
    pub valid: u32,
    /// Set aside because they could not be read.
    pub odd: u32,
    /// A rule of the explainer knows the wording.
    pub explained: u32,
}

/// Clocks differ, a little.
const SKEW: Instant = 10 * 60_000;

impl Quality {
    /// Of what is new in one reading. `flags` are those of its events.
    pub fn of(track: &Track, flags: &[Option<Flag>], news: &[&Event], odd: i64, manifest: &Manifest, now: Instant) -> Self {
        let count = |holds: &dyn Fn(&Event) -> bool| news.iter().filter(|event| holds(event)).count() as u32;
        let events = news.len() as u32;
        let is_news = |event: &Event| news.iter().any(|new| std::ptr::eq(*new, event));
        let flagged = track.events.iter().zip(flags).filter(|(event, flag)| **flag == Some(Flag::Unexpected) && is_news(event)).count();
        Self {
            events,
            unmapped: count(&|event| event.unmapped),
            placed: count(&|event| event.place.is_some()),
            timed: count(&|event| event.at <= now + SKEW),
            in_order: if track.in_order { events } else { 0 },
            valid: events - flagged as u32,
            odd: u32::try_from(odd).unwrap_or(0),
            explained: count(&|event| explain(&manifest.explain, Said::of(event)).by_rule),
        }
    }

    /// Each count by its name.
    pub fn counts(&self) -> [(&'static str, u32); 8] {
        [
            ("events", self.events),
            ("unmapped", self.unmapped),
            ("placed", self.placed),
            ("timed", self.timed),
            ("in_order", self.in_order),
            ("valid", self.valid),
            ("odd", self.odd),
            ("explained", self.explained),
        ]
    }

    /// Adds it to the metrics.
    pub fn measure(&self, release: &str) {
        for (what, count) in self.counts() {
            let labels = [("release", release.to_owned()), ("what", what.to_owned())];
            metrics::counter!("posthouse_reading_events_total", &labels).increment(u64::from(count));
        }
    }
}
