//! STO 申通: a table in the page itself, as it was in 2016. A text begins with the scan's word.

use super::look::Look;
use super::template::{Data, escape};
use crate::carrier::Carrier;
use crate::life::{Act, Step};
use crate::parcel::Event;
use crate::words::site;

pub const PAGE: &str = include_str!("../../pages/sto.html");

pub fn tell(step: &Step) -> (&'static str, String) {
    let here = || site(Carrier::Sto, step.stop);
    let (who, quarter) = (step.person, step.stop.city.quarter);
    let (code, text) = match step.act {
        Act::PickedUp => ("收件", format!("【{}】的【{who}】已收件,扫描员是【{who}】", here())),
        Act::Departed => ("发件", format!("快件在【{}】由【{who}】扫描发往【{}】", here(), site(Carrier::Sto, step.next))),
        Act::Arrived | Act::Assigned => ("到件", format!("快件到达【{}】,上一站是【】,扫描员是【{who}】", here())),
        Act::OutForDelivery if step.offset.is_multiple_of(2) => {
            ("派件", format!("【{}】的【{who} 手机(177********)】正在派件,请您准备签收", here()))
        }
        Act::OutForDelivery => ("派件", format!("【{}】的【{who} 手机(177********)】正在派件,扫描员是【{who}】", here())),
        Act::Problem | Act::Revoked => ("问题件", format!("【{}】的【{who}】已进行【问题件】扫描,原因:客户要求改时间派送", here())),
        Act::InLocker => ("柜机代收", format!("快件已暂存至【{quarter}丰巢柜】,请凭取件码及时领取")),
        Act::Retaken => ("快件取出", format!("快递员【{who}】取消派件将快件取出,网点是【{}】", here())),
        Act::Returning => ("退回件", format!("快件由【{}】退回,原因:收件人拒收", here())),
        Act::Collected => ("签收", "已签收,签收人是:【凭取件码取件】".into()),
        Act::Signed => ("签收", format!("已签收,签收人是:【{who}】")),
    };
    (code, format!("【{code}】{text}"))
}

pub fn data(look: &Look) -> Data {
    let events = look.newest_first();
    let rows = events.iter().map(|event| row(event)).collect::<Vec<_>>();
    let found = milestones(look).when("empty", rows.is_empty()).when("pager", look.has_more()).each("row", rows);
    let found = if look.is_known() { vec![found] } else { vec![] };
    Data::default().text("number", look.number()).when("none", !look.is_known()).each("found", found)
}

fn row(event: &Event) -> Data {
    let place = site(Carrier::Sto, event.step.stop);
    let link = format!("【<a href=\"site.aspx?name={0}\">{0}</a>】", escape(&place));
    Data::default().text("time", slashes(event)).text("text", escape(&event.text).replace(&format!("【{}】", escape(&place)), &link))
}

/// When the parcel passed the four stages; empty where it did not.
fn milestones(look: &Look) -> Data {
    let events = look.oldest_first();
    let first = |act: Act| events.iter().find(|event| event.step.act == act);
    let signed = events.iter().rfind(|event| matches!(event.step.act, Act::Signed | Act::Collected));
    let time = |event: Option<&&Event>| event.map(|event| slashes(event)).unwrap_or_default();
    Data::default()
        .text("time1", time(first(Act::PickedUp)))
        .text("time2", time(first(Act::Departed)))
        .text("time3", time(first(Act::OutForDelivery)))
        .text("time4", time(signed))
}

/// `2016/08/29 11:49:22`
fn slashes(event: &Event) -> String {
    event.china_time().replace('-', "/")
}
