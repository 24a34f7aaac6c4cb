//! ZJS 宅急送: the page asks for XML, in which one step is an element and several are several.

use super::look::Look;
use super::template::escape;
use crate::answer::{Answer, Ask};
use crate::carrier::Carrier;
use crate::life::{Act, Step};
use crate::parcel::Event;
use crate::words::site;

pub const PAGE: &str = include_str!("../../pages/zjs.html");
pub const LOOKUP: &str = "/zjs/api/tracking.jspx";

/// Free text; there are no codes.
pub fn tell(step: &Step) -> (&'static str, String) {
    let here = || site(Carrier::Zjs, step.stop);
    let (who, quarter) = (step.person, step.stop.city.quarter);
    let text = match step.act {
        Act::PickedUp => format!("【{}】取件员{who}已取件", here()),
        Act::Departed => format!("快件离开【{}】，发往【{}】", here(), site(Carrier::Zjs, step.next)),
        Act::Arrived | Act::Assigned => format!("快件到达【{}】", here()),
        Act::OutForDelivery if step.offset.is_multiple_of(2) => format!("【{}】派送员{who}(139********)正在派件，请您准备签收", here()),
        Act::OutForDelivery => format!("【{}】派送员{who}(139********)正在派件", here()),
        Act::Problem | Act::Revoked => format!("【{}】派件不成功，客户要求改期派送", here()),
        Act::InLocker => format!("快件已投放至【{quarter}自提柜】，请凭取货码领取"),
        Act::Retaken => format!("派送员{who}取消派件将快件取出"),
        Act::Returning => format!("收件人拒收，快件由【{}】退回", here()),
        Act::Collected => "客户已取件".into(),
        Act::Signed => format!("快件已签收，签收人：{who}"),
    };
    ("", text)
}

pub fn number(ask: &Ask, _query: &str) -> Option<String> {
    ask.form().one("orderNos").map(str::to_owned)
}

pub fn lookup(look: &Look) -> Answer {
    let order = if look.is_known() {
        order(look)
    } else {
        format!("{}<error>没有查到此运单的信息</error>", element("mailNo", look.number()))
    };
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    Answer::of("text/xml; charset=UTF-8", format!("{head}<BatchQueryResponse><orders><order>{order}</order></orders></BatchQueryResponse>"))
}

fn order(look: &Look) -> String {
    let events = look.oldest_first();
    let steps = events.iter().map(|event| step(event)).collect::<String>();
    let last = events.last().copied();
    let time = last.map(Event::china_time).unwrap_or_default();
    let signer =
        last.filter(|event| event.step.act == Act::Signed).map(|event| element("signinPer", event.step.person)).unwrap_or_default();
    [
        element("mailNo", look.number()),
        element("orderStatus", status(last)),
        element("statusTime", &time),
        signer,
        format!("<steps>{steps}</steps>"),
    ]
    .concat()
}

fn status(last: Option<&Event>) -> &'static str {
    match last.map(|event| event.step.act) {
        None => "",
        Some(Act::Signed | Act::Collected) => "SIGNED",
        Some(Act::Problem | Act::Returning) => "FAILED",
        Some(_) => "GOT",
    }
}

fn step(event: &Event) -> String {
    format!("<step>{}{}</step>", element("acceptTime", &event.china_time()), element("acceptAddress", &event.text))
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}
