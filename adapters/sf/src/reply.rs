//! What SF answers: a gateway's envelope, JSON text inside it, and a second level of success.

use std::borrow::Cow;

use posthouse_sdk::{HttpReply, prelude::*};
use serde::{Deserialize, Deserializer, de::IgnoredAny};

use crate::request;
use crate::route::{Route, signature};

/// The outer level: `A1000` says only that the call arrived.
#[derive(Deserialize)]
struct Gateway<'a> {
    #[serde(borrow, default, rename = "apiResultCode", deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, rename = "apiErrorMsg", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    #[serde(borrow, default, rename = "apiResultData", deserialize_with = "json::text")]
    data: Cow<'a, str>,
}

/// The inner level: whether the service did it.
#[derive(Deserialize)]
#[serde(bound(deserialize = "D: Deserialize<'de>"))]
struct Business<'a, D> {
    #[serde(default, deserialize_with = "flag")]
    success: Option<bool>,
    #[serde(borrow, default, rename = "errorCode", deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, rename = "errorMsg", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    /// The whole of the official example of a failure: `{"succ":"fail"}`.
    #[serde(borrow, default, deserialize_with = "json::text")]
    succ: Cow<'a, str>,
    #[serde(rename = "msgData")]
    data: Option<D>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct Found<'a, R> {
    #[serde(borrow, rename = "routeResps")]
    each: Option<Vec<OneFound<'a, R>>>,
}

/// `R` is the list of routes: typed where all are sound, raw where one is odd.
#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct OneFound<'a, R> {
    #[serde(borrow, rename = "mailNo", deserialize_with = "json::text")]
    number: Cow<'a, str>,
    routes: Option<R>,
}

#[derive(Deserialize)]
struct Raw<'a>(#[serde(borrow, deserialize_with = "json::list")] Vec<&'a json::RawValue>);

fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    json::flag(from).map(Some)
}

/// One outcome for every number the answer names. A number that it leaves out is left out here
/// too: what SF means by that is documented nowhere.
pub fn routes(reply: &HttpReply) -> Result<Vec<OfOne>, Fault> {
    let text = business(reply)?;
    if let Ok(sound) = json::inner::<Business<Found<Vec<Route>>>>(&text) {
        return each(sound, |routes| (routes, vec![]));
    }
    let loose: Business<Found<Raw>> = json::inner(&text)?;
    each(loose, |raw| json::each(&raw.0))
}

/// Whether a registration was taken.
pub fn registered(task: &Task, reply: &HttpReply) -> Result<Vec<OfOne>, Fault> {
    let text = business(reply)?;
    json::inner::<Business<IgnoredAny>>(&text)?.accepted()?;
    Ok(task.parcels.iter().map(|p| OfOne::track(track(p.number.clone(), vec![], vec![]))).collect())
}

/// The inner JSON text of an answer that arrived. Older copies show it without its envelope.
fn business(reply: &HttpReply) -> Result<Cow<'_, str>, Fault> {
    if let Some(fault) = fault::of_status(reply) {
        return Err(fault);
    }
    let gateway: Gateway = json::parse(&reply.body)?;
    match gateway.code.as_ref() {
        "A1000" => Ok(gateway.data),
        "" => str::from_utf8(&reply.body).map(Cow::Borrowed).map_err(|why| fault::unreadable(why, &reply.body)),
        code => Err(gateway_fault(code, &gateway.words)),
    }
}

/// The gateway's codes (official).
fn gateway_fault(code: &str, words: &str) -> Fault {
    let fault = match code {
        // A required parameter is missing: our request, not the account.
        "A1001" => fault::NOT_ELIGIBLE,
        "A1002" => {
            return Fault::new(fault::CARRIER_ERROR, format!("request expired: {code} {words}"));
        }
        // Address list, permission, signature, decryption, account still in the sandbox.
        "A1003" | "A1004" | "A1006" | "A1008" | "A1010" => fault::CREDENTIAL_REJECTED,
        "A1005" => fault::THROTTLED,
        "A1011" if request::by_token() => fault::TOKEN_EXPIRED,
        "A1011" => fault::CREDENTIAL_REJECTED,
        // A1007 repeated, A1009 target down, A1099 system, and whatever comes next.
        _ => fault::CARRIER_ERROR,
    };
    Fault::new(fault, format!("{code} {words}").trim_end())
}

