//! EMS 邮政: the page asks for the routes itself. Times are minutes, and a day's last one alone has a date.

use serde_json::{Value, json};

use super::look::Look;
use crate::answer::{Answer, Ask};
use crate::carrier::Carrier;
use crate::life::{Act, Step};
use crate::parcel::Event;
use crate::words::site;

pub const PAGE: &str = include_str!("../../pages/ems.html");
pub const LOOKUP: &str = "/ems/apple/getMailNoRoutes";

/// The code is `opStateCode`.
pub fn tell(step: &Step) -> (&'static str, String) {
    let here = || site(Carrier::Ems, step.stop);
    let (who, city) = (step.person, step.stop.city.name);
    let (code, text) = match step.act {
        Act::PickedUp => ("203", "中国邮政 已收取快件".into()),
        Act::Departed if step.stop.hub => ("389", format!("快件离开【{}】，正在发往下一站", here())),
        Act::Departed => ("305", format!("快件离开【{}】，正在发往【{}】", here(), site(Carrier::Ems, step.next))),
        Act::Arrived | Act::Assigned if step.stop.hub => ("954", format!("快件到达【{}】", here())),
        Act::Arrived | Act::Assigned => ("306", format!("快件到达【{}】，预计今日投递", here())),
        Act::OutForDelivery => {
            ("702", format!("快件正在派送中，请耐心等待，保持电话畅通，准备签收，如有疑问请电联快递员【{who}，电话:*】"))
        }
        Act::Problem => ("705", "快件未妥投，原因：收件人名址有误，将再次投递".into()),
        Act::InLocker => ("747", format!("快件已存放至【{}邮政自提点】，请凭取件码领取", step.stop.city.quarter)),
        Act::Retaken => ("749", format!("投递员【{who}】已将快件取走，安排再次投递")),
        Act::Revoked => ("743", "投递结果撤销，快件未妥投，将重新投递".into()),
        Act::Returning => ("708", format!("收件人拒收，快件由【{}】办理退回", here())),
        Act::Collected => ("748", "收件人已取走邮件".into()),
        Act::Signed => ("704", format!("您的快件已签收【{who}】，感谢您使用中国邮政，期待再次为您服务。")),
    };
    (code, format!("{city}，{text}"))
}

/// The name of a code, and its stage: code and name.
pub fn stage(code: &str) -> (&'static str, &'static str, &'static str) {
    match code {
        "203" => ("收寄计费信息", "5", "已揽收"),
        "305" => ("揽投发运/封车", "6", "运送中"),
        "389" => ("处理中心封车", "6", "运送中"),
        "954" => ("邮件到达处理中心", "6", "运送中"),
        "306" => ("揽投解车", "6", "运送中"),
        "708" => ("退件登记", "6", "运送中"),
        "702" => ("投递邮件接收-下段", "11", "派送中"),
        "705" => ("投递结果反馈-未妥投", "11", "派送中"),
        "743" => ("投递妥投撤销", "11", "派送中"),
        "747" => ("包裹柜/自提点已接收", "11", "派送中"),
        "749" => ("投递员取走邮件", "11", "派送中"),
        "748" => ("收件人已取走邮件", "18", "已签收"),
        "704" => ("投递结果反馈-妥投", "18", "已签收"),
        _ => unreachable!("no step has code `{code}`"),
    }
}

pub fn number(ask: &Ask, _query: &str) -> Option<String> {
    let wish: Value = serde_json::from_slice(&ask.body).ok()?;
    wish["mailNum"].as_str().map(str::to_owned)
}

pub fn lookup(look: &Look) -> Answer {
    let events = look.oldest_first();
    let is_last_of_day = |i: usize| events.get(i + 1).is_none_or(|next| day(next) != day(events[i]));
    let routes = events.iter().enumerate().map(|(i, event)| route(look, event, is_last_of_day(i))).collect::<Vec<_>>();
    let found = json!({ "resCode": "true", "resMsg": "查询结果正常返回！", "resObj": routes });
    let list = if look.is_known() { json!([found]) } else { json!([]) };
    Answer::json(&json!({ "success": true, "value": { "domesticMailResultDtoList": list }, "message": "" }))
}

fn day(event: &Event) -> String {
    event.china_time()[..10].to_owned()
}

fn route(look: &Look, event: &Event, dated: bool) -> Value {
    let (state, op_code, op_name) = stage(event.code);
    let (time, city) = (event.china_time(), event.step.stop.city);
    let minute = &time[..16];
    let mut route = json!({
        "traceNo": look.number(),
        "opTime": if dated { minute } else { &minute[11..] },
        "opCode": op_code,
        "opName": op_name,
        "opDesc": event.text,
        "opOrgProvName": city.province,
        "opOrgCity": city.name,
        "opOrgCode": format!("{:0>4}0{}", city.area, u8::from(event.step.stop.hub)),
        "opOrgName": site(Carrier::Ems, event.step.stop),
        "operatorNo": "*",
        "operatorName": "*",
        "notes": "",
        "productName": "快递包裹",
        "bubbleTime": minute,
        "isOne": "false",
        "traceType": "国内",
        "opStateCode": event.code,
        "opStateName": state,
        "logo": "邮政",
    });
    match event.step.act {
        Act::Departed => route["nextOrgName"] = site(Carrier::Ems, event.step.next).into(),
        Act::Signed => {
            route["deliverState"] = "10".into();
            route["detailOpTime"] = time.into();
        }
        _ => {}
    }
    route
}
