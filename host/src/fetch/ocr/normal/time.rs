//! Times as carriers draw them: told with as many parts as were there, and only if they exist.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A blank may have been lost where both sides have two digits each; elsewhere it tells them apart.
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    let date = r"(?:(?<year>20\d\d)(?<a>[-/.年]))?(?<month>\d{1,2})(?<b>[-/.月])(?<day>\d{1,2})(?<c>日)?";
    let clock = r"(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d))?";
    Regex::new(&format!("^(?:{date})?(?<gap> ?)(?:{clock})?$")).expect("our own pattern")
});

/// `2026-11-22 10:30:00`, or the parts of it that the text has. None: it is no time, or has none such.
pub fn parse(folded: &str) -> Option<String> {
    let found = PATTERN.captures(folded)?;
    let part = |name: &str| found.name(name).map(|m| m.as_str());
    let number = |name: &str| part(name).and_then(|digits| digits.parse::<u32>().ok());
    if !is_apart(&found) || !is_of_one_form(&found) {
        return None;
    }
    let date = match (number("month"), number("day")) {
        (Some(month), Some(day)) => Some(date(number("year"), month, day)?),
        _ => None,
    };
    let clock = match (number("hour"), number("minute")) {
        (Some(hour), Some(minute)) => Some(clock(hour, minute, number("second"))?),
        _ => None,
    };
    match (date, clock) {
        (Some(date), Some(clock)) => Some(format!("{date} {clock}")),
        (date, clock) => date.or(clock),
    }
}

/// Where day and hour meet without a blank or 日, both must be whole.
fn is_apart(found: &Captures<'_>) -> bool {
    let long = |name: &str| found.name(name).is_none_or(|m| m.len() == 2);
    !found["gap"].is_empty() || found.name("c").is_some() || (long("month") && long("day") && long("hour"))
}

/// `2026-11/22` is a misreading.
fn is_of_one_form(found: &Captures<'_>) -> bool {
    let part = |name: &str| found.name(name).map_or("", |m| m.as_str());
    match (part("a"), part("b"), part("c")) {
        (_, "", _) => true,
        ("年" | "", "月", _) => true,
        ("", _, "") => true,
        (a, b, c) => a == b && c.is_empty(),
    }
}

fn date(year: Option<u32>, month: u32, day: u32) -> Option<String> {
    // Without a year the 29th of February may be.
    let leap = year.is_none_or(|year| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)));
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return None,
    };
    let year = year.map_or(String::new(), |year| format!("{year}-"));
    (1..=longest).contains(&day).then(|| format!("{year}{month:02}-{day:02}"))
}

fn clock(hour: u32, minute: u32, second: Option<u32>) -> Option<String> {
    let second_words = second.map_or(String::new(), |second| format!(":{second:02}"));
    (hour < 24 && minute < 60 && second.unwrap_or(0) < 60).then(|| format!("{hour:02}:{minute:02}{second_words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folded: &str, expected: Option<&str>) {
        assert_eq!(parse(folded).as_deref(), expected, "{folded}");
    }

    #[test]
    fn forms_that_carriers_draw() {
        check("2026-11-22 10:30:05", Some("2026-11-22 10:30:05"));
        check("2026/11/22 10:30", Some("2026-11-22 10:30"));
        check("2026.1.2 9:05", Some("2026-01-02 09:05"));
        check("2026年11月22日10:30", Some("2026-11-22 10:30"));
        check("2026年1月2日9:30:00", Some("2026-01-02 09:30:00"));
        check("11月22日 10:30", Some("11-22 10:30"));
        check("11-22 10:30", Some("11-22 10:30"));
        check("2026-11-22", Some("2026-11-22"));
        check("10:30:59", Some("10:30:59"));
    }

    #[test]
    fn a_lost_blank_is_borne_where_nothing_else_can_be_meant() {
        check("2026-11-2210:30:05", Some("2026-11-22 10:30:05"));
        check("2026-1-1210:30", None);
        check("2026-11-229:30", None);
    }

    #[test]
    fn times_that_do_not_exist() {
        check("2026-13-01 10:30", None);
        check("2026-04-31 10:30", None);
        check("2026-02-29 10:30", None);
        check("2028-02-29 10:30", Some("2028-02-29 10:30"));
        check("2100-02-29", None);
        check("02-29 10:30", Some("02-29 10:30"));
        check("2026-11-00 10:30", None);
        check("2026-11-22 24:00", None);
        check("2026-11-22 10:60", None);
        check("2026-11-22 10:30:60", None);
        check("1926-11-22 10:30", None);
    }

    #[test]
    fn misreadings() {
        check("2026-11/22 10:30", None);
        check("2026年11-22 10:30", None);
        check("2026-11-22日10:30", None);
        check("2026-11-22 10:3", None);
        check("2026-11-22 1030", None);
        check("20261122", None);
        check("-11-22 10:30", None);
        check(" ", None);
        check("", None);
    }
}
