//! How often an account may ask one interface.

use std::str::FromStr;

use serde::Deserialize;

use crate::carrier::Carrier;

const DAY_MS: i64 = 86_400_000;
const CHINA_MS: i64 = 8 * 3_600_000;

/// Parsed from `30/3000`: per second and per day, 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Limits {
    #[serde(deserialize_with = "limit")]
    pub per_second: Option<u64>,
    #[serde(deserialize_with = "limit")]
    pub per_day: Option<u64>,
}

impl Limits {
    /// Only SF has published figures; the others' are a guess, and pages are free unless a test says so.
    pub fn of(carrier: Carrier) -> Self {
        match carrier {
            Carrier::Sf => Limits { per_second: Some(30), per_day: Some(3000) },
            Carrier::Zto | Carrier::Yto | Carrier::Deppon => Limits { per_second: Some(100), per_day: None },
            _ => Limits { per_second: None, per_day: None },
        }
    }
}

fn none_if_zero(n: u64) -> Option<u64> {
    (n > 0).then_some(n)
}

fn limit<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    u64::deserialize(from).map(none_if_zero)
}

impl FromStr for Limits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not PER_SECOND/PER_DAY, such as 30/3000");
        let (second, day) = text.split_once('/').ok_or_else(wrong)?;
        let read = |n: &str| n.parse().map(none_if_zero).map_err(|_| wrong());
        Ok(Limits { per_second: read(second)?, per_day: read(day)? })
    }
}

/// Parses `sf=30/3000`.
pub fn of_carrier(text: &str) -> Result<(Carrier, Limits), String> {
    let (carrier, limits) = text.split_once('=').ok_or_else(|| format!("`{text}` is not CARRIER=PER_SECOND/PER_DAY"))?;
    Ok((carrier.parse()?, limits.parse()?))
}

/// What was used up. A second begins with the first request after the last one ended, so that a
/// test cannot straddle it; a day is China's.
#[derive(Debug, Default)]
pub struct Used {
    second_began: i64,
    in_second: u64,
    day: i64,
    in_day: u64,
}

impl Used {
    /// Counts a request, or refuses it without counting it.
    pub fn admit(&mut self, limits: Limits, now_ms: i64) -> bool {
        if !(0..1000).contains(&(now_ms - self.second_began)) {
            (self.second_began, self.in_second) = (now_ms, 0);
        }
        let today = (now_ms + CHINA_MS) / DAY_MS;
        if today != self.day {
            (self.day, self.in_day) = (today, 0);
        }
        let open = limits.per_second.is_none_or(|n| self.in_second < n) && limits.per_day.is_none_or(|n| self.in_day < n);
        self.in_second += u64::from(open);
        self.in_day += u64::from(open);
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_and_a_day_are_counted_apart() {
        let limits: Limits = "2/3".parse().unwrap();
        let (mut used, noon) = (Used::default(), 1_700_000_000_000);
        let open: Vec<bool> = [0, 1, 999, 1000, 1001, 2000, DAY_MS].map(|later| used.admit(limits, noon + later)).into();
        assert_eq!(open, [true, true, false, true, false, false, true]);
        assert_eq!("0/0".parse(), Ok(Limits { per_second: None, per_day: None }));
        assert!(of_carrier("sf=30").is_err());
    }
}
