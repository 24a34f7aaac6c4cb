//! `adapter.toml`: everything about an adapter that is data.
//!
//! Parsed once, with every mistake reported at once. The host trusts these types afterwards.
//! The file is embedded in the component, so one file is the adapter.

use std::collections::BTreeMap;
use std::time::Duration;

use regex::Regex;
use serde::Deserialize;

use crate::state::Step;
use crate::{status, wording};

mod bulletin;
mod check;
mod digit;
pub mod explain;
mod parts;

pub use bulletin::{About, Announcement};
pub use parts::{Period, Use, Window};

/// A whole manifest.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// Lower case, digits and `-`: `sf`. Also the carrier's name in the API.
    pub id: String,
    /// Of the adapter, `MAJOR.MINOR.PATCH`.
    pub version: String,
    /// The contract it is written for: `0.1.0`.
    pub contract: String,
    #[serde(default)]
    pub kind: Kind,
    pub tier: Tier,
    pub evidence: Evidence,
    /// What the component exports.
    pub interfaces: Vec<Interface>,
    pub names: Names,
    /// Regular expressions for waybill numbers; each must match the whole number.
    pub numbers: Vec<String>,
    /// Patterns whose numbers carry a check digit, and its scheme: `upu-s10`.
    #[serde(default)]
    pub checked: BTreeMap<String, String>,
    #[serde(default)]
    pub batch: Batch,
    /// Endpoint name to URL. An adapter can reach nothing else.
    #[serde(default)]
    pub endpoints: BTreeMap<String, String>,
    /// Interface to windows: `tracking = ["30/1s", "3000/1d"]`.
    #[serde(default)]
    pub quota: BTreeMap<Interface, Vec<Window>>,
    #[serde(default)]
    pub credential: BTreeMap<String, CredentialField>,
    #[serde(default)]
    pub push: PushRules,
    /// How the carrier's public page is read. Without it the adapter asks for no pages.
    pub page: Option<PageRules>,
    /// What clerks' sheets look like. There if and only if the adapter claims `entry`.
    pub entry: Option<EntryRules>,
    #[serde(default)]
    pub limits: Limits,
    /// The carrier's code to a status of ours.
    #[serde(default)]
    pub status: BTreeMap<String, String>,
    #[serde(default)]
    pub sign: SignRule,
    #[serde(default)]
    pub tail: Tail,
    /// From hand-over to first scan, while nothing is learned; the customer is told so. Six hours if
    /// left out.
    pub first_scan: Option<Period>,
    /// What the carrier's jargon says in plain words, before the project's own table is asked.
    #[serde(default)]
    pub explain: Vec<explain::Rule>,
    /// Further facts that a track may carry, by name: `new-number`, `phone-verified`,
    /// `delivery-deadline`. Others are not told.
    #[serde(default)]
    pub facts: Vec<String>,
    /// What the carrier calls the interfaces and versions this is written for: `newTraceQuery`, `V3.1`.
    /// Announcements are matched with them.
    #[serde(default)]
    pub speaks: Vec<String>,
    /// Where changes are announced; what a bulletin reads.
    #[serde(default)]
    pub announcements: Vec<Announcement>,
}

/// What the component is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    #[default]
    Carrier,
    Channel,
    Bulletin,
}

/// The source's tier: an API, a public page, a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Tier {
    A,
    B,
    C,
}

/// How the facts in the adapter are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Seen on the live interface or in the carrier's own documents.
    Live,
    /// Was so once; may have changed.
    Old,
    /// A plausible shape, never seen.
    Invented,
}

/// An interface of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interface {
    Tracking,
    Subscribe,
    Session,
    Push,
    Entry,
    /// Of a bulletin's contract, which has no other.
    Notices,
}

/// The carrier's names for people.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    pub zh: String,
    pub en: String,
}

/// What may share a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Batch {
    /// Parcels in one call.
    pub size: usize,
    /// Facts that must be equal in one call: `phone-tail`.
    pub with: Vec<String>,
}

/// A field of the carrier's credential.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CredentialField {
    /// The guest may read it (a customer code).
    pub public: bool,
    /// Taken out of an answer instead of given by an operator.
    pub captured: bool,
    /// May be left out.
    pub optional: bool,
    /// A captured value's lifetime where the answer names none.
    pub lasts: Option<Period>,
    /// The only uses: `digest:md5`, `hmac:hmac-sha256`, `verify:md5`, `seal:ems-sm4`,
    /// `open:ems-sm4`, `send:ENDPOINT`.
    pub uses: Vec<Use>,
    /// What an operator is asked for.
    pub label: Option<Names>,
}

/// How the carrier pushes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PushRules {
    /// A subscription is asked for again after this.
    pub renew: Option<Period>,
}

/// What is known of a carrier's page beside the code.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageRules {
    /// Hosts it may load from besides those of the endpoints: `static.acme.example`, or
    /// `*.acme.example` for all below. Nothing else is loaded.
    pub hosts: Vec<String>,
    /// What drawn statuses say, for `ocr:phrase`; `{}` stands for a place.
    pub phrases: Vec<String>,
}

