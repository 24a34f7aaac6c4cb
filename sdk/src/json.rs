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
    match unescaped(plain) {
        Some(text) => Ok(Cow::Owned(text)),
        None => serde_json::from_str::<String>(raw).map(Cow::Owned).map_err(serde::de::Error::custom),
    }
}

/// Undoes the escapes of a JSON string that was read as raw JSON before, so they are well formed.
/// Made for JSON inside JSON, where an escape comes every few bytes. `None` for half a character.
fn unescaped(plain: &str) -> Option<String> {
    const ESCAPES: u64 = u64::from_ne_bytes([b'\\'; 8]);
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let mut out = vec![0; plain.len()];
    let (mut rest, mut end) = (plain.as_bytes(), 0);
    while let Some((&first, after)) = rest.split_first() {
        if let Some((eight, after)) = rest.split_first_chunk::<8>() {
            // A byte of `found` is zero where a backslash stands; borrowing shows it.
            let found = u64::from_ne_bytes(*eight) ^ ESCAPES;
            if found.wrapping_sub(ONES) & !found & (ONES << 7) == 0 {
                out[end..end + 8].copy_from_slice(eight);
                (rest, end) = (after, end + 8);
                continue;
            }
        }
        if first != b'\\' {
            out[end] = first;
            (rest, end) = (after, end + 1);
            continue;
        }
        let (&escape, after) = after.split_first()?;
        rest = after;
        out[end] = match escape {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => {
                let (digits, after) = rest.split_first_chunk::<4>()?;
                let code = u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
                let written = char::from_u32(code)?.encode_utf8(&mut out[end..]).len();
                (rest, end) = (after, end + written);
                continue;
            }
            itself => itself,
        };
        end += 1;
    }
    out.truncate(end);
    // SAFETY: whole characters were copied or written, and nothing else.
    Some(unsafe { String::from_utf8_unchecked(out) })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct One<'a>(#[serde(borrow, deserialize_with = "text")] Cow<'a, str>);

    #[test]
    fn text_is_what_json_says_it_is() {
        for written in [
            r#""""#,
            r#""运单已签收""#,
            r#""a\"b\\c\/d\b\f\n\r\t""#,
            r#""{\"success\":true,\"msgData\":{\"routeResps\":[{\"mailNo\":\"SF1\",\"remark\":\"快件到达 【深圳\\n集散中心】\"}]}}""#,
            r#""\u6df1\u5733\u00e9\u0041 and more than eight bytes""#,
            r#""\ud83d\ude9a goes over two escapes""#,
            r#""\u0000""#,
        ] {
            let expected: String = serde_json::from_str(written).unwrap();
            assert_eq!(inner::<One>(written).unwrap().0, expected, "{written}");
        }
        for (written, expected) in [("null", ""), ("true", "true"), ("12.50", "12.50"), ("123456789012345678901234", "123456789012345678901234")] {
            assert_eq!(inner::<One>(written).unwrap().0, expected);
        }
        assert!(inner::<One>(r#""\ud83d alone""#).is_err());
    }
}
