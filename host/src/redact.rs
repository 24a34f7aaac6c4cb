//! Takes people and the account out of a recorded answer, so that it may be shown.
//!
//! Names, phones, addresses, identity cards, e-mails, positions, tokens and the echoes of secrets
//! are replaced; the same value always by the same stand-in, so that a test still means something.
//! Places, stations, times, codes, waybill numbers and hotlines stay. A stand-in is known as one:
//! what was redacted is not redacted again. Reads no clock and no file; an author reads the result
//! before it is shown to anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use crate::vault::Masker;

mod addresses;
mod encoding;
mod form;
mod identity;
mod json;
mod keys;
mod kind;
mod links;
mod names;
mod page;
mod phones;
mod stand_in;
mod wording;
mod words;
mod xml;

#[cfg(test)]
mod tests;

pub use kind::Kind;

use keys::{Class, Key};
use stand_in::Salt;

/// What a secret, a token and a session look like afterwards.
const MASK: &str = "***";

/// JSON in XML in a form is seen; a text that unfolds for ever is not followed.
const DEEPEST: usize = 8;

/// Replaces what belongs to people and to the account; the same value always by the same
/// stand-in, within one exchange and, given the same salt, in another.
pub struct Redactor {
    salt: Salt,
    secrets: Masker,
    /// Too short to be looked for inside other text.
    short: Vec<String>,
    keep: Vec<String>,
    seen: Mutex<Seen>,
}

/// What the bodies so far have taught.
#[derive(Default)]
struct Seen {
    names: BTreeSet<String>,
    places: BTreeSet<String>,
    counts: BTreeMap<Kind, usize>,
}

