//! Yunda's API: one signed JSON call, steps out, ascending (official; no answer was ever captured
//! whole). A number that was not subscribed at the platform before has no steps.

use std::borrow::Cow;

use posthouse_sdk::{HttpReply, prelude::*, text::Pieces};
use serde::Deserialize;

use crate::step;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(default, deserialize_with = "json::flag")]
    result: bool,
    #[serde(borrow, default, deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    message: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default, rename = "mailno", deserialize_with = "json::text")]
    number: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::list")]
    steps: Vec<&'a json::RawValue>,
}

#[derive(Deserialize)]
struct Step<'a> {
    #[serde(rename = "time", deserialize_with = "json::instant")]
    at: time::Instant,
    #[serde(borrow, default, deserialize_with = "json::text")]
    action: Cow<'a, str>,
    #[serde(borrow, default, rename = "description", deserialize_with = "json::text")]
    text: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, rename = "station_name", deserialize_with = "json::text")]
    station: Cow<'a, str>,
}

pub fn query(parcel: &Parcel, app_key: &str, now: time::Instant) -> Result<Want, Fault> {
    let body = format!(r#"{{"mailno":{}}}"#, json::quote(&parcel.number));
    let sign = sign::hex(&sign::md5(&plain(&body).then(plain("_")).then(secret("app-secret")))?);
    let request = http::post("api", "application/json;charset=UTF-8", plain(&body))
        .with_header("app-key", plain(app_key))
        .with_header("req-time", plain(now.to_string()))
        .with_header("sign", plain(sign));
    Ok(request.want())
}

pub fn track(parcel: &Parcel, reply: &HttpReply) -> Result<Track, Fault> {
    if let Some(fault) = fault::of_status(reply) {
        return Err(fault);
    }
    let answer: Answer = json::parse(&reply.body)?;
    if !answer.result {
        return Err(fault::refused(&answer.code, &answer.message));
    }
    let data = answer.data.ok_or_else(|| Fault::new(fault::NOT_FOUND, "no data: unknown, or not subscribed at the platform"))?;
    parcel.must_be(&data.number)?;
    let (steps, odd) = json::each::<Step>(&data.steps);
    parcel.track(steps.iter().map(event).collect(), odd).map(step::signed)
}

fn event(step: &Step) -> Event {
    step::event(step.at, &step.action, &step.text, track::place(&step.city, &step.station))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(number: &str) -> Parcel {
        Parcel::of(number)
    }

    #[derive(Deserialize)]
    struct Vector {
        #[serde(rename = "appSecret")]
        secret: String,
        expected: String,
    }

    #[test]
    fn the_request_is_the_one_of_the_vector() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../tests/vectors.json")).unwrap();
        let [vector] = vectors.as_slice() else { panic!("one vector") };
        let values = [("app-secret".to_owned(), vector.secret.clone())];
        let asked = credential::with(values.into(), || query(&parcel("340987657890876"), "DEMO", 1_768_896_000_000));
        let Want::Http(request) = asked.unwrap() else { panic!("http") };
        let header = |name: &str| format!("{:?}", request.headers.iter().find(|h| h.name == name).expect(name).value);
        assert_eq!(header("sign"), format!("{:?}", plain(&vector.expected)));
        assert_eq!(header("req-time"), format!("{:?}", plain("1768896000000")));
    }

    #[test]
    fn answers_without_steps_have_their_faults() {
        for (body, expected) in [
            (r#"{"result":true,"code":"0000","data":null}"#, fault::NOT_FOUND),
            (r#"{"result":"true","data":{"mailno":"3900000000017","steps":[]}}"#, fault::NO_EVENTS),
            (r#"{"result":true,"data":{"mailno":"3900000000099","steps":[]}}"#, fault::WRONG_PARCEL),
            (r#"{"result":false,"code":"1001","message":"签名错误"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"result":false,"code":"9999","message":"系统异常"}"#, fault::CARRIER_ERROR),
            ("<html></html>", fault::UNREADABLE),
        ] {
            let reply = HttpReply { status: 200, headers: vec![], body: body.into(), charset: None };
            assert_eq!(track(&parcel("3900000000017"), &reply).unwrap_err().code, expected, "{body}");
        }
    }
}
