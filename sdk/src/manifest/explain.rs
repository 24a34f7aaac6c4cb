//! `[[explain]]`: how a carrier's wording is told to a consignee, in plain Chinese and English.
//!
//! A rule speaks when everything it names holds: the status, the code, one of the words, and none
//! of the words in `not`. Its sentence may have places to fill; if one cannot be filled from the
//! event, the bare sentence is used, and without a bare sentence the next rule is tried.

use serde::Deserialize;

use crate::status;

/// What a sentence may have filled in.
pub const PLACEHOLDERS: &[&str] = &["{place}", "{to}", "{who}", "{locker}"];

/// A sentence longer than this, or with a longer name filled in, does not fit a small screen.
const LONGEST: usize = 90;

/// One row of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Rule {
    /// Statuses of ours it is for; a finer code counts as its parent. Empty: any.
    pub statuses: Vec<String>,
    /// The carrier's codes it is for. Empty: any.
    pub codes: Vec<String>,
    /// One of them must be in the text; `*` in a word stands for anything: `离开*发往`. Empty: any text.
    pub words: Vec<String>,
    /// None of them may be in the text.
    pub not: Vec<String>,
    /// The sentence, with places: `包裹正在去{to}的路上`.
    pub zh: String,
    pub en: String,
    /// The sentence when a place is not known.
    pub zh_bare: Option<String>,
    pub en_bare: Option<String>,
}

/// Everything that is wrong with the rows, each line named by the row's number from 1.
pub fn mistakes(rules: &[Rule]) -> Vec<String> {
    let numbered = |(i, rule): (usize, &Rule)| rule.mistakes().into_iter().map(move |why| format!("explain row {}: {why}", i + 1));
    rules.iter().enumerate().flat_map(numbered).collect()
}

/// Statuses that this build does not know. A row for none but such never speaks.
pub fn unknown_statuses(rules: &[Rule]) -> Vec<String> {
    let unknown = |(i, rule): (usize, &Rule)| {
        let unknown: Vec<_> = rule.statuses.iter().filter(|s| !status::is_known(s)).cloned().collect();
        unknown.into_iter().map(move |s| format!("explain row {}: `{s}` is not a status of this build", i + 1))
    };
    rules.iter().enumerate().flat_map(unknown).collect()
}

impl Rule {
    /// What keeps this row from being used.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = vec![];
        if self.statuses.is_empty() && self.codes.is_empty() && self.words.is_empty() {
            found.push("would explain every event: give statuses, codes or words".into());
        }
        for wrong in self.statuses.iter().filter(|s| !status::is_shaped(s)) {
            found.push(format!("`{wrong}` is not a status"));
        }
        if self.words.iter().chain(&self.not).any(|word| word.trim_matches(['*', ' ']).is_empty()) {
            found.push("a word is empty: take it out".into());
        }
        for (field, sentence) in [("zh", &self.zh), ("en", &self.en)] {
            found.extend(sentence_mistake(sentence).map(|why| format!("{field}: {why}")));
        }
        if used(&self.zh) != used(&self.en) {
            found.push("zh and en must have the same places".into());
        }
        found.extend(self.bare_mistakes());
        found
    }

    fn bare_mistakes(&self) -> Vec<String> {
        if self.zh_bare.is_some() != self.en_bare.is_some() {
            return vec!["zh-bare and en-bare: give both or neither".into()];
        }
        let given = [("zh-bare", &self.zh_bare), ("en-bare", &self.en_bare)];
        let given = given.into_iter().filter_map(|(field, bare)| Some((field, bare.as_ref()?)));
        given
            .filter_map(|(field, bare)| {
                let why =
                    sentence_mistake(bare).or_else(|| bare.contains('{').then(|| "has a place: it is for when there is none".into()))?;
                Some(format!("{field}: {why}"))
            })
            .collect()
    }
}

fn sentence_mistake(sentence: &str) -> Option<String> {
    if sentence.trim().is_empty() {
        return Some("write the sentence".into());
    }
    if sentence.chars().count() > LONGEST {
        return Some(format!("longer than {LONGEST} characters"));
    }
    let rest = PLACEHOLDERS.iter().fold(sentence.to_owned(), |text, known| text.replace(known, ""));
    rest.contains(['{', '}']).then(|| format!("an unknown place: use {}", PLACEHOLDERS.join(", ")))
}

fn used(sentence: &str) -> Vec<&'static str> {
    PLACEHOLDERS.iter().copied().filter(|known| sentence.contains(known)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        explain: Vec<Rule>,
    }

    fn rules(text: &str) -> Vec<Rule> {
        toml::from_str::<File>(text).unwrap().explain
    }

    #[test]
    fn a_good_row_is_read() {
        let rules = rules(
            r#"
            [[explain]]
            statuses = ["departed_from_hub"]
            words = ["发往"]
            zh = "包裹正在去{to}的路上"
            en = "Your parcel is on its way to {to}"
            zh-bare = "包裹正在去下一站的路上"
            en-bare = "Your parcel is on its way to the next stop"
            "#,
        );
        assert_eq!(mistakes(&rules), Vec::<String>::new());
    }

    #[test]
    fn every_mistake_is_named() {
        for (row, why) in [
            (r#"zh = "甲", en = "A""#, "would explain every event"),
            (r#"codes = ["1"], en = "A""#, "zh: write the sentence"),
            (r#"codes = ["1"], zh = "甲""#, "en: write the sentence"),
            (r#"words = [" * "], zh = "甲", en = "A""#, "a word is empty"),
            (r#"statuses = ["Gone!"], zh = "甲", en = "A""#, "`Gone!` is not a status"),
            (r#"codes = ["1"], zh = "甲{nowhere}", en = "A""#, "zh: an unknown place"),
            (r#"codes = ["1"], zh = "到{to}", en = "A""#, "same places"),
            (r#"codes = ["1"], zh = "甲", en = "A", zh-bare = "甲""#, "give both or neither"),
            (r#"codes = ["1"], zh = "甲", en = "A", zh-bare = "到{to}", en-bare = "A""#, "zh-bare: has a place"),
        ] {
            let found = mistakes(&rules(&format!("explain = [{{ {row} }}]")));
            assert!(found.iter().any(|line| line.starts_with("explain row 1: ") && line.contains(why)), "{row}: {found:?}");
        }
        assert!(toml::from_str::<File>(r#"explain = [{ word = ["甲"] }]"#).is_err(), "an unknown key is refused");
    }
}
