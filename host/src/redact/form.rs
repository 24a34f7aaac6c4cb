//! Rewrites the values of an urlencoded form, and values that are encoded as a whole.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;

use super::Redactor;
use super::encoding::{bytes_of, chinese, decoded, encoded, in_chinese};
use super::keys::Key;

static FORM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z0-9_.\-\[\]%]+=[^&\s<>]*(?:&(?:[A-Za-z0-9_.\-\[\]%]+=[^&\s<>]*)?)*$").expect("written here"));
static BASE64: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[A-Za-z0-9+/]{24,}={0,2}$").expect("written here"));

/// `None` if the text is no form.
pub fn rewrite(redactor: &Redactor, text: &str, depth: usize) -> Option<String> {
    let line = text.trim_end();
    if !FORM.is_match(line) || BASE64.is_match(line) {
        return None;
    }
    let pairs: Vec<String> = line.split('&').map(|pair| one(redactor, pair, depth)).collect();
    // An echo may go across the names: a Base64 text ends with `=`, too.
    Some(redactor.masked(&pairs.join("&")) + &text[line.len()..])
}

fn one(redactor: &Redactor, pair: &str, depth: usize) -> String {
    let Some((name, raw)) = pair.split_once('=') else {
        return pair.to_owned();
    };
    let name_read = decoded(name, true).unwrap_or_default();
    let key = Key::new(&name_read, "");
    let value = decoded(raw, true).or_else(|| chinese(&bytes_of(raw, true)));
    let Some(value) = value else {
        return format!("{name}={}", redactor.plain(raw));
    };
    let redacted = redactor.leaf(&key, &value, depth);
    match decoded(raw, true) {
        _ if redacted == value => pair.to_owned(),
        Some(_) => format!("{name}={}", encoded(redacted.as_bytes(), raw)),
        None => format!("{name}={}", encoded(&in_chinese(&redacted), raw)),
    }
}

/// A value that is percent-encoded or Base64 as a whole, if something in it was replaced.
pub fn unfolded(redactor: &Redactor, key: &Key, value: &str, depth: usize) -> Option<String> {
    if depth >= super::DEEPEST || value.contains("://") {
        return None;
    }
    if value.contains('%') && !value.contains(char::is_whitespace) {
        let inner = decoded(value, false).filter(|inner| inner != value)?;
        let redacted = redactor.leaf(key, &inner, depth + 1);
        return (redacted != inner).then(|| encoded(redacted.as_bytes(), "%20"));
    }
    let bytes = BASE64.is_match(value).then(|| STANDARD.decode(value).ok())??;
    let inner = String::from_utf8(bytes).ok().filter(|inner| inner.trim_start().starts_with(['{', '[', '<']))?;
    let redacted = redactor.leaf(key, &inner, depth + 1);
    (redacted != inner).then(|| STANDARD.encode(redacted))
}
