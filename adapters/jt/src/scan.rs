//! One scan of J&T as an event: its type is a word in answers and on the page, a number in pushes.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

pub const SIGNED: &[&str] = &["快件签收", "scan:10"];

/// The scans of one parcel, as answers and pushes write them (official).
#[derive(Deserialize)]
pub struct Bill<'a> {
    #[serde(borrow, default, rename = "billCode", deserialize_with = "json::text")]
    pub number: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::list")]
    details: Vec<&'a json::RawValue>,
}

#[derive(Deserialize)]
struct Scan<'a> {
    #[serde(rename = "scanTime", deserialize_with = "json::instant")]
    at: time::Instant,
    #[serde(borrow, default, rename = "scanType", deserialize_with = "json::text")]
    kind: Cow<'a, str>,
    /// Why a 问题件 is one.
    #[serde(borrow, default, rename = "problemType", deserialize_with = "json::text")]
    problem: Cow<'a, str>,
    #[serde(borrow, default, rename = "desc", deserialize_with = "json::text")]
    text: Cow<'a, str>,
    #[serde(borrow, default, rename = "scanNetworkCity", deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, rename = "scanNetworkName", deserialize_with = "json::text")]
    site: Cow<'a, str>,
}

impl Bill<'_> {
    pub fn track(&self, parcel: &Parcel) -> Result<Track, Fault> {
        let (scans, odd) = json::each::<Scan>(&self.details);
        parcel.track(scans.iter().map(Scan::event).collect(), odd).map(|track| track.signed_by(SIGNED))
    }
}

impl Scan<'_> {
    fn event(&self) -> Event {
        let reason = self.problem.starts_with('A').then(|| format!("problem:{}", self.problem));
        let code = reason.unwrap_or_else(|| code(&self.kind));
        event(self.at, &code, &self.text, track::place(&self.city, &self.site))
    }
}

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
