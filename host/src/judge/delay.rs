//! What is learned of a carrier's delays: how long after a signature it tells us, and how long after
//! the hand-over its first scan comes.
//!
//! Histograms with bins of a quarter octave, which forget: a count of two weeks ago weighs half.
//! With too little in them they say so, and the manifest's word holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

use crate::fault::Instant;

/// The shortest that is told apart.
const SHORTEST: f64 = 60_000.0;
/// Bins for each doubling.
const PER_OCTAVE: f64 = 4.0;
const BINS: usize = 64;
/// After so long a count weighs half.
const HALF: f64 = 14.0 * 86_400_000.0;
/// Fewer say nothing.
const ENOUGH: f64 = 30.0;
const HOUR: Instant = 3_600_000;
/// China is eight hours ahead of UTC.
const CHINA: Instant = 8 * HOUR;

/// Which delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// From a signature until the carrier told us.
    Report,
    /// From hand-over until the first scan.
    FirstScan,
}

/// Counts of lengths of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    counts: Vec<f64>,
    at: Instant,
}

/// A length that is waited, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wait {
    pub length: Duration,
    /// Deliveries it was learned from; none if it is the manifest's word.
    pub learned_from: Option<u32>,
}

/// What was learned of every carrier, swapped whole.
#[derive(Default)]
pub struct Delays {
    learned: ArcSwap<BTreeMap<Slot, Histogram>>,
}

/// Carrier, kind, and the hour of the day in China.
pub type Slot = (String, Kind, u8);

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0.0; BINS], at: 0 }
    }
}

impl Histogram {
    pub fn add(&mut self, length: Instant, now: Instant) {
        let faded = self.faded(now);
        *self = faded;
        let octaves = (length.max(0) as f64 / SHORTEST).max(1.0).log2();
        let bin = ((octaves * PER_OCTAVE) as usize).min(BINS - 1);
        self.counts[bin] += 1.0;
    }

    fn faded(&self, now: Instant) -> Self {
        let factor = 0.5_f64.powf((now - self.at).max(0) as f64 / HALF);
        Self { counts: self.counts.iter().map(|count| count * factor).collect(), at: self.at.max(now) }
    }

    fn merged(self, other: &Self, now: Instant) -> Self {
        let other = other.faded(now);
        Self { counts: self.counts.iter().zip(other.counts).map(|(a, b)| a + b).collect(), at: now }
    }

    fn weight(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// The length that this share of them does not pass; the upper edge of its bin.
    fn quantile(&self, share: f64) -> Duration {
        let mut rest = self.weight() * share;
        let bin = self.counts.iter().position(|count| {
            rest -= count;
            rest <= 0.0
        });
        let edge = SHORTEST * 2.0_f64.powf((bin.unwrap_or(BINS - 1) + 1) as f64 / PER_OCTAVE);
        Duration::from_millis(edge as u64)
    }
}

impl Delays {
    pub fn resume(&self, kept: BTreeMap<Slot, Histogram>) {
        self.learned.store(Arc::new(kept));
    }

    /// Takes lengths in; gives back what changed, to be kept.
    pub fn learn(&self, lengths: &[(Slot, Instant)], now: Instant) -> BTreeMap<Slot, Histogram> {
        let mut learned = BTreeMap::clone(&self.learned.load());
        let mut changed = BTreeMap::new();
        for (slot, length) in lengths {
            let histogram = learned.entry(slot.clone()).or_default();
            histogram.add(*length, now);
            changed.insert(slot.clone(), histogram.clone());
        }
        self.learned.store(Arc::new(learned));
        changed
    }

    /// The length that `share` of a carrier's do not pass: at this hour if enough was learned of it,
    /// else at any, else the default.
    pub fn length(&self, carrier: &str, kind: Kind, hour: Option<u8>, share: f64, default: Duration, now: Instant) -> Wait {
        let learned = self.learned.load();
        let at_hour = hour.and_then(|hour| learned.get(&(carrier.to_owned(), kind, hour))).map(|own| own.faded(now));
        let of_day = || {
            let day = (carrier.to_owned(), kind, 0)..=(carrier.to_owned(), kind, 23);
            learned.range(day).fold(Histogram::default(), |all, (_, one)| all.merged(one, now))
        };
        let enough = |histogram: &Histogram| histogram.weight() >= ENOUGH;
        match at_hour.filter(enough).or_else(|| Some(of_day()).filter(enough)) {
            Some(histogram) => Wait { length: histogram.quantile(share), learned_from: Some(histogram.weight() as u32) },
            None => Wait { length: default, learned_from: None },
        }
    }
}

/// The hour of the day in China.
pub fn hour(at: Instant) -> u8 {
    ((at + CHINA).rem_euclid(24 * HOUR) / HOUR) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = 1_770_000_000_000;

    fn learned(hours: f64, count: usize) -> Delays {
        let delays = Delays::default();
        let spread = |n: usize| (hours * HOUR as f64 * (0.8 + 0.4 * (n % 11) as f64 / 10.0)) as Instant;
        let lengths: Vec<_> = (0..count).map(|n| (("acme".to_owned(), Kind::Report, (n % 24) as u8), spread(n))).collect();
        delays.learn(&lengths, NOW);
        delays
    }

    fn median(delays: &Delays, now: Instant) -> Wait {
        delays.length("acme", Kind::Report, Some(3), 0.5, Duration::from_secs(86_400), now)
    }

    #[test]
    fn two_carriers_are_told_apart_within_300() {
        let (quick, slow) = (median(&learned(1.8, 300), NOW), median(&learned(3.2, 300), NOW));
        let hours = |wait: Wait| wait.length.as_secs_f64() / 3600.0;
        assert!((1.5..=2.2).contains(&hours(quick)), "{quick:?}");
        assert!((2.7..=3.9).contains(&hours(slow)), "{slow:?}");
    }

    #[test]
    fn too_little_is_said_and_old_counts_fade() {
        assert_eq!(median(&learned(1.8, 20), NOW).learned_from, None);
        let delays = learned(1.8, 100);
        assert_eq!(median(&delays, NOW).learned_from, Some(100));
        assert_eq!(median(&delays, NOW + 14 * 24 * HOUR).learned_from, Some(50));
        assert_eq!(median(&delays, NOW + 60 * 24 * HOUR).learned_from, None, "forgotten");
    }

    #[test]
    fn an_hour_of_its_own_counts_once_it_has_enough() {
        let delays = learned(1.0, 240);
        delays.learn(&vec![(("acme".to_owned(), Kind::Report, 22), 6 * HOUR); 60], NOW);
        let at = |hour| delays.length("acme", Kind::Report, Some(hour), 0.5, Duration::ZERO, NOW).length.as_secs_f64() / 3600.0;
        assert!(at(22) > 5.0 && at(3) < 2.0, "{} {}", at(22), at(3));
        assert_eq!(hour(0), 8, "Chinese time");
    }
}
