//! Their words to our words: pure functions over tables.
//!
//! An adapter's reading is checked against what was asked, each event against what an event may
//! be, and each code is given its meaning. One odd event is set aside and the others go on.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use posthouse_sdk::manifest::Manifest;
use posthouse_sdk::{state, status};

use crate::fault::{Fault, Instant, Kind};
use crate::parcel::{Event, Outcome, Signed, Track, short};
use crate::sandbox::types;

mod delay;
mod detect;
mod dictionary;
mod explain;
mod judging;
pub mod message;
mod order;
mod quality;
mod skew;
mod verdict;
pub mod vocabulary;

pub use delay::{Delays, Histogram, Kind as DelayKind, Slot, Wait, hour};
pub use detect::{Ranked, detect};
pub use dictionary::{Dictionary, Override, Overrides};
pub use explain::{Plain, Said, explain};
pub use judging::Judging;
pub use order::{TIED, merged, ordered, tells};
pub use quality::Quality;
pub use skew::Skews;
pub use verdict::{Case, Level, Reason, Verdict, of_reading, verdict};

const MOST_EVENTS: usize = 2_000;
const LONGEST_TEXT: usize = 2_000;
const LONGEST_NAME: usize = 200;
/// 2000-01-01: no parcel of today was scanned before.
const EARLIEST: Instant = 946_684_800_000;
/// Clocks of carriers run ahead, but not by days.
const AHEAD: Instant = 48 * 3_600_000;

/// One outcome for each number that was asked, in the order asked.
pub fn outcomes(manifest: &Manifest, asked: &[&str], reading: Result<Vec<types::OfOne>, Fault>, now: Instant) -> Vec<Outcome> {
    let each = match reading.and_then(|each| only_asked(asked, each)) {
        Ok(each) => each,
        Err(fault) => return asked.iter().map(|_| Err(fault.clone())).collect(),
    };
    let mut by_number: HashMap<String, _> = each.into_iter().map(|one| (one.number, one.outcome)).collect();
    let missing = || Fault::contract("the answer leaves this number out");
    let outcome = |number: &&str| match by_number.remove(*number) {
        Some(Ok(track)) => judged(manifest, track, now),
        Some(Err(f)) => Err(Fault::from_guest(&f.code, &f.detail, f.retry_after, now)),
        None => Err(missing()),
    };
    asked.iter().map(outcome).collect()
}

/// Of one parcel in a push.
pub fn pushed(manifest: &Manifest, one: &types::OfOne, now: Instant) -> Outcome {
    match &one.outcome {
        Ok(track) => judged(manifest, track.clone(), now),
        Err(f) => Err(Fault::from_guest(&f.code, &f.detail, f.retry_after, now)),
    }
}

/// Of a subscription: an ok outcome means subscribed, whatever it carries.
pub fn subscriptions(asked: &[&str], reading: Result<Vec<types::OfOne>, Fault>, now: Instant) -> Vec<Outcome> {
    let each = match reading.and_then(|each| only_asked(asked, each)) {
        Ok(each) => each,
        Err(fault) => return asked.iter().map(|_| Err(fault.clone())).collect(),
    };
    let nothing = || Track { events: vec![], in_order: true, odd: vec![], signed: None, status: None, extra: vec![], digest: [0; 16] };
    let outcome = |number: &&str| match each.iter().find(|one| one.number == **number).map(|one| &one.outcome) {
        Some(Ok(_)) => Ok(nothing()),
        Some(Err(f)) => Err(Fault::from_guest(&f.code, &f.detail, f.retry_after, now)),
        None => Err(Fault::contract("the answer leaves this number out")),
    };
    asked.iter().map(outcome).collect()
}

fn only_asked(asked: &[&str], each: Vec<types::OfOne>) -> Result<Vec<types::OfOne>, Fault> {
    let mut seen = std::collections::HashSet::new();
    for one in &each {
        if !asked.contains(&one.number.as_str()) {
            return Err(Fault::contract("the answer holds a number nobody asked for"));
        }
        if !seen.insert(one.number.as_str()) {
            return Err(Fault::contract("the answer holds a number twice"));
        }
        if one.outcome.as_ref().is_ok_and(|track| track.number != one.number) {
            return Err(Fault::contract("a track is not of the parcel it is given for"));
        }
    }
    Ok(each)
}

