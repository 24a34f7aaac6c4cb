//! What J&T pushes: a form with the scans of one parcel as JSON text, signed in a header as requests are
//! (official; a body was captured abroad only). Types of scans are numbers here.

use posthouse_sdk::prelude::*;

use crate::api;
use crate::scan::Bill;

/// That 0 is a failure is official; its words are ours.
const BAD_SIGNATURE: (&str, &str) = ("0", "headers签名失败");
const NOT_READ: (&str, &str) = ("0", "非法参数");
const NOT_KEPT: (&str, &str) = ("0", "系统异常");
const KEPT: (&str, &str) = ("1", "success");

/// Nothing is read before the signature is known to be right. J&T gives a push no id, so the
/// body's digest is its key.
pub fn receive(delivery: &Delivery) -> Result<Receipt, Refusal> {
    let refusal = |code, fault| Refusal { fault, answer: answer(code, delivery) };
    let Some(content) = delivery.form_field("bizContent") else {
        return Err(refusal(NOT_READ, fault::unreadable("no bizContent in the form", &delivery.body)));
    };
    verify(delivery, &content).map_err(|why| refusal(BAD_SIGNATURE, Fault::new(fault::CREDENTIAL_REJECTED, why)))?;
    let bill: Bill = json::parse(&content).map_err(|fault| refusal(NOT_READ, fault))?;
    if bill.number.is_empty() {
        return Err(refusal(NOT_READ, Fault::new(fault::LAYOUT_CHANGED, "a push without billCode")));
    }
    let parcel = Parcel::of(&bill.number);
    let reading = OfOne { outcome: bill.track(&parcel), number: parcel.number };
    Ok(Receipt { key: None, readings: vec![reading], kept: answer(KEPT, delivery), failed: answer(NOT_KEPT, delivery) })
}

fn verify(delivery: &Delivery, content: &[u8]) -> Result<(), String> {
    if credential::public("api-account").is_none() {
        return Err("this account has no api-account: none of its pushes can be verified".into());
    }
    // An absent digest is checked like a wrong one: the host decides, and a replay can report it.
    let digest = delivery.header("digest").and_then(|text| sign::unbase64(text.trim())).unwrap_or_default();
    let genuine = credential::verify("md5", None, &api::signed(content), &digest)?;
    if genuine { Ok(()) } else { Err("the header digest is absent or not that of this push".into()) }
}

/// `requestId` is ours to give; the push's own timestamp lets both sides find it (inferred).
fn answer((code, words): (&str, &str), delivery: &Delivery) -> Answer {
    let data = if code == KEPT.0 { "SUCCESS" } else { "FAIL" };
    let id = json::quote(delivery.header("timestamp").unwrap_or_default());
    Answer::json(format!(r#"{{"code":"{code}","msg":"{words}","data":"{data}","requestId":{id}}}"#))
}
