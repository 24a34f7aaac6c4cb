//! Yunda 韵达: GBK, and a table that a script fills from "time,text;time,text".

use super::look::Look;
use super::template::{Data, quote};
use crate::carrier::Carrier;
use crate::life::{Act, Step};
use crate::words::site;

pub const PAGE: &str = include_str!("../../pages/yunda.html");

/// The page shows no code. No text holds a comma or a semicolon of ASCII: they part the answer.
pub fn tell(step: &Step) -> (&'static str, String) {
    let here = || format!("到达：{}", site(Carrier::Yunda, step.stop));
    let (who, quarter) = (step.person, step.stop.city.quarter);
    let text = match step.act {
        Act::PickedUp => format!("{} 已收件", here()),
        Act::Departed => format!("{} 发往：{}", here(), site(Carrier::Yunda, step.next)),
        Act::Arrived | Act::Assigned => format!("{} 上级站点：{}分拨中心", here(), step.stop.city.short),
        Act::OutForDelivery if step.offset.is_multiple_of(2) => format!("{} 指定：{who}(138********) 派送，请您准备签收", here()),
        Act::OutForDelivery => format!("{} 指定：{who}(138********) 派送", here()),
        Act::Problem | Act::Revoked => format!("{} 问题件：收件人电话无人接听，改日再派", here()),
        Act::InLocker => format!("{} 快件已存放至{quarter}韵达超市，请凭取货码领取", here()),
        Act::Retaken => format!("{} 快递员{who}取消派件将快件取出", here()),
        Act::Returning => format!("{} 收件人拒收，快件退回", here()),
        Act::Collected => format!("{} 由 凭取货码 签收", here()),
        Act::Signed => format!("{} 由 {who} 签收", here()),
    };
    ("", text)
}

pub fn data(look: &Look) -> Data {
    let steps = look.oldest_first().iter().map(|event| format!("{},{}", event.china_time(), event.text)).collect::<Vec<_>>();
    let none = if look.is_known() { "该单号暂无物流信息" } else { "此单号无物流信息记录" };
    Data::default()
        .text("number", look.number())
        .text("answer", quote(&steps.join(";")))
        .text("none", quote(none))
        .when("pager", look.has_more())
}
