//! Carriers' jargon in plain words for consignees, in Chinese and English.
//!
//! `快件已发往分拨中心` becomes `包裹正在去广州转运站的路上`. A table decides: the rows of the adapter,
//! then the project's own (`explain/default.toml`), then one sentence for each status. The sentence says
//! what the event says and no more, and repeats neither a person's name nor a phone number.

use std::borrow::Cow;
use std::cell::LazyCell;

use posthouse_sdk::manifest::explain::Rule;
use posthouse_sdk::status;
use serde::{Deserialize, Serialize};

use crate::parcel::Event;

mod find;
mod name;
mod table;
#[cfg(test)]
mod tests;

use find::Found;
use table::Table;

/// Longest sentence told; a longer one loses its places.
const LONGEST: usize = 120;
/// As much of a carrier's text is read.
const READ: usize = 400;

/// An event as the carrier tells it.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Of ours.
    pub status: &'a str,
    /// The carrier's.
    pub code: &'a str,
    pub text: &'a str,
    /// Where it happened, if the carrier says so beside the text.
    pub place: Option<&'a str>,
}

/// An event as a consignee reads it: one sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plain {
    pub zh: String,
    pub en: String,
    /// A rule knew the wording; otherwise the sentence tells the status alone.
    pub by_rule: bool,
}

impl<'a> Said<'a> {
    pub fn of(event: &'a Event) -> Self {
        Self { status: event.status, code: &event.code, text: &event.text, place: event.place.as_deref() }
    }
}

/// Tells an event in plain words. `rules` are the adapter's and are asked before the default table.
///
/// Never panics, whatever the text, and never tells more than 120 characters or a run of 7 digits.
pub fn explain(rules: &[Rule], said: Said<'_>) -> Plain {
    let table = Table::default_one();
    let text = table.without_footer(&clean(said.text));
    let heard = Heard { said, folded: text.to_lowercase(), found: LazyCell::new(|| Found::new(table, &text, said.place)) };
    let told = rules.iter().chain(&table.rules).filter(|rule| heard.fits(rule)).find_map(|rule| heard.tell(rule));
    told.unwrap_or_else(|| fallback(table, said.status))
}

/// An event made ready to be compared with rules.
struct Heard<'a, F: FnOnce() -> Found> {
    said: Said<'a>,
    folded: String,
    /// Looked for only once a rule wants a place.
    found: LazyCell<Found, F>,
}

impl<F: FnOnce() -> Found> Heard<'_, F> {
    fn fits(&self, rule: &Rule) -> bool {
        let status =
            |of: &String| self.said.status.strip_prefix(of.as_str()).is_some_and(|finer| finer.is_empty() || finer.starts_with('.'));
        let says = |word: &String| says(&self.folded, word);
        (rule.statuses.is_empty() || rule.statuses.iter().any(status))
            && (rule.codes.is_empty() || rule.codes.iter().any(|code| code == self.said.code))
            && (rule.words.is_empty() || rule.words.iter().any(says))
            && !rule.not.iter().any(says)
    }

    /// The rule's sentence, or none if a place it needs is not known.
    fn tell(&self, rule: &Rule) -> Option<Plain> {
        let full = || match rule.zh.contains('{') || rule.en.contains('{') {
            true => safe(self.found.fill_zh(&rule.zh)?, self.found.fill_en(&rule.en)?),
            false => safe(rule.zh.clone(), rule.en.clone()),
        };
        let bare = || safe(rule.zh_bare.clone()?, rule.en_bare.clone()?);
        let (zh, en) = full().or_else(bare)?;
        Some(Plain { zh, en, by_rule: true })
    }
}

fn fallback(table: &Table, code: &str) -> Plain {
    let (zh, en) = table.fallback(status::known(code));
    Plain { zh: zh.to_owned(), en: en.to_owned(), by_rule: false }
}

/// Whether the text has the word; the parts around `*` must follow each other.
fn says(text: &str, word: &str) -> bool {
    let word = if word.bytes().any(|b| b.is_ascii_uppercase()) { Cow::Owned(word.to_lowercase()) } else { Cow::Borrowed(word) };
    let mut rest = text;
    word.split('*').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

/// Refuses what no consignee should read, whoever wrote the rule.
fn safe(zh: String, en: String) -> Option<(String, String)> {
    let fits = |text: &str| text.chars().count() <= LONGEST && !name::has_number(text, 7);
    (fits(&zh) && fits(&en)).then_some((zh, en))
}

/// The beginning of a text, without characters that control a screen.
fn clean(text: &str) -> String {
    text.chars().take(READ).filter(|c| !name::is_invisible(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
