//! J&T's API: one signed form in, scans out, newest first (official; wording and order captured).

use std::borrow::Cow;

use posthouse_sdk::{HttpReply, prelude::*, text::Pieces};
use serde::Deserialize;

use crate::scan;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default, deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, rename = "msg", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<Vec<Bill<'a>>>,
}

#[derive(Deserialize)]
struct Bill<'a> {
    #[serde(borrow, default, rename = "billCode", deserialize_with = "json::text")]
    number: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::list")]
    details: Vec<&'a json::RawValue>,
}

#[derive(Deserialize)]
struct Scan<'a> {
    #[serde(rename = "scanTime", deserialize_with = "json::instant")]
    at: time::Instant,
    #[serde(borrow, default, rename = "scanType", deserialize_with = "json::text")]
    kind: Cow<'a, str>,
    /// Why a 问题件 is one.
    #[serde(borrow, default, rename = "problemType", deserialize_with = "json::text")]
    problem: Cow<'a, str>,
    #[serde(borrow, default, rename = "desc", deserialize_with = "json::text")]
    text: Cow<'a, str>,
    #[serde(borrow, default, rename = "scanNetworkCity", deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, rename = "scanNetworkName", deserialize_with = "json::text")]
    site: Cow<'a, str>,
}

pub fn query(parcel: &Parcel, account: &str, now: time::Instant) -> Result<Want, Fault> {
    let content = format!(r#"{{"billCodes":{}}}"#, json::quote(&parcel.number));
    let digest = sign::md5_base64(&plain(&content).then(secret("private-key")))?;
    let request = http::post_form("api", vec![text::field("bizContent", plain(&content))])
        .with_header("apiAccount", plain(account))
        .with_header("digest", plain(digest))
        .with_header("timestamp", plain(now.to_string()));
    Ok(request.want())
}

pub fn track(parcel: &Parcel, reply: &HttpReply) -> Result<Track, Fault> {
    if let Some(fault) = fault::of_status(reply) {
        return Err(fault);
    }
    let answer: Answer = json::parse(&reply.body)?;
    if answer.code != "1" {
        return Err(refused(&answer.code, &answer.words));
    }
    let bill = answer.data.unwrap_or_default().into_iter().next();
    let bill = bill.ok_or_else(|| Fault::new(fault::NOT_FOUND, "success without the number"))?;
    parcel.must_be(&bill.number)?;
    let (scans, odd) = json::each::<Scan>(&bill.details);
    parcel.track(scans.iter().map(event).collect(), odd).map(|track| track.signed_by(scan::SIGNED))
}

fn event(scan: &Scan) -> Event {
    let reason = scan.problem.starts_with('A').then(|| format!("problem:{}", scan.problem));
    let code = reason.unwrap_or_else(|| scan::code(&scan.kind));
    scan::event(scan.at, &code, &scan.text, track::place(&scan.city, &scan.site))
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
