//! Hours of the day in China: when nobody is disturbed, and when the day is summed up.

use serde::Deserialize;

use crate::fault::Instant;

const MINUTE: Instant = 60_000;
const DAY: Instant = 24 * 60 * MINUTE;
/// China has one time, and no summer's.
const CHINA: Instant = 8 * 60 * MINUTE;

/// A moment of the day: `09:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock(Instant);

/// `22:00-08:00`; empty: never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Quiet(Option<(Clock, Clock)>);

/// `09:00`; empty: never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Daily(Option<Clock>);

impl Clock {
    fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute): (Instant, Instant) = (hour.parse().ok()?, minute.parse().ok()?);
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(Self((hour * 60 + minute) * MINUTE))
    }
}

impl TryFrom<String> for Quiet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self(None));
        }
        let hours = text.split_once('-').and_then(|(from, to)| Some((Clock::parse(from)?, Clock::parse(to)?)));
        match hours.filter(|(from, to)| from != to) {
            Some(hours) => Ok(Self(Some(hours))),
            None => Err(format!("`{text}` are no quiet hours: write 22:00-08:00, or nothing")),
        }
    }
}

impl TryFrom<String> for Daily {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self(None));
        }
        Clock::parse(&text).map(|clock| Self(Some(clock))).ok_or(format!("`{text}` is no time of the day: write 09:00, or nothing"))
    }
}

impl Quiet {
    /// When these quiet hours end, if it is quiet.
    pub fn ends(self, now: Instant) -> Option<Instant> {
        let (from, to) = self.0?;
        let of_day = (now + CHINA).rem_euclid(DAY);
        let since = (of_day - from.0).rem_euclid(DAY);
        let length = (to.0 - from.0).rem_euclid(DAY);
        (since < length).then_some(now + length - since)
    }
}

impl Daily {
    /// The last time it was so late: the day's date, and the moment.
    pub fn last(self, now: Instant) -> Option<(String, Instant)> {
        let clock = self.0?;
        let today = now - (now + CHINA).rem_euclid(DAY) + clock.0;
        let at = if today <= now { today } else { today - DAY };
        Some((china(at, "%Y-%m-%d"), at))
    }
}

/// A moment in China, for people.
pub fn china(at: Instant, pattern: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    jiff::tz::Offset::constant(8).to_datetime(at).strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn quiet_hours_pass_midnight() {
        let night = Quiet::try_from("22:00-08:00".to_owned()).unwrap();
        for (now, ends) in [
            ("2026-01-31T21:59:59+08:00", None),
            ("2026-01-31T22:00:00+08:00", Some("2026-02-01T08:00:00+08:00")),
            ("2026-02-01T00:00:00+08:00", Some("2026-02-01T08:00:00+08:00")),
            ("2026-02-01T07:59:59+08:00", Some("2026-02-01T08:00:00+08:00")),
            ("2026-02-01T08:00:00+08:00", None),
            ("2026-02-01T12:00:00+08:00", None),
        ] {
            assert_eq!(night.ends(at(now)), ends.map(at), "{now}");
        }
        let noon = Quiet::try_from("12:00-13:30".to_owned()).unwrap();
        assert_eq!(noon.ends(at("2026-01-31T13:00:00+08:00")), Some(at("2026-01-31T13:30:00+08:00")));
        assert_eq!(noon.ends(at("2026-01-31T00:00:00+08:00")), None);
        assert_eq!(Quiet::default().ends(at("2026-01-31T00:00:00+08:00")), None);
        for wrong in ["22-8", "22:00", "24:00-08:00", "08:00-08:00", "a:b-c:d"] {
            assert!(Quiet::try_from(wrong.to_owned()).unwrap_err().contains(wrong));
        }
    }

    #[test]
    fn the_day_is_summed_up_once_a_day() {
        let daily = Daily::try_from("09:00".to_owned()).unwrap();
        for (now, (day, moment)) in [
            ("2026-02-01T08:59:59+08:00", ("2026-01-31", "2026-01-31T09:00:00+08:00")),
            ("2026-02-01T09:00:00+08:00", ("2026-02-01", "2026-02-01T09:00:00+08:00")),
            ("2026-02-02T00:30:00+08:00", ("2026-02-01", "2026-02-01T09:00:00+08:00")),
        ] {
            assert_eq!(daily.last(at(now)), Some((day.to_owned(), at(moment))), "{now}");
        }
        assert_eq!(Daily::default().last(0), None);
        assert!(Daily::try_from("9".to_owned()).is_err());
    }
}
