//! Danniao 丹鸟: the page asks for JSON. Only the parcel has a status word; its steps have time and text.

use serde_json::{Value, json};

use super::look::Look;
use crate::answer::{Answer, Ask};
use crate::carrier::Carrier;
use crate::life::{Act, Step};
use crate::parcel::Event;
use crate::words::site;

pub const PAGE: &str = include_str!("../../pages/danniao.html");
pub const LOOKUP: &str = "/danniao/logisticsDetails/lpcPackPubQuery";

/// The code is the status word that the parcel has from this step on.
pub fn tell(step: &Step) -> (&'static str, String) {
    let here = || site(Carrier::Danniao, step.stop);
    let who = step.person;
    match step.act {
        Act::PickedUp => ("已揽收", format!("【{}】包裹已揽收", here())),
        Act::Departed => ("运输中", format!("包裹离开【{}】，发往【{}】", here(), site(Carrier::Danniao, step.next))),
        Act::Arrived | Act::Assigned if step.stop.hub => ("运输中", format!("包裹到达【{}】", here())),
        Act::Arrived | Act::Assigned => ("运输中", format!("包裹到达【{}】，预计今日送达", here())),
        Act::OutForDelivery => ("派送中", format!("【{}】派件员{who}(138********)正在为您派件，请您准备签收", here())),
        Act::Problem | Act::Revoked => ("派送异常", "派件不成功，收件人电话无人接听，包裹滞留站点".into()),
        Act::InLocker => ("待取件", format!("包裹已放入【{}菜鸟驿站】，请凭取件码领取", step.stop.city.quarter)),
        Act::Retaken => ("派送中", format!("派件员{who}已将包裹从驿站取出，安排再次派送")),
        Act::Returning => ("退回中", "收件人拒收，包裹退回商家".into()),
        Act::Collected => ("已签收", "包裹已凭取件码签收".into()),
        Act::Signed => ("已签收", format!("包裹已签收，签收人：{who}")),
    }
}

pub fn number(_ask: &Ask, query: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "mailNoList").map(|(_, number)| number.into_owned())
}

pub fn lookup(look: &Look) -> Answer {
    let events = look.newest_first();
    let status = events.first().map_or("", |event| event.code);
    let detail = events.iter().map(|event| step(event)).collect::<Vec<_>>();
    let found = json!({ "mailNo": look.number(), "logisticsStatusDesc": status, "fullTraceDetail": detail });
    let data = if look.is_known() { json!([found]) } else { json!([]) };
    Answer::json(&json!({ "success": true, "data": data }))
}

fn step(event: &Event) -> Value {
    json!({ "time": event.china_time(), "desc": event.text })
}
