//! What each carrier calls a step, in the style of its real answers; names and depots are invented.

use std::borrow::Cow;

use crate::carrier::Carrier;
use crate::life::{Act, Step, Stop};
use crate::pages::{danniao, ems, jd, jt, sto, yunda, zjs};
use crate::parcel::{Event, Parcel};
use crate::places::City;

/// The code of the tracking interface or the page, and the wording. Detours happen to carriers with a page only; the others
/// have words for them all the same.
pub fn tell(carrier: Carrier, step: &Step) -> (&'static str, String) {
    match carrier {
        Carrier::Sf => sf(step),
        Carrier::Zto => zto(step),
        Carrier::Yto => yto(step),
        Carrier::Deppon => deppon(step),
        Carrier::Sto => sto::tell(step),
        Carrier::Yunda => yunda::tell(step),
        Carrier::Jt => jt::tell(step),
        Carrier::Ems => ems::tell(step),
        Carrier::Jd => jd::tell(step),
        Carrier::Zjs => zjs::tell(step),
        Carrier::Danniao => danniao::tell(step),
    }
}

/// What the carrier calls the depot.
pub fn site(carrier: Carrier, stop: Stop) -> String {
    let city = stop.city;
    match (carrier, stop.hub) {
        (Carrier::Sf, true) => format!("{}{}中转场", city.short, city.quarter),
        (Carrier::Sf, false) => format!("{}{}营业点", city.short, city.quarter),
        (Carrier::Zto, true) => format!("{}中转部", city.short),
        (Carrier::Zto, false) => format!("{}{}", city.short, city.quarter),
        (Carrier::Yto, true) => format!("{}转运中心直营公司", city.short),
        (Carrier::Yto, false) => format!("{}{}{}{}", city.province, city.name, city.district, city.quarter),
        (Carrier::Deppon, true) => format!("{}转运中心", city.name),
        (Carrier::Deppon, false) => format!("{}{}{}营业部", city.name, city.district, city.quarter),
        (Carrier::Sto, true) => format!("{}{}转运中心", in_province(city), city.short),
        (Carrier::Sto, false) => format!("{}{}{}公司", in_province(city), city.short, city.quarter),
        (Carrier::Yunda, true) => format!("{}{}分拨中心", in_province(city), city.short),
        (Carrier::Yunda, false) => format!("{}{}公司{}分部", in_province(city), city.short, city.quarter),
        (Carrier::Jt, true) => format!("{}转运中心", city.short),
        (Carrier::Jt, false) => format!("{}{}网点", city.short, city.quarter),
        (Carrier::Ems, true) => format!("{}邮件处理中心", city.name),
        (Carrier::Ems, false) => format!("{}{}揽投部", city.name, city.quarter),
        (Carrier::Jd, true) => format!("{}分拣中心", city.short),
        (Carrier::Jd, false) => format!("{}{}营业部", city.short, city.quarter),
        (Carrier::Zjs, true) => format!("{}分拨中心", city.short),
        (Carrier::Zjs, false) => format!("{}{}营业所", city.short, city.quarter),
        (Carrier::Danniao, true) => format!("{}转运分拨中心", city.short),
        (Carrier::Danniao, false) => format!("{}{}站", city.short, city.quarter),
    }
}

/// The place as the tracking interface tells it.
pub fn place(parcel: &Parcel, event: &Event) -> Cow<'static, str> {
    let stop = event.step.stop;
    match parcel.carrier {
        Carrier::Sf => stop.city.name.into(),
        Carrier::Yto => format!("{}{}", stop.city.name, stop.city.district).into(),
        Carrier::Deppon if !deppon_names_site(parcel, event) => stop.city.name.into(),
        Carrier::Zto | Carrier::Deppon => site(parcel.carrier, stop).into(),
        Carrier::Jt => stop.city.short.into(),
        Carrier::Ems => stop.city.name.into(),
        // Their pages name places only within the text.
        Carrier::Sto | Carrier::Yunda | Carrier::Jd | Carrier::Zjs | Carrier::Danniao => "".into(),
    }
}

/// `浙江`, and nothing for cities that are provinces.
fn in_province(city: &City) -> &str {
    if city.province == city.short { "" } else { city.province.trim_end_matches('省') }
}

/// Deppon leaves the site out of some events.
pub fn deppon_names_site(parcel: &Parcel, event: &Event) -> bool {
    !parcel.dice("site").draw().wrapping_add(u64::from(event.step.offset)).is_multiple_of(5)
}

