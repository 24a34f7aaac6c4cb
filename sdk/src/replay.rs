//! Recorded exchanges, read again: the native harness.
//!
//! A recorded file is one look at a carrier (or one push) and what it must mean:
//!
//! ```json
//! { "about": "signed by the receiver; invented people and numbers",
//!   "interface": "tracking",
//!   "task": { "now": "2026-01-20T08:00:00Z", "parcels": [{ "number": "AC0123456789" }] },
//!   "credential": { "key": "demo-key" },
//!   "replies": [{ "status": 200, "headers": { "content-type": "application/json" }, "body": "{…}" }],
//!   "expect": { "outcome": "tracks", "tracks": [ … ], "fault": null } }
//! ```
//!
//! A `body` that is no string is sent as compact JSON. A page is a reply with `page` instead of
//! `body`: `{ "title": …, "marks": […], "rows": [{ "time": "…" }], "facts": {…}, "heard": [{ "endpoint":
//! …, "body": … }] }`, where a value that was not sure is null. A push has `delivery` instead of
//! `task` and `replies`; its `form` is urlencoded for you. An entry has a `row` instead:
//! `{ "number": "AC0123456789", "time": "2026-01-20 14:30", "node": "签收" }`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::manifest::Manifest;
use crate::{
    Cell, Delivery, Entry, Fault, Heard, HttpReply, OfOne, PageReply, Pair, Parcel, Push, Reading, Reply, Subscribe, Task, Tracking, Want,
    entry, fault, http, time,
};

mod meaning;

pub use meaning::{EventMeaning, FaultMeaning, Meaning, SignedMeaning, TrackMeaning};

/// A recorded look, push or entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// What it shows; who invented it.
    pub about: String,
    pub interface: String,
    #[serde(default)]
    pub task: RecordedTask,
    #[serde(default)]
    pub credential: BTreeMap<String, String>,
    #[serde(default)]
    pub replies: Vec<RecordedReply>,
    pub delivery: Option<RecordedDelivery>,
    /// What a clerk wrote, by field.
    #[serde(default)]
    pub row: BTreeMap<String, String>,
    pub expect: Meaning,
}

/// What was asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordedTask {
    /// RFC 3339 or any form of [`time::parse`].
    pub now: String,
    pub parcels: Vec<RecordedParcel>,
}

/// One parcel of the task.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedParcel {
    pub number: String,
    pub phone_tail: Option<String>,
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
}

/// What the carrier answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedReply {
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: Value,
    /// A page instead of a body.
    pub page: Option<RecordedPage>,
}

/// What stood on a page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordedPage {
    pub title: String,
    pub url: String,
    pub marks: Vec<String>,
    /// Null: drawn, and not read surely.
    pub rows: Vec<BTreeMap<String, Option<String>>>,
    pub facts: BTreeMap<String, Option<String>>,
    pub heard: Vec<RecordedHeard>,
}

/// What the page fetched.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedHeard {
    pub endpoint: String,
    #[serde(default = "ok")]
    pub status: u16,
    pub body: Value,
}

/// What the carrier pushed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordedDelivery {
    pub headers: BTreeMap<String, String>,
    pub query: BTreeMap<String, String>,
    pub body: Option<Value>,
    pub form: BTreeMap<String, String>,
}

fn ok() -> u16 {
    200
}

impl Recorded {
    /// Reads a recorded file, or says which file is wrong and why.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// The task of a round.
    pub fn task(&self, round: u8, memo: Vec<u8>) -> Task {
        let parcels = self.task.parcels.iter().map(|p| Parcel {
            number: p.number.clone(),
            phone_tail: p.phone_tail.clone(),
            shipped_at: None,
            extra: pairs(&p.extra),
        });
        Task { parcels: parcels.collect(), now: self.now(), nonce: vec![7; 16], round, memo }
    }

    /// The recorded clock.
    pub fn now(&self) -> time::Instant {
        time::parse(&self.task.now).unwrap_or(1_768_896_000_000)
    }

    /// The push, as it came in.
    pub fn delivered(&self) -> Option<Delivery> {
        let d = self.delivery.as_ref()?;
        let form = d.form.iter().map(|(k, v)| format!("{}={}", http::form_encode(k), http::form_encode(v)));
        let body = d.body.as_ref().map_or_else(|| form.collect::<Vec<_>>().join("&").into_bytes(), bytes);
        Some(Delivery {
            method: "POST".into(),
            path: "/".into(),
            query: pairs(&d.query),
            headers: pairs(&d.headers),
            body,
            now: self.now(),
        })
    }
}

impl RecordedReply {
    /// The answer as an adapter sees it.
    pub fn reply(&self) -> Reply {
        match &self.page {
            Some(page) => Reply::Page(page.reply(self.status)),
            None => Reply::Http(HttpReply { status: self.status, headers: pairs(&self.headers), body: bytes(&self.body), charset: None }),
        }
    }
}

impl RecordedPage {
    fn reply(&self, status: u16) -> PageReply {
        let heard = |h: &RecordedHeard| Heard { endpoint: h.endpoint.clone(), status: h.status, body: bytes(&h.body), charset: None };
        PageReply {
            status,
            title: self.title.clone(),
            url: self.url.clone(),
            marks: self.marks.clone(),
            rows: self.rows.iter().map(cells).collect(),
            facts: cells(&self.facts),
            heard: self.heard.iter().map(heard).collect(),
        }
    }
}

