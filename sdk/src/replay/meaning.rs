//! What an answer means: the form in which two readings are compared and printed.

use serde::{Deserialize, Serialize};

use crate::manifest::Manifest;
use crate::state::{self, Step};
use crate::{Fault, OfOne, Track, time};

/// What an answer means, in the form `posthouse adapter replay --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// `tracks`, or the code of the first fault.
    pub outcome: String,
    #[serde(default)]
    pub tracks: Vec<TrackMeaning>,
    #[serde(default)]
    pub fault: Option<FaultMeaning>,
    /// A push's answer to the carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// Whether a push's signature was right; absent or null if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Option<bool>>,
}

/// One parcel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackMeaning {
    pub number: String,
    pub status: Option<String>,
    pub signed: Option<SignedMeaning>,
    /// Ascending by time, ties in the carrier's order.
    pub events: Vec<EventMeaning>,
    /// Events that could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub odd: Vec<String>,
}

/// Somebody signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignedMeaning {
    pub at: String,
    pub by: Option<String>,
}

/// One scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventMeaning {
    pub at: String,
    pub code: String,
    pub status: String,
    pub text: String,
    pub place: Option<String>,
}

/// Why there is no track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultMeaning {
    pub code: String,
    pub detail: String,
    pub number: Option<String>,
    pub retry_after: Option<u32>,
}

impl Meaning {
    /// Of what an adapter returned, by the manifest's dictionary.
    pub fn of(manifest: &Manifest, read: Result<Vec<OfOne>, Fault>) -> Self {
        let each = match read {
            Ok(each) => each,
            Err(fault) => return Self::faulty(vec![], fault, None),
        };
        let mut tracks = vec![];
        let mut first_fault = None;
        for one in each {
            match one.outcome {
                Ok(track) => tracks.push(TrackMeaning::of(manifest, track)),
                Err(fault) => first_fault = first_fault.or(Some((fault, one.number))),
            }
        }
        match first_fault {
            Some((fault, number)) => Self::faulty(tracks, fault, Some(number)),
            None => Self { outcome: "tracks".into(), tracks, fault: None, reply: None, verified: None },
        }
    }

    fn faulty(tracks: Vec<TrackMeaning>, fault: Fault, number: Option<String>) -> Self {
        let outcome = if tracks.is_empty() { fault.code.clone() } else { "tracks".into() };
        let fault = FaultMeaning { code: fault.code, detail: fault.detail, number, retry_after: fault.retry_after };
        Self { outcome, tracks, fault: Some(fault), reply: None, verified: None }
    }
}

impl TrackMeaning {
    fn of(manifest: &Manifest, mut track: Track) -> Self {
        state::chronological(&mut track.events, |e| e.at);
        let signing = track.events.iter().rfind(|e| manifest.sign.codes.contains(&e.code)).map(|e| e.at);
        let signed = match track.signed {
            Some(s) => Some(SignedMeaning { at: rfc3339(s.at), by: s.by }),
            None if manifest.sign.stated => None,
            None => signing.map(|at| SignedMeaning { at: rfc3339(at), by: None }),
        };
        let steps: Vec<Step<'_>> = track.events.iter().map(|e| manifest.step(e.status.as_deref(), &e.code, &e.text)).collect();
        let status = state::settle(steps.iter().copied()).status.map(str::to_owned);
        let event = |(e, step): (crate::Event, Step<'_>)| EventMeaning {
            at: rfc3339(e.at),
            code: e.code,
            status: step.status.into(),
            text: e.text,
            place: e.place,
        };
        let events = track.events.into_iter().zip(steps).map(event).collect();
        Self { number: track.number, status, signed, events, odd: track.odd }
    }
}

/// `2026-01-20T06:22:03Z`.
fn rfc3339(at: time::Instant) -> String {
    let china = time::china(at - 8 * 3_600_000);
    format!("{}Z", china.replace(' ', "T"))
}
