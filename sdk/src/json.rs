//! Reading the JSON carriers write: success as `true` or `"true"`, numbers as text, lists that
//! are objects when empty, JSON text inside a JSON string, and one odd element in a good list.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
pub use serde_json::value::RawValue;

use crate::{Fault, fault, time};

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
    let mut out = vec![0; plain.len()];
    let (mut rest, mut end) = (plain.as_bytes(), 0);
    while let Some(first) = rest.first() {
        let copied = match rest.first_chunk::<8>() {
            Some(eight) => {
                // All of them, though only those before an escape count: one instruction.
                out[end..end + 8].copy_from_slice(eight);
                before_escape(*eight)
            }
            None => {
                out[end] = *first;
                usize::from(*first != b'\\')
            }
        };
        (rest, end) = (&rest[copied..], end + copied);
        if let Some((b'\\', after)) = rest.split_first() {
            let (read, written) = escape(after, &mut out[end..])?;
            (rest, end) = (&after[read..], end + written);
        }
    }
    out.truncate(end);
    // SAFETY: whole characters were copied or written, and nothing else.
    Some(unsafe { String::from_utf8_unchecked(out) })
}

/// How many of eight bytes stand before a backslash.
fn before_escape(eight: [u8; 8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let zero_where_escape = u64::from_le_bytes(eight) ^ u64::from_le_bytes([b'\\'; 8]);
    // Borrowing out of a zero byte shows it; what it wrongly shows stands behind the first.
    let found = zero_where_escape.wrapping_sub(ONES) & !zero_where_escape & (ONES << 7);
    found.trailing_zeros() as usize / 8
}

/// Writes what an escape means: bytes read after the backslash, and bytes written.
fn escape(after: &[u8], out: &mut [u8]) -> Option<(usize, usize)> {
    let (kind, digits) = after.split_first()?;
    out[0] = match kind {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        b'u' => {
            let digits = str::from_utf8(digits.first_chunk::<4>()?).ok()?;
            let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            return Some((5, character.encode_utf8(out).len()));
        }
        itself => *itself,
    };
    Some((1, 1))
}

/// A time in any form of [`time::parse`], as text or number; an error where it is none.
pub fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<time::Instant, D::Error> {
    time::parse(&text(from)?).ok_or_else(|| serde::de::Error::custom("no time"))
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
        for (written, expected) in
            [("null", ""), ("true", "true"), ("12.50", "12.50"), ("123456789012345678901234", "123456789012345678901234")]
        {
            assert_eq!(inner::<One>(written).unwrap().0, expected);
        }
        assert!(inner::<One>(r#""\ud83d alone""#).is_err());
    }
}
