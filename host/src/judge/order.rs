//! One order for a parcel's events, whichever way and in whichever sequence they came.
//!
//! By time; events of one instant in the order the carrier told them. Two that no answer ever told
//! together are ordered by how far along their status is, then by their text. Everything here is a
//! function of the set of events, so the sequence of arrival cannot matter.

use std::collections::HashSet;

use posthouse_sdk::status;

use crate::fault::Instant;
use crate::parcel::{Event, Identity, Scan, Source};

/// A person's row is the carrier's scan if both mean the same within this.
const ABOUT: Instant = 6 * 3_600_000;

/// More events of one instant are no order that a carrier told: a time was not read.
pub const TIED: usize = 64;

/// The track: what was told twice is one event, in the one order.
pub fn ordered(scans: Vec<Scan>) -> Vec<Scan> {
    let mut track = folded(scans);
    track.sort_by(|a, b| a.event.at.cmp(&b.event.at).then_with(|| rank(a).cmp(&rank(b))));
    let mut rest = &mut track[..];
    while let Some(first) = rest.first() {
        let at = first.event.at;
        let alike = rest.iter().take_while(|scan| scan.event.at == at).count();
        let (tied, later) = rest.split_at_mut(alike);
        as_told(tied);
        rest = later;
    }
    track
}

/// A scan that came by push and by look is one event: same moment, same meaning. The carrier's whole
/// answer has the better words, so it stays; so does any word of the carrier before a person's.
fn folded(scans: Vec<Scan>) -> Vec<Scan> {
    let repeats = |scan: &Scan| match scan.source {
        Source::Look => false,
        Source::Push => scans
            .iter()
            .any(|better| better.source < scan.source && better.event.status == scan.event.status && better.event.at == scan.event.at),
        Source::Clerk => tells(&scans, &scan.event),
    };
    let repeated: HashSet<Identity> = scans.iter().filter(|scan| repeats(scan)).map(|scan| scan.identity).collect();
    scans.into_iter().filter(|scan| !repeated.contains(&scan.identity)).collect()
}

/// Whether the carrier itself told what a person's row says: the same at about the same time, with
/// nothing else in between.
pub fn tells(scans: &[Scan], row: &Event) -> bool {
    let mut carriers = scans.iter().filter(|scan| scan.source < Source::Clerk);
    carriers.any(|scan| {
        let (first, last) = (scan.event.at.min(row.at), scan.event.at.max(row.at));
        let between = |other: &Scan| {
            other.source < Source::Clerk && other.event.at > first && other.event.at < last && other.event.status != row.status
        };
        scan.event.status == row.status && last - first <= ABOUT && !scans.iter().any(between)
    })
}

/// Both tellings of one event. Whatever came first, the result is the same.
pub fn merged(known: &Scan, told: Scan) -> Scan {
    let mut after = known.after.clone();
    after.extend(told.after.iter().filter(|identity| !known.after.contains(identity)));
    after.sort_unstable();
    let better = if told.source <= known.source { &told.event } else { &known.event };
    let times = known.event.times.max(told.event.times);
    Scan {
        event: Event { times, ..better.clone() },
        identity: known.identity,
        source: known.source.min(told.source),
        after,
        received_at: known.received_at.min(told.received_at),
    }
}

/// How far along, then the text: the same for everybody.
fn rank(scan: &Scan) -> (usize, &str, Identity) {
    let along = status::ALL.iter().position(|(code, ..)| *code == scan.event.status).unwrap_or(usize::MAX);
    (along, &scan.event.text, scan.identity)
}

/// Puts events of one instant, which are sorted by rank, in the order answers told them. Where
/// answers contradict each other the rank decides.
fn as_told(tied: &mut [Scan]) {
    if tied.len() > TIED {
        return;
    }
    for place in 0..tied.len() {
        let waits = |scan: &Scan, others: &[Scan]| others.iter().any(|other| scan.after.contains(&other.identity));
        let next = (place..tied.len()).find(|&n| !waits(&tied[n], &tied[place..])).unwrap_or(place);
        tied[place..=next].rotate_right(1);
    }
}

#[cfg(test)]
mod tests;
