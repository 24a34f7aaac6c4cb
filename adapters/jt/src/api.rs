//! J&T's API: one signed form in, scans out, newest first (official; wording and order captured).

use std::borrow::Cow;

use posthouse_sdk::{HttpReply, prelude::*, text::Pieces};
use serde::Deserialize;

use crate::scan::Bill;

/// Of the scans 1 to 14 (official), though 2 is said to be out of use.
const NODES: &str = "1&2&3&4&5&6&7&8&9&10&11&12&13&14";

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default, deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, rename = "msg", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a json::RawValue>,
}

pub fn query(parcel: &Parcel, account: &str, now: time::Instant) -> Result<Want, Fault> {
    call("api", &format!(r#"{{"billCodes":{}}}"#, json::quote(&parcel.number)), account, now)
}

/// All kinds of scans, to where the platform was told to push (official).
pub fn subscribe(parcel: &Parcel, account: &str, now: time::Instant) -> Result<Want, Fault> {
    // A number in official samples, whatever name an account has elsewhere.
    let is_number = account.len() < 20 && account.bytes().all(|b| b.is_ascii_digit()) && !account.starts_with('0');
    let id = if is_number { account.to_owned() } else { json::quote(account) };
    let number = json::quote(&parcel.number);
    call("subscribe", &format!(r#"{{"id":{id},"list":[{{"traceNode":"{NODES}","waybillCode":{number}}}]}}"#), account, now)
}

fn call(endpoint: &str, content: &str, account: &str, now: time::Instant) -> Result<Want, Fault> {
    let digest = sign::md5_base64(&signed(content))?;
    let request = http::post_form(endpoint, vec![text::field("bizContent", plain(content))])
        .with_header("apiAccount", plain(account))
        .with_header("digest", plain(digest))
        .with_header("timestamp", plain(now.to_string()));
    Ok(request.want())
}

/// What the digest is over, in both directions.
pub fn signed(content: impl AsRef<[u8]>) -> Text {
    plain(content).then(secret("private-key"))
}

pub fn track(parcel: &Parcel, reply: &HttpReply) -> Result<Track, Fault> {
    let bill = success(reply)?.data.ok_or_else(|| Fault::new(fault::NOT_FOUND, "success without data"))?;
    let bill = json::inner::<Vec<Bill>>(bill.get())?.into_iter().next();
    let bill = bill.ok_or_else(|| Fault::new(fault::NOT_FOUND, "success without the number"))?;
    parcel.must_be(&bill.number)?;
    bill.track(parcel)
}

/// Whether the parcel is subscribed; what else the answer holds was never captured.
pub fn subscribed(parcel: &Parcel, reply: &HttpReply) -> Result<Track, Fault> {
    success(reply)?;
    Ok(Track { number: parcel.number.clone(), events: vec![], signed: None, odd: vec![], extra: vec![] })
}

fn success(reply: &HttpReply) -> Result<Answer<'_>, Fault> {
    if let Some(fault) = fault::of_status(reply) {
        return Err(fault);
    }
    let answer: Answer = json::parse(&reply.body)?;
    if answer.code == "1" { Ok(answer) } else { Err(refused(&answer.code, &answer.words)) }
}

/// Official codes.
fn refused(code: &str, words: &str) -> Fault {
    let fault = match code {
        // Header signature, no account, no permission, account, digest or timestamp empty, business signature.
        "145003030" | "145003010" | "145003012" | "145003051" | "145003071" | "145003052" | "145003053" | "145002002" => {
            fault::CREDENTIAL_REJECTED
        }
        "145003064" => fault::NOT_FOUND,
        // Illegal parameter, bad number, too many numbers.
        "145003050" | "145003100" | "145003502" => fault::NOT_ELIGIBLE,
        "145005000" => fault::CARRIER_ERROR,
        "" => fault::LAYOUT_CHANGED,
        _ => return fault::refused(code, words),
    };
    Fault::new(fault, format!("{code} {words}").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(number: &str) -> Parcel {
        Parcel::of(number)
    }

    #[derive(Deserialize)]
    struct Vector {
        #[serde(rename = "privateKey")]
        key: String,
        #[serde(rename = "bizContent")]
        content: String,
        expected: String,
    }

    #[test]
    fn the_request_is_the_one_of_the_vector() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../tests/vectors.json")).unwrap();
        let [vector] = vectors.as_slice() else { panic!("one vector") };
        let values = [("private-key".to_owned(), vector.key.clone())];
        let asked = credential::with(values.into(), || query(&parcel("UT0000352320970"), "DEMO", 1_768_896_000_000));
        let Want::Http(request) = asked.unwrap() else { panic!("http") };
        let Body::Form(fields) = &request.body else { panic!("a form") };
        assert_eq!(format!("{:?}", fields[0].value), format!("{:?}", plain(&vector.content)));
        let digest = request.headers.iter().find(|h| h.name == "digest").unwrap();
        assert_eq!(format!("{:?}", digest.value), format!("{:?}", plain(&vector.expected)));
    }

    #[test]
    fn a_subscription_is_for_all_scans() {
        for (account, id) in [("292508153084379141", "292508153084379141"), ("DEMO", r#""DEMO""#)] {
            let asked = credential::with(Default::default(), || subscribe(&parcel("JT0000000000001"), account, 0));
            let Want::Http(request) = asked.unwrap() else { panic!("http") };
            let Body::Form(fields) = request.body else { panic!("a form") };
            let content = format!(r#"{{"id":{id},"list":[{{"traceNode":"{NODES}","waybillCode":"JT0000000000001"}}]}}"#);
            assert_eq!(format!("{:?}", fields[0].value), format!("{:?}", plain(content)));
            assert_eq!(request.endpoint, "subscribe");
        }
    }

    #[test]
    fn answers_without_scans_have_their_faults() {
        for (body, expected) in [
            (r#"{"code":"145003064","msg":"查不到数据","data":null}"#, fault::NOT_FOUND),
            (r#"{"code":"145003030","msg":"headers签名失败"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"code":"145003050","msg":"非法参数"}"#, fault::NOT_ELIGIBLE),
            (r#"{"code":"145005000","msg":"系统异常"}"#, fault::CARRIER_ERROR),
            (r#"{"code":1,"data":[]}"#, fault::NOT_FOUND),
            (r#"{"code":"1","data":[{"billCode":"JT0000000000001","details":[]}]}"#, fault::NO_EVENTS),
            (r#"{"code":"1","data":[{"billCode":"JT0000000000009","details":[]}]}"#, fault::WRONG_PARCEL),
            (r#"{"hello":1}"#, fault::LAYOUT_CHANGED),
            ("<html></html>", fault::UNREADABLE),
        ] {
            let reply = HttpReply { status: 200, headers: vec![], body: body.into(), charset: None };
            assert_eq!(track(&parcel("JT0000000000001"), &reply).unwrap_err().code, expected, "{body}");
        }
    }
}
