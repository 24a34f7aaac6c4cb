//! Ages as a distribution.

use std::time::Duration;

use super::latch::Sign;
use super::ms;
use crate::fault::Instant;
use crate::store::Ages;

/// How old answers are, in milliseconds: each parcel counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Distribution {
    pub parcels: u64,
    /// Older than the SLA.
    pub late: u64,
    /// There was no good answer yet; since the registration.
    pub never: u64,
    pub p50: Instant,
    pub p90: Instant,
    pub p95: Instant,
    pub max: Instant,
}

impl Distribution {
    pub fn of(ages: impl IntoIterator<Item = Ages>, sla: Duration) -> Self {
        let mut ages: Vec<Ages> = ages.into_iter().filter(|ages| ages.count > 0).collect();
        ages.sort_unstable_by_key(|ages| ages.age);
        let count = |which: &dyn Fn(&Ages) -> bool| ages.iter().filter(|ages| which(ages)).map(|ages| ages.count).sum();
        let parcels = count(&|_| true);
        Self {
            parcels,
            late: count(&|ages| ages.age > ms(sla)),
            never: count(&|ages| ages.never),
            p50: percentile(&ages, parcels, 50),
            p90: percentile(&ages, parcels, 90),
            p95: percentile(&ages, parcels, 95),
            max: ages.last().map_or(0, |ages| ages.age),
        }
    }

    /// Whether nineteen of twenty are not fresh, or all is well a tenth below. One parcel among a few
    /// is its own trouble, not its carrier's.
    pub fn sign(&self, sla: Duration) -> Sign {
        let sla = ms(sla);
        match self.p95 {
            late if late > sla && (self.late > 1 || self.parcels == 1) => Sign::On,
            fine if fine <= sla / 10 * 9 || self.late == 0 && self.parcels == 0 => Sign::Off,
            late if late > sla => Sign::Off,
            _ => Sign::Between,
        }
    }
}

/// By nearest rank: the smallest age that so many of a hundred do not exceed.
fn percentile(sorted: &[Ages], parcels: u64, share: u64) -> Instant {
    let rank = (parcels * share).div_ceil(100);
    let mut seen = 0;
    for ages in sorted {
        seen += ages.count;
        if seen >= rank {
            return ages.age;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLA: Duration = Duration::from_secs(10);

    fn of(ages: &[(Instant, u64)]) -> Distribution {
        Distribution::of(ages.iter().map(|(age, count)| Ages { age: *age, subscribed: false, never: *age == 7, count: *count }), SLA)
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        assert_eq!(of(&[]), Distribution::default());
        let hundred = of(&[(3_000, 50), (1_000, 40), (20_000, 5), (9_000, 4), (7, 1)]);
        let expected = Distribution { parcels: 100, late: 5, never: 1, p50: 3_000, p90: 3_000, p95: 9_000, max: 20_000 };
        assert_eq!(hundred, expected);
        let one = of(&[(4_000, 1)]);
        assert_eq!((one.p50, one.p95, one.max), (4_000, 4_000, 4_000));
    }

    #[test]
    fn one_of_few_is_no_breach_and_the_only_one_is() {
        for (ages, sign) in [
            (&[(11_000, 1)][..], Sign::On),
            (&[(1_000, 5), (11_000, 1)], Sign::Off),
            (&[(1_000, 5), (11_000, 2)], Sign::On),
            (&[(1_000, 95), (11_000, 5)], Sign::Off),
            (&[(1_000, 94), (11_000, 6)], Sign::On),
            (&[(9_500, 10)], Sign::Between),
            (&[(9_000, 10)], Sign::Off),
            (&[], Sign::Off),
        ] {
            assert_eq!(of(ages).sign(SLA), sign, "{ages:?}");
        }
    }
}
