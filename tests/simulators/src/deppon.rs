//! Deppon 德邦: digest of 44 characters, two codes for one customer, newest first, a site now and then missing.

mod family;
mod gate;
mod token;
mod v32;

use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Ask};
use crate::carrier::{Carrier::Deppon, Interface};
use crate::dice::Dice;
use crate::parcel::{Event, Parcel};
use crate::push::{Due, Push};
use crate::sign;
use crate::words::{deppon_names_site, site};
use crate::world::World;
use gate::{Refused, admit, count, refused, request_number};

pub use family::Rotation;
pub use token::token;
pub use v32::{V32, V32Change, V32Token};

#[derive(Serialize)]
struct Reply<'a> {
    /// A bool in one reply and a text in another.
    result: Value,
    reason: &'static str,
    #[serde(rename = "resultCode")]
    result_code: &'static str,
    #[serde(rename = "responseParam")]
    response_param: Found<'a>,
    #[serde(rename = "uniquerRequestNumber")]
    request_number: String,
}

#[derive(Serialize)]
struct Found<'a> {
    tracking_number: &'a str,
    trace_list: Vec<Trace<'a>>,
}

#[derive(Serialize)]
struct Trace<'a> {
    city: &'static str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    status: &'static str,
    time: String,
}

/// `POST /deppon/dop-interface-sync/standard-query/newTraceQuery.action`
pub fn query(world: &World, ask: &Ask) -> Answer {
    traces(world, ask).unwrap_or_else(|no| no.of_query(world, ask))
}

/// `POST /deppon/dop-interface-sync/dop-nonstandard-extension/standTraceSubscribe.action`
pub fn subscribe(world: &World, ask: &Ask) -> Answer {
    let reply = |good: bool, code: &str, message: &str| json!({ "result": good, "error_message": message, "error_code": code, "success": good, "uniquerRequestNumber": request_number(ask) });
    match register(world, ask) {
        Ok(()) => Answer::json(&reply(true, "1000", "订阅成功")),
        Err(no) => no.answer(world, ask, &reply(false, no.code, no.message)),
    }
}

fn traces(world: &World, ask: &Ask) -> Result<Answer, Refused> {
    let params = admit(world, ask)?;
    let number = text(&params, "mailNo").ok_or(refused("2006-number", "2006", "参数校验失败:运单号不能为空"))?;
    let customer = text(&params, "customerCode").ok_or(refused("2006-customer", "2006", "参数校验失败:customerCode不能为空"))?;
    if customer != world.deppon_account().customer_code {
        return Err(refused("3002-customer", "3002", "无接口权限:客户编码不正确"));
    }
    count(world, ask, Interface::Query)?;
    let parcel = world.parcel(Deppon, number);
    let events = parcel.as_deref().map_or(&[][..], |p| p.visible(world.story()));
    let trace_list: Vec<_> = parcel.iter().flat_map(|p| events.iter().rev().map(|event| trace(p, event))).collect();
    Ok(Answer::json(&Reply {
        result: if Dice::new(0, &["result", number]).one_in(2) { true.into() } else { "true".into() },
        reason: if trace_list.is_empty() { "暂无查询记录" } else { "成功" },
        result_code: "1000",
        response_param: Found { tracking_number: number, trace_list },
        request_number: request_number(ask),
    }))
}

fn register(world: &World, ask: &Ask) -> Result<(), Refused> {
    let params = admit(world, ask)?;
    let number = text(&params, "tracking_number").ok_or(refused("2006-number", "2006", "参数校验失败:运单号不能为空"))?;
    count(world, ask, Interface::Subscribe)?;
    world.subscribe(Deppon, number);
    Ok(())
}

/// One number in a text; lists are for order calls only.
fn text<'a>(params: &'a Value, name: &str) -> Option<&'a str> {
    params[name].as_str().filter(|v| !v.is_empty() && !v.contains(','))
}

fn trace<'a>(parcel: &Parcel, event: &'a Event) -> Trace<'a> {
    let stop = event.step.stop;
    Trace {
        city: stop.city.name,
        description: &event.text,
        site: deppon_names_site(parcel, event).then(|| site(Deppon, stop)),
        status: event.code,
        time: event.china_time(),
    }
}

pub fn push(due: &Due) -> Push {
    let traces = [trace(due.parcel, due.event)];
    let params = json!({ "track_list": [{ "trace_list": traces, "tracking_number": due.parcel.number }] }).to_string();
    let account = due.world.deppon_account();
    let timestamp = due.now_ms.to_string();
    let digest = sign::deppon(&params, &account.appkey, &timestamp);
    Push::form([("params", &*params), ("digest", &digest), ("timestamp", &timestamp), ("companyCode", &account.company_code)])
}

pub fn accepts(reply: &[u8]) -> bool {
    let good = |v: Value| v["success"] == true && v["result"] == true && v["error_code"] == "1000";
    serde_json::from_slice(reply).is_ok_and(good)
}
