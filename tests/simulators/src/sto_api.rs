//! STO 申通 for programs: one gateway, whose services are named in a signed form. Its page is in `pages`,
//! what it pushes in `pushes`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Ask};
use crate::carrier::{Carrier::Sto, Interface};
use crate::life::Act;
use crate::parcel::{Event, Parcel};
use crate::sign;
use crate::words::site;
use crate::world::World;

pub const PATH: &str = "/sto/gateway/link.do";

/// Not published; any list has an end.
const MOST_NUMBERS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Question {
    /// Oldest first unless it says `desc`.
    order: Option<String>,
    waybill_no_list: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wish {
    subscribe_info_list: Vec<Wished>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wished {
    waybill_no: String,
}

/// `POST /sto/gateway/link.do`
pub fn link(world: &World, ask: &Ask) -> Answer {
    let form = ask.form();
    let one = |name| form.one(name).unwrap_or_default();
    let account = &world.accounts.sto;
    if one("from_appkey") != account.app_key || one("from_code") != account.app_key {
        return refusal("006", "无权限访问");
    }
    if one("data_digest") != sign::sto(one("content"), &account.secret_key) {
        return refusal("007", "签名错误");
    }
    match (one("api_name"), one("to_appkey"), one("to_code")) {
        ("STO_TRACE_QUERY_COMMON", "sto_trace_query", "sto_trace_query") => query(world, one("content"), ask.now_ms),
        ("STO_TRACE_PLATFORM_SUBSCRIBE", "sto_trace_platform", "sto_trace_platform") => subscribe(world, one("content"), ask.now_ms),
        _ => refusal("006", "无权限访问"),
    }
}

fn query(world: &World, content: &str, now_ms: i64) -> Answer {
    let question: Option<Question> = serde_json::from_str(content).ok();
    let order_is_known = |q: &Question| q.order.as_deref().is_none_or(|order| ["asc", "desc"].contains(&order));
    let Some(question) = question.filter(order_is_known) else { return refusal("008", "请求参数错误") };
    if let Err(refused) = admit(world, Interface::Query, &question.waybill_no_list, now_ms) {
        return refused;
    }
    let story = world.story();
    let known = question.waybill_no_list.iter().filter_map(|number| world.parcel(Sto, number));
    let newest_first = question.order.as_deref() == Some("desc");
    let data: Map<_, _> = known.map(|parcel| (parcel.number.clone(), traces(&parcel, story, newest_first))).collect();
    done(&data.into())
}

fn subscribe(world: &World, content: &str, now_ms: i64) -> Answer {
    let Ok(wish) = serde_json::from_str::<Wish>(content) else { return refusal("008", "请求参数错误") };
    let numbers: Vec<String> = wish.subscribe_info_list.into_iter().map(|wished| wished.waybill_no).collect();
    if let Err(refused) = admit(world, Interface::Subscribe, &numbers, now_ms) {
        return refused;
    }
    numbers.iter().for_each(|number| world.subscribe(Sto, number));
    done(&Value::Null)
}

fn admit(world: &World, interface: Interface, numbers: &[String], now_ms: i64) -> Result<(), Answer> {
    let is_number = |number: &String| (12..=15).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    if numbers.is_empty() || numbers.len() > MOST_NUMBERS {
        return Err(refusal("008", "请求参数错误"));
    }
    if !numbers.iter().all(is_number) {
        return Err(refusal("005", "运单号错误"));
    }
    if world.admit(Sto, interface, now_ms) { Ok(()) } else { Err(Answer::too_many(&reply("false", "009", "系统繁忙", &Value::Null))) }
}

fn refusal(code: &'static str, words: &str) -> Answer {
    Answer::refusal(code, &reply("false", code, words, &Value::Null))
}

fn done(data: &Value) -> Answer {
    Answer::json(&reply("true", "", "", data))
}

/// Success is a word here and a truth in pushes' replies.
fn reply(success: &str, code: &str, words: &str, data: &Value) -> Value {
    json!({ "success": success, "errorCode": code, "errorMsg": words, "needRetry": "false", "requestId": "", "expInfo": null, "data": data })
}

fn traces(parcel: &Parcel, story: f64, newest_first: bool) -> Value {
    let mut traces: Vec<Value> = parcel.visible(story).iter().map(trace).collect();
    if newest_first {
        traces.reverse();
    }
    traces.iter_mut().for_each(|trace| trace["waybillNo"] = parcel.number.as_str().into());
    traces.into()
}

/// What answers and pushes have in common.
pub fn trace(event: &Event) -> Value {
    let (step, city) = (event.step, event.step.stop.city);
    let signed = matches!(step.act, Act::Signed).then_some(step.person);
    let next = matches!(step.act, Act::Departed).then(|| site(Sto, step.next));
    json!({
        "opTime": event.china_time(),
        "opOrgCode": format!("{}{:02}", &city.area[1..], u8::from(step.stop.hub)),
        "opOrgName": site(Sto, step.stop),
        "opOrgProvinceName": city.province,
        "opOrgCityName": city.name,
        "opOrgTel": format!("{}-********", city.area),
        "opEmpName": step.person,
        "scanType": event.code,
        "memo": event.text,
        "issueName": (step.act == Act::Problem).then_some("客户要求改时间派送"),
        "signoffPeople": signed,
        "nextOrgName": next,
    })
}
