//! `kind = "bulletin"`: what a reader of announcements says of itself, and `[[announcements]]`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use toml::{Table, Value};

use super::check::is_id;
use super::{Interface, Manifest, Mistakes, Period};

/// What only an adapter that asks about parcels has.
const OF_PARCELS: &[&str] = &[
    "tier",
    "numbers",
    "checked",
    "batch",
    "quota",
    "credential",
    "push",
    "page",
    "entry",
    "status",
    "sign",
    "tail",
    "first-scan",
    "explain",
    "facts",
];
/// No source is looked at less often.
const RAREST: Duration = Duration::from_secs(30 * 60);

/// A page or feed of announcements.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Announcement {
    /// What the adapter and people call it: `open-platform`.
    #[serde(default)]
    pub name: String,
    /// Under one of the endpoints.
    pub url: String,
    /// Carriers it announces for, by id; none: everybody, as a regulator does.
    #[serde(default)]
    pub about: About,
    /// How often it is looked at; 30 minutes, or more often.
    #[serde(default = "rarest")]
    pub every: Period,
    /// Only a browser sees it. To be avoided.
    #[serde(default)]
    pub headless: bool,
    /// With `headless`: a selector; a page is read once an element of it is there.
    pub wait_for: Option<String>,
    /// When nothing new for so long means that something is wrong.
    #[serde(default = "season")]
    pub silent_after: Period,
}

/// Carriers' ids; one may stand without a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMore")]
pub struct About(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<OneOrMore> for About {
    fn from(given: OneOrMore) -> Self {
        match given {
            OneOrMore::One(one) => Self(vec![one]),
            OneOrMore::More(more) => Self(more),
        }
    }
}

fn rarest() -> Period {
    Period(RAREST)
}

fn season() -> Period {
    Period(Duration::from_secs(90 * 86_400))
}

/// A bulletin's manifest with what it is not asked for filled in, so that one type serves both kinds;
/// none if the text is of another kind.
pub(super) fn filled(text: &str) -> Result<Option<Table>, Mistakes> {
    // What does not parse is told with its place by whoever reads it next.
    let Ok(mut table) = text.parse::<Table>() else { return Ok(None) };
    if table.get("kind").and_then(Value::as_str) != Some("bulletin") {
        return Ok(None);
    }
    let given = OF_PARCELS.iter().filter(|key| table.contains_key(**key));
    let mistakes: Vec<_> = given.map(|key| format!("{key}: a bulletin asks about no parcels")).collect();
    if !mistakes.is_empty() {
        return Err(Mistakes(mistakes));
    }
    // It reads public pages.
    table.insert("tier".into(), "B".into());
    table.insert("numbers".into(), Value::Array(vec![]));
    Ok(Some(table))
}

pub(super) fn mistakes(m: &Manifest) -> Vec<String> {
    let mut found = vec![];
    let mut must = |holds: bool, why: String| {
        if !holds {
            found.push(why);
        }
    };
    must(m.interfaces.iter().all(|i| *i == Interface::Notices), "interfaces: a bulletin has `notices` and no other".into());
    must(!m.announcements.is_empty(), "announcements: name at least one source".into());
    let mut names = BTreeSet::new();
    for source in &m.announcements {
        let Announcement { name, url, about: About(about), every, .. } = source;
        must(is_id(name), format!("announcements `{url}`: a name of lower case letters, digits and `-`"));
        must(names.insert(name), format!("announcements.{name}: another source has this name"));
        must(m.under(url).is_some(), format!("announcements.{name} `{url}`: lies under none of the endpoints"));
        must(every.0 <= RAREST, format!("announcements.{name}: every 30 minutes at least"));
        for id in about.iter().filter(|id| !is_id(id)) {
            must(false, format!("announcements.{name}: `{id}` is no carrier's id"));
        }
    }
    found
}

impl Manifest {
    /// The endpoint that an address lies under, and what follows its address.
    pub fn under<'a>(&self, url: &'a str) -> Option<(&str, &'a str)> {
        let below = |base: &str| {
            let rest = url.strip_prefix(base.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
        };
        // Of two that fit, the nearer.
        let fits = self.endpoints.iter().filter_map(|(name, base)| Some((base.len(), name.as_str(), below(base)?)));
        fits.max().map(|(_, name, rest)| (name, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Kind, Tier};

    const GOOD: &str = r#"
        id = "acme-bulletin"
        version = "1.0.0"
        contract = "0.1.0"
        kind = "bulletin"
        evidence = "invented"
        interfaces = ["notices"]
        names = { zh = "快易公告", en = "Acme's announcements" }
        endpoints = { site = "https://www.acme.example/notice", feed = "https://www.acme.example/notice/feed" }
        [[announcements]]
        name = "open"
        url = "https://www.acme.example/notice/list?page=1"
        about = ["acme"]
        silent-after = "60d"
    "#;

    #[test]
    fn a_bulletin_is_asked_for_no_numbers_and_no_tier() {
        let manifest = Manifest::parse(GOOD).unwrap();
        assert_eq!((manifest.kind, manifest.tier), (Kind::Bulletin, Tier::B));
        let source = &manifest.announcements[0];
        assert_eq!((source.every.0, source.headless, source.silent_after.0.as_secs()), (RAREST, false, 60 * 86_400));
        assert_eq!(source.about, About(vec!["acme".into()]));
        assert_eq!(manifest.under(&source.url), Some(("site", "/list?page=1")));
        assert_eq!(manifest.under("https://www.acme.example/notice/feed/1"), Some(("feed", "/1")));
        assert_eq!(manifest.under("https://www.acme.example/noticeable"), None);
    }

    #[test]
    fn what_a_bulletin_must_not_say_is_told() {
        for (right, wrong, told) in [
            ("[\"notices\"]", "[\"notices\", \"tracking\"]", "no other"),
            ("evidence =", "tier = \"A\"\nevidence =", "tier: a bulletin asks about no parcels"),
            ("name = \"open\"", "name = \"Open!\"", "lower case"),
            ("https://www.acme.example/notice/list", "https://evil.example/notice/list", "none of the endpoints"),
            ("silent-after = \"60d\"", "every = \"31m\"", "every 30 minutes"),
            ("\"60d\"", "\"60d\"\ncolour = \"red\"", "colour"),
        ] {
            let mistakes = Manifest::parse(&GOOD.replace(right, wrong)).unwrap_err().0;
            assert!(mistakes.len() == 1 && mistakes[0].contains(told), "{told}: {mistakes:?}");
        }
        let without = GOOD.split("[[announcements]]").next().unwrap();
        assert_eq!(Manifest::parse(without).unwrap_err().0.len(), 1);
    }

    #[test]
    fn another_kind_is_as_strict_as_it_was() {
        let carrier = GOOD.replace("kind = \"bulletin\"", "tier = \"A\"\nnumbers = [\"A[0-9]{9}\"]");
        let mistakes = Manifest::parse(&carrier).unwrap_err().0;
        assert!(mistakes.len() == 1 && mistakes[0].contains("`notices` is for"), "{mistakes:?}");
        let numberless = carrier.replace("numbers = [\"A[0-9]{9}\"]", "");
        assert!(Manifest::parse(&numberless).unwrap_err().0[0].contains("numbers"));
        // As a carrier says where its announcements are, without a reader for them.
        let told = carrier.replace("\"notices\"", "\"tracking\"").replace("name = \"open\"", "").replace("[\"acme\"]", "\"changes\"");
        assert!(Manifest::parse(&told).is_ok());
    }
}
