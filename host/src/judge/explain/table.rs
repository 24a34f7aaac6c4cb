//! The project's own table, compiled in: sentences (`default.toml`) and the words that places,
//! lockers and people are made of (`words.toml`). A test checks both, so reading them cannot fail.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use posthouse_sdk::manifest::explain::Rule;
use serde::Deserialize;

static DEFAULT: LazyLock<Table> = LazyLock::new(|| read().expect("the tables are compiled in and tested"));

/// Everything compiled in.
pub(super) struct Table {
    pub rules: Vec<Rule>,
    pub words: Words,
    fallback: BTreeMap<String, Sentence>,
    unknown: Sentence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rules: Vec<Group>,
    fallback: BTreeMap<String, Sentence>,
    unknown: Sentence,
}

/// Rows that are for the same statuses.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(default)]
    statuses: Vec<String>,
    rows: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    zh: String,
    en: String,
}

/// What names are made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// After one of them a text is no longer about the parcel.
    pub footers: Vec<String>,
    /// A name follows: where the parcel goes.
    pub to: Vec<String>,
    /// A name follows: where the parcel goes, or to whom.
    pub toward: Vec<String>,
    /// A name follows: where the scan happened.
    pub at: Vec<String>,
    /// A name in brackets follows.
    pub by: Vec<String>,
    /// A name follows: where the parcel was put.
    pub put: Vec<String>,
    /// End a name that stands without brackets.
    pub ends: Vec<String>,
    /// Begin what is no name.
    pub nameless: Vec<String>,
    /// Stand in no name.
    pub unlike: Vec<String>,
    /// Leading brackets that name a scan.
    pub scans: Vec<String>,
    /// Taken out of the names of places.
    pub cut: Vec<String>,
    /// Surnames of two characters: four characters may be a person.
    pub surnames: Vec<String>,
    pub kinds: Vec<Kind>,
    pub lockers: Vec<Kind>,
    pub roles: Vec<Kind>,
}

/// Words that mean the same, and what is told instead.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    pub words: Vec<String>,
    pub zh: String,
    pub en: String,
    /// A place where parcels are sorted.
    #[serde(default)]
    pub hub: bool,
    /// Says less than any other.
    #[serde(default)]
    pub vague: bool,
}

impl Table {
    /// The one that is compiled in.
    pub fn default_one() -> &'static Self {
        &DEFAULT
    }

    /// The sentence for a status.
    pub fn fallback(&self, code: Option<&str>) -> (&str, &str) {
        let sentence = code.and_then(|code| self.fallback.get(code)).unwrap_or(&self.unknown);
        (&sentence.zh, &sentence.en)
    }

    /// The text up to where it begins to thank and to warn.
    pub fn without_footer(&self, text: &str) -> String {
        let starts = self.words.footers.iter().filter_map(|word| text.find(word.as_str()));
        let end = starts.filter(|at| text[..*at].chars().count() > 3).min().unwrap_or(text.len());
        text[..end].to_owned()
    }
}

fn read() -> Result<Table, toml::de::Error> {
    let File { rules, fallback, unknown } = toml::from_str(include_str!("default.toml"))?;
    let words = toml::from_str(include_str!("words.toml"))?;
    let rules = rules.into_iter().flat_map(|group| {
        let statuses = group.statuses;
        group
            .rows
            .into_iter()
            .map(move |row| Rule { statuses: if row.statuses.is_empty() { statuses.clone() } else { row.statuses }, ..row })
    });
    Ok(Table { rules: rules.collect(), words, fallback, unknown })
}

#[cfg(test)]
mod tests {
    use posthouse_sdk::manifest::explain;
    use posthouse_sdk::status;

    use super::*;

    #[test]
    fn every_row_can_be_used() {
        let table = read().unwrap();
        assert_eq!([explain::mistakes(&table.rules), explain::unknown_statuses(&table.rules)].concat(), Vec::<String>::new());
    }

    #[test]
    fn every_status_has_a_sentence_and_nothing_else_has() {
        let table = read().unwrap();
        for (code, ..) in status::ALL {
            assert!(table.fallback.contains_key(*code), "no sentence for `{code}`");
        }
        assert_eq!(table.fallback.len(), status::ALL.len());
        assert!(table.fallback.values().all(|s| !s.zh.is_empty() && !s.en.is_empty() && !s.en.ends_with('.')));
    }

    #[test]
    fn nothing_promises_or_denies_news() {
        let table = read().unwrap();
        let rows = table.rules.iter().flat_map(|r| [Some(&r.zh), Some(&r.en), r.zh_bare.as_ref(), r.en_bare.as_ref()]).flatten();
        let all = rows.chain(table.fallback.values().flat_map(|s| [&s.zh, &s.en]));
        for sentence in all {
            let bad = ["暂无", "无信息", "今天", "明天", "小时", "No information", "tomorrow", "today"];
            assert!(!bad.iter().any(|word| sentence.contains(word)), "{sentence}");
        }
    }
}
