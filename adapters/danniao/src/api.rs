//! Cainiao's EDI call: one signed form in, operations out (report; no answer was ever captured). It
//! names no number, so nothing can be said of another parcel's answer.

use std::borrow::Cow;

use posthouse_sdk::{HttpReply, prelude::*, text::Pieces};
use serde::Deserialize;

use crate::scan;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(default, deserialize_with = "json::flag")]
    success: bool,
    #[serde(borrow, default, rename = "errorCode", deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, rename = "errorMsg", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    #[serde(borrow, default, rename = "operationDetails", deserialize_with = "json::list")]
    operations: Vec<&'a json::RawValue>,
    /// When it should arrive, local time; null if nobody promised anything.
    #[serde(borrow, default, rename = "estimatedArriveTime", deserialize_with = "json::text")]
    promised: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Operation<'a> {
    #[serde(rename = "operateTime", deserialize_with = "json::instant")]
    at: time::Instant,
    #[serde(borrow, default, deserialize_with = "json::text")]
    status: Cow<'a, str>,
    #[serde(borrow, default, rename = "operateDescription", deserialize_with = "json::text")]
    text: Cow<'a, str>,
    #[serde(borrow, default, rename = "orgName", deserialize_with = "json::text")]
    site: Cow<'a, str>,
}

pub fn query(parcel: &Parcel, provider: &str) -> Result<Want, Fault> {
    let content = format!(r#"{{"mailNo":{}}}"#, json::quote(&parcel.number));
    let digest = sign::md5_base64(&plain(&content).then(secret("secret-key")))?;
    let fields = vec![
        text::field("logistic_provider_id", plain(provider)),
        text::field("data_digest", plain(digest)),
        text::field("logistics_interface", plain(&content)),
        // The interface's name; that it is sent under this one is inferred.
        text::field("msg_type", plain("TMS_PRACTICE_TRACE_INFO")),
    ];
    Ok(http::post_form("api", fields).want())
}

pub fn track(parcel: &Parcel, reply: &HttpReply) -> Result<Track, Fault> {
    if let Some(fault) = fault::of_status(reply) {
        return Err(fault);
    }
    let answer: Answer = json::parse(&reply.body)?;
    if !answer.success {
        return Err(fault::refused(&answer.code, &answer.words));
    }
    let (operations, odd) = json::each::<Operation>(&answer.operations);
    let event = |o: &Operation| scan::event(o.at, &o.status, &o.text, track::place("", &o.site));
    let track = parcel.track(operations.iter().map(event).collect(), odd)?.signed_by(scan::SIGNED);
    Ok(Track { extra: deadline(&answer.promised).into_iter().collect(), ..track })
}

/// A promise that can be read, as it was made.
fn deadline(promised: &str) -> Option<Pair> {
    time::parse(promised)?;
    Some(Pair { name: "delivery-deadline".into(), value: promised.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel() -> Parcel {
        Parcel::of("CN20260120000019")
    }

    /// Computed with a made-up secret: nobody published a vector.
    #[test]
    fn the_digest_is_over_content_and_secret() {
        let values = [("secret-key".to_owned(), "demo-secret".to_owned())];
        let Want::Http(request) = credential::with(values.into(), || query(&parcel(), "DEMO")).unwrap() else { panic!("http") };
        let Body::Form(fields) = request.body else { panic!("a form") };
        let value = |name: &str| format!("{:?}", fields.iter().find(|field| field.name == name).expect(name).value);
        assert_eq!(value("logistics_interface"), format!("{:?}", plain(r#"{"mailNo":"CN20260120000019"}"#)));
        assert_eq!(value("data_digest"), format!("{:?}", plain("RA4sFZ3OM/JASrop2Q+b9A==")));
    }

    #[test]
    fn what_was_promised_is_told() {
        let answer = |promised: &str| {
            let operation = r#"{"operateTime":"2026-01-19 08:00:00","status":"01","operateDescription":"已到达"}"#;
            let body = format!(r#"{{"success":true,"estimatedArriveTime":{promised},"operationDetails":[{operation}]}}"#);
            track(&parcel(), &HttpReply { status: 200, headers: vec![], body: body.into(), charset: None }).unwrap().extra
        };
        let told = answer(r#""2026-01-21 18:00:00""#);
        assert_eq!((told[0].name.as_str(), told[0].value.as_str()), ("delivery-deadline", "2026-01-21 18:00:00"));
        assert!(answer("null").is_empty() && answer(r#""soon""#).is_empty());
    }

    #[test]
    fn answers_without_operations_have_their_faults() {
        for (body, expected) in [
            (r#"{"success":true,"operationDetails":[]}"#, fault::NO_EVENTS),
            (r#"{"success":"false","errorCode":"S02","errorMsg":"验签失败"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"success":false,"errorCode":"S07","errorMsg":"运单不存在"}"#, fault::NOT_FOUND),
            (r#"{"success":false,"errorCode":"S99","errorMsg":"系统错误"}"#, fault::CARRIER_ERROR),
            ("<html></html>", fault::UNREADABLE),
        ] {
            let reply = HttpReply { status: 200, headers: vec![], body: body.into(), charset: None };
            assert_eq!(track(&parcel(), &reply).unwrap_err().code, expected, "{body}");
        }
    }
}
