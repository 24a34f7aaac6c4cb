//! EMS's push: one scan, sealed as its customers seal their requests, in a wrapper with a serial number.

use serde_json::{Value, json};

use crate::accounts::Ems;
use crate::carrier::Carrier;
use crate::life::Act;
use crate::pages::ems::stage;
use crate::parcel::{Event, Parcel, china_time};
use crate::push::{Due, Push};
use crate::sign;
use crate::words::site;

pub fn push(due: &Due) -> Push {
    let account = &due.world.accounts.ems;
    Push::json(&json!({
        "logitcsInterface": sign::ems(&scan(due).to_string(), &account.sm4_key),
        "method": "040002",
        "msgType": "0",
        "senderNo": account.sender_no,
        "serialNo": serial(due.parcel, due.event),
        "timeStamp": china_time(due.now_ms / 1000),
        "version": "v1.0.0",
    }))
}

fn scan(due: &Due) -> Value {
    let (parcel, event) = (due.parcel, due.event);
    let (step, city) = (event.step, event.step.stop.city);
    json!({
        "waybillNo": parcel.number,
        "orderNo": format!("PH{}", parcel.number),
        "opTime": event.china_time(),
        "opCode": event.code,
        "opName": stage(event.code).0,
        "opDesc": event.text,
        "opOrgProvName": city.province,
        "opOrgCity": city.name,
        "opOrgCode": format!("{:0>4}0{}", city.area, u8::from(step.stop.hub)),
        "opOrgName": site(Carrier::Ems, step.stop),
        "operatorNo": "********",
        "operatorName": "*",
        "deliverCode": (step.act == Act::Signed).then_some("10"),
    })
}

/// The same for a repetition.
fn serial(parcel: &Parcel, event: &Event) -> String {
    format!("{:016X}{:016X}", parcel.dice("push").draw(), event.step.offset)
}

/// The reply names the push and the customer.
pub fn accepts(reply: &[u8], account: &Ems, event: &Event, parcel: &Parcel) -> bool {
    let Ok(reply) = serde_json::from_slice::<Value>(reply) else { return false };
    reply["code"] == "00000"
        && reply["serialNo"] == *serial(parcel, event)
        && reply["senderNo"] == *account.sender_no
        && reply["codeMessage"].is_string()
}
