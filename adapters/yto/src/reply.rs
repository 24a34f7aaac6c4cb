//! What YTO answers: a list if it has scans, an object for everything else.

use std::borrow::Cow;
use std::collections::BTreeMap;

use posthouse_sdk::prelude::*;
use serde::{Deserialize, de::IgnoredAny};

use crate::event::{self, Step};

/// The object: nothing yet, a refusal, or how a subscription went. `code` is a number in one
/// interface and text in the other; the words are `reason` here and `message` there.
#[derive(Deserialize)]
struct Notice<'a> {
    #[serde(borrow, default, deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    reason: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    message: Cow<'a, str>,
    #[serde(default, deserialize_with = "json::flag")]
    success: bool,
    /// With 1001: the asked number and an empty list.
    #[serde(borrow, default)]
    map: Option<BTreeMap<Cow<'a, str>, IgnoredAny>>,
}

/// The answer to a query.
pub fn track(number: &str, body: &[u8]) -> Result<Track, Fault> {
    if body.trim_ascii_start().first() != Some(&b'[') {
        return Err(json::parse::<Notice>(body)?.fault(number));
    }
    let (steps, odd) = steps(body)?;
    if let Some(other) = steps.iter().find(|step| step.number != number) {
        return Err(wrong_parcel(number, &other.number));
    }
    match (steps.is_empty(), odd.is_empty()) {
        (true, true) => Err(fault::no_events("an empty list")),
        (true, false) => Err(Fault::new(fault::LAYOUT_CHANGED, format!("none of {} scans can be read", odd.len()))),
        _ => Ok(event::track(number, steps, odd)),
    }
}

/// The answer to a subscription. Its official shape is not public: read as the order
/// interfaces' `{success, code, reason}`.
pub fn subscribed(number: &str, body: &[u8]) -> Result<Track, Fault> {
    let notice: Notice = json::parse(body)?;
    if notice.success { Ok(event::track(number, vec![], vec![])) } else { Err(notice.fault(number)) }
}

/// All at once; one by one only if that fails, so that an odd scan costs nothing but itself.
fn steps(body: &[u8]) -> Result<(Vec<Step<'_>>, Vec<String>), Fault> {
    match json::parse(body) {
        Ok(steps) => Ok((steps, vec![])),
        Err(_) => json::parse::<Vec<&json::RawValue>>(body).map(|list| json::each(&list)),
    }
}

impl Notice<'_> {
    fn fault(&self, number: &str) -> Fault {
        if let Some(other) = self.map.iter().flatten().map(|(other, _)| other).find(|other| *other != number) {
            return wrong_parcel(number, other);
        }
        let words = if self.reason.is_empty() { &self.message } else { &self.reason };
        Fault::new(self.fault_code(words), format!("{}: {}", self.code, words.trim()))
    }

    /// The 2000… codes are from the official retry table of the order interfaces.
    fn fault_code(&self, words: &str) -> &'static str {
        match &*self.code {
            "1001" => fault::NO_EVENTS,
            // 请求加密校验失败; 200017005 is "contact support", which only people can do.
            "401" | "200017005" => fault::CREDENTIAL_REJECTED,
            // "Do not retry": a bad parameter, and two that the table does not explain.
            "200010003" | "200010013" | "200017004" => fault::NOT_ELIGIBLE,
            "" if words.is_empty() => fault::LAYOUT_CHANGED,
            // 200010002 and 200010005 are "retry"; so is what nobody knows.
            _ => fault::CARRIER_ERROR,
        }
    }
}

fn wrong_parcel(asked: &str, found: &str) -> Fault {
    Fault::new(fault::WRONG_PARCEL, format!("asked for {asked}, answered for {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_unreadable() {
        let latin: &[u8] =
            b"[{\"waybill_No\":\"YT8800000000011\",\"upload_Time\":\"2026-01-20 10:00:00\",\"processInfo\":\"\xc0\xb2\xca\xd5\"}]";
        for body in [latin, b"", b"[{\"waybill_No\":\"YT88", b"{\"code\":", b"<html></html>", b"busy"] {
            assert_eq!(track("YT8800000000011", body).unwrap_err().code, fault::UNREADABLE, "{}", body.escape_ascii());
        }
    }

    #[test]
    fn every_known_code_has_its_fault() {
        for (body, expected) in [
            (r#"{"code":"401","reason":"请求加密校验失败"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"success":false,"code":200010002,"reason":"x"}"#, fault::CARRIER_ERROR),
            (r#"{"success":false,"code":200010005,"reason":"x"}"#, fault::CARRIER_ERROR),
            (r#"{"success":false,"code":200010013,"reason":"x"}"#, fault::NOT_ELIGIBLE),
            (r#"{"success":false,"code":200017004,"reason":"x"}"#, fault::NOT_ELIGIBLE),
            (r#"{"success":false,"code":200017005,"reason":"x"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"code":1001,"success":"true","map":{"YT8800000000011":[]}}"#, fault::NO_EVENTS),
            (r#"{"code":1001,"map":{"YT8800000000099":[]}}"#, fault::WRONG_PARCEL),
            (r#"{"map":null}"#, fault::LAYOUT_CHANGED),
            ("[]", fault::NO_EVENTS),
            (r#"[{"waybill_No":"YT8800000000011","time":1}]"#, fault::LAYOUT_CHANGED),
        ] {
            assert_eq!(track("YT8800000000011", body.as_bytes()).unwrap_err().code, expected, "{body}");
        }
    }
}
