//! Times in China.
//!
//! Carriers write local time without a zone (it is always +08:00), mix formats in one answer,
//! end with " CST", or give epoch milliseconds as text or number. [`parse`] takes them all.

/// Milliseconds since the Unix epoch, UTC.
pub type Instant = i64;

const CHINA: i64 = 8 * 3600;

/// Reads any form a carrier is known to use; `None` if it is none of them.
///
/// `2023-11-04 10:30:56`, `2023/11/04 10:30`, `2013-04-16T10:53:46.000+0800`, `…Z`,
/// `2018-05-30 14:50:16 CST`, `1609297452000`. Blanks around it do not count.
pub fn parse(text: &str) -> Option<Instant> {
    let text = text.trim();
    let text = text.strip_suffix("CST").map_or(text, str::trim_end).as_bytes();
    if text.len() >= 12 && text.iter().all(u8::is_ascii_digit) {
        return epoch(text);
    }
    let (date, rest) = text.split_at_checked(10)?;
    let day = days(number(&date[..4])?, number(&date[5..7])?, number(&date[8..10])?)?;
    let same_mark = date[4] == date[7] && matches!(date[4], b'-' | b'/' | b'.');
    let (b' ' | b'T') = *rest.first()? else { return None };
    let (clock, tail) = clock(rest[1..].trim_ascii_start())?;
    let (millis, tail) = fraction(tail)?;
    let offset = zone(tail)?;
    same_mark.then_some((day * 86_400 + clock - offset) * 1000 + millis)
}

/// China's local time as the carriers write it: `2026-01-20 14:22:03`.
pub fn china(at: Instant) -> String {
    let seconds = at.div_euclid(1000) + CHINA;
    let (y, m, d) = civil(seconds.div_euclid(86_400));
    let s = seconds.rem_euclid(86_400);
    format!("{y:04}-{m:02}-{d:02} {:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

fn epoch(digits: &[u8]) -> Option<Instant> {
    (digits.len() == 13).then(|| number(digits))?
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

fn clock(text: &[u8]) -> Option<(i64, &[u8])> {
    let colon = |i: usize| text.get(i) == Some(&b':');
    let (hour, minute) = (number(text.get(..2)?)?, number(text.get(3..5)?)?);
    let (second, rest) = if colon(5) { (number(text.get(6..8)?)?, &text[8..]) } else { (0, &text[5..]) };
    (colon(2) && hour < 24 && minute < 60 && second < 61).then_some((hour * 3600 + minute * 60 + second, rest))
}

fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(after) = text.strip_prefix(b".") else { return Some((0, text)) };
    let end = after.iter().position(|b| !b.is_ascii_digit()).unwrap_or(after.len());
    let mut millis = number(&after[..end.min(3)])?;
    for _ in end.min(3)..3 {
        millis *= 10;
    }
    Some((millis, &after[end..]))
}

fn zone(text: &[u8]) -> Option<i64> {
    match text {
        b"" => Some(CHINA),
        b"Z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, rest @ ..] => {
            let minutes = number(rest.strip_prefix(b":").unwrap_or(rest))?;
            let offset = number(&[*h1, *h2])? * 3600 + minutes * 60;
            Some(if *sign == b'-' { -offset } else { offset })
        }
        _ => None,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days(y: i64, m: i64, d: i64) -> Option<i64> {
    let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let last = match m {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&d) || y < 1970 {
        return None;
    }
    let (y, m) = if m <= 2 { (y - 1, m + 9) } else { (y, m - 3) };
    let of_era = y.rem_euclid(400);
    Some(y.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + d - 1 - 719_468)
}

fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(m <= 2), m, doy - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_carrier_is_read() {
        let same = 1_366_080_826_000; // 2013-04-16T02:53:46Z
        for text in [
            "2013-04-16 10:53:46",
            " 2013/04/16 10:53:46 ",
            "2013-04-16T10:53:46.000+0800",
            "2013-04-16T10:53:46+08:00",
            "2013-04-16T02:53:46Z",
            "2013-04-16 10:53:46 CST",
            "2013-04-16 10:53:46.0",
            "1366080826000",
        ] {
            assert_eq!(parse(text), Some(same), "{text}");
        }
        assert_eq!(parse("2013-04-16 10:53"), Some(same - 46_000));
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in [
            "",
            "10:53",
            "2013-13-01 00:00:00",
            "2013-02-29 00:00:00",
            "2013-04-16 25:00:00",
            "2013-04-16",
            "昨天 10:53:46 下午好",
            "2013-04/16 10:53:46",
            "2013-04-16 10:53:46 PST",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn local_time_is_written_back() {
        for text in ["2024-02-29 00:00:00", "1999-12-31 23:59:59", "2026-11-22 07:08:09"] {
            assert_eq!(china(parse(text).unwrap()), text);
        }
    }
}
