//! What STO pushes: a signed form with one scan as JSON text (STO_TRACE_PLATFORM_PUSH: official fields,
//! a client's reply). The types of scans are those of the answers.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

use crate::api;
use crate::scan::Scan;

/// The platform's codes for its own answers; that a refusal takes the same is inferred, as is that
/// STO sends again what needs it.
const KEPT: (&str, &str) = ("0", "");
const BAD_SIGNATURE: (&str, &str) = ("007", "签名错误");
const NOT_READ: (&str, &str) = ("008", "请求参数错误");
const NOT_KEPT: (&str, &str) = ("009", "系统繁忙");

#[derive(Deserialize)]
struct Pushed<'a> {
    #[serde(borrow, default, rename = "waybillNo", deserialize_with = "json::text")]
    number: Cow<'a, str>,
    #[serde(borrow)]
    trace: Option<&'a json::RawValue>,
}

/// STO repeats what was not answered in time, and names each scan so that a repeat can be told (official).
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default, rename = "outBizCode", deserialize_with = "json::text")]
    key: Cow<'a, str>,
}

/// Nothing is read before the signature is known to be right.
pub fn receive(delivery: &Delivery) -> Result<Receipt, Refusal> {
    let Some(content) = delivery.form_field("content") else {
        return Err(refusal(NOT_READ, "", fault::unreadable("no content in the form", &delivery.body)));
    };
    verify(delivery, &content).map_err(|why| refusal(BAD_SIGNATURE, "", Fault::new(fault::CREDENTIAL_REJECTED, why)))?;
    let pushed: Pushed = json::parse(&content).map_err(|fault| refusal(NOT_READ, "", fault))?;
    let Some(trace) = pushed.trace.filter(|_| !pushed.number.is_empty()) else {
        return Err(refusal(NOT_READ, &pushed.number, Fault::new(fault::LAYOUT_CHANGED, "a push without waybillNo or trace")));
    };
    let key = json::inner::<Named>(trace.get()).ok().map(|named| named.key.into_owned()).filter(|key| !key.is_empty());
    let readings = vec![OfOne::track(track(&pushed.number, trace))];
    Ok(Receipt { key, readings, kept: answer(KEPT, &pushed.number), failed: answer(NOT_KEPT, &pushed.number) })
}

fn verify(delivery: &Delivery, content: &[u8]) -> Result<(), String> {
    if credential::public("app-key").is_none() {
        return Err("this account has no app-key: none of its pushes can be verified".into());
    }
    // An absent digest is checked like a wrong one: the host decides, and a replay can report it.
    let genuine = credential::verify("md5", None, &api::signed(content), &sent_digest(delivery).unwrap_or_default())?;
    if genuine { Ok(()) } else { Err("data_digest is absent or not that of this push".into()) }
}

/// The raw MD5. A `+` that was not escaped on its way arrives as a blank.
fn sent_digest(delivery: &Delivery) -> Option<Vec<u8>> {
    let mut text = delivery.form_field("data_digest")?;
    text.iter_mut().filter(|byte| **byte == b' ').for_each(|byte| *byte = b'+');
    sign::unbase64(text)
}

/// A scan that cannot be read is kept as raw text.
fn track(number: &str, trace: &json::RawValue) -> Track {
    let (scans, odd) = json::each::<Scan>(&[trace]);
    let signed = scans.iter().find_map(Scan::signature);
    Track { number: number.into(), events: scans.iter().map(Scan::event).collect(), signed, odd, extra: vec![] }
}

fn refusal(code: (&str, &str), number: &str, fault: Fault) -> Refusal {
    Refusal { fault, answer: answer(code, number) }
}

/// The order of keys is the sample's.
fn answer((code, words): (&str, &str), number: &str) -> Answer {
    let kept = code == KEPT.0;
    let number = json::quote(number);
    Answer::json(format!(
        r#"{{"success":{kept},"errorCode":"{code}","errorMsg":"{words}","data":{{"waybillNo":{number},"needRetry":{}}}}}"#,
        !kept
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(trace: &str) -> Receipt {
        let content = format!(r#"{{"waybillNo":"777031922725111","linkCode":null,"trace":{trace}}}"#);
        let body = format!("content={}&data_digest=AAAA", http::form_encode(content)).into_bytes();
        let (method, path) = ("POST".into(), "/".into());
        let delivery = Delivery { method, path, query: vec![], headers: vec![], body, now: 0 };
        credential::with([("app-key".to_owned(), "DEMO".to_owned())].into(), || receive(&delivery)).unwrap()
    }

    #[test]
    fn a_repeat_is_told_by_the_name_of_its_scan() {
        let named = r#"{"outBizCode":"A-1","scanType":"到件","opTime":"2026-01-19 05:12:40"}"#;
        assert_eq!(push(named).key.as_deref(), Some("A-1"));
        assert_eq!(push(&named.replace("05:12:40", "上午")).key.as_deref(), Some("A-1"));
        assert_eq!(push(&named.replace("A-1", "")).key, None);
    }

    #[test]
    fn the_reply_is_the_samples() {
        let kept = String::from_utf8(push("{}").kept.body).unwrap();
        assert_eq!(kept, r#"{"success":true,"errorCode":"0","errorMsg":"","data":{"waybillNo":"777031922725111","needRetry":false}}"#);
    }
}
