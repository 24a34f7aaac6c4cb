//! The two services: routes, and the subscription to pushes.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};

use super::Call;
use crate::answer::Answer;
use crate::carrier::Carrier::Sf;
use crate::life::Act;
use crate::parcel::{Event, Parcel};
use crate::world::World;

const MOST_NUMBERS: usize = 10;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Route<'a> {
    accept_address: &'static str,
    accept_time: String,
    remark: &'a str,
    op_code: &'static str,
    #[serde(flatten)]
    status: Option<Status>,
}

/// Newer answers have these four; older accounts still get none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    first_status_code: &'static str,
    first_status_name: &'static str,
    secondary_status_code: &'static str,
    secondary_status_name: &'static str,
}

pub fn search_routes(world: &World, call: &Call) -> Result<Answer, Answer> {
    let numbers = numbers(&call.data["trackingNumber"]);
    if numbers.is_empty() {
        return Err(call.failed("8013", "未传入查询单号"));
    }
    if numbers.len() > MOST_NUMBERS {
        return Err(call.failed("8003", "查询单号超过最大限制10"));
    }
    if !is_one_of(&call.data["methodType"], ["1", "2"]) {
        return Err(call.failed("6133", "methodType不正确"));
    }
    let by_number = is_one_of(&call.data["trackingType"], ["1", "1"]);
    let tails = call.data["checkPhoneNo"].as_str().unwrap_or("");
    let mut resps = String::new();
    for number in numbers {
        let comma = if resps.is_empty() { "" } else { "," };
        let parcel = world.parcel(Sf, number).filter(|p| by_number && p.opens_to(tails));
        let routes = parcel.as_deref().map_or(Cow::default(), |p| routes(p, world.story()));
        let pieces = [comma, r#"{\"mailNo\":"#, &in_text(&number), r#",\"routes\":["#, &routes, "]}"];
        resps.extend(pieces);
    }
    Ok(call.found(&resps))
}

/// A list of texts, or one text: both are seen from real clients. Anything else names no number.
fn numbers(tracking_number: &Value) -> Vec<&str> {
    let all: Vec<_> = match tracking_number {
        Value::Array(list) => list.iter().map(|n| n.as_str().unwrap_or("")).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => vec![],
    };
    if all.iter().any(|n| n.trim().is_empty()) { vec![] } else { all }
}

/// Whether a small field, sent as text or number, is absent or one of these.
fn is_one_of(value: &Value, allowed: [&str; 2]) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => allowed.contains(&text.as_str()),
        Value::Number(n) => allowed.contains(&n.to_string().as_str()),
        _ => false,
    }
}

/// The visible routes. SF shows as empty an unknown number, one without events, and one whose
/// phone was not proven, and does not say which.
fn routes(parcel: &Parcel, story: f64) -> Cow<'_, str> {
    parcel.told(story, |events| {
        let newer = !parcel.dice("status").one_in(4);
        events.iter().map(|event| in_text(&route(event, newer))).collect()
    })
}

/// JSON as it stands inside a JSON text, without the text's own quotation marks.
fn in_text(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).expect("answers are plain data");
    let text = serde_json::to_string(&json).expect("a text is plain data");
    text[1..text.len() - 1].to_owned()
}

fn route(event: &Event, newer: bool) -> Route<'_> {
    Route {
        accept_address: event.step.stop.city.name,
        accept_time: event.china_time(),
        remark: &event.text,
        op_code: event.code,
        status: newer.then(|| status(event.step.act)),
    }
}

/// 7, 1, 701 and 101 were seen in real answers; the other codes are invented, the names are real.
fn status(act: Act) -> Status {
    let (code, name, second) = match act {
        Act::PickedUp => ("1", "已揽收", "101"),
        Act::Departed | Act::Arrived | Act::Assigned => ("2", "运送中", "201"),
        Act::OutForDelivery | Act::Problem | Act::InLocker | Act::Retaken | Act::Revoked | Act::Returning => ("3", "派送中", "301"),
        Act::Collected | Act::Signed => ("4", "已签收", "401"),
    };
    Status { first_status_code: code, first_status_name: name, secondary_status_code: second, secondary_status_name: name }
}

/// Which `type` means waybill is not published; both are read as waybill numbers.
pub fn register_route(world: &World, call: &Call) -> Result<Answer, Answer> {
    let data = &call.data;
    if !is_one_of(&data["type"], ["1", "2"]) || data["type"].is_null() {
        return Err(call.failed("6133", "type不正确"));
    }
    let named = data["attributeNo"].as_str().unwrap_or("");
    let numbers: Vec<_> = named.split(',').map(str::trim).filter(|n| !n.is_empty()).collect();
    if numbers.is_empty() {
        return Err(call.failed("8013", "未传入注册单号"));
    }
    let tails = data["checkPhoneNo"].as_str().unwrap_or("");
    let shut = |n: &&str| world.parcel(Sf, n).is_some_and(|p| !p.opens_to(tails));
    if numbers.iter().any(shut) {
        // SF's own code for it is not published.
        return Err(call.failed("6150", "手机号后四位校验不通过"));
    }
    numbers.iter().for_each(|n| world.subscribe(Sf, n));
    Ok(call.done(&json!({ "success": true, "errorCode": "S0000", "errorMsg": null, "msgData": null })))
}
