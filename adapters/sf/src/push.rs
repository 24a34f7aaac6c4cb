//! What SF pushes. No signature is described anywhere, so a push is never verified here: the
//! host treats it as a hint to look.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

use crate::route::{Route, signature};

/// Exactly this, or SF sends the push again (client).
const KEPT: &str = r#"{"return_code":"0000","return_msg":"成功"}"#;
const FAILED: &str = r#"{"return_code":"1000","return_msg":"系统异常"}"#;

#[derive(Deserialize)]
struct Pushed<'a> {
    #[serde(borrow, rename = "Body")]
    body: Routes<'a>,
}

#[derive(Deserialize)]
struct Routes<'a> {
    #[serde(borrow, rename = "WaybillRoute", deserialize_with = "json::list")]
    each: Vec<&'a json::RawValue>,
}

/// What a pushed route has beyond a queried one.
#[derive(Deserialize)]
struct About<'a> {
    #[serde(borrow, rename = "mailno", alias = "mailNo", deserialize_with = "json::text")]
    number: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    id: Cow<'a, str>,
    /// With opCode 648: the parcel goes on under another number (client).
    #[serde(borrow, default, rename = "newMailno", alias = "newMailNo", deserialize_with = "json::text")]
    new_number: Cow<'a, str>,
}

/// Groups the pushed routes by number. A route that names no number cannot be given to anybody
/// and is left out; a push of nothing else is refused.
pub fn receive(delivery: &Delivery) -> Result<Receipt, Refusal> {
    let pushed: Pushed = json::parse(&delivery.body).map_err(refused)?;
    let mut tracks: Vec<Track> = vec![];
    let mut ids = vec![];
    for raw in &pushed.body.each {
        let Ok(about) = json::inner::<About>(raw.get()) else {
            continue;
        };
        add(track_of(&mut tracks, &about.number), &about, raw.get());
        ids.push(about.id);
    }
    if tracks.is_empty() && !pushed.body.each.is_empty() {
        return Err(refused(fault::unreadable("no route of the push names a number", &delivery.body)));
    }
    Ok(Receipt {
        key: key(&ids),
        readings: tracks.into_iter().map(signed).collect(),
        kept: Answer::json(KEPT),
        failed: Answer::json(FAILED),
    })
}

fn refused(fault: Fault) -> Refusal {
    Refusal { fault, answer: Answer::json(FAILED) }
}

fn track_of<'t>(tracks: &'t mut Vec<Track>, number: &str) -> &'t mut Track {
    let known = tracks.iter().position(|track| track.number == number);
    let at = known.unwrap_or_else(|| {
        tracks.push(Track { number: number.into(), events: vec![], signed: None, odd: vec![], extra: vec![] });
        tracks.len() - 1
    });
    &mut tracks[at]
}

fn add(track: &mut Track, about: &About, raw: &str) {
    match json::inner::<Route>(raw) {
        Ok(route) => track.events.push(route.into()),
        Err(_) => track.odd.push(raw.to_owned()),
    }
    if !about.new_number.is_empty() {
        track.extra.push(Pair { name: "new-number".into(), value: about.new_number.to_string() });
    }
}

fn signed(track: Track) -> OfOne {
    OfOne::track(Track { signed: signature(&track.events), ..track })
}

/// The ids of all routes; without one of them the body's digest must do.
fn key(ids: &[Cow<str>]) -> Option<String> {
    let complete = !ids.is_empty() && ids.iter().all(|id| !id.is_empty());
    complete.then(|| ids.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(body: &str) -> Result<Receipt, Refusal> {
        let (method, path) = ("POST".into(), "/".into());
        receive(&Delivery { method, path, query: vec![], headers: vec![], body: body.into(), now: 0 })
    }

    #[test]
    fn a_new_number_is_handed_on() {
        let receipt = push(
            r#"{"Body":{"WaybillRoute":[{"mailno":"SF1000000000009","acceptTime":"2024-03-05 09:10:11","opCode":"648",
                "remark":"快件已退回,新单号为: SF1000000000010","id":17,"newMailno":"SF1000000000010"}]}}"#,
        )
        .unwrap();
        let track = receipt.readings[0].outcome.as_ref().unwrap();
        assert_eq!((track.extra[0].name.as_str(), track.extra[0].value.as_str()), ("new-number", "SF1000000000010"));
        assert_eq!(receipt.key.as_deref(), Some("17"));
    }

    #[test]
    fn the_key_is_of_all_ids_or_none() {
        let two = r#"{"Body":{"WaybillRoute":[{"mailno":"A1","id":"1"},{"mailno":"A2","id":"2"}]}}"#;
        assert_eq!(push(two).unwrap().key.as_deref(), Some("1,2"));
        assert_eq!(push(&two.replace(r#","id":"2""#, "")).unwrap().key, None);
    }

    #[test]
    fn what_names_no_number_is_refused_in_their_form() {
        for body in ["", "<x/>", "{}", r#"{"Body":{"WaybillRoute":[{"id":"1"}]}}"#] {
            let refusal = push(body).expect_err(body);
            assert_eq!(refusal.fault.code, fault::UNREADABLE);
            assert_eq!(refusal.answer.body, FAILED.as_bytes());
        }
        assert!(push(r#"{"Body":{"WaybillRoute":[]}}"#).unwrap().readings.is_empty());
    }
}
