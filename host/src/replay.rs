//! Reads recorded answers again: one engine for the author's check, the command line and the gate of
//! a rollout. It goes through the same sandbox and judge as a look does.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_sdk::entry as fields;
use posthouse_sdk::manifest::Manifest;
use posthouse_sdk::replay::{EventMeaning, FaultMeaning, Meaning, SignedMeaning, TrackMeaning};
use secrecy::SecretString;

use crate::api::rfc3339;
use crate::converse;
use crate::entry;
use crate::fault::{Fault, Instant, Kind};
use crate::judge::{self, Judging, Verdict};
use crate::parcel::{Before, Outcome, Parcel, ParcelKey, Said, Track};
use crate::sandbox::types::{Delivery, OfOne, Pair, Reading, Reply, Task};
use crate::sandbox::{Adapter, Signatures};
use crate::vault::{Captured, Secrets};

mod difference;
mod recorded;

pub use difference::{Difference, Told, differences};
pub use recorded::{delivery, recorded, reply, row, secrets, task};

/// A recorded look.
pub struct Look<'a> {
    pub numbers: &'a [String],
    pub phone_tail: Option<&'a str>,
    /// One for each round.
    pub replies: Vec<Reply>,
    pub now: Instant,
}

/// Secrets whose value is their own name.
pub fn own_names(manifest: &Arc<Manifest>) -> Secrets {
    let named = |name: &String| (name.clone(), SecretString::from(name.clone()));
    let (captured, given): (Vec<_>, Vec<_>) = manifest.credential.iter().partition(|(_, field)| field.captured);
    let secrets = Secrets::new(1, manifest.clone(), given.into_iter().map(|(name, _)| named(name)).collect());
    let tokens = captured.into_iter().map(|(name, _)| {
        let (name, value) = named(name);
        (name, Captured { value, expires: Instant::MAX })
    });
    secrets.with_captured(tokens.collect())
}

/// What a recorded answer means, and what its signatures are worth by themselves, by number.
pub struct Replayed {
    pub meaning: Meaning,
    pub verdicts: BTreeMap<String, Verdict>,
}

/// What a recorded look means.
pub fn look(adapter: &Adapter, secrets: &Arc<Secrets>, look: Look<'_>) -> Replayed {
    let parcels: Vec<Parcel> = look.numbers.iter().map(|n| parcel(n, look.phone_tail)).collect();
    let mut task = converse::task(&parcels, look.now);
    let reading = rounds(adapter, secrets, &mut task, look.replies);
    let numbers: Vec<&str> = look.numbers.iter().map(String::as_str).collect();
    let outcomes = judge::outcomes(&adapter.manifest, &numbers, reading, look.now);
    replayed(adapter, numbers.into_iter().map(str::to_owned).zip(outcomes).collect(), look.now)
}

/// What a recorded push means. A wrong signature is reported, and does not stop it.
pub fn push(adapter: &Adapter, secrets: &Arc<Secrets>, delivery: &Delivery) -> Replayed {
    let (result, notes) = adapter.receive(secrets, delivery, Signatures::Reported);
    let (mut told, answer): (Replayed, _) = match result {
        Err(fault) => (failed(&fault, None).into(), None),
        Ok(Err(refusal)) => {
            let fault = Fault::from_guest(&refusal.fault.code, &refusal.fault.detail, None, delivery.now);
            (failed(&fault, None).into(), Some(refusal.answer))
        }
        Ok(Ok(receipt)) => (replayed(adapter, judged(adapter, receipt.readings, delivery.now), delivery.now), Some(receipt.kept)),
    };
    told.meaning.reply = answer.map(|a| String::from_utf8_lossy(&a.body).into_owned());
    told.meaning.verified = Some(notes.verified);
    told
}

/// What a recorded row means.
pub fn enter(adapter: &Adapter, row: &[Pair], now: Instant) -> Replayed {
    let number = row.iter().find(|pair| pair.name == fields::NUMBER).map(|pair| fields::number(&pair.value)).unwrap_or_default();
    match adapter.enter(row).0 {
        Err(fault) => failed(&fault, None).into(),
        Ok(event) => {
            let outcome = judge::judged(&adapter.manifest, entry::track(&adapter.manifest, &number, event), now);
            replayed(adapter, vec![(number, outcome)], now)
        }
    }
}

