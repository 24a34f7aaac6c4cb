//! STO's push: a signed form with one scan, whose own name tells a repeat.

use serde_json::{Value, json};

use crate::life::Act;
use crate::parcel::Parcel;
use crate::push::{Due, Push};
use crate::sign;
use crate::sto_api::trace;

pub fn push(due: &Due) -> Push {
    let content = content(due).to_string();
    let account = &due.world.accounts.sto;
    Push::form([
        ("content", &*content),
        ("data_digest", &sign::sto(&content, &account.secret_key)),
        ("api_name", "STO_TRACE_PLATFORM_PUSH"),
        ("from_appkey", "sto_trace_platform"),
        ("from_code", "sto_trace_platform"),
        ("to_appkey", &account.app_key),
        ("to_code", &account.app_key),
    ])
}

fn content(due: &Due) -> Value {
    let (parcel, step) = (due.parcel, due.event.step);
    let mut trace = trace(due.event);
    trace["outBizCode"] = format!("{:016x}-{}", parcel.dice("push").draw(), step.offset).into();
    trace["opOrgType"] = match step.act {
        Act::InLocker | Act::Collected | Act::Retaken => "3",
        _ if step.stop.hub => "2",
        _ => "1",
    }
    .into();
    trace["tz"] = "+08:00".into();
    json!({ "waybillNo": parcel.number, "linkCode": format!("PH{}", parcel.number), "trace": trace })
}

/// The reply names the waybill and wants no repetition.
pub fn accepts(reply: &[u8], parcel: &Parcel) -> bool {
    let Ok(reply) = serde_json::from_slice::<Value>(reply) else { return false };
    let data = &reply["data"];
    reply["success"] == true && reply["errorCode"] == "0" && data["waybillNo"] == *parcel.number && data["needRetry"] == false
}
