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
/// Fewer events say nothing of a release.
const ENOUGH: u32 = 30;
/// A share may be lower by so much: two slices of parcels are never alike.
const TOLERATED: f64 = 0.1;

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

    /// Why these readings are worse than those, if they are: a share of good ones fell by more than
    /// a few of a hundred. Too few say nothing.
    pub fn worse_than(&self, stable: &Self) -> Option<String> {
        if self.events + self.odd < ENOUGH || stable.events + stable.odd < ENOUGH {
            return None;
        }
        self.good().into_iter().zip(stable.good()).find_map(|((what, is), (_, was))| {
            (is + TOLERATED < was).then(|| format!("worse readings: {what} {:.1} %, of stable {:.1} %", is * 100.0, was * 100.0))
        })
    }

    /// Shares that should be high.
    fn good(&self) -> [(&'static str, f64); 6] {
        let share = |part: u32, of: u32| if of == 0 { 1.0 } else { f64::from(part) / f64::from(of) };
        let of = |part: u32| share(part, self.events);
        [
            ("read", share(self.events, self.events + self.odd)),
            ("mapped", of(self.events.saturating_sub(self.unmapped))),
            ("placed", of(self.placed)),
            ("timed", of(self.timed)),
            ("in order", of(self.in_order)),
            ("valid", of(self.valid)),
        ]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_that_reads_worse_is_told_by_what() {
        let good = Quality { events: 200, unmapped: 4, placed: 190, timed: 200, in_order: 200, valid: 180, odd: 0, explained: 150 };
        let worse = |change: fn(&mut Quality)| {
            let mut quality = good;
            change(&mut quality);
            quality.worse_than(&good)
        };
        assert_eq!(worse(|_| ()), None);
        assert_eq!(worse(|q| q.unmapped = 20), None, "as good as alike");
        assert_eq!(worse(|q| q.unmapped = 60), Some("worse readings: mapped 70.0 %, of stable 98.0 %".into()));
        assert!(worse(|q| q.odd = 100).is_some_and(|why| why.contains("read 66.7 %")));
        assert!(worse(|q| q.timed = 0).is_some_and(|why| why.contains("timed")), "a wrong time zone");
        assert_eq!(worse(|q| *q = Quality { events: 20, ..Quality::default() }), None, "too few");
    }
}
