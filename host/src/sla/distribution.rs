//! Ages as a distribution.

use std::collections::BTreeMap;
use std::time::Duration;

use super::latch::Sign;
use super::ms;
use crate::fault::Instant;
use crate::store::Ages;

/// How old answers are: each parcel counts once. Ages are in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distribution {
    pub parcels: u64,
    /// Older than the SLA.
    pub late: u64,
    /// There was no good answer yet; since the registration.
    pub never: u64,
    by_age: BTreeMap<Instant, u64>,
}

impl Distribution {
    pub fn of(ages: impl IntoIterator<Item = Ages>, sla: Duration) -> Self {
        let mut all = Self::default();
        for Ages { age, never, count, .. } in ages {
            all.parcels += count;
            all.late += if age > ms(sla) { count } else { 0 };
            all.never += if never { count } else { 0 };
            *all.by_age.entry(age).or_default() += count;
        }
        all
    }

    /// Several accounts as one; each parcel was late by its own tier's SLA.
    pub fn together<'a>(some: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        for one in some {
            all.parcels += one.parcels;
            all.late += one.late;
            all.never += one.never;
            one.by_age.iter().for_each(|(age, count)| *all.by_age.entry(*age).or_default() += count);
        }
        all
    }

    pub fn p50(&self) -> Instant {
        self.percentile(50)
    }

    pub fn p90(&self) -> Instant {
        self.percentile(90)
    }

    pub fn p95(&self) -> Instant {
        self.percentile(95)
    }

    pub fn max(&self) -> Instant {
        self.by_age.last_key_value().map_or(0, |(age, _)| *age)
    }

    /// By nearest rank: the smallest age that so many of a hundred do not exceed.
    fn percentile(&self, share: u64) -> Instant {
        let rank = (self.parcels * share).div_ceil(100);
        let mut seen = 0;
        let reaches = |(_, count): &(&Instant, &u64)| {
            seen += **count;
            seen >= rank
        };
        self.by_age.iter().find(reaches).map_or(0, |(age, _)| *age)
    }

    /// On if one of twenty is not inside the SLA, off if they are well inside it. One parcel among a few
    /// is its own trouble, not its carrier's.
    pub fn sign(&self, sla: Duration) -> Sign {
        let (p95, sla) = (self.p95(), ms(sla));
        let is_alone = self.late == 1 && self.parcels > 1;
        match () {
            () if p95 > sla && !is_alone => Sign::On,
            () if p95 > sla || p95 <= sla / 10 * 9 => Sign::Off,
            () => Sign::Between,
        }
    }
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
        let figures = |d: &Distribution| (d.parcels, d.late, d.never, [d.p50(), d.p90(), d.p95(), d.max()]);
        assert_eq!(figures(&of(&[])), (0, 0, 0, [0; 4]));
        let hundred = of(&[(3_000, 50), (1_000, 40), (20_000, 5), (9_000, 4), (7, 1)]);
        assert_eq!(figures(&hundred), (100, 5, 1, [3_000, 3_000, 9_000, 20_000]));
        assert_eq!(figures(&of(&[(4_000, 1)])), (1, 0, 0, [4_000; 4]));
        let both = Distribution::together([&hundred, &of(&[(60_000, 100)])]);
        assert_eq!(figures(&both), (200, 105, 1, [20_000, 60_000, 60_000, 60_000]));
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
