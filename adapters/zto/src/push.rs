//! What ZTO pushes: a signed form with one scan as JSON text (captured).
//!
//! Actions get the prefix `push:`, because ARRIVAL, SIGNED and DEPARTURE mean scans at sites here
//! and something about lockers in the query's scanType.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

use crate::request::signed;
use crate::scan::{instant, place};

/// Client; the order of keys is the sample's.
const KEPT: &str = r#"{"message":"调用成功","status":true,"result":"成功","statusCode":"200"}"#;
const FAILED: &str = r#"{"message":"系统异常","status":false,"result":null,"statusCode":"500"}"#;
const BAD_SIGNATURE: &str = r#"{"message":"签名错误","status":false,"result":null,"statusCode":"E401"}"#;

/// Actions that state the customer's signature; HANDOVERSCAN_SIGNED is the station's.
const SIGNED: &[&str] = &["SIGNED", "DEPARTURE_SIGNED"];

#[derive(Deserialize)]
struct Pushed<'a> {
    #[serde(rename = "actionTime", deserialize_with = "instant")]
    at: time::Instant,
    #[serde(borrow, deserialize_with = "json::text")]
    action: Cow<'a, str>,
    #[serde(borrow, default, rename = "desc", deserialize_with = "json::text")]
    text: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, rename = "facilityName", deserialize_with = "json::text")]
    site: Cow<'a, str>,
    #[serde(borrow, default, rename = "expressSigner", deserialize_with = "json::text")]
    signer: Cow<'a, str>,
}

#[derive(Deserialize)]
struct About<'a> {
    #[serde(borrow, rename = "billCode", deserialize_with = "json::text")]
    number: Cow<'a, str>,
}

/// Nothing is read before the signature is known to be right. ZTO gives a push no id, so the
/// body's digest is its key.
pub fn receive(delivery: &Delivery) -> Result<Receipt, Refusal> {
    let data = delivery.form_field("data").unwrap_or_default();
    verified(delivery, &data)?;
    let track = read(&data).map_err(|fault| Refusal { fault, answer: Answer::json(FAILED) })?;
    Ok(Receipt { key: None, readings: vec![OfOne::track(track)], kept: Answer::json(KEPT), failed: Answer::json(FAILED) })
}

fn verified(delivery: &Delivery, data: &[u8]) -> Result<(), Refusal> {
    let refused = |why: String| Refusal { fault: Fault::new(fault::CREDENTIAL_REJECTED, why), answer: Answer::json(BAD_SIGNATURE) };
    // An absent digest is checked like a wrong one: the host decides, and a replay can report it.
    let digest = sent_digest(delivery).unwrap_or_default();
    match credential::verify("md5", None, &signed(data), &digest) {
        Ok(true) => Ok(()),
        Ok(false) => Err(refused("the push's data_digest is wrong or absent".into())),
        Err(why) => Err(refused(why)),
    }
}

/// The raw MD5. A `+` that was not escaped on its way arrives as a blank.
fn sent_digest(delivery: &Delivery) -> Option<Vec<u8>> {
    let mut text = delivery.form_field("data_digest")?;
    text.iter_mut().filter(|b| **b == b' ').for_each(|b| *b = b'+');
    sign::unbase64(text).filter(|raw| !raw.is_empty())
}

fn read(data: &[u8]) -> Result<Track, Fault> {
    let about: About = json::parse(data)?;
    let empty = Track { number: about.number.into_owned(), events: vec![], signed: None, odd: vec![], extra: vec![] };
    let Ok(pushed) = json::parse::<Pushed>(data) else {
        return Ok(Track { odd: vec![String::from_utf8_lossy(data).into_owned()], ..empty });
    };
    let by = (!pushed.signer.is_empty()).then(|| pushed.signer.to_string());
    let signed = SIGNED.contains(&pushed.action.as_ref()).then_some(Signature { at: pushed.at, by });
    Ok(Track { events: vec![event(pushed)], signed, ..empty })
}

fn event(pushed: Pushed<'_>) -> Event {
    Event {
        at: pushed.at,
        code: format!("push:{}", pushed.action),
        status: None,
        text: pushed.text.into_owned(),
        place: place(&pushed.city, &pushed.site),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(body: String) -> Result<Receipt, Refusal> {
        let headers: Vec<Pair> = vec![];
        receive(&Delivery { method: "POST".into(), path: "/".into(), query: vec![], headers, body: body.into(), now: 0 })
    }

    /// Natively a wrong signature does not stop the reading; the host refuses it.
    #[test]
    fn a_push_without_a_digest_is_checked_and_found_wrong() {
        for digest in ["", "&data_digest=", "&data_digest=%21%21"] {
            let read = credential::with(Default::default(), || push(format!("data=%7B%7D{digest}")));
            assert!(read.is_err(), "{digest}");
            assert_eq!(credential::verified(), Some(false), "{digest}");
        }
    }

    #[test]
    fn an_unescaped_plus_is_still_the_digest() {
        let delivery =
            |text: &str| Delivery { method: "POST".into(), path: "/".into(), query: vec![], headers: vec![], body: text.into(), now: 0 };
        assert_eq!(sent_digest(&delivery("data_digest=++++")), sent_digest(&delivery("data_digest=%2B%2B%2B%2B")));
    }

    #[test]
    fn data_that_names_no_number_is_unreadable() {
        for data in ["", "%7B%7D", "%3Cx%2F%3E"] {
            let refusal = push(format!("data={data}&data_digest=AAAA")).expect_err(data);
            assert_eq!(refusal.fault.code, fault::UNREADABLE);
            assert_eq!(refusal.answer.body, FAILED.as_bytes());
        }
    }
}
