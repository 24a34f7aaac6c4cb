//! SF's push: JSON, unsigned, one route at a time.

use serde_json::{Value, json};

use crate::push::{Due, Push};

pub fn push(due: &Due) -> Push {
    let (parcel, route) = (due.parcel, due.event);
    let id = parcel.dice("push").below(900_000_000_000_000) + 100_000_000_000_000 + u64::from(route.step.offset);
    let (reason_code, reason) = if route.code == "70" { ("14", "联系不上收件人") } else { ("", "") };
    Push::json(&json!({ "Body": { "WaybillRoute": [{
        "mailno": parcel.number,
        "orderid": format!("PH-{}", &parcel.number[2..]),
        "id": id.to_string(),
        "acceptTime": route.china_time(),
        "acceptAddress": route.step.stop.city.name,
        "remark": route.text,
        "opCode": route.code,
        "reasonCode": reason_code,
        "reasonName": reason,
    }] } }))
}

/// The reply must be exactly this.
pub fn accepts(reply: &[u8]) -> bool {
    serde_json::from_slice::<Value>(reply).is_ok_and(|v| v == json!({ "return_code": "0000", "return_msg": "成功" }))
}
