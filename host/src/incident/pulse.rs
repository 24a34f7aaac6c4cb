//! How an account fares: looks of the last minutes, counted.

use std::collections::{BTreeMap, HashSet, VecDeque};

use super::is_certain;
use crate::fault::{Instant, Kind};
use crate::parcel::ParcelKey;
use crate::rollout::{Arm, Finding, compare};

/// Looks of four windows, in slices of a window.
#[derive(Debug, Default)]
pub struct Pulse {
    slices: VecDeque<Slice>,
    failed: VecDeque<Failed>,
    /// Not told yet, by outcome.
    untold: Tally,
    looks: u64,
}

/// Failed looks by outcome.
pub type Tally = BTreeMap<&'static str, Failures>;

/// How many, the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    pub count: u64,
    pub first: Instant,
    pub last: Instant,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slice {
    second: i64,
    fine: u32,
    failed: u32,
}

/// A parcel that a look failed for.
#[derive(Debug, Clone, Copy)]
struct Failed {
    look: u64,
    at: Instant,
    kind: Kind,
    parcel: ParcelKey,
}

/// Different parcels that must have failed, in more than one call, unless one says it all.
pub const LEAST: usize = 3;
/// What came before is compared over so many windows.
const BEFORE: i64 = 3;
/// What is taken for usual before this many parcels were looked at: one in twenty fails.
const PRIOR: Arm = Arm { trials: 60, failures: 3, unanswered: 0 };
/// Failures kept at most; as many again change nothing.
const MOST: usize = 4096;

impl Pulse {
    /// A look at so many parcels, and those it failed for.
    pub fn beat(&mut self, at: Instant, parcels: usize, failed: &[(ParcelKey, Kind)]) {
        self.looks += 1;
        let second = at.div_euclid(1000);
        if self.slices.back().is_none_or(|slice| slice.second != second) {
            self.slices.push_back(Slice { second, ..Slice::default() });
        }
        let slice = self.slices.back_mut().expect("pushed above");
        slice.fine += u32::try_from(parcels - failed.len()).unwrap_or(0);
        slice.failed += u32::try_from(failed.len()).unwrap_or(0);
        for (nth, (parcel, kind)) in failed.iter().enumerate() {
            if self.failed.len() == MOST {
                self.failed.pop_front();
            }
            self.failed.push_back(Failed { look: self.looks, at, kind: *kind, parcel: *parcel });
            if failed[..nth].iter().all(|(_, before)| before != kind) {
                tally(&mut self.untold, *kind, at);
            }
        }
    }

    /// Forgets what is older than it is compared with.
    pub fn forget(&mut self, now: Instant, window: i64) {
        let oldest = now - (1 + BEFORE) * window;
        while self.slices.front().is_some_and(|slice| (slice.second + 1) * 1000 <= oldest) {
            self.slices.pop_front();
        }
        while self.failed.front().is_some_and(|failed| failed.at <= now - window) {
            self.failed.pop_front();
        }
    }

    /// When the trouble began, if this is more than the usual.
    pub fn trouble(&self, now: Instant, window: i64) -> Option<Instant> {
        let recent = || self.failed.iter().filter(|failed| failed.at > now - window);
        let parcels: HashSet<ParcelKey> = recent().map(|failed| failed.parcel).collect();
        let calls = recent().map(|failed| failed.look).collect::<HashSet<_>>().len();
        let worse = || compare(self.arm(now - window, now, parcels.len()), self.before(now, window)) == Finding::Worse;
        let jumped = || calls > 1 && parcels.len() >= LEAST && worse();
        if recent().any(|failed| is_certain(failed.kind)) || jumped() { recent().map(|failed| failed.at).min() } else { None }
    }

    /// What failed and was not told yet: looks do not end in the order they began in.
    pub fn untold(&mut self) -> Tally {
        std::mem::take(&mut self.untold)
    }

    /// What failed since the trouble began; it counts as told.
    pub fn since(&mut self, trouble: Instant) -> Tally {
        self.untold.clear();
        let mut found = Tally::new();
        let mut counted = HashSet::new();
        for failed in self.failed.iter().filter(|failed| failed.at >= trouble) {
            if counted.insert((failed.look, failed.kind)) {
                tally(&mut found, failed.kind, failed.at);
            }
        }
        found
    }

    /// A parcel was looked at within the window and all was well.
    pub fn was_fine(&self, now: Instant, window: i64) -> bool {
        self.slices.iter().any(|slice| slice.second * 1000 > now - window && slice.fine > 0)
    }

    /// A parcel that fails again and again is one failure.
    fn arm(&self, after: Instant, until: Instant, parcels: usize) -> Arm {
        let within = self.slices.iter().filter(|slice| (after..until).contains(&(slice.second * 1000)));
        let fine: u32 = within.map(|slice| slice.fine).sum();
        let failures = u32::try_from(parcels).unwrap_or(u32::MAX);
        Arm { trials: fine.saturating_add(failures), failures, unanswered: 0 }
    }

