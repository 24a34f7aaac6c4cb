//! One scan of J&T as an event: its type is a word in answers and on the page, a number in pushes.

use posthouse_sdk::prelude::*;

pub const SIGNED: &[&str] = &["快件签收", "scan:10"];

/// `1` to `14` get a name of their own beside the words (official).
pub fn code(scan_type: &str) -> String {
    let number = !scan_type.is_empty() && scan_type.bytes().all(|b| b.is_ascii_digit());
    if number { format!("scan:{scan_type}") } else { scan_type.to_owned() }
}

pub fn event(at: time::Instant, code: &str, text: &str, place: Option<String>) -> Event {
    Event { at, code: code.into(), status: None, text: text.into(), place }.unless_at_station(SIGNED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_are_codes() {
        for (scan_type, expected) in [("10", "scan:10"), ("快件签收", "快件签收"), ("", "")] {
            assert_eq!(code(scan_type), expected);
        }
    }
}
