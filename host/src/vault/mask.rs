//! Finds a secret's echo in an answer, in any form it may come back in.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use posthouse_sdk::digest;

/// Shorter values would mask half of every answer; they are refused as secrets.
pub const SHORTEST: usize = 8;

/// What the guest and the record see instead.
const MASK: &[u8] = b"***";

/// Looks for the secrets of one generation, raw and as JSON, URL, form, hex and Base64 text.
#[derive(Clone)]
pub struct Masker {
    forms: Option<AhoCorasick>,
}

impl Masker {
    pub fn new<'a>(secrets: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let forms: Vec<Vec<u8>> = secrets.filter(|(_, v)| v.len() >= SHORTEST).flat_map(|(_, v)| forms(v)).collect();
        let forms = (!forms.is_empty()).then(|| longest_first(&forms));
        Self { forms }
    }

    /// The text with every echo replaced; borrowed when there was none.
    pub fn mask<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.forms {
            Some(forms) if forms.is_match(bytes) => {
                let replacements = vec![MASK; forms.patterns_len()];
                Cow::Owned(forms.replace_all_bytes(bytes, &replacements))
            }
            _ => Cow::Borrowed(bytes),
        }
    }

    /// The same for a line of text.
    pub fn mask_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.mask(text.as_bytes())).into_owned()
    }
}

/// The longest form that stands at a place is the one that is masked: a shorter one would leave
/// the value's end in sight.
fn longest_first(forms: &[Vec<u8>]) -> AhoCorasick {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms).expect("a few short patterns")
}

fn forms(value: &str) -> Vec<Vec<u8>> {
    let bytes = value.as_bytes();
    let mut forms: Vec<Vec<u8>> = vec![
        bytes.to_vec(),
        hex::encode(bytes).into_bytes(),
        hex::encode_upper(bytes).into_bytes(),
        digest::percent(bytes).to_lowercase().into_bytes(),
    ];
    for how in ["form", "percent", "json"] {
        forms.extend(digest::encode(bytes, how));
    }
    let slashes = value.replace('/', "\\/");
    forms.push(slashes.into_bytes());
    forms.extend(base64_forms(bytes));
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort();
    forms.dedup();
    forms
}

/// Base64 of the value alone, and what stays the same wherever it stands inside a longer text:
/// it may begin at any of three places in a group.
fn base64_forms(value: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![STANDARD.encode(value).into_bytes()];
    for shift in 0..3usize {
        let padded = [&vec![0u8; shift][..], value].concat();
        let whole = padded.len() / 3 * 4;
        let skip = if shift == 0 { 0 } else { 4 };
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded).into_bytes();
            if whole > skip {
                forms.push(text[skip..whole].to_vec());
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "p+9/x&\"Kq=中zzz";

    fn masked(text: &str) -> String {
        Masker::new([("key", SECRET)].into_iter()).mask_text(text)
    }

    #[test]
    fn an_echo_is_masked_in_every_form() {
        let b64 = STANDARD.encode(SECRET);
        let inside = STANDARD.encode(format!("user:{SECRET}"));
        let json = serde_json::Value::from(SECRET).to_string();
        let escaped = json[1..json.len() - 1].to_owned();
        for form in [
            SECRET.to_owned(),
            hex::encode(SECRET),
            digest::percent(SECRET.as_bytes()),
            posthouse_sdk::http::form_encode(SECRET),
            b64,
            escaped,
        ] {
            assert_eq!(masked(&format!("a {form} b")), "a *** b", "{form}");
        }
        assert!(masked(&inside).contains("***"), "{inside}");
    }

    #[test]
    fn other_text_is_untouched() {
        assert_eq!(masked("运单已签收"), "运单已签收");
    }
}
