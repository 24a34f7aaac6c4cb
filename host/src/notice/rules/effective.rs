//! A day, or a minute of a day, in China.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// All carriers write China time and none writes a zone. China has no summer time.
pub const CHINA: Offset = Offset::constant(8);

/// From when something holds. Without a time, the notice names only the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effective {
    pub date: Date,
    pub time: Option<Time>,
}

impl Effective {
    pub fn day(date: Date) -> Self {
        Self { date, time: None }
    }

    /// The minute named, where 24:00 is the next day's midnight. `None` for a clock no day has.
    pub(super) fn at(date: Date, hour: i8, minute: i8) -> Option<Self> {
        if hour == 24 && minute == 0 {
            return Some(Self { date: date.tomorrow().ok()?, time: Some(Time::midnight()) });
        }
        Some(Self { date, time: Some(Time::new(hour, minute, 0, 0).ok()?) })
    }

    /// The first moment it covers.
    pub fn instant(&self) -> Timestamp {
        let civil = self.date.to_datetime(self.time.unwrap_or(Time::midnight()));
        CHINA.to_timestamp(civil).unwrap_or_default()
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.date)?;
        match self.time {
            Some(time) => write!(out, "T{:02}:{:02}", time.hour(), time.minute()),
            None => Ok(()),
        }
    }
}

impl FromStr for Effective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("not a day or a minute: `{text}`");
        let (day, clock) = text.split_once('T').map_or((text, None), |(day, clock)| (day, Some(clock)));
        let date: Date = day.parse().map_err(|_| wrong())?;
        let Some(clock) = clock else { return Ok(Self::day(date)) };
        let mut parts = clock.split(':').map(|part| part.parse::<i8>().map_err(|_| wrong()));
        let (Some(hour), Some(minute)) = (parts.next(), parts.next()) else { return Err(wrong()) };
        Self::at(date, hour?, minute?).ok_or_else(wrong)
    }
}

impl Serialize for Effective {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Effective {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
