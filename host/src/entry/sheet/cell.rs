//! What a cell says, as the clerk sees it, or why it is not believed.

use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType};

use super::Refused;

/// From here on a number stored as a number has lost digits: Excel keeps fifteen.
const KEPT_EXACTLY: f64 = 1e15;
const DAY: u64 = 86_400;
/// The day after 9999-12-31, counted from 1900 and from 1904.
const LAST_DAYS: [f64; 2] = [2_958_466.0, 2_957_004.0];

/// One cell. Only [`Cell::Text`] may be used; the others are mistakes of the row, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Empty,
    /// As it is seen: `2025-10-13 14:30:00` for a moment, `14:30:00` for a time of day, all digits of a number.
    Text(String),
    /// What stands beside a formula may be anything: paste it as a value.
    Formula,
    /// A long number stored as a number: these are not the digits on the label. Format the column as text and type it again.
    Rounded(String),
    /// `#N/A` and its like, `########` for a column too narrow when the text was saved.
    Error(String),
    /// Longer than the bound.
    TooLong,
}

impl Cell {
    /// Text for a sheet that goes back to the clerk. Read again, it is the same cell, mistakes too.
    pub fn shown(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Rounded(text) | Self::Error(text) => text,
            Self::Formula => FORMULA,
            Self::TooLong => TOO_LONG,
        }
    }

    /// A cell that holds text, be it of a workbook or of a CSV file.
    pub(super) fn typed(raw: &str, line: u32, bound: usize) -> Result<Self, Refused> {
        let text = cleaned(raw);
        if text.chars().any(lost) {
            return Err(Refused::LostCharacter { line });
        }
        if text.chars().nth(bound).is_some() {
            return Ok(Self::TooLong);
        }
        Ok(match text.as_str() {
            "" => Self::Empty,
            FORMULA => Self::Formula,
            TOO_LONG => Self::TooLong,
            text if shielded(text) && exponent(&text[1..]) => Self::Rounded(text[1..].to_owned()),
            text if shielded(text) => Self::Text(text[1..].to_owned()),
            text if text.starts_with('=') => literal(text).map_or(Self::Formula, Self::Text),
            text if error(text) => Self::Error(text.to_owned()),
            text if exponent(text) => Self::Rounded(text.to_owned()),
            _ => Self::Text(text),
        })
    }

    /// A cell as the workbook stores it; the caller has asked for a formula before.
    pub(super) fn stored(value: &DataRef<'_>, from_1904: bool, line: u32, bound: usize) -> Result<Self, Refused> {
        match value {
            DataRef::Empty => Ok(Self::Empty),
            DataRef::String(text) => Self::typed(text, line, bound),
            DataRef::SharedString(text) => Self::typed(text, line, bound),
            DataRef::DateTimeIso(text) => Self::typed(&text.replace('T', " "), line, bound),
            DataRef::DurationIso(text) => Self::typed(text, line, bound),
            DataRef::Int(number) => Ok(number_seen(*number as f64)),
            DataRef::Float(number) => Ok(number_seen(*number)),
            DataRef::DateTime(moment) => Ok(moment_seen(moment, from_1904)),
            DataRef::Bool(yes) => Ok(Self::Text(if *yes { "TRUE" } else { "FALSE" }.to_owned())),
            DataRef::Error(error) => Ok(Self::Error(error.to_string())),
        }
    }
}

const FORMULA: &str = "#FORMULA!";
const TOO_LONG: &str = "#TOO_LONG!";

/// Signs that make a spreadsheet program read a cell as a formula.
pub(super) fn dangerous(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}

/// An apostrophe that was put before a dangerous sign, here or by hand: what follows is text.
pub(super) fn shielded(text: &str) -> bool {
    text.starts_with('\'') && dangerous(text.trim_start_matches('\''))
}

/// Trims blanks of any width; drops the marks that nobody sees and that make equal texts differ.
fn cleaned(raw: &str) -> String {
    let seen = raw.chars().filter(|c| !matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'));
    let text: String = seen.map(|c| if c == '\u{A0}' { ' ' } else { c }).collect();
    let trimmed = text.trim();
    if trimmed.len() == text.len() { text } else { trimmed.to_owned() }
}

/// A sign that stands for one that was lost, or that cannot be typed.
pub(super) fn lost(c: char) -> bool {
    c == char::REPLACEMENT_CHARACTER || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// `="00123"` is how shops' exports keep leading zeros in CSV: a text, though it is written as a formula.
fn literal(text: &str) -> Option<String> {
    let inner = text.strip_prefix("=\"")?.strip_suffix('"')?;
    (!inner.contains('"')).then(|| inner.trim().to_owned())
}

fn error(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('#') else { return false };
    let named = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"/_".contains(&b));
    rest == "N/A" || rest.strip_suffix(['!', '?']).is_some_and(named) || (!rest.is_empty() && rest.bytes().all(|b| b == b'#'))
}

/// `7.31234E+14`: a long number saved as it was shown.
fn exponent(text: &str) -> bool {
    let Some((digits, power)) = text.split_once("E+").or_else(|| text.split_once("e+")) else { return false };
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part, power].iter().all(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()))
}

/// A number with all its digits, as Excel keeps them: fifteen, so that 0.1 + 0.2 is 0.3.
fn number_seen(number: f64) -> Cell {
    if !number.is_finite() {
        return Cell::Error("#NUM!".to_owned());
    }
    let kept = format!("{number:.14E}");
    if number.abs() >= KEPT_EXACTLY {
        return Cell::Rounded(kept.replace('E', "E+"));
    }
    let kept: f64 = kept.parse().unwrap_or(number);
    // Minus zero plus zero is zero.
    Cell::Text((kept + 0.0).to_string())
}

/// Days since the epoch of the workbook, to the nearest second: halves of milliseconds are noise of the format.
fn moment_seen(moment: &ExcelDateTime, from_1904: bool) -> Cell {
    let days = moment.as_f64();
    if !(0.0..LAST_DAYS[usize::from(from_1904)]).contains(&days) {
        return Cell::Error("########".to_owned());
    }
    let seconds = (days * DAY as f64).round() as u64;
    let (day, hour, minute, second) = (seconds / DAY, seconds % DAY / 3600, seconds / 60 % 60, seconds % 60);
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    Cell::Text(if moment.is_duration() {
        format!("{}:{minute:02}:{second:02}", seconds / 3600)
    } else if day == 0 {
        clock
    } else {
        let (year, month, day, ..) = ExcelDateTime::new(day as f64, ExcelDateTimeType::DateTime, from_1904).to_ymd_hms_milli();
        format!("{year:04}-{month:02}-{day:02} {clock}")
    })
}
