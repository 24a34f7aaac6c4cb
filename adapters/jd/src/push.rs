//! What JD pushes: one event as JSON (captured in its sandbox). No signature is described anywhere, so
//! a push is never verified here: the host treats it as a hint to look. The remark of 换单打印
//! names the number under which the parcel goes on.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

use crate::scan::{self, Scan};

/// The required reply is not known: this is how JD's own services answer (inferred).
const KEPT: &str = r#"{"success":true,"code":0,"msg":"成功"}"#;
const NOT_READ: &str = r#"{"success":false,"code":400,"msg":"参数错误"}"#;
const NOT_KEPT: &str = r#"{"success":false,"code":500,"msg":"系统异常"}"#;

#[derive(Deserialize)]
struct About<'a> {
    #[serde(borrow, default, rename = "waybillCode", deserialize_with = "json::text")]
    number: Cow<'a, str>,
}

/// JD gives a push no id, so the body's digest is its key.
pub fn receive(delivery: &Delivery) -> Result<Receipt, Refusal> {
    let raw: &json::RawValue = json::parse(&delivery.body).map_err(refusal)?;
    let about: About = json::inner(raw.get()).map_err(refusal)?;
    if about.number.is_empty() {
        return Err(refusal(Fault::new(fault::LAYOUT_CHANGED, "a push without waybillCode")));
    }
    let (scans, odd) = json::each::<Scan>(&[raw]);
    let parcel = Parcel::of(&about.number);
    let outcome = parcel.track(scans.iter().map(Scan::event).collect(), odd).map(scan::track);
    Ok(Receipt {
        key: None,
        readings: vec![OfOne { number: parcel.number, outcome }],
        kept: Answer::json(KEPT),
        failed: failed(500, NOT_KEPT),
    })
}

fn refusal(fault: Fault) -> Refusal {
    Refusal { fault, answer: failed(400, NOT_READ) }
}

/// A failure is one in HTTP too: whatever reply JD looks for, it is no success.
fn failed(status: u16, body: &str) -> Answer {
    Answer { status, ..Answer::json(body) }
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
            r#"{"waybillCode":"JDVX00000000019","operationTime":"2026-01-19 13:00:00","operationTitle":"换单打印",
                "operationRemark":"新运单号：JDVX00000000027","state":"200020","category":430}"#,
        )
        .unwrap();
        let track = receipt.readings[0].outcome.as_ref().unwrap();
        assert_eq!((track.extra[0].name.as_str(), track.extra[0].value.as_str()), ("new-number", "JDVX00000000027"));
    }

    #[test]
    fn what_names_no_number_is_refused_over_http_too() {
        for (body, code) in [("", fault::UNREADABLE), ("waybillCode=1", fault::UNREADABLE), ("{}", fault::LAYOUT_CHANGED)] {
            let refusal = push(body).expect_err(body);
            assert_eq!((refusal.fault.code.as_str(), refusal.answer.status), (code, 400), "{body}");
        }
    }
}