fn sf(step: &Step) -> (&'static str, String) {
    let here = || site(Carrier::Sf, step.stop);
    let there = || site(Carrier::Sf, step.next);
    let who = step.person;
    match step.act {
        Act::PickedUp if step.offset.is_multiple_of(2) => ("54", "顺丰速运 已收取快件".into()),
        Act::PickedUp => ("50", "顺丰速运 已收取快件".into()),
        Act::Departed if step.stop.hub => ("36", format!("快件离开 【{}】，已在发往  【{}】 的路上", here(), there())),
        Act::Departed => ("30", format!("快件在【{}】完成分拣，准备发往 【{}】", here(), there())),
        Act::Arrived => ("31", format!("快件到达 【{}】", here())),
        Act::Assigned => ("44", "我们正在为您的快件分配最合适的快递员，请您稍等。".into()),
        Act::OutForDelivery | Act::Retaken => (
            "204",
            format!(
                "快件交给{who}，正在派送途中（联系电话：188********，顺丰已开启“安全呼叫”保护您的电话隐私,请放心接听！）（主单总件数：1件）"
            ),
        ),
        Act::Problem | Act::Revoked | Act::Returning => ("70", "由于收件客户暂时无法联系，派件不成功，将再次派送".into()),
        Act::InLocker => ("125", format!("快件已由快递员{who}派送至【{}丰巢柜】，请及时取件", step.stop.city.quarter)),
        Act::Collected => ("128", "客户从丰巢取件成功".into()),
        Act::Signed => ("80", format!("您的快件已签收，签收人：{who}，感谢您使用顺丰，期待再次为您服务。（主单总件数：1件）")),
    }
}

fn zto(step: &Step) -> (&'static str, String) {
    let city = step.stop.city;
    let here = || site(Carrier::Zto, step.stop);
    let (who, name, area) = (step.person, city.name, city.area);
    match step.act {
        Act::PickedUp => ("收件", format!("【{name}】【{}】({area}-********)的业务员{who}(157********)已揽收", here())),
        Act::Departed => ("发件", format!("【{name}】快件离开【{}】发往【{}】", here(), site(Carrier::Zto, step.next))),
        Act::Arrived | Act::Assigned => ("到件", format!("【{name}】快件已到达【{}】", here())),
        Act::OutForDelivery | Act::Retaken => {
            ("派件", format!("【{name}】【{}】（{area}-********）的业务员{who}（139********）正在派件", here()))
        }
        Act::Problem | Act::Revoked | Act::Returning => {
            ("问题件", format!("【{}】 的 {who} 已进行【异常件】上报，异常原因：客户要求改时间", here()))
        }
        Act::InLocker => ("ARRIVAL", format!("【{name}】快件已暂放至【{}兔喜生活店】，请凭取件码领取", city.quarter)),
        Act::Collected => ("SIGNED", format!("【{name}】您的快件已在【{}兔喜生活店】凭取件码取出", city.quarter)),
        Act::Signed => ("签收", format!("【{name}】快件已由【{who}】签收，签收网点：【{}】。投诉电话：{area}-********", here())),
    }
}

fn yto(step: &Step) -> (&'static str, String) {
    let here = || site(Carrier::Yto, step.stop);
    let who = step.person;
    match step.act {
        Act::PickedUp => ("GOT", format!("您的快件被【{}】揽收，揽收人: {who}(157********)", here())),
        Act::Departed => ("DEPARTURE", format!("您的快件离开【{}】，已发往【{}】", here(), site(Carrier::Yto, step.next))),
        Act::Arrived | Act::Assigned => ("ARRIVAL", format!("您的快件已经到达【{}】", here())),
        Act::OutForDelivery | Act::Retaken => ("SENT_SCAN", format!("【{}】的快递员{who}（139********）正在为您派件", here())),
        Act::Problem | Act::Revoked | Act::Returning => ("FAILED", "您的快件派送不成功，原因: 收件人电话无人接听".into()),
        Act::InLocker => ("INBOUND", format!("您的快件已放入【{}妈妈驿站】自提柜，请及时取件", step.stop.city.quarter)),
        Act::Collected => ("SIGNED", "您的快件已从自提柜取出，签收人: 凭取件码签收".into()),
        Act::Signed => ("SIGNED", format!("您的快件已签收，签收人: {who}")),
    }
}

fn deppon(step: &Step) -> (&'static str, String) {
    let here = || site(Carrier::Deppon, step.stop);
    let who = step.person;
    match step.act {
        Act::PickedUp => ("GOT", format!("您的订单已被收件员揽收,【{}】库存中", here())),
        Act::Departed => ("DEPARTURE", format!("运输中,离开【{}】,下一站【{}】", here(), site(Carrier::Deppon, step.next))),
        Act::Arrived | Act::Assigned => ("ARRIVAL", format!("运输中,到达【{}】", here())),
        Act::OutForDelivery | Act::Retaken => ("SENT_SCAN", format!("派送中,派送人:{who},派送人电话:***********")),
        Act::Problem | Act::Revoked | Act::Returning => ("ERROR", "派送异常,客户要求延时派送,货物滞留营业部".into()),
        Act::InLocker => ("STA_INBOUND", format!("已放入【{}】自提柜,请凭取件码取件", step.stop.city.quarter)),
        Act::Collected => ("STA_SIGN", "正常签收,签收人类型:凭取件码签收".into()),
        Act::Signed => ("SIGNED", format!("正常签收,签收人类型:{who}")),
    }
}