impl From<Meaning> for Replayed {
    fn from(meaning: Meaning) -> Self {
        Self { meaning, verdicts: BTreeMap::new() }
    }
}

/// Nothing was learned and nobody said anything: what the answer alone is worth.
fn replayed(adapter: &Adapter, outcomes: Vec<(String, Outcome)>, now: Instant) -> Replayed {
    let judging = Judging { manifest: adapter.manifest.clone(), photo_from: None, delays: Arc::default() };
    let said = Said::default();
    let verdict = |(number, outcome): &(String, Outcome)| {
        let verdict = judge::of_reading(outcome.as_ref().ok()?, &said, &judging, now)?;
        Some((number.clone(), verdict))
    };
    Replayed { verdicts: outcomes.iter().filter_map(verdict).collect(), meaning: meaning(outcomes) }
}

fn judged(adapter: &Adapter, readings: Vec<OfOne>, now: Instant) -> Vec<(String, Outcome)> {
    let judge = |one: OfOne| {
        let outcome = match one.outcome {
            Ok(track) => judge::judged(&adapter.manifest, track, now),
            Err(f) => Err(Fault::from_guest(&f.code, &f.detail, f.retry_after, now)),
        };
        (one.number, outcome)
    };
    readings.into_iter().map(judge).collect()
}

/// Reads answers one after the other, as the adapter asked for them.
pub(crate) fn rounds(adapter: &Adapter, secrets: &Arc<Secrets>, task: &mut Task, replies: Vec<Reply>) -> Result<Vec<OfOne>, Fault> {
    for (round, reply) in (0u8..3).zip(replies) {
        task.round = round;
        match adapter.read_aside(secrets, task, &reply).0? {
            Reading::Tracks(each) => return Ok(each),
            Reading::More((_, memo)) => task.memo = memo,
        }
    }
    Err(Fault::new(Kind::More, "the adapter asks again, and no further answer was given"))
}

fn parcel(number: &str, phone_tail: Option<&str>) -> Parcel {
    let (phone_tail, extra) = (phone_tail.map(str::to_owned), Default::default());
    Parcel { key: ParcelKey(0), number: number.to_owned(), phone_tail, shipped_at: None, extra, before: Before::default() }
}

/// An outcome as it is compared.
pub fn said(outcome: &Outcome) -> Told {
    match outcome {
        Ok(track) => Ok(track_meaning(String::new(), track.clone())),
        Err(fault) => Err((fault.kind.code().to_owned(), fault.detail.clone())),
    }
}

fn meaning(outcomes: Vec<(String, Outcome)>) -> Meaning {
    let mut told = Meaning { outcome: "tracks".into(), tracks: vec![], fault: None, reply: None, verified: None };
    for (number, outcome) in outcomes {
        match outcome {
            Ok(track) => told.tracks.push(track_meaning(number, track)),
            Err(fault) if told.fault.is_none() => told.fault = failed(&fault, Some(number)).fault,
            Err(_) => {}
        }
    }
    if let Some(fault) = told.fault.as_ref().filter(|_| told.tracks.is_empty()) {
        told.outcome = fault.code.clone();
    }
    told
}

fn failed(fault: &Fault, number: Option<String>) -> Meaning {
    let code = fault.kind.code().to_owned();
    let retry_after = None;
    let told = FaultMeaning { code: code.clone(), detail: fault.detail.clone(), number, retry_after };
    Meaning { outcome: code, tracks: vec![], fault: Some(told), reply: None, verified: None }
}

fn track_meaning(number: String, track: Track) -> TrackMeaning {
    let event =
        |e: crate::parcel::Event| EventMeaning { at: rfc3339(e.at), code: e.code, status: e.status.into(), text: e.text, place: e.place };
    TrackMeaning {
        number,
        status: track.status.map(str::to_owned),
        signed: track.signed.map(|s| SignedMeaning { at: rfc3339(s.at), by: s.by }),
        events: track.events.into_iter().map(event).collect(),
        odd: track.odd,
    }
}
