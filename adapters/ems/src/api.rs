//! EMS's API for contract customers: a form whose content the host seals (official; clients agree),
//! scans as JSON text inside JSON out.

use std::borrow::Cow;

use posthouse_sdk::{HttpReply, prelude::*};
use serde::Deserialize;

use crate::scan;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default, rename = "retCode", deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, rename = "retMsg", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    #[serde(borrow, default, rename = "retBody", deserialize_with = "json::text")]
    body: Cow<'a, str>,
}

/// The list's name is known from pushes (`traces`, captured) and from clients (`responseItems`).
#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow, default, alias = "responseItems", deserialize_with = "json::list")]
    traces: Vec<&'a json::RawValue>,
}

pub fn query(parcel: &Parcel, sender: &str, now: time::Instant) -> Result<Want, Fault> {
    let content = format!(r#"{{"waybillNo":{}}}"#, json::quote(&parcel.number));
    let field = |name: &str, value: &str| text::field(name, plain(value));
    let mut fields = vec![
        field("apiCode", "040001"),
        field("senderNo", sender),
        text::field("authorization", secret("authorization")),
        field("timeStamp", &time::china(now)),
        // Misspelt by the carrier.
        text::field("logitcsInterface", text::sealed("ems-sm4", "sm4-key", content)),
        field("msgType", "0"),
        field("version", "V1.0.0"),
    ];
    if let Some(user) = credential::public("user-code").filter(|user| !user.is_empty()) {
        fields.push(field("userCode", &user));
    }
    Ok(http::post_form("api", fields).want())
}

pub fn track(parcel: &Parcel, reply: &HttpReply) -> Result<Track, Fault> {
    if let Some(fault) = fault::of_status(reply) {
        return Err(fault);
    }
    let answer: Answer = json::parse(&reply.body)?;
    match answer.code.as_ref() {
        "00000" => {}
        "" => return Err(Fault::new(fault::LAYOUT_CHANGED, "no retCode in the answer")),
        code => return Err(fault::refused(code, &answer.words)),
    }
    if answer.body.is_empty() {
        return Err(fault::no_events("an empty retBody"));
    }
    // A list by itself, or an object with it: no answer was ever captured whole.
    let list = if answer.body.starts_with('[') {
        json::inner::<Vec<&json::RawValue>>(&answer.body)?
    } else {
        json::inner::<Found>(&answer.body)?.traces
    };
    scan::track(parcel, &list)
}

#[cfg(test)]
mod tests {
    use posthouse_sdk::Piece;

    use super::*;

    fn parcel() -> Parcel {
        Parcel::of("9900000000019")
    }

    #[test]
    fn the_content_is_sealed_and_the_authorization_named() {
        let values = [("user-code".to_owned(), "U1".to_owned())];
        let Want::Http(request) = credential::with(values.into(), || query(&parcel(), "S1", 1_768_896_000_000)).unwrap() else {
            panic!("http")
        };
        let Body::Form(fields) = request.body else { panic!("a form") };
        let value = |name: &str| &fields.iter().find(|field| field.name == name).expect(name).value;
        let [Piece::Sealed(seal)] = value("logitcsInterface").as_slice() else { panic!("sealed") };
        assert_eq!((seal.scheme.as_str(), seal.key.name.as_str()), ("ems-sm4", "sm4-key"));
        assert_eq!(seal.plain, br#"{"waybillNo":"9900000000019"}"#);
        assert_eq!(format!("{:?}", value("authorization")), format!("{:?}", secret("authorization")));
        assert_eq!(format!("{:?}", value("timeStamp")), format!("{:?}", plain("2026-01-20 16:00:00")));
        assert_eq!(format!("{:?}", value("userCode")), format!("{:?}", plain("U1")));
    }

    #[test]
    fn answers_without_scans_have_their_faults() {
        for (body, expected) in [
            (r#"{"retCode":"00000","retMsg":"成功","retBody":""}"#, fault::NO_EVENTS),
            (r#"{"retCode":"00000","retBody":"[]"}"#, fault::NO_EVENTS),
            (r#"{"retCode":"00000","retBody":"{\"responseItems\":null}"}"#, fault::NO_EVENTS),
            (r#"{"retCode":"S00001","retMsg":"授权码错误"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"retCode":"S00002","retMsg":"运单不存在"}"#, fault::NOT_FOUND),
            (r#"{"retCode":"S00003","retMsg":"系统异常"}"#, fault::CARRIER_ERROR),
            (r#"{"retBody":"[]"}"#, fault::LAYOUT_CHANGED),
            (r#"{"retCode":"00000","retBody":"<html>"}"#, fault::UNREADABLE),
        ] {
            let reply = HttpReply { status: 200, headers: vec![], body: body.into(), charset: None };
            assert_eq!(track(&parcel(), &reply).unwrap_err().code, expected, "{body}");
        }
    }
}
