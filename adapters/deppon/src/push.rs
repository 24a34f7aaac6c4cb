//! What Deppon pushes: the scans of one or several parcels, as JSON in a signed form.
//!
//! From captured pushes. They come out of order: an ARRIVAL was seen before its DEPARTURE.

use posthouse_sdk::prelude::*;
use serde::Deserialize;

use crate::request;
use crate::step::Traces;

const KEPT: &str = r#"{"success":true,"error_code":"1000","error_msg":"成功","result":true}"#;
const BAD_DIGEST: &str = r#"{"success":false,"error_code":"1001","error_msg":"签名错误","result":false}"#;
/// The codes of these two are ours: all that is known is that anything but success is sent again.
const NOT_READ: &str = r#"{"success":false,"error_code":"1002","error_msg":"参数错误","result":false}"#;
const NOT_KEPT: &str = r#"{"success":false,"error_code":"1003","error_msg":"系统繁忙","result":false}"#;

#[derive(Deserialize)]
struct Pushed<'a> {
    #[serde(borrow)]
    track_list: Vec<Traces<'a>>,
}

/// Reads one push, if its digest is right.
pub fn receive(delivery: &Delivery) -> Result<Receipt, Refusal> {
    let Some(params) = delivery.form_field("params") else {
        return Err(refuse(NOT_READ, fault::unreadable("no params in the form", &delivery.body)));
    };
    check_digest(delivery, &params).map_err(|why| refuse(BAD_DIGEST, Fault::new(fault::CREDENTIAL_REJECTED, why)))?;
    let readings = readings(&params).map_err(|fault| refuse(NOT_READ, fault))?;
    Ok(Receipt { key: None, readings, kept: Answer::json(KEPT), failed: Answer::json(NOT_KEPT) })
}

/// The digest is a request's: Base64 of the lower hex MD5 of `params + appkey + timestamp`.
fn check_digest(delivery: &Delivery, params: &[u8]) -> Result<(), String> {
    // An absent or malformed digest is checked like a wrong one: the host decides, and a replay
    // can report it.
    let digest = delivery.form_field("digest").unwrap_or_default();
    let hex = sign::unbase64(digest.trim_ascii()).unwrap_or_default();
    let raw = sign::unhex(&hex).unwrap_or_default();
    let timestamp = delivery.form_field("timestamp").unwrap_or_default();
    let genuine = credential::verify("md5", None, &request::digested(params, timestamp), &raw)?;
    if genuine { Ok(()) } else { Err("the digest is absent or not that of this push".into()) }
}

fn readings(params: &[u8]) -> Result<Vec<OfOne>, Fault> {
    let pushed: Pushed = json::parse(params)?;
    if pushed.track_list.is_empty() || pushed.track_list.iter().any(|traces| traces.tracking_number.is_empty()) {
        return Err(Fault::new(fault::LAYOUT_CHANGED, "a push without tracking_number"));
    }
    Ok(pushed.track_list.into_iter().map(|traces| OfOne::track(traces.into_track())).collect())
}

fn refuse(answer: &str, fault: Fault) -> Refusal {
    Refusal { fault, answer: Answer::json(answer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_push_is_refused() {
        let digest = sign::base64("0123456789abcdef0123456789abcdef");
        let signed = |params: &str| format!("params={}&timestamp=1&digest={}", http::form_encode(params), http::form_encode(&digest));
        for (body, code, answer) in [
            ("digest=abc".to_owned(), fault::UNREADABLE, NOT_READ),
            (signed("{}"), fault::UNREADABLE, NOT_READ),
            (signed(r#"{"track_list":[]}"#), fault::LAYOUT_CHANGED, NOT_READ),
        ] {
            let delivery = Delivery {
                method: "POST".into(),
                path: "/".into(),
                query: vec![],
                headers: vec![],
                body: body.clone().into_bytes(),
                now: 0,
            };
            let refusal = receive(&delivery).unwrap_err();
            assert_eq!((refusal.fault.code.as_str(), refusal.answer.body.as_slice()), (code, answer.as_bytes()), "{body}");
        }
    }
}
