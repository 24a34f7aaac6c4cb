//! J&T 极兔: every word of the rows is drawn, and nowhere in the document.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::look::Look;
use super::template::Data;
use crate::carrier::Carrier;
use crate::life::{Act, Step};
use crate::parcel::Event;
use crate::words::site;

pub const PAGE: &str = include_str!("../../pages/jt.html");

/// The text is the interface's; the page shows the code, the time and the city.
pub fn tell(step: &Step) -> (&'static str, String) {
    let here = || site(Carrier::Jt, step.stop);
    let (who, city) = (step.person, step.stop.city.name);
    match step.act {
        Act::PickedUp => ("快件揽收", format!("【{city}】【{}】的{who}(157********)已取件", here())),
        Act::Departed => ("发件", format!("【{city}】快件离开【{}】已发往【{}】", here(), site(Carrier::Jt, step.next))),
        Act::Arrived | Act::Assigned => ("到件", format!("【{city}】快件到达【{}】", here())),
        Act::OutForDelivery => ("出仓", format!("【{city}】【{}】的{who}(139********)正在派件，请您准备签收", here())),
        Act::Problem | Act::Revoked => ("问题件", format!("【{city}】快件异常，收件人联系不上，登记人{who}")),
        Act::InLocker => ("代理点收入", format!("【{city}】快件已存放至【{}兔喜生活店】，请凭取件码领取", step.stop.city.quarter)),
        Act::Retaken => ("快件取出", format!("【{city}】快递员{who}已将快件从代理点取出")),
        Act::Returning => ("退件", format!("【{city}】收件人拒收，快件由【{}】退回", here())),
        Act::Collected => ("快件签收", format!("【{city}】快件已凭取件码签收")),
        Act::Signed => ("快件签收", format!("【{city}】包裹已签收，签收人：{who}")),
    }
}

pub fn data(look: &Look) -> Data {
    let scans = look.newest_first().iter().map(|event| scan(event)).collect::<Vec<_>>();
    let track = json!({ "bill": look.number(), "scans": scans });
    Data::default().text("packed", STANDARD.encode(track.to_string())).when("pager", look.has_more())
}

fn scan(event: &Event) -> Value {
    json!({ "time": event.china_time(), "city": event.step.stop.city.short, "status": event.code })
}
