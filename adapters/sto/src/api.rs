//! STO's API: one signed form in, a list of scans by number out (official SDK; no answer was ever
//! captured whole).

use std::borrow::Cow;
use std::collections::BTreeMap;

use posthouse_sdk::{HttpReply, prelude::*, text::Pieces};
use serde::Deserialize;

use crate::scan::Scan;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(default, deserialize_with = "json::flag")]
    success: bool,
    #[serde(borrow, default, rename = "errorCode", deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, rename = "errorMsg", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    #[serde(borrow, default)]
    data: Option<BTreeMap<Cow<'a, str>, Vec<&'a json::RawValue>>>,
}

/// One name that a service of STO's goes by, as key and as code.
struct Service {
    name: &'static str,
    system: &'static str,
}

const QUERY: Service = Service { name: "STO_TRACE_QUERY_COMMON", system: "sto_trace_query" };
const SUBSCRIBE: Service = Service { name: "STO_TRACE_PLATFORM_SUBSCRIBE", system: "sto_trace_platform" };

pub fn query(parcel: &Parcel, app_key: &str) -> Result<Want, Fault> {
    call(&QUERY, app_key, &format!(r#"{{"order":"asc","waybillNoList":[{}]}}"#, json::quote(&parcel.number)))
}

/// The content is a client's. Where to push is told on the platform.
pub fn subscribe(parcel: &Parcel, app_key: &str) -> Result<Want, Fault> {
    call(&SUBSCRIBE, app_key, &format!(r#"{{"subscribeInfoList":[{{"waybillNo":{}}}]}}"#, json::quote(&parcel.number)))
}

fn call(service: &Service, app_key: &str, content: &str) -> Result<Want, Fault> {
    let digest = sign::md5_base64(&signed(content))?;
    // Two names for one customer; who has one has both alike (inferred).
    let code = credential::public("from-code").filter(|code| !code.is_empty()).unwrap_or_else(|| app_key.to_owned());
    let field = |name: &str, value: &str| text::field(name, plain(value));
    let fields = vec![
        field("content", content),
        field("data_digest", &digest),
        field("api_name", service.name),
        field("from_appkey", app_key),
        field("from_code", &code),
        field("to_appkey", service.system),
        field("to_code", service.system),
    ];
    Ok(http::post_form("api", fields).want())
}

/// What the digest is over, in both directions.
pub fn signed(content: impl AsRef<[u8]>) -> Text {
    plain(content).then(secret("secret-key"))
}

pub fn track(parcel: &Parcel, reply: &HttpReply) -> Result<Track, Fault> {
    let answer = success(reply)?;
    let mut data = answer.data.ok_or_else(|| Fault::new(fault::LAYOUT_CHANGED, "success without data"))?;
    let Some(list) = data.remove(parcel.number.as_str()) else {
        let other = data.into_keys().next().unwrap_or_default();
        parcel.must_be(&other)?;
        return Err(Fault::new(fault::NOT_FOUND, "the number is not in the answer"));
    };
    let (scans, odd) = json::each::<Scan>(&list);
    let signed = scans.iter().filter_map(Scan::signature).max_by_key(|signature| signature.at);
    let track = parcel.track(scans.iter().map(Scan::event).collect(), odd)?;
    Ok(Track { signed, ..track })
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
    if answer.success { Ok(answer) } else { Err(refused(&answer.code, &answer.words)) }
}

/// Official codes.
fn refused(code: &str, words: &str) -> Fault {
    let fault = match code {
        "005" => fault::NOT_FOUND,
        // No permission, wrong signature.
        "006" | "007" => fault::CREDENTIAL_REJECTED,
        "008" => fault::NOT_ELIGIBLE,
        "009" => fault::CARRIER_ERROR,
        _ => return fault::refused(code, words),
    };
    Fault::new(fault, format!("{code} {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "777031922725111";

    fn parcel() -> Parcel {
        Parcel::of(NUMBER)
    }

    #[derive(Deserialize)]
    struct Vector {
        content: String,
        #[serde(rename = "secretKey")]
        secret: String,
        expected: String,
    }

    #[test]
    fn the_request_is_the_one_of_the_vector() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../tests/vectors.json")).unwrap();
        let [vector] = vectors.as_slice() else { panic!("one vector") };
        let values = [("secret-key".to_owned(), vector.secret.clone())];
        let Want::Http(request) = credential::with(values.into(), || query(&parcel(), "DEMO")).unwrap() else { panic!("http") };
        let Body::Form(fields) = request.body else { panic!("a form") };
        let has = |name: &str, value: &str| {
            let field = fields.iter().find(|field| field.name == name).expect(name);
            assert_eq!(format!("{:?}", field.value), format!("{:?}", plain(value)), "{name}");
        };
        has("content", &vector.content);
        has("data_digest", &vector.expected);
        has("from_code", "DEMO");
        has("to_appkey", "sto_trace_query");
    }

    #[test]
    fn a_subscription_is_for_another_system() {
        let Want::Http(request) = credential::with(Default::default(), || subscribe(&parcel(), "DEMO")).unwrap() else { panic!("http") };
        let Body::Form(fields) = request.body else { panic!("a form") };
        let value = |name: &str| format!("{:?}", fields.iter().find(|field| field.name == name).expect(name).value);
        assert_eq!(value("content"), format!("{:?}", plain(r#"{"subscribeInfoList":[{"waybillNo":"777031922725111"}]}"#)));
        assert_eq!(value("api_name"), format!("{:?}", plain("STO_TRACE_PLATFORM_SUBSCRIBE")));
        assert_eq!(value("to_code"), format!("{:?}", plain("sto_trace_platform")));
    }

    #[test]
    fn answers_without_scans_have_their_faults() {
        for (body, expected) in [
            (r#"{"success":"false","errorCode":"005","errorMsg":"运单号错误"}"#.to_owned(), fault::NOT_FOUND),
            (r#"{"success":"false","errorCode":"007","errorMsg":"签名错误"}"#.to_owned(), fault::CREDENTIAL_REJECTED),
            (r#"{"success":false,"errorCode":"008"}"#.to_owned(), fault::NOT_ELIGIBLE),
            (r#"{"success":false,"errorCode":"009"}"#.to_owned(), fault::CARRIER_ERROR),
            (r#"{"success":false,"errorCode":"S1","errorMsg":"请求过于频繁"}"#.to_owned(), fault::THROTTLED),
            (r#"{"success":"true","data":{}}"#.to_owned(), fault::NOT_FOUND),
            (r#"{"success":"true","data":{"772011975782987":[]}}"#.to_owned(), fault::WRONG_PARCEL),
            (format!(r#"{{"success":true,"data":{{"{NUMBER}":[]}}}}"#), fault::NO_EVENTS),
            (r#"{"success":true}"#.to_owned(), fault::LAYOUT_CHANGED),
            ("<response><success>false</success></response>".to_owned(), fault::UNREADABLE),
        ] {
            let reply = HttpReply { status: 200, headers: vec![], body: body.clone().into_bytes(), charset: None };
            assert_eq!(track(&parcel(), &reply).unwrap_err().code, expected, "{body}");
        }
    }
}
