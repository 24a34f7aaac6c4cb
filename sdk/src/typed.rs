//! Text as people type and paste it: full-width characters, stray blanks, times in many forms.

use crate::time::{self, Instant};

/// A waybill number as it is registered: no blanks, no full-width characters, capital letters.
pub fn number(text: &str) -> String {
    fold(&tidy(text)).chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase()
}

/// Reads a time in any form that clerks write; `None` for a date alone, because a scan has a time.
///
/// `2026-01-20 14:30`, `2026/1/20 14:30:05`, `2026年1月20日 14时30分`, `2026-01-20T14:30:00`; full-width too.
pub fn time(text: &str) -> Option<Instant> {
    let text = fold(&tidy(text));
    // Digits alone are a number in the wrong column, never a time.
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    time::parse(&text).or_else(|| time::parse(&padded(&text)?))
}

/// `2026年1月20日9点05分` as `2026-01-20 09:05:00`.
fn padded(text: &str) -> Option<String> {
    let marked =
        text.replace(['年', '月', '/', '.'], "-").replace(['日', '号', 'T'], " ").replace(['时', '点', '分'], ":").replace('秒', "");
    let (date, clock) = marked.split_once(' ')?;
    let date: Vec<_> = date.split('-').collect();
    let clock: Vec<_> = clock.trim().trim_end_matches(':').split(':').map(str::trim).collect();
    let ([year, month, day], [hour, minute, rest @ ..]) = (&date[..], &clock[..]) else { return None };
    let second = match rest {
        [] => "00",
        [second] => second,
        _ => return None,
    };
    let written = [month.len(), day.len(), hour.len()].iter().all(|n| (1..=2).contains(n)) && minute.len() == 2 && second.len() == 2;
    written.then(|| format!("{year}-{month:0>2}-{day:0>2} {hour:0>2}:{minute}:{second}"))
}

/// Single blanks, none at the ends; what is invisible is dropped (pasted pages are full of it).
pub fn tidy(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')).collect();
    seen.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Full-width letters, digits and marks as the plain ones.
pub fn fold(text: &str) -> String {
    let plain = |c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_clerk_is_read() {
        let same = crate::time::parse("2026-01-20 09:05:00");
        for text in [
            "2026-01-20 09:05",
            "2026-01-20 9:05:00",
            "2026/1/20 9:05",
            "2026.01.20 09:05",
            "2026/1/20T9:05:00",
            "2026-01-20T09:05:00",
            "2026-01-20T01:05:00Z",
            "2026年1月20日 9:05",
            "2026年1月20日9时05分",
            "2026年01月20号 9点05分00秒",
            "２０２６－１－２０　０９：０５",
            " 2026-01-20\u{a0}09:05\u{200b} ",
        ] {
            assert_eq!(time(text), same, "{text}");
        }
    }

    #[test]
    fn what_says_no_time_of_day_is_none() {
        for text in [
            "",
            "昨天",
            "2026-01-20",
            "2026年1月20日",
            "14:30",
            "1/20 14:30",
            "26-1-20 14:30",
            "2026-02-30 14:30",
            "2026-1-20 14:3",
            "2026-1-20 14:30:00:00",
            "2026-1-20 25:00",
            "1768871100000",
            "年月日 时:分",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_written_one_way() {
        assert_eq!(number(" ｋｙ4000 1234\u{200b}５６７８９０１ "), "KY400012345678901");
    }
}
