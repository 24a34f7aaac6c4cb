//! J&T's push: a form that is signed in its headers; the types of scans are numbers.

use serde_json::{Value, json};

use crate::jt_api::scan;
use crate::life::Act;
use crate::push::{Due, Push};
use crate::sign;

/// The node that a subscription names.
fn node(act: Act) -> &'static str {
    match act {
        Act::PickedUp => "1",
        Act::Departed => "3",
        Act::Arrived | Act::Assigned => "4",
        Act::OutForDelivery => "5",
        Act::InLocker => "7",
        Act::Retaken => "8",
        Act::Collected | Act::Signed => "10",
        Act::Problem | Act::Revoked => "11",
        Act::Returning => "14",
    }
}

pub fn push(due: &Due) -> Push {
    let (number, account) = (&due.parcel.number, &due.world.accounts.jt);
    let mut scan = scan(due.event);
    scan["billCode"] = number.as_str().into();
    scan["scanType"] = node(due.event.step.act).into();
    let content = json!({ "billCode": number, "txlogisticId": format!("PH{}", &number[2..]), "details": [scan] }).to_string();
    let digest = sign::jt(&content, &account.private_key);
    let headers = [("apiAccount", account.api_account.clone()), ("digest", digest), ("timestamp", due.now_ms.to_string())];
    Push::form([("bizContent", &*content)]).with_headers(headers)
}

pub fn accepts(reply: &[u8]) -> bool {
    let Ok(reply) = serde_json::from_slice::<Value>(reply) else { return false };
    reply["code"] == "1" && reply["data"] == "SUCCESS" && reply["msg"].is_string() && reply["requestId"].is_string()
}
