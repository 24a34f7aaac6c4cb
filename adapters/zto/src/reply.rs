//! What ZTO answers: the current flat list, and the old interface's list of parcels.

use std::borrow::Cow;

use posthouse_sdk::{HttpReply, prelude::*};
use serde::{Deserialize, Deserializer, de::IgnoredAny};

use crate::scan::{Scan, signature};

/// `S` is the list of scans: typed where all are sound, raw where one is odd.
#[derive(Deserialize)]
#[serde(bound(deserialize = "S: Deserialize<'de>"))]
struct Answer<'a, S> {
    #[serde(default, deserialize_with = "flag")]
    status: Option<bool>,
    #[serde(borrow, default, rename = "statusCode", deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, rename = "message", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    /// The old interface's words; it has no code.
    #[serde(borrow, default, rename = "msg", deserialize_with = "json::text")]
    old_words: Cow<'a, str>,
    result: Option<S>,
    /// The old interface's result.
    #[serde(rename = "data")]
    old: Option<Vec<OldParcel<S>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "S: Deserialize<'de>"))]
struct OldParcel<S> {
    traces: Option<S>,
}

#[derive(Deserialize)]
struct Raw<'a>(#[serde(borrow, deserialize_with = "json::list")] Vec<&'a json::RawValue>);

type Read<'a> = (Vec<Scan<'a>>, Vec<String>);

fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    json::flag(from).map(Some)
}

/// The scans of one parcel.
pub fn scans(parcel: &Parcel, reply: &HttpReply) -> Result<OfOne, Fault> {
    if let Some(fault) = fault::of_status(reply) {
        return Err(fault);
    }
    let (scans, odd) = match json::parse::<Answer<Vec<Scan>>>(&reply.body) {
        Ok(sound) => (sound.accepted()?.unwrap_or_default(), vec![]),
        Err(_) => {
            let loose: Answer<Raw> = json::parse(&reply.body)?;
            loose.accepted()?.map(|raw| json::each(&raw.0)).unwrap_or_default()
        }
    };
    Ok(OfOne { number: parcel.number.clone(), outcome: track(parcel, (scans, odd)) })
}

/// Whether a subscription was taken.
pub fn subscribed(parcel: &Parcel, reply: &HttpReply) -> Result<OfOne, Fault> {
    if let Some(fault) = fault::of_status(reply) {
        return Err(fault);
    }
    json::parse::<Answer<IgnoredAny>>(&reply.body)?.accepted()?;
    Ok(OfOne::track(Track { number: parcel.number.clone(), events: vec![], signed: None, odd: vec![], extra: vec![] }))
}

impl<S> Answer<'_, S> {
    /// What came, if it is a success: `0000` and `SYS000` were both captured, the old interface
    /// and one sample have no code at all.
    fn accepted(self) -> Result<Option<S>, Fault> {
        match (self.status, self.code.as_ref()) {
            (Some(true), "" | "0000" | "SYS000") => Ok(self.result.or_else(|| self.old?.into_iter().find_map(|p| p.traces))),
            (None, "") => Err(Fault::new(fault::LAYOUT_CHANGED, "neither status nor statusCode in the answer")),
            (_, code) => Err(refused(code, &self.words, &self.old_words)),
        }
    }
}

/// E403 is the only code known (a public test): "parameters failed the check". For the others the
/// words decide (inferred), because a signature error must not look like the carrier's trouble.
fn refused(code: &str, words: &str, old_words: &str) -> Fault {
    let said = |any: &[&str]| any.iter().any(|word| words.contains(word) || old_words.contains(word));
    let fault = match code {
        _ if said(&["签名", "白名单", "权限", "授权"]) => fault::CREDENTIAL_REJECTED,
        _ if said(&["频繁", "限流", "频率", "超限"]) => fault::THROTTLED,
        "E403" => fault::NOT_ELIGIBLE,
        _ => fault::CARRIER_ERROR,
    };
    let said: Vec<&str> = [code, words, old_words].into_iter().filter(|part| !part.is_empty()).collect();
    let detail = if said.is_empty() { "status is false without a code".into() } else { said.join(" ") };
    Fault::new(fault, detail)
}