    fn before(&self, now: Instant, window: i64) -> Arm {
        let (after, until) = (now - (1 + BEFORE) * window, now - window);
        let within = self.slices.iter().filter(|slice| (after..until).contains(&(slice.second * 1000)));
        let arm = |slice: &Slice| Arm { trials: slice.fine + slice.failed, failures: slice.failed, unanswered: 0 };
        let seen = within.fold(Arm::default(), |sum, slice| sum.with(arm(slice)));
        if seen.trials < PRIOR.trials { PRIOR } else { seen }
    }
}

fn tally(tally: &mut Tally, kind: Kind, at: Instant) {
    let of = tally.entry(kind.code()).or_insert(Failures { count: 0, first: at, last: at });
    *of = Failures { count: of.count + 1, first: of.first.min(at), last: of.last.max(at) };
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: i64 = 300_000;
    const NOW: Instant = 1_800_000_000_000;

    fn look(pulse: &mut Pulse, at: Instant, parcel: i64, failed: Option<Kind>) {
        let failed: Vec<_> = failed.map(|kind| (ParcelKey(parcel), kind)).into_iter().collect();
        pulse.beat(at, 1, &failed);
    }

    /// A look a second, of parcel after parcel.
    fn calm() -> Pulse {
        let mut pulse = Pulse::default();
        (0..1000).for_each(|i| look(&mut pulse, NOW - 1_200_000 + i * 1000, i, None));
        pulse
    }

    #[test]
    fn one_refused_credential_says_it_all() {
        let mut pulse = calm();
        look(&mut pulse, NOW - 5, 1, Some(Kind::CredentialRejected));
        assert_eq!(pulse.trouble(NOW, WINDOW), Some(NOW - 5));
    }

    #[test]
    fn one_odd_parcel_is_no_trouble_and_several_are() {
        // Nothing is known of before.
        let mut pulse = Pulse::default();
        for i in 0..20 {
            look(&mut pulse, NOW - 100 + i, 1, Some(Kind::Unreadable));
        }
        assert_eq!(pulse.trouble(NOW, WINDOW), None);
        look(&mut pulse, NOW - 3, 2, Some(Kind::Unreadable));
        look(&mut pulse, NOW - 2, 3, Some(Kind::CarrierError));
        assert_eq!(pulse.trouble(NOW, WINDOW), None, "three of three may be the usual");
        (6..8).for_each(|i| look(&mut pulse, NOW - 2, i, Some(Kind::Unreadable)));
        assert_eq!(pulse.trouble(NOW, WINDOW), Some(NOW - 100));
        let counts = |tally: Tally| tally.into_iter().map(|(outcome, of)| (outcome, of.count)).collect::<Vec<_>>();
        assert_eq!(counts(pulse.since(NOW - 100)), [("carrier-error", 1), ("unreadable", 23)]);
        assert!(pulse.untold().is_empty());
        look(&mut pulse, NOW - 50, 4, Some(Kind::CarrierError));
        assert_eq!(counts(pulse.untold()), [("carrier-error", 1)]);
    }

    #[test]
    fn one_failed_call_for_many_is_no_trouble_and_two_are() {
        let mut pulse = calm();
        let failed: Vec<_> = (0..10).map(|i| (ParcelKey(i), Kind::CarrierError)).collect();
        pulse.beat(NOW - 9, 10, &failed);
        assert_eq!(pulse.trouble(NOW, WINDOW), None);
        pulse.beat(NOW - 8, 10, &failed);
        assert_eq!(pulse.trouble(NOW, WINDOW), Some(NOW - 9));
        assert_eq!(pulse.since(NOW - 9)["carrier-error"].count, 2, "calls are counted");
    }

    #[test]
    fn what_failed_before_as_often_is_the_usual() {
        let mut pulse = Pulse::default();
        for i in 0..1200 {
            look(&mut pulse, NOW - 1_200_000 + i * 1000, i, (i % 20 == 0).then_some(Kind::Unreachable));
        }
        assert_eq!(pulse.trouble(NOW, WINDOW), None);
        (0..60).for_each(|i| look(&mut pulse, NOW - 100 + i, 5000 + i, Some(Kind::Unreachable)));
        assert!(pulse.trouble(NOW, WINDOW).is_some());
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let mut pulse = calm();
        look(&mut pulse, NOW, 1, Some(Kind::Trap));
        assert!(pulse.was_fine(NOW, WINDOW) && !pulse.was_fine(NOW + WINDOW + 2000, WINDOW), "nobody looked");
        look(&mut pulse, NOW + WINDOW + 1000, 1, None);
        assert!(pulse.was_fine(NOW + WINDOW + 2000, WINDOW));
        pulse.forget(NOW + 10 * WINDOW, WINDOW);
        assert!(pulse.slices.is_empty() && pulse.failed.is_empty());
    }
}