impl Redactor {
    /// `secrets` by field name and value; `keep` stays wherever it stands: the waybill number, the
    /// last four digits of the phone.
    pub fn new(salt: [u8; 32], secrets: Vec<(String, String)>, keep: Vec<String>) -> Self {
        let masker = Masker::new(secrets.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let short = secrets.into_iter().map(|(_, value)| value).filter(|v| !v.is_empty() && masker.mask_text(v) == *v).collect();
        let keep = keep.into_iter().filter(|kept| kept.chars().count() >= 4).collect();
        Self { salt: Salt::new(salt), secrets: masker, short, keep, seen: Mutex::default() }
    }

    /// A body: JSON (also in strings), XML, a form or plain text. The same kind comes out, with
    /// the same keys in the same order, in the same encoding.
    pub fn body(&self, bytes: &[u8]) -> Vec<u8> {
        self.learn(bytes);
        let text = encoding::read(bytes);
        let redacted = settled(&text, |text| self.document(text));
        let chinese = std::str::from_utf8(bytes).is_err() && !text.contains(char::REPLACEMENT_CHARACTER);
        if chinese { encoding::in_chinese(&redacted) } else { redacted.into_bytes() }
    }

    /// A line of text.
    pub fn text(&self, text: &str) -> String {
        settled(text, |text| self.plain(text))
    }

    /// A named value: a header, a parameter, a cell.
    pub fn field(&self, name: &str, value: &str) -> String {
        settled(value, |value| self.leaf(&Key::new(name, ""), value, 0))
    }

    /// Learns the names and places of a body without writing it: for the bodies of one exchange,
    /// before the first is written.
    pub fn learn(&self, bytes: &[u8]) {
        let before = self.seen().counts.clone();
        let _ = self.document(&encoding::read(bytes));
        self.seen().counts = before;
    }

    /// What was replaced, by kind and count, for the author: never the value.
    pub fn report(&self) -> Vec<(Kind, usize)> {
        self.seen().counts.iter().map(|(kind, count)| (*kind, *count)).collect()
    }

    fn document(&self, text: &str) -> String {
        self.nested(text, &Key::NONE, 0).unwrap_or_else(|| self.page(text))
    }

    /// A text that is itself a document; `None` if it is none.
    fn nested(&self, text: &str, key: &Key, depth: usize) -> Option<String> {
        if depth > DEEPEST {
            return None;
        }
        let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let lead = &text[..text.len() - start.len()];
        let redacted = match start.as_bytes().first()? {
            b'{' | b'[' | b'"' => json::rewrite(self, start, key, depth)?,
            b'<' if !page::is_page(start) => xml::rewrite(self, start, key, depth)?,
            _ => form::rewrite(self, start, depth)?,
        };
        Some(format!("{lead}{redacted}"))
    }

    /// One value, by the name it stands under.
    fn leaf(&self, key: &Key, value: &str, depth: usize) -> String {
        if value.trim().is_empty() || value == MASK || self.keep.iter().any(|kept| kept == value.trim()) {
            return value.to_owned();
        }
        let class = key.class();
        if self.short.iter().any(|secret| secret == value.trim()) {
            return self.put(Kind::Secret, value, MASK.to_owned());
        }
        if class == Class::Token && keys::looks_like_token(&key.name, value) {
            return self.put(Kind::Token, value, MASK.to_owned());
        }
        if let Some(nested) = self.nested(value, key, depth + 1).or_else(|| form::unfolded(self, key, value, depth)) {
            return nested;
        }
        if page::is_page(value) || value.contains("\":") {
            return self.page(value);
        }
        if class == Class::Place && names::may_be_place(value) {
            self.seen().places.insert(value.trim().to_owned());
        }
        self.free(value, |text| self.classed(class, text))
    }

    /// A number, which stays a number.
    fn number(&self, key: &Key, number: &str) -> String {
        if number == "0" || self.keep.iter().any(|kept| kept == number) {
            return number.to_owned();
        }
        let redacted = match key.class() {
            Class::Token => self.put(Kind::Token, number, "0".to_owned()),
            Class::Coordinate => self.position(number),
            _ if self.masked(number) != number => "0".to_owned(),
            class => self.classed(class, number),
        };
        if serde_json::from_str::<serde_json::Number>(&redacted).is_ok() { redacted } else { "0".to_owned() }
    }

    fn classed(&self, class: Class, text: &str) -> String {
        let text = match class {
            Class::Phone => self.phone_field(text),
            Class::Identity => self.identity_field(text),
            Class::Person => self.people(&self.phone_field(text)),
            Class::Name => self.perhaps_name(text),
            Class::Address => self.address_field(text, false),
            Class::OwnAddress => self.address_field(text, true),
            Class::Coordinate => self.position(text),
            Class::Picture => self.picture(text),
            Class::Token | Class::Place | Class::Other => text.to_owned(),
        };
        self.sentence(&text)
    }

    /// Text under no name.
    fn plain(&self, text: &str) -> String {
        self.free(text, |text| self.sentence(text))
    }

    /// Secrets and links first, then what lies between the values that are kept.
    fn free(&self, text: &str, redact: impl Fn(&str) -> String) -> String {
        let text = self.links(&self.tokens(&self.masked(text)));
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((at, kept)) = self.next_kept(rest) {
            out.push_str(&redact(&rest[..at]));
            out.push_str(kept);
            rest = &rest[at + kept.len()..];
        }
        out.push_str(&redact(rest));
        out
    }

    /// Four digits are a phone's last ones, which may be part of anything.
    fn next_kept<'a>(&self, text: &'a str) -> Option<(usize, &'a str)> {
        let whole = self.keep.iter().filter(|kept| kept.len() > 4);
        whole.filter_map(|kept| text.find(kept.as_str()).map(|at| (at, &text[at..at + kept.len()]))).min_by_key(|(at, _)| *at)
    }

    fn sentence(&self, text: &str) -> String {
        let text = self.identities(&self.emails(text));
        let text = self.phones(&self.positions(&text));
        let text = self.wording(&self.addresses(&text));
        self.known_names(&text)
    }

    fn masked(&self, text: &str) -> String {
        self.put(Kind::Secret, text, self.secrets.mask_text(text))
    }

    /// Counts what differs.
    fn put(&self, kind: Kind, old: &str, new: String) -> String {
        if old != new {
            *self.seen().counts.entry(kind).or_default() += 1;
        }
        new
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A stand-in may show what the name before it hid: looked at until nothing more is found.
fn settled(text: &str, write: impl Fn(&str) -> String) -> String {
    let mut text = write(text);
    for _ in 0..3 {
        let again = write(&text);
        if again == text {
            break;
        }
        text = again;
    }
    text
}
