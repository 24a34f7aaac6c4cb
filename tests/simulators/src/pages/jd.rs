//! JD 京东物流: an invented page that wants a number typed and a button pressed; the words are the pushes'.

use serde_json::{Value, json};

use super::look::Look;
use super::template::Data;
use crate::answer::{Answer, Ask};
use crate::carrier::Carrier;
use crate::life::{Act, Step};
use crate::parcel::Event;
use crate::words::site;

pub const PAGE: &str = include_str!("../../pages/jd.html");
pub const LOOKUP: &str = "/jd/trackQuery/trace";

pub fn tell(step: &Step) -> (&'static str, String) {
    let here = || site(Carrier::Jd, step.stop);
    let who = step.person;
    match step.act {
        Act::PickedUp => ("200001", "京东快递 已收取快件".into()),
        Act::Departed => ("200076", format!("您的快件已由【{}】发车，发往【{}】", here(), site(Carrier::Jd, step.next))),
        Act::Arrived | Act::Assigned if step.stop.hub => ("10032", format!("您的快件已到达【{}】", here())),
        Act::Arrived | Act::Assigned => ("200075", format!("您的快件已到达【{}】，预计今日送达", here())),
        Act::OutForDelivery => ("11000", format!("您的快件正在派送中，请您准备签收（快递员：{who}，联系电话：138********）")),
        Act::Problem | Act::Revoked => ("200031", "收件人电话无人接听，快件待再次投递".into()),
        Act::InLocker => ("200051", format!("您的快件已暂存至【{}自提柜】，请凭取件码领取", step.stop.city.quarter)),
        Act::Retaken => ("200003", format!("快递员{who}已将快件从自提柜取出，安排再次投递")),
        Act::Returning => ("10035", "收件人拒收，快件将退回寄件人".into()),
        Act::Collected => ("10034", "您的快件已凭取件码取出，感谢您使用京东物流".into()),
        Act::Signed => ("10034", format!("您的快件已由【{who}】签收，感谢您使用京东物流，期待再次为您服务。")),
    }
}

pub fn title(state: &str) -> &'static str {
    match state {
        "200001" => "揽收",
        "200076" => "封车",
        "10032" => "分拣验收",
        "200075" => "站点收货",
        "11000" => "派件",
        "200031" => "待再投",
        "200051" => "自提上架",
        "200003" => "站点再投",
        "10035" => "拒收",
        "10034" => "妥投",
        _ => unreachable!("no step has state `{state}`"),
    }
}

pub fn data(look: &Look) -> Data {
    Data::default().when("pager", look.is_paged())
}

pub fn number(ask: &Ask, _query: &str) -> Option<String> {
    ask.form().one("waybillCode").map(str::to_owned)
}

pub fn lookup(look: &Look) -> Answer {
    let traces = look.newest_first().iter().map(|event| trace(event)).collect::<Vec<_>>();
    Answer::json(&json!({ "found": look.is_known(), "waybillCode": look.number(), "traces": traces, "more": look.has_more() }))
}

fn trace(event: &Event) -> Value {
    json!({
        "operationTime": event.china_time(),
        "operationTitle": title(event.code),
        "operationRemark": event.text,
        "state": event.code,
    })
}
