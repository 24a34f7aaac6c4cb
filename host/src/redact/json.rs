//! Rewrites the values of a JSON text and nothing else: blanks, keys, their order and numbers stay.

use super::Redactor;
use super::keys::Key;

/// `None` if the text is no JSON.
pub fn rewrite(redactor: &Redactor, text: &str, key: &Key, depth: usize) -> Option<String> {
    // Also bounds how deep `value` can go.
    serde_json::from_str::<serde_json::Value>(text).ok()?;
    let mut walk = Walk { redactor, text, at: 0, out: String::with_capacity(text.len()), depth };
    walk.value(key);
    walk.out.push_str(&text[walk.at..]);
    Some(walk.out)
}

/// A value that stands in quotes, written again in the way it was written.
pub fn string(redactor: &Redactor, raw: &str, key: &Key, depth: usize) -> String {
    let Ok(value) = serde_json::from_str::<String>(raw) else {
        return raw.to_owned();
    };
    let redacted = redactor.leaf(key, &value, depth);
    if redacted == value { raw.to_owned() } else { quoted(&redacted, raw) }
}

struct Walk<'a> {
    redactor: &'a Redactor,
    text: &'a str,
    at: usize,
    out: String,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn value(&mut self, key: &Key) {
        self.blanks();
        match self.peek() {
            Some(b'{') => self.many(b'}', |walk| {
                let raw = walk.take_string();
                walk.out.push_str(raw);
                let name: String = serde_json::from_str(raw).unwrap_or_default();
                walk.blanks();
                walk.copy(1);
                walk.value(&key.inside(&name));
            }),
            Some(b'[') => self.many(b']', |walk| walk.value(key)),
            Some(b'"') => {
                let raw = self.take_string();
                let redacted = string(self.redactor, raw, key, self.depth);
                self.out.push_str(&redacted);
            }
            _ => self.scalar(key),
        }
    }

    /// What stands between brackets, by commas.
    fn many(&mut self, end: u8, mut each: impl FnMut(&mut Self)) {
        self.copy(1);
        self.blanks();
        while self.peek().is_some_and(|b| b != end) {
            each(self);
            self.blanks();
            if self.peek() == Some(b',') {
                self.copy(1);
            }
            self.blanks();
        }
        self.copy(1);
    }

    fn scalar(&mut self, key: &Key) {
        let rest = &self.text[self.at..];
        let length = rest.find([',', '}', ']', ' ', '\n', '\r', '\t']).unwrap_or(rest.len());
        let raw = &rest[..length];
        self.at += length;
        let number = raw.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let redacted = if number { self.redactor.number(key, raw) } else { raw.to_owned() };
        self.out.push_str(&redacted);
    }

    /// A string with its quotes.
    fn take_string(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|b| {
            let ends = b == b'"' && !escaped;
            escaped = b == b'\\' && !escaped;
            ends
        });
        let length = end.map_or(rest.len(), |end| end + 2);
        self.at += length;
        &rest[..length]
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        let count = rest.len() - rest.trim_start_matches([' ', '\n', '\r', '\t']).len();
        self.copy(count);
    }

    fn copy(&mut self, count: usize) {
        let end = (self.at + count).min(self.text.len());
        self.out.push_str(&self.text[self.at..end]);
        self.at = end;
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// As JSON, with the escapes the carrier uses.
fn quoted(value: &str, like: &str) -> String {
    let mut out = serde_json::Value::from(value).to_string();
    if like.contains("\\/") {
        out = out.replace('/', "\\/");
    }
    if like.is_ascii() && like.contains("\\u") {
        out = out.chars().map(|c| if c.is_ascii() { c.to_string() } else { escaped(c) }).collect();
    }
    out
}

fn escaped(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}
