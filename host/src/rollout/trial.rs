//! Whether a candidate is worse than stable: Wald's sequential test on parcels that failed.
//!
//! Looked at after every parcel, a fixed test would raise false alarms again and again; a
//! sequential one keeps its error rates however often it is asked.

use serde::Serialize;

/// Parcels of one arm in one step, and how many of them failed in a way that counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Arm {
    pub trials: u32,
    pub failures: u32,
    /// Parcels the carrier said nothing of, or was not reached about: its affair, unless the
    /// candidate hears it more often.
    pub unanswered: u32,
}

/// What the trials say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    NoWorse,
    Worse,
    /// Too few parcels, or a stable so bad that being no worse means nothing.
    InsufficientData,
}

/// False alarms: a good candidate called worse.
const ALPHA: f64 = 0.05;
/// Misses: a worse candidate called no worse.
const BETA: f64 = 0.10;
/// Stable is never taken to be better than this.
const FLOOR: f64 = 0.005;
/// The least difference that matters.
const MARGIN: f64 = 0.02;
/// Nothing that fails more often is called no worse, however bad stable is.
const CEILING: f64 = 0.10;

/// Parcels of stable's without which its share of unanswered ones is a guess.
const MANY: u32 = 30;

/// Compares the candidate with stable in the same window.
pub fn compare(candidate: Arm, stable: Arm) -> Finding {
    match failures(candidate, stable) {
        Finding::Worse => Finding::Worse,
        _ if stable.trials >= MANY && failures(candidate.of_unanswered(), stable.of_unanswered()) == Finding::Worse => Finding::Worse,
        found => found,
    }
}

fn failures(candidate: Arm, stable: Arm) -> Finding {
    let p0 = stable.rate().clamp(FLOOR, 0.90);
    let p1 = (p0 + p0.max(MARGIN)).min(0.99);
    let (failed, fine) = (f64::from(candidate.failures), f64::from(candidate.trials - candidate.failures));
    let evidence = failed * (p1 / p0).ln() + fine * ((1.0 - p1) / (1.0 - p0)).ln();
    if evidence >= ((1.0 - BETA) / ALPHA).ln() {
        Finding::Worse
    } else if evidence <= (BETA / (1.0 - ALPHA)).ln() && candidate.rate() <= CEILING {
        Finding::NoWorse
    } else {
        Finding::InsufficientData
    }
}

impl Arm {
    pub fn rate(self) -> f64 {
        if self.trials == 0 { 0.0 } else { f64::from(self.failures) / f64::from(self.trials) }
    }

    /// Both together.
    pub fn with(self, more: Self) -> Self {
        Self { trials: self.trials + more.trials, failures: self.failures + more.failures, unanswered: self.unanswered + more.unanswered }
    }

    fn of_unanswered(self) -> Self {
        Self { failures: self.unanswered.min(self.trials), unanswered: 0, ..self }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    fn arm(trials: u32, failures: u32) -> Arm {
        Arm { trials, failures, unanswered: 0 }
    }

    const GOOD: Arm = Arm { trials: 1000, failures: 5, unanswered: 100 };

    #[test]
    fn a_few_parcels_say_nothing() {
        assert_eq!(compare(arm(0, 0), GOOD), Finding::InsufficientData);
        assert_eq!(compare(arm(3, 0), GOOD), Finding::InsufficientData);
        assert_eq!(compare(arm(1, 1), GOOD), Finding::InsufficientData);
    }

    #[test]
    fn two_failures_of_three_are_worse_and_enough_good_ones_are_no_worse() {
        assert_eq!(compare(arm(3, 2), GOOD), Finding::Worse);
        assert_eq!(compare(arm(150, 0), GOOD), Finding::NoWorse);
        assert_eq!(compare(arm(150, 20), GOOD), Finding::Worse);
    }

    #[test]
    fn a_bad_stable_does_not_let_a_bad_candidate_pass() {
        let bad = arm(1000, 500);
        assert_eq!(compare(arm(200, 60), bad), Finding::InsufficientData);
        assert_eq!(compare(arm(200, 2), bad), Finding::NoWorse);
        assert_eq!(compare(arm(30, 0), arm(100, 100)), Finding::NoWorse, "stable does not work at all");
        assert_eq!(compare(arm(30, 30), arm(100, 100)), Finding::InsufficientData);
    }

    #[test]
    fn silence_counts_only_if_stable_hears_more() {
        let quiet = |trials, unanswered| Arm { trials, failures: 0, unanswered };
        assert_eq!(compare(quiet(150, 15), GOOD), Finding::NoWorse, "as often as stable");
        assert_eq!(compare(quiet(50, 30), GOOD), Finding::Worse);
        assert_eq!(compare(quiet(50, 30), quiet(10, 0)), Finding::InsufficientData, "ten of stable's say nothing");
    }

    /// How often a candidate of this rate is found so, asked after every parcel.
    fn share(rate: f64, sought: Finding) -> f64 {
        let mut dice = StdRng::seed_from_u64(7);
        let runs = 2000;
        let ends = (0..runs).filter(|_| {
            let mut seen = Arm::default();
            loop {
                seen.trials += 1;
                seen.failures += u32::from(dice.random_bool(rate));
                match compare(seen, arm(10_000, 200)) {
                    Finding::InsufficientData if seen.trials < 5000 => {}
                    found => return found == sought,
                }
            }
        });
        ends.count() as f64 / f64::from(runs)
    }

    #[test]
    fn errors_stay_within_what_was_promised() {
        let (false_alarms, misses) = (share(0.02, Finding::Worse), share(0.04, Finding::NoWorse));
        assert!(false_alarms <= ALPHA * 1.2, "{false_alarms}");
        assert!(misses <= BETA * 1.2, "{misses}");
    }
}
