//! JD's API: one signed JSON call with a merchant's token in, events out (clients; its fields are
//! those of the captured pushes).

use std::borrow::Cow;

use posthouse_sdk::{HttpReply, prelude::*, text::Pieces};
use serde::Deserialize;

use crate::scan::{self, Scan};

/// The digest is over the path, wherever the endpoint points.
const PATH: &str = "/ecap/v1/orders/trace/query";

/// The gateway sometimes wraps the service's answer (captured of a subscription).
#[derive(Deserialize)]
struct Gateway<'a> {
    #[serde(borrow)]
    response: Option<Wrapped<'a>>,
}

#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow)]
    content: Option<&'a json::RawValue>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default, deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, rename = "msg", alias = "message", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

/// Both names of each are used by clients.
#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default, rename = "waybillCode", alias = "waybillNo", deserialize_with = "json::text")]
    number: Cow<'a, str>,
    #[serde(borrow, default, rename = "traceDetails", alias = "traces", deserialize_with = "json::list")]
    events: Vec<&'a json::RawValue>,
}

pub fn query(parcel: &Parcel, app_key: &str, now: time::Instant) -> Result<Want, Fault> {
    let given = |name: &str| credential::public(name).filter(|value| !value.is_empty());
    // 1: ordered by a business, which must name its customer code.
    let origin = given("order-origin").filter(|origin| ["0", "1", "2"].contains(&origin.as_str())).unwrap_or_else(|| "1".to_owned());
    let customer = given("customer-code").unwrap_or_default();
    let body =
        format!(r#"[{{"waybillCode":{},"orderOrigin":{origin},"customerCode":{}}}]"#, json::quote(&parcel.number), json::quote(&customer));
    let timestamp = time::china(now);
    let sign = sign::hex(&sign::md5(&signed(app_key, &body, &timestamp))?);
    let query = vec![
        text::field("LOP-DN", plain("ECAP")),
        text::field("app_key", plain(app_key)),
        text::field("access_token", secret("access-token")),
        text::field("timestamp", plain(&timestamp)),
        text::field("v", plain("2.0")),
        text::field("algorithm", plain("md5-salt")),
        text::field("sign", plain(sign)),
    ];
    Ok(Request { query, ..http::post("api", "application/json;charset=UTF-8", plain(body)) }.want())
}

/// The secret, the parameters in order of their names, the secret again (clients).
fn signed(app_key: &str, body: &str, timestamp: &str) -> Text {
    let rest = format!("app_key{app_key}method{PATH}param_json{body}timestamp{timestamp}v2.0");
    secret("app-secret").then(plain("access_token")).then(secret("access-token")).then(plain(rest)).then(secret("app-secret"))
}

pub fn track(parcel: &Parcel, reply: &HttpReply) -> Result<Track, Fault> {
    if let Some(fault) = fault::of_status(reply) {
        return Err(fault);
    }
    let wrapped = json::parse::<Gateway>(&reply.body)?.response.and_then(|response| response.content);
    let answer: Answer = wrapped.map_or_else(|| json::parse(&reply.body), |content| json::inner(content.get()))?;
    let data = match (answer.code.as_ref(), answer.data) {
        ("0" | "1000", Some(data)) => data,
        ("0" | "1000", None) => return Err(Fault::new(fault::NOT_FOUND, "success without data")),
        ("", _) => return Err(Fault::new(fault::LAYOUT_CHANGED, "no code in the answer")),
        (code, _) => return Err(refused(code, &answer.words)),
    };
    parcel.must_be(&data.number)?;
    let (scans, odd) = json::each::<Scan>(&data.events);
    parcel.track(scans.iter().map(Scan::event).collect(), odd).map(scan::track)
}

/// Two codes of one unofficial source; the words decide the rest.
fn refused(code: &str, words: &str) -> Fault {
    let token = words.to_ascii_lowercase().contains("token");
    let fault = match code {
        "2001" => fault::CREDENTIAL_REJECTED,
        "2100" => fault::NOT_FOUND,
        // Given by the operator, not captured: nothing can be fetched anew.
        _ if token => fault::CREDENTIAL_REJECTED,
        _ => return fault::refused(code, words),
    };
    Fault::new(fault, format!("{code} {words}").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel() -> Parcel {
        Parcel::of("JDVX00000000019")
    }

    fn given() -> std::collections::BTreeMap<String, String> {
        [("app-secret", "demo-secret"), ("access-token", "demo-token"), ("customer-code", "010K1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    /// Computed with made-up values: the algorithm is three clients', nobody published a vector.
    #[test]
    fn the_secret_stands_at_both_ends_of_what_is_signed() {
        let Want::Http(request) = credential::with(given(), || query(&parcel(), "DEMO", 1_768_896_000_000)).unwrap() else {
            panic!("http")
        };
        let value = |name: &str| format!("{:?}", request.query.iter().find(|field| field.name == name).expect(name).value);
        assert_eq!(value("timestamp"), format!("{:?}", plain("2026-01-20 16:00:00")));
        assert_eq!(value("access_token"), format!("{:?}", secret("access-token")));
        assert_eq!(value("sign"), format!("{:?}", plain("f166f5e7a357a8de265216efd140d5a2")));
        let Body::Raw(body) = request.body else { panic!("a body") };
        assert_eq!(
            format!("{body:?}"),
            format!("{:?}", plain(r#"[{"waybillCode":"JDVX00000000019","orderOrigin":1,"customerCode":"010K1"}]"#))
        );
    }

    #[test]
    fn answers_without_events_have_their_faults() {
        for (body, expected) in [
            (r#"{"code":"2001","message":"没有权限"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"code":"2100","message":"x"}"#, fault::NOT_FOUND),
            (r#"{"code":19,"msg":"无效access_token"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"code":"4000","message":"系统异常"}"#, fault::CARRIER_ERROR),
            (r#"{"code":0,"data":{"waybillCode":"JDVX00000000019","traceDetails":[]}}"#, fault::NO_EVENTS),
            (r#"{"code":0,"data":{"waybillCode":"JDVX00000000099","traceDetails":[]}}"#, fault::WRONG_PARCEL),
            (r#"{"response":{"content":{"code":0,"data":null},"code":0}}"#, fault::NOT_FOUND),
            (r#"{"hello":1}"#, fault::LAYOUT_CHANGED),
            ("<html></html>", fault::UNREADABLE),
        ] {
            let reply = HttpReply { status: 200, headers: vec![], body: body.into(), charset: None };
            assert_eq!(track(&parcel(), &reply).unwrap_err().code, expected, "{body}");
        }
    }
}