fn track(parcel: &Parcel, (scans, odd): Read<'_>) -> Result<Track, Fault> {
    if scans.is_empty() && odd.is_empty() {
        return Err(fault::no_events("no scans yet"));
    }
    let mut named = scans.iter().map(|scan| scan.number.as_ref()).filter(|number| !number.is_empty()).peekable();
    if let Some(other) = named.peek().copied()
        && !named.any(|number| number == parcel.number)
    {
        return Err(Fault::new(fault::WRONG_PARCEL, format!("the scans are of {other}")));
    }
    let signed = signature(&scans);
    let events = scans.into_iter().map(Event::from).collect();
    Ok(Track { number: parcel.number.clone(), events, signed, odd, extra: vec![] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: impl AsRef<[u8]>) -> Result<Track, Fault> {
        let parcel = Parcel { number: "73000000000001".into(), phone_tail: None, shipped_at: None, extra: vec![] };
        let reply = HttpReply { status, headers: vec![], body: body.as_ref().to_vec(), charset: None };
        scans(&parcel, &reply)?.outcome
    }

    fn code(body: impl AsRef<[u8]>) -> String {
        read(200, body).unwrap_err().code
    }

    #[test]
    fn answers_without_scans_have_their_faults() {
        for (body, expected) in [
            (r#"{"status":true,"statusCode":"0000","message":"ok","result":null}"#, fault::NO_EVENTS),
            (r#"{"status":"true","statusCode":"SYS000","result":[]}"#, fault::NO_EVENTS),
            (r#"{"status":true,"result":{}}"#, fault::NO_EVENTS),
            (r#"{"status":true,"msg":"","data":[]}"#, fault::NO_EVENTS),
            (r#"{"status":true,"msg":"","data":[{"billCode":"73000000000001","traces":null}]}"#, fault::NO_EVENTS),
            (r#"{"status":false,"statusCode":"E403","message":"参数校验失败"}"#, fault::NOT_ELIGIBLE),
            (r#"{"status":false,"statusCode":"E1","message":"签名校验失败"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"status":false,"statusCode":"E2","message":"请求过于频繁"}"#, fault::THROTTLED),
            (r#"{"status":false,"statusCode":"S99","message":"系统繁忙"}"#, fault::CARRIER_ERROR),
            (r#"{"status":true,"statusCode":"S99","result":null}"#, fault::CARRIER_ERROR),
            (r#"{"status":false,"msg":"S04"}"#, fault::CARRIER_ERROR),
            (r#"{"status":false}"#, fault::CARRIER_ERROR),
            (r#"{"hello":1}"#, fault::LAYOUT_CHANGED),
            ("<html></html>", fault::UNREADABLE),
            (r#"{"status":true,"result":[{"scanT"#, fault::UNREADABLE),
            ("", fault::UNREADABLE),
        ] {
            assert_eq!(code(body), expected, "{body}");
        }
        assert_eq!(code(b"{\"status\":true,\"message\":\"\xc4\xe3\"}"), fault::UNREADABLE);
    }

    #[test]
    fn the_http_status_speaks_first() {
        assert_eq!(read(503, "<html>").unwrap_err().code, fault::CARRIER_ERROR);
        assert_eq!(read(429, "").unwrap_err().code, fault::THROTTLED);
    }

    #[test]
    fn another_parcels_scans_are_refused() {
        let scan = |number| format!(r#"{{"status":true,"result":[{{"billCode":"{number}","scanType":"收件","scanDate":1709601011000}}]}}"#);
        assert_eq!(code(scan("73000000000002")), fault::WRONG_PARCEL);
        assert_eq!(read(200, scan("73000000000001")).unwrap().events.len(), 1);
        assert_eq!(read(200, scan("")).unwrap().events.len(), 1);
    }

    #[test]
    fn only_a_customers_signature_counts() {
        let scan = |kind| format!(r#"{{"status":true,"result":[{{"scanType":"{kind}","scanDate":1709601011000,"signMan":"前台"}}]}}"#);
        for (kind, signed) in [("签收", true), ("5", true), ("SIGNED", true), ("第三方签收", false), ("退件签收", false), ("派件", false)]
        {
            let found = read(200, scan(kind)).unwrap().signed;
            assert_eq!(found.is_some(), signed, "{kind}");
            assert!(found.is_none_or(|signature| signature.by.as_deref() == Some("前台")));
        }
    }
}