impl<D> Business<'_, D> {
    /// What came, if both signs of success agree; one of them may be missing.
    fn accepted(self) -> Result<Option<D>, Fault> {
        match (self.success, self.code.as_ref()) {
            (Some(true), "" | "S0000") | (None, "S0000") => Ok(self.data),
            (None, "") if self.succ.is_empty() => Err(Fault::new(fault::LAYOUT_CHANGED, "neither success nor errorCode in the answer")),
            // Bad methodType, no number, more than 10 numbers (official).
            (_, code @ ("6133" | "8013" | "8003")) => Err(Fault::new(fault::NOT_ELIGIBLE, format!("{code} {}", self.words))),
            (_, code) => Err(Fault::new(fault::CARRIER_ERROR, self.said(code))),
        }
    }

    fn said(&self, code: &str) -> String {
        match (code, self.succ.as_ref()) {
            ("", "") => format!("success is false without a code {}", self.words).trim_end().to_owned(),
            ("", succ) => format!("succ is {succ}"),
            (code, _) => format!("{code} {}", self.words).trim_end().to_owned(),
        }
    }
}

type Read<'a> = (Vec<Route<'a>>, Vec<String>);

fn each<'a, R>(answer: Business<'a, Found<'a, R>>, read: impl Fn(R) -> Read<'a>) -> Result<Vec<OfOne>, Fault> {
    let found = answer.accepted()?.and_then(|found| found.each).filter(|each| !each.is_empty());
    let found = found.ok_or_else(|| Fault::new(fault::LAYOUT_CHANGED, "success without routeResps"))?;
    let outcome = |one: OneFound<'a, R>| {
        let (routes, odd) = one.routes.map(&read).unwrap_or_default();
        of_one(one.number.into_owned(), routes, odd)
    };
    Ok(found.into_iter().map(outcome).collect())
}

/// Empty `routes` is a normal answer (official).
fn of_one(number: String, routes: Vec<Route<'_>>, odd: Vec<String>) -> OfOne {
    if routes.is_empty() && odd.is_empty() {
        let why = "empty routes: nothing yet, no permission for this waybill, or older than 3 months";
        return OfOne::fault(number, fault::no_events(why));
    }
    OfOne::track(track(number, routes.into_iter().map(Event::from).collect(), odd))
}

