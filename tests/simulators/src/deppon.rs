//! Deppon 德邦: digest of 44 characters, two codes for one customer, newest first, a site now and then missing.

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

/// Why a request is turned away; the two interfaces say it in different fields.
struct Refused {
    reason: &'static str,
    code: &'static str,
    message: &'static str,
}

const fn refused(reason: &'static str, code: &'static str, message: &'static str) -> Refused {
    Refused { reason, code, message }
}

/// `POST /deppon/dop-interface-sync/standard-query/newTraceQuery.action`
pub fn query(world: &World, ask: &Ask) -> Answer {
    traces(world, ask).unwrap_or_else(|no| {
        let body = json!({
            "result": "false", "reason": no.message, "resultCode": no.code, "responseParam": null,
            "uniquerRequestNumber": request_number(ask),
        });
        no.answer(&body)
    })
}

/// `POST /deppon/dop-interface-sync/dop-nonstandard-extension/standTraceSubscribe.action`
pub fn subscribe(world: &World, ask: &Ask) -> Answer {
    let reply = |good: bool, code: &str, message: &str| json!({ "result": good, "error_message": message, "error_code": code, "success": good, "uniquerRequestNumber": request_number(ask) });
    match register(world, ask) {
        Ok(()) => Answer::json(&reply(true, "1000", "订阅成功")),
        Err(no) => no.answer(&reply(false, no.code, no.message)),
    }
}

fn traces(world: &World, ask: &Ask) -> Result<Answer, Refused> {
    let params = admit(world, ask)?;
    let number = text(&params, "mailNo").ok_or(refused("2006-number", "2006", "参数校验失败:运单号不能为空"))?;
    let customer = text(&params, "customerCode").ok_or(refused("2006-customer", "2006", "参数校验失败:customerCode不能为空"))?;
    if customer != world.accounts.deppon.customer_code {
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

fn admit(world: &World, ask: &Ask) -> Result<Value, Refused> {
    let form = ask.form();
    let fields = ["companyCode", "timestamp", "digest", "params"].map(|name| form.one(name));
    let [Some(company), Some(timestamp), Some(digest), Some(params)] = fields else {
        return Err(refused("2006-fields", "2006", "参数校验失败"));
    };
    let account = &world.accounts.deppon;
    if company != account.company_code {
        return Err(refused("3002-company", "3002", "无接口权限"));
    }
    if !ask.is_fresh(timestamp) {
        return Err(refused("2006-timestamp", "2006", "参数校验失败:时间戳已过期"));
    }
    // The code for a bad digest is not published; it is a matter of permission like the company's.
    if digest != sign::deppon(params, &account.appkey, timestamp) {
        return Err(refused("3002-digest", "3002", "无接口权限:摘要校验失败"));
    }
    serde_json::from_str(params).ok().filter(Value::is_object).ok_or(refused("2006-params", "2006", "参数校验失败:params格式不正确"))
}

fn count(world: &World, ask: &Ask, interface: Interface) -> Result<(), Refused> {
    let open = world.admit(Deppon, interface, ask.now_ms);
    open.then_some(()).ok_or(refused("429-quota", "2006", "访问过于频繁"))
}

impl Refused {
    fn answer(&self, body: &Value) -> Answer {
        if self.reason == "429-quota" { Answer::too_many(body) } else { Answer::refusal(self.reason, body) }
    }
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

fn request_number(ask: &Ask) -> String {
    format!("{}{:04}", ask.now_ms, ask.body.len() % 10_000)
}

pub fn push(due: &Due) -> Push {
    let traces = [trace(due.parcel, due.event)];
    let params = json!({ "track_list": [{ "trace_list": traces, "tracking_number": due.parcel.number }] }).to_string();
    let account = &due.accounts.deppon;
    let timestamp = due.now_ms.to_string();
    let digest = sign::deppon(&params, &account.appkey, &timestamp);
    Push::form([("params", &*params), ("digest", &digest), ("timestamp", &timestamp), ("companyCode", &account.company_code)])
}

pub fn accepts(reply: &[u8]) -> bool {
    let good = |v: Value| v["success"] == true && v["result"] == true && v["error_code"] == "1000";
    serde_json::from_slice(reply).is_ok_and(good)
}
