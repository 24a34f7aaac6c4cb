//! Bytes as text and back: UTF-8 or GB18030, plain or percent-encoded.

use std::borrow::Cow;

use encoding_rs::GB18030;

/// UTF-8 or GB18030; what is neither loses what cannot be read.
pub fn read(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => chinese(bytes).map_or_else(|| String::from_utf8_lossy(bytes), Cow::Owned),
    }
}

pub fn in_chinese(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

/// Encoded as far as the carrier encodes, a blank as it writes one.
pub fn encoded(value: &[u8], like: &str) -> String {
    let text = std::str::from_utf8(value).unwrap_or_default();
    if !text.is_empty() && !like.contains(['%', '+']) && !text.contains(|c: char| c.is_whitespace() || "&+%=".contains(c)) {
        return text.to_owned();
    }
    let encoded = posthouse_sdk::http::form_encode(value);
    if like.contains("%20") { encoded.replace('+', "%20") } else { encoded }
}

/// Text in the other encoding that is used, if it is that.
pub fn chinese(bytes: &[u8]) -> Option<String> {
    GB18030.decode_without_bom_handling_and_without_replacement(bytes).map(Cow::into_owned)
}

/// `None` if it is no UTF-8.
pub fn decoded(text: &str, plus: bool) -> Option<String> {
    String::from_utf8(bytes_of(text, plus)).ok()
}

pub fn bytes_of(text: &str, plus: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let [first, rest @ ..] = bytes {
        bytes = rest;
        let hex = rest.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                bytes = &rest[2..];
            }
            (b'+', _) if plus => out.push(b' '),
            _ => out.push(*first),
        }
    }
    out
}