/// A track as the store takes it.
pub fn judged(manifest: &Manifest, track: types::Track, now: Instant) -> Outcome {
    if track.events.len() > MOST_EVENTS {
        return Err(Fault::new(Kind::Limit, format!("{} events: more than a parcel has", track.events.len())));
    }
    let claimed = track.events.len() + track.odd.len();
    let mut odd: Vec<String> = track.odd.into_iter().map(|raw| cut(raw, LONGEST_TEXT)).collect();
    let mut events = vec![];
    for event in track.events {
        match event_of(manifest, event, now) {
            Ok(event) => events.push(event),
            Err(raw) => odd.push(raw),
        }
    }
    if events.is_empty() && claimed > 0 {
        return Err(Fault::new(Kind::LayoutChanged, format!("none of {claimed} events can be read")));
    }
    if events.is_empty() {
        return Err(Fault::new(Kind::NoEvents, ""));
    }
    let in_order = state::chronological(&mut events, |event| event.at);
    let events = fold_repeats(events);
    let signed = signed(manifest, track.signed, &events, now);
    let extra = facts(manifest, track.extra);
    Ok(settled(Track { events, in_order, odd, signed, status: None, extra, digest: [0; 16] }))
}

/// With its state and digest.
fn settled(track: Track) -> Track {
    let status = state::settle(track.events.iter().map(Event::step)).status.and_then(status::known);
    let digest = digest(&track);
    Track { status, digest, ..track }
}

/// What the manifest declares; more is not told.
fn facts(manifest: &Manifest, extra: Vec<types::Pair>) -> Vec<(String, String)> {
    let declared = extra.into_iter().filter(|pair| manifest.facts.contains(&pair.name));
    declared.map(|pair| (pair.name, cut(pair.value, LONGEST_NAME))).collect()
}

/// An event that may be told, or its raw text.
fn event_of(manifest: &Manifest, event: types::Event, now: Instant) -> Result<Event, String> {
    let sane_time = (EARLIEST..=now + AHEAD).contains(&event.at);
    let sane_status = event.status.as_deref().is_none_or(status::is_shaped);
    if !sane_time || !sane_status || event.code.len() > LONGEST_NAME || event.text.is_empty() && event.code.is_empty() {
        return Err(cut(format!("at={} code={:?} status={:?} text={:?}", event.at, event.code, event.status, event.text), LONGEST_TEXT));
    }
    let step = manifest.step(event.status.as_deref(), &event.code, &event.text);
    Ok(Event {
        at: event.at,
        code: event.code,
        status: step.status,
        unmapped: step.unmapped,
        revokes: step.revokes,
        text: cut(event.text, LONGEST_TEXT),
        place: event.place.filter(|p| !p.is_empty()).map(|p| cut(p, LONGEST_NAME)),
        times: 1,
    })
}

/// Carriers repeat scans in one answer: one event, and how often it was told.
fn fold_repeats(events: Vec<Event>) -> Vec<Event> {
    let mut places: HashMap<[u8; 16], usize> = HashMap::new();
    let mut once: Vec<Event> = vec![];
    for event in events {
        match places.entry(event.identity()) {
            Entry::Occupied(first) => once[*first.get()].times += 1,
            Entry::Vacant(first) => {
                first.insert(once.len());
                once.push(event);
            }
        }
    }
    once
}

fn signed(manifest: &Manifest, stated: Option<types::Signature>, events: &[Event], now: Instant) -> Option<Signed> {
    if let Some(stated) = stated.filter(|s| (EARLIEST..=now + AHEAD).contains(&s.at)) {
        return Some(Signed { at: stated.at, by: stated.by.map(|by| cut(by, LONGEST_NAME)) });
    }
    if manifest.sign.stated {
        return None;
    }
    let signing = events.iter().rfind(|e| manifest.sign.codes.contains(&e.code))?;
    Some(Signed { at: signing.at, by: None })
}