fn track(number: String, events: Vec<Event>, odd: Vec<String>) -> Track {
    Track { number, signed: signature(&events), events, odd, extra: vec![] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: impl AsRef<[u8]>) -> Result<Vec<OfOne>, Fault> {
        routes(&HttpReply { status, headers: vec![], body: body.as_ref().to_vec(), charset: None })
    }

    fn code(body: impl AsRef<[u8]>) -> String {
        read(200, body).unwrap_err().code
    }

    #[test]
    fn gateway_codes_have_their_faults() {
        for (sent, expected) in [
            ("A1001", fault::NOT_ELIGIBLE),
            ("A1002", fault::CARRIER_ERROR),
            ("A1003", fault::CREDENTIAL_REJECTED),
            ("A1004", fault::CREDENTIAL_REJECTED),
            ("A1005", fault::THROTTLED),
            ("A1006", fault::CREDENTIAL_REJECTED),
            ("A1007", fault::CARRIER_ERROR),
            ("A1008", fault::CREDENTIAL_REJECTED),
            ("A1009", fault::CARRIER_ERROR),
            ("A1010", fault::CREDENTIAL_REJECTED),
            ("A1011", fault::CREDENTIAL_REJECTED),
            ("A1099", fault::CARRIER_ERROR),
            ("A2000", fault::CARRIER_ERROR),
        ] {
            let body = format!(r#"{{"apiResultCode":"{sent}","apiErrorMsg":"某某","apiResultData":null}}"#);
            let fault = read(200, body).unwrap_err();
            assert_eq!(fault.code, expected, "{sent}");
            assert!(fault.detail.contains(sent) && fault.detail.contains("某某"), "{}", fault.detail);
        }
    }

    #[test]
    fn a_refused_token_is_an_expired_one_in_token_mode() {
        let body = r#"{"apiResultCode":"A1011","apiErrorMsg":"OAuth2认证失败"}"#;
        let values = [("auth".to_owned(), "token".to_owned())].into();
        assert_eq!(credential::with(values, || code(body)), fault::TOKEN_EXPIRED);
    }

    #[test]
    fn business_codes_have_their_faults() {
        for (inner, expected) in [
            (r#"{"success":false,"errorCode":"6133","errorMsg":"x"}"#, fault::NOT_ELIGIBLE),
            (r#"{"success":"false","errorCode":8013,"errorMsg":"x"}"#, fault::NOT_ELIGIBLE),
            (r#"{"success":false,"errorCode":"8003"}"#, fault::NOT_ELIGIBLE),
            (r#"{"success":false,"errorCode":"9999","errorMsg":"x"}"#, fault::CARRIER_ERROR),
            (r#"{"success":false,"errorCode":"S0000","msgData":{}}"#, fault::CARRIER_ERROR),
            (r#"{"success":true,"errorCode":"S0009"}"#, fault::CARRIER_ERROR),
            (r#"{"success":false}"#, fault::CARRIER_ERROR),
            (r#"{"succ":"fail"}"#, fault::CARRIER_ERROR),
            (r#"{"success":true,"errorCode":"S0000","msgData":{}}"#, fault::LAYOUT_CHANGED),
            (r#"{"success":true,"errorCode":"S0000","msgData":null}"#, fault::LAYOUT_CHANGED),
            (r#"{"success":true,"errorCode":"S0000","msgData":{"routeResps":[]}}"#, fault::LAYOUT_CHANGED),
            (r#"{"hello":1}"#, fault::LAYOUT_CHANGED),
        ] {
            assert_eq!(code(inner), expected, "{inner}");
            let outer = serde_json::json!({"apiResultCode": "A1000", "apiResultData": inner}).to_string();
            assert_eq!(code(outer), expected, "{inner} in its envelope");
        }
    }

    #[test]
    fn what_is_no_json_is_unreadable() {
        let truncated = r#"{"apiResultCode":"A1000","apiResultData":"{\"success\":true,\"msgD"#;
        let inner_truncated = r#"{"apiResultCode":"A1000","apiResultData":"{\"success\":true,\"msgD"}"#;
        for body in ["", "<html></html>", "ok", truncated, inner_truncated, r#"{"apiResultCode":"A1000"}"#] {
            assert_eq!(code(body), fault::UNREADABLE, "{body}");
        }
        assert_eq!(code(b"{\"success\":true,\"errorCode\":\"S0000\",\"errorMsg\":\"\xc4\xe3\"}"), fault::UNREADABLE);
    }

    #[test]
    fn the_http_status_speaks_first() {
        assert_eq!(read(502, "<html>").unwrap_err().code, fault::CARRIER_ERROR);
        assert_eq!(read(429, "").unwrap_err().code, fault::THROTTLED);
    }

    #[test]
    fn data_may_be_an_object_and_success_text() {
        let body = r#"{"apiResultCode":"A1000","apiResultData":{"success":"true","errorCode":null,"msgData":{"routeResps":[
            {"mailNo":"SF1000000000001","routes":[{"acceptTime":"2024-03-05 09:10:11","remark":"已收件","opcode":50}]},
            {"mailNo":"SF1000000000002","routes":null}]}}}"#;
        let read = read(200, body).unwrap();
        assert_eq!(read[0].outcome.as_ref().unwrap().events[0].code, "50");
        assert_eq!(read[1].outcome.as_ref().unwrap_err().code, fault::NO_EVENTS);
    }
}