/// How a sheet's columns become the fields of a row.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRules {
    /// By the field's name, one of [`entry::FIELDS`](crate::entry::FIELDS).
    pub columns: BTreeMap<String, Column>,
}

/// A field of a row.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Headings in people's sheets, the usual one first.
    pub names: Vec<String>,
    /// Whether every row needs it.
    #[serde(default)]
    pub required: bool,
}

/// Bounds of one call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of an answer after unpacking.
    pub body: usize,
    /// Bytes of all memories of an instance together.
    pub memory: usize,
}

/// Which events mean that somebody signed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignRule {
    /// Codes that mean signed.
    pub codes: Vec<String>,
    /// The track must also state a time of signing (ZTO's rule).
    pub stated: bool,
    /// Codes that take a signature or a hand-over back (EMS 743).
    pub revoked: Vec<String>,
    /// How long a signature with a doubt waits for what contradicts it, while nothing is learned of
    /// the carrier's delay; a day if left out.
    pub wait: Option<Period>,
}

/// Looks after a parcel seems finished: deliveries are sometimes revoked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tail {
    pub looks: Vec<Period>,
}

impl Default for Batch {
    fn default() -> Self {
        Self { size: 1, with: vec![] }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 4 << 20, memory: 64 << 20 }
    }
}

impl Default for Tail {
    fn default() -> Self {
        Self { looks: [6, 24, 72, 168].map(|h| Period(Duration::from_secs(h * 3600))).to_vec() }
    }
}

/// Everything that is wrong with a manifest, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl std::fmt::Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "adapter.toml: {}", self.0.join("; "))
    }
}

impl std::error::Error for Mistakes {}

impl Manifest {
    /// Reads and checks a manifest. It may be written for a newer host: a status that this build does
    /// not know is no mistake.
    pub fn parse(text: &str) -> Result<Self, Mistakes> {
        Self::sound(text, check::mistakes)
    }

    /// The same for its author, to whom a status that this build does not know is a slip of the pen.
    pub fn authored(text: &str) -> Result<Self, Mistakes> {
        Self::sound(text, |manifest| [check::mistakes(manifest), manifest.unknown_statuses()].concat())
    }

    /// Statuses that this build does not know, where they stand. An event of such a status is of the
    /// one above it (`in_transit.rail`), or is read by its wording and counts as unmapped.
    pub fn unknown_statuses(&self) -> Vec<String> {
        check::unknown_statuses(self)
    }

    fn sound(text: &str, check: impl Fn(&Self) -> Vec<String>) -> Result<Self, Mistakes> {
        let manifest = Self::shaped(text)?;
        let mistakes = check(&manifest);
        if mistakes.is_empty() { Ok(manifest) } else { Err(Mistakes(mistakes)) }
    }

    fn shaped(text: &str) -> Result<Self, Mistakes> {
        let wrong = |e: toml::de::Error| Mistakes(vec![e.to_string()]);
        match bulletin::filled(text)? {
            Some(table) => table.try_into().map_err(wrong),
            None => toml::from_str(text).map_err(wrong),
        }
    }

    /// `sf@1.0.0`.
    pub fn release(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// Whether the component exports it.
    pub fn has(&self, interface: Interface) -> bool {
        self.interfaces.contains(&interface)
    }

    /// An event as the state of its parcel sees it. A status that the adapter names itself counts more
    /// than the dictionary; one that this build does not know counts as none, and is a guess.
    pub fn step(&self, named: Option<&str>, code: &str, text: &str) -> Step<'static> {
        let (status, mapped) = match named.map(status::known) {
            Some(Some(known)) => (known, true),
            Some(None) => (self.status_of(code, text).0, false),
            None => self.status_of(code, text),
        };
        Step { status, revokes: self.revokes(code, text), unmapped: !mapped }
    }

    /// Whether an event takes a delivery or a hand-over back.
    pub fn revokes(&self, code: &str, text: &str) -> bool {
        self.sign.revoked.iter().any(|revoked| revoked == code) || wording::revokes(text)
    }

    /// What a carrier's code means, and whether the dictionary knew it. A code it does not know
    /// is read by its wording.
    pub fn status_of(&self, code: &str, text: &str) -> (&'static str, bool) {
        match self.status.get(code).and_then(|s| status::known(s)) {
            Some(known) => (known, true),
            None => (wording::status_of(text), false),
        }
    }

    /// Whether the check digit of a number is right; none if its pattern has none.
    pub fn check_digit(&self, number: &str) -> Option<bool> {
        let scheme = self.checked.iter().find(|(pattern, _)| parts::whole(pattern).is_ok_and(|p| p.is_match(number)))?.1;
        digit::is_right(scheme, number)
    }

    /// Matchers for whole waybill numbers.
    pub fn number_patterns(&self) -> Vec<Regex> {
        self.numbers.iter().filter_map(|p| parts::whole(p).ok()).collect()
    }
}
