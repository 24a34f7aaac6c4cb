//! JD's push: one event as JSON, unsigned. The reply that it requires is not known: this judge wants a
//! success in HTTP, in a word and in a code, as JD's own services answer (inferred).

use serde_json::{Value, json};

use crate::carrier::Carrier;
use crate::life::Act;
use crate::pages::jd::title;
use crate::push::{Due, Push};
use crate::words::site;

/// The parcel's category after the event, and its name.
fn category(act: Act) -> (u32, &'static str) {
    match act {
        Act::PickedUp => (420, "已揽收"),
        Act::Departed | Act::Arrived | Act::Assigned => (430, "运输中"),
        Act::OutForDelivery | Act::Problem | Act::Revoked | Act::InLocker | Act::Retaken => (440, "派送中"),
        Act::Collected | Act::Signed => (510, "妥投"),
        Act::Returning => (530, "拒收"),
    }
}

pub fn push(due: &Due) -> Push {
    let (parcel, event) = (due.parcel, due.event);
    let (step, city) = (event.step, event.step.stop.city);
    let (category, name) = category(step.act);
    Push::json(&json!({
        "waybillCode": parcel.number,
        "orderId": format!("PH{}", &parcel.number[2..]),
        "operationTime": event.china_time(),
        "operationTitle": title(event.code),
        "operationRemark": event.text,
        "category": category,
        "categoryName": name,
        "state": event.code,
        "scanType": "10",
        "operateSite": site(Carrier::Jd, step.stop),
        "operateSiteId": format!("{}{:04}", city.area, u8::from(step.stop.hub)),
        "routeProvinceName": city.province,
        "routeCityName": city.name,
        "routeDistrictName": city.district,
        "routeAddress": format!("{}{}{}", city.name, city.district, city.quarter),
    }))
}

pub fn accepts(reply: &[u8]) -> bool {
    serde_json::from_slice::<Value>(reply).is_ok_and(|v| v["success"] == true && v["code"] == 0)
}