fn digest(Track { events, signed, odd, extra, .. }: &Track) -> [u8; 16] {
    let mut hash = blake3::Hasher::new();
    for event in events {
        hash.update(&event.at.to_le_bytes());
        for part in [event.code.as_str(), event.status, &event.text, event.place.as_deref().unwrap_or("")] {
            hash.update(&(part.len() as u32).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    if let Some(signed) = signed {
        hash.update(&signed.at.to_le_bytes());
        hash.update(signed.by.as_deref().unwrap_or("").as_bytes());
    }
    for raw in odd {
        hash.update(raw.as_bytes());
    }
    for (name, value) in extra {
        hash.update(name.as_bytes()).update(&[0]).update(value.as_bytes()).update(&[0]);
    }
    short(&hash)
}

fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = 1_770_000_000_000;

    fn manifest() -> Manifest {
        Manifest::parse(
            r#"
            id = "acme"
            version = "1.0.0"
            contract = "0.1.0"
            tier = "A"
            evidence = "invented"
            interfaces = ["tracking"]
            numbers = ["A.*"]
            names = { zh = "快易", en = "Acme" }
            endpoints = { track = "https://acme.example/" }
            status = { "80" = "delivered", "50" = "picked_up" }
            sign = { codes = ["80"] }
            "#,
        )
        .unwrap()
    }

    fn event(at: Instant, code: &str, status: Option<&str>) -> types::Event {
        types::Event { at, code: code.into(), status: status.map(Into::into), text: format!("扫描 {code}"), place: None }
    }

    fn track(number: &str, events: Vec<types::Event>) -> types::OfOne {
        let track = types::Track { number: number.into(), events, signed: None, odd: vec![], extra: vec![] };
        types::OfOne { number: number.into(), outcome: Ok(track) }
    }

    fn judge(asked: &[&str], each: Vec<types::OfOne>) -> Vec<Outcome> {
        outcomes(&manifest(), asked, Ok(each), NOW)
    }

    #[test]
    fn events_are_sorted_folded_and_signed() {
        let found = judge(&["A1"], vec![track("A1", vec![event(NOW, "80", None), event(NOW - 9, "50", None), event(NOW, "80", None)])]);
        let track = found[0].as_ref().unwrap();
        assert_eq!(track.events.iter().map(|e| e.status).collect::<Vec<_>>(), ["picked_up", "delivered"]);
        assert_eq!(track.signed.as_ref().unwrap().at, NOW);
        assert_eq!(track.status, Some("delivered"));
    }

    #[test]
    fn one_odd_event_is_set_aside() {
        let found = judge(&["A1"], vec![track("A1", vec![event(NOW, "80", None), event(5, "50", None), event(NOW, "50", Some("Gone!!"))])]);
        let track = found[0].as_ref().unwrap();
        assert_eq!((track.events.len(), track.odd.len()), (1, 2));
    }

    #[test]
    fn a_status_new_to_this_host_is_told_and_marked() {
        let found =
            judge(&["A1"], vec![track("A1", vec![event(NOW, "80", Some("in_transit.rail")), event(NOW - 1, "50", Some("teleported"))])]);
        let events = &found[0].as_ref().unwrap().events;
        assert_eq!((events[1].status, events[1].unmapped), ("in_transit", false));
        assert!(events[0].unmapped);
    }

    #[test]
    fn an_answer_must_be_of_what_was_asked() {
        let kinds = |found: Vec<Outcome>| found.into_iter().map(|o| o.err().map(|f| f.kind)).collect::<Vec<_>>();
        let good = || track("A1", vec![event(NOW, "80", None)]);
        assert_eq!(kinds(judge(&["A1", "A2"], vec![good()])), [None, Some(Kind::Contract)]);
        assert_eq!(kinds(judge(&["A1"], vec![good(), track("A9", vec![])])), [Some(Kind::Contract)]);
        assert_eq!(kinds(judge(&["A1"], vec![good(), good()])), [Some(Kind::Contract)]);
        assert_eq!(kinds(judge(&["A1"], vec![track("A1", vec![])])), [Some(Kind::NoEvents)]);
        assert_eq!(kinds(judge(&["A1"], vec![track("A1", vec![event(1, "80", None)])])), [Some(Kind::LayoutChanged)]);
    }
}
