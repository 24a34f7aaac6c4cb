//! Before any traffic: the candidate reads what stable has read, and must mean the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::meaning::{Difference, differences};
use crate::converse;
use crate::judge;
use crate::parcel::{Before, Outcome, Parcel, ParcelKey};
use crate::replay::{self, rounds};
use crate::sandbox::Adapter;
use crate::sandbox::types::Reply;
use crate::store::OldLook;
use crate::vault::Secrets;

/// What the gate found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Recorded answers that both read.
    pub read: u32,
    /// Answers that stable itself does not read the same twice.
    pub noise: u32,
    pub differences: Vec<Named>,
}

/// A difference, how often it came, and one example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Named {
    pub name: String,
    pub count: u32,
    pub number: String,
    pub was: String,
    pub is: String,
}

impl Report {
    /// Differences that nobody accepted.
    pub fn open<'a>(&'a self, accepted: &'a [String]) -> impl Iterator<Item = &'a Named> {
        self.differences.iter().filter(|found| !accepted.contains(&found.name))
    }

    /// SHA-256 of it, for the audit.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(serde_json::to_vec(self).expect("plain data")))
    }
}

/// Reads recorded answers with both, and with stable twice: what it does not read the same twice
/// says nothing about the candidate.
pub fn replayed(stable: &Adapter, candidate: &Adapter, looks: &[OldLook]) -> Report {
    let (own, others) = (Arc::new(replay::own_names(&stable.manifest)), Arc::new(replay::own_names(&candidate.manifest)));
    let mut report = Report::default();
    let mut named: BTreeMap<String, Named> = BTreeMap::new();
    for look in looks {
        let was = outcomes(stable, &own, look);
        if any_difference(&was, &outcomes(stable, &own, look)) {
            report.noise += 1;
            continue;
        }
        // What stable does not read says nothing, nor does a first round that wants a second.
        if was.iter().all(Result::is_err) {
            continue;
        }
        report.read += 1;
        let is = outcomes(candidate, &others, look);
        for ((was, is), (number, _)) in was.iter().zip(&is).zip(&look.parcels) {
            for Difference { name, was, is } in differences(was, is) {
                let first = || Named { name: name.clone(), count: 0, number: number.clone(), was, is };
                named.entry(name.clone()).or_insert_with(first).count += 1;
            }
        }
    }
    report.differences = named.into_values().collect();
    report
}

fn any_difference(one: &[Outcome], other: &[Outcome]) -> bool {
    one.iter().zip(other).any(|(one, other)| !differences(one, other).is_empty())
}

fn outcomes(adapter: &Adapter, secrets: &Arc<Secrets>, look: &OldLook) -> Vec<Outcome> {
    let parcel = |(number, tail): &(String, Option<String>)| Parcel {
        key: ParcelKey(0),
        number: number.clone(),
        phone_tail: tail.clone(),
        shipped_at: None,
        extra: BTreeMap::new(),
        before: Before::default(),
    };
    let parcels: Vec<Parcel> = look.parcels.iter().map(parcel).collect();
    read_again(adapter, secrets, &parcels, look.at, vec![look.reply.clone()])
}

/// What an adapter makes of answers that another one asked for.
pub fn read_again(adapter: &Adapter, secrets: &Arc<Secrets>, parcels: &[Parcel], now: i64, replies: Vec<Reply>) -> Vec<Outcome> {
    let mut task = converse::task(parcels, now);
    let reading = rounds(adapter, secrets, &mut task, replies);
    let numbers: Vec<&str> = parcels.iter().map(|p| p.number.as_str()).collect();
    judge::outcomes(&adapter.manifest, &numbers, reading, now)
}