fn cells(of: &BTreeMap<String, Option<String>>) -> Vec<Cell> {
    let cell = |(name, value): (&String, &Option<String>)| Cell {
        name: name.clone(),
        value: value.clone().unwrap_or_default(),
        unsure: value.is_none(),
    };
    of.iter().map(cell).collect()
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<Pair> {
    map.iter().map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect()
}

fn bytes(body: &Value) -> Vec<u8> {
    body.as_str().map_or_else(|| body.to_string().into_bytes(), |text| text.as_bytes().to_vec())
}

/// Replays a recorded look on an adapter, natively.
pub fn look<A: Tracking>(manifest: &Manifest, recorded: &Recorded) -> Meaning {
    let run = || -> Result<Vec<OfOne>, Fault> {
        let want = A::ask(recorded.task(0, vec![]))?;
        let is_page = recorded.replies.first().is_some_and(|reply| reply.page.is_some());
        if is_page != matches!(want, Want::Page(_)) {
            return Err(Fault::new("contract", "with this credential the adapter asks for another kind of answer than was recorded"));
        }
        let mut memo = vec![];
        for (round, reply) in (0u8..3).zip(&recorded.replies) {
            match A::read(recorded.task(round, memo), reply.reply())? {
                Reading::Tracks(read) => return Ok(read.into_iter().map(readable).collect()),
                Reading::More((_, left)) => memo = left,
            }
        }
        Err(Fault::new("more", "the adapter asks again, and no further answer was recorded"))
    };
    let result = crate::credential::with(recorded.credential.clone(), run);
    Meaning::of(manifest, result)
}

/// Replays a recorded push on an adapter, natively.
pub fn push<A: Push>(manifest: &Manifest, recorded: &Recorded) -> Meaning {
    let delivery = recorded.delivered().expect("a recorded push has a delivery");
    let result = crate::credential::with(recorded.credential.clone(), || A::receive(delivery));
    let verified = crate::credential::verified();
    let (read, answer) = match result {
        Ok(receipt) => (Ok(receipt.readings.into_iter().map(readable).collect()), receipt.kept),
        Err(refusal) => (Err(refusal.fault), refusal.answer),
    };
    let reply = String::from_utf8_lossy(&answer.body).into_owned();
    Meaning { reply: Some(reply), verified: verified.map(Some), ..Meaning::of(manifest, read) }
}

/// Replays a recorded subscription on an adapter, natively. A track without events means subscribed.
pub fn subscribe<A: Subscribe>(manifest: &Manifest, recorded: &Recorded) -> Meaning {
    let run = || {
        A::ask(recorded.task(0, vec![]))?;
        let reply = recorded.replies.first().ok_or_else(|| Fault::new("more", "no answer was recorded"))?;
        A::read(recorded.task(0, vec![]), reply.reply())
    };
    Meaning::of(manifest, crate::credential::with(recorded.credential.clone(), run))
}

/// Replays a clerk's row on an adapter, natively: a track of one event.
pub fn enter<A: Entry>(manifest: &Manifest, recorded: &Recorded) -> Meaning {
    let number = entry::number(recorded.row.get(entry::NUMBER).map_or("", String::as_str));
    let track = A::enter(pairs(&recorded.row)).and_then(|event| {
        // The host hands over rows of its numbers only, so the adapter must know no others.
        if !manifest.number_patterns().iter().any(|pattern| pattern.is_match(&number)) {
            return Err(Fault::new("contract", format!("the adapter takes {number}, which no pattern of the manifest matches")));
        }
        let codes: Vec<_> = manifest.sign.codes.iter().map(String::as_str).collect();
        Ok(vec![OfOne::track(entry::track(&number, vec![event], &codes))])
    });
    Meaning::of(manifest, track)
}

/// The host's rule: a track of which nothing can be read is a fault.
fn readable(mut one: OfOne) -> OfOne {
    if let Ok(track) = one.outcome.as_ref().map(|t| (t.events.is_empty(), t.odd.len())) {
        one.outcome = match track {
            (true, 0) => Err(fault::no_events("")),
            (true, odd) => Err(Fault::new(fault::LAYOUT_CHANGED, format!("none of {odd} events can be read"))),
            _ => one.outcome,
        };
    }
    one
}

/// Asserts that every `recorded/*.json` below a crate still means what its file expects.
/// Call it from the adapter's test with `env!("CARGO_MANIFEST_DIR")`.
pub fn check_recorded(dir: &str, interface: &str, read: impl Fn(&Manifest, &Recorded) -> Meaning) {
    let dir = Path::new(dir);
    let text = std::fs::read_to_string(dir.join("adapter.toml")).expect("adapter.toml stands beside Cargo.toml");
    let manifest = Manifest::authored(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let mut files: Vec<_> =
        std::fs::read_dir(dir.join("recorded")).expect("recorded/ exists").map(|f| f.expect("readable").path()).collect();
    files.sort();
    let mut replayed = 0;
    for file in files {
        let recorded = Recorded::load(&file).unwrap_or_else(|why| panic!("{why}"));
        if recorded.interface == interface {
            let found = read(&manifest, &recorded);
            assert_eq!(found, recorded.expect, "{}\nfound: {}", file.display(), serde_json::to_string_pretty(&found).unwrap_or_default());
            replayed += 1;
        }
    }
    assert!(replayed > 0, "no recorded {interface} in {}", dir.display());
}
