//! Reading the JSON carriers write: success as `true` or `"true"`, numbers as text, lists that
//! are objects when empty, JSON text inside a JSON string, and one odd element in a good list.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
pub use serde_json::value::RawValue;

use crate::{Fault, fault};

/// Parses a body, or says `unreadable` with its beginning. HTML instead of JSON is named as such.
pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    // Checked once as a whole: otherwise each of its strings is checked by itself.
    let parsed = match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    parsed.map_err(|error| unreadable(&error, body))
}

/// Parses JSON text that was found inside a JSON string.
pub fn inner<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| unreadable(&error, text.as_bytes()))
}

fn unreadable(error: &serde_json::Error, body: &[u8]) -> Fault {
    let looks_html = body.trim_ascii_start().first() == Some(&b'<');
    if looks_html { fault::unreadable("HTML or XML where JSON was expected", body) } else { fault::unreadable(error, body) }
}

/// `true`, `"true"`, `1`, `"1"` are true; every other value is false.
pub fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    let raw = <&RawValue>::deserialize(from)?;
    Ok(matches!(raw.get(), "true" | "\"true\"" | "1" | "\"1\""))
}

/// A string, number or bool as text; `null` is empty.
pub fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Cow<'de, str>, D::Error> {
    let raw = <&RawValue>::deserialize(from)?.get();
    if raw == "null" {
        return Ok(Cow::Borrowed(""));
    }
    if !raw.starts_with('"') {
        return Ok(Cow::Borrowed(raw));
    }
    let plain = &raw[1..raw.len() - 1];
    if !plain.contains('\\') {
        return Ok(Cow::Borrowed(plain));
    }
    serde_json::from_str::<String>(raw).map(Cow::Owned).map_err(serde::de::Error::custom)
}

/// The elements of a list, each read by itself: what cannot be read comes back as raw text.
pub fn each<'a, T: Deserialize<'a>>(list: &[&'a RawValue]) -> (Vec<T>, Vec<String>) {
    let mut odd = vec![];
    let read = list.iter().filter_map(|raw| serde_json::from_str(raw.get()).map_err(|_| odd.push(raw.get().to_owned())).ok()).collect();
    (read, odd)
}

/// A list, or nothing where the carrier writes `null`, `{}` or `""` for an empty one.
pub fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<&'de RawValue>, D::Error> {
    let raw = <&RawValue>::deserialize(from)?;
    if !raw.get().starts_with('[') {
        return Ok(vec![]);
    }
    serde_json::from_str(raw.get()).map_err(serde::de::Error::custom)
}

/// A text as a JSON string, its quotes included; for the small bodies that adapters write.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One object of an owned type; for requests and rare shapes where speed does not matter.
pub fn owned<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    serde_json::from_slice(text).ok()
}
