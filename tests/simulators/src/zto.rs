//! ZTO 中通: one waybill a call, digest of the body in a header, epoch milliseconds as number or text.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answer, Ask};
use crate::carrier::{Carrier::Zto, Interface};
use crate::life::{Act, Stop};
use crate::parcel::{Event, Parcel};
use crate::places::City;
use crate::push::{Due, Push};
use crate::sign;
use crate::words::site;
use crate::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    bill_code: String,
    mobile_phone: Option<String>,
}

impl Question {
    fn is_whole(&self) -> bool {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let phone = self.mobile_phone.as_deref().is_none_or(|tail| tail.is_empty() || (tail.len() == 4 && digits(tail)));
        // One waybill a call: a list in one text is no number either.
        phone && self.bill_code.len() >= 8 && self.bill_code.bytes().all(|b| b.is_ascii_alphanumeric())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Scan<'a> {
    bill_code: &'a str,
    scan_type: &'static str,
    scan_date: Value,
    desc: &'a str,
    scan_site: Site,
    pre_or_next_site: Option<Site>,
    sign_man: Option<&'static str>,
    operate_user: Option<&'static str>,
    operate_user_phone: Option<&'static str>,
}

#[derive(Serialize)]
struct Site {
    name: String,
    code: String,
    prov: &'static str,
    city: &'static str,
    phone: Option<String>,
}

impl Site {
    fn of(stop: Stop) -> Self {
        let City { province, name, area, .. } = stop.city;
        let phone = (!stop.hub).then(|| format!("{area}-********"));
        Site { name: site(Zto, stop), code: code(stop), prov: province, city: name, phone }
    }
}

fn code(stop: Stop) -> String {
    format!("{}{:02}", &stop.city.area[1..], if stop.hub { 0 } else { 91 })
}

/// `POST /zto/zto.merchant.waybill.track.query`
pub fn query(world: &World, ask: &Ask) -> Answer {
    let question = match admit(world, ask, Interface::Query) {
        Ok(question) => question,
        Err(refused) => return refused,
    };
    let tail = question.mobile_phone.unwrap_or_default();
    let parcel = world.parcel(Zto, &question.bill_code).filter(|p| p.opens_to(&tail));
    let scans: Vec<Scan> = parcel.as_deref().map_or_else(Vec::new, |p| scans(p, p.visible(world.story())));
    Answer::json(&Reply { message: "请求成功", status_code: "SYS000", status: true, result: Some(scans) })
}

/// `POST /zto/zto.merchant.waybill.track.subsrcibe`
pub fn subscribe(world: &World, ask: &Ask) -> Answer {
    match admit(world, ask, Interface::Subscribe) {
        Err(refused) => refused,
        Ok(question) => {
            world.subscribe(Zto, &question.bill_code);
            Answer::json(&Reply { message: "操作成功", status_code: "SYS000", status: true, result: None })
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    message: &'static str,
    status_code: &'static str,
    status: bool,
    result: Option<Vec<Scan<'a>>>,
}

fn admit(world: &World, ask: &Ask, interface: Interface) -> Result<Question, Answer> {
    let error = |code: &str, message: &str| json!({ "status": false, "statusCode": code, "message": message });
    let account = &world.accounts.zto;
    if ask.header("x-appKey") != Some(&account.app_key) {
        return Err(Answer::refusal("E401-app-key", &error("E401", "appKey不存在")));
    }
    if ask.header("x-dataDigest") != Some(&sign::zto(&ask.body, &account.app_secret)) {
        return Err(Answer::refusal("E401-digest", &error("E401", "签名错误")));
    }
    let question = ask.is("application/json").then(|| serde_json::from_slice(&ask.body).ok()).flatten().filter(Question::is_whole);
    let question = question.ok_or_else(|| Answer::refusal("E403", &error("E403", "参数校验失败")))?;
    if !world.admit(Zto, interface, ask.now_ms) {
        return Err(Answer::too_many(&error("E429", "请求过于频繁")));
    }
    Ok(question)
}

fn scans<'a>(parcel: &'a Parcel, events: &'a [Event]) -> Vec<Scan<'a>> {
    let parity = parcel.dice("date").below(2) as usize;
    events.iter().enumerate().map(|(i, event)| scan(parcel, event, (i + parity).is_multiple_of(2))).collect()
}

fn scan<'a>(parcel: &'a Parcel, event: &'a Event, as_text: bool) -> Scan<'a> {
    let ms = event.at() * 1000;
    let step = event.step;
    let courier = matches!(step.act, Act::PickedUp | Act::OutForDelivery | Act::Problem);
    Scan {
        bill_code: &parcel.number,
        scan_type: event.code,
        scan_date: if as_text { ms.to_string().into() } else { ms.into() },
        desc: &event.text,
        scan_site: Site::of(step.stop),
        pre_or_next_site: (step.act == Act::Departed).then(|| Site::of(step.next)),
        sign_man: (step.act == Act::Signed).then_some(step.person),
        operate_user: courier.then_some(step.person),
        operate_user_phone: courier.then_some("139********"),
    }
}

/// A push calls the same events by other words, and some words mean something else in it.
fn action(act: Act) -> &'static str {
    match act {
        Act::PickedUp => "GOT",
        Act::Departed => "DEPARTURE",
        Act::Arrived | Act::Assigned => "ARRIVAL",
        Act::OutForDelivery | Act::Retaken => "DISPATCH",
        Act::Problem | Act::Revoked | Act::Returning => "PROBLEM",
        Act::InLocker => "INBOUND",
        Act::Collected => "DEPARTURE_SIGNED",
        Act::Signed => "SIGNED",
    }
}

pub fn push(due: &Due) -> Push {
    let data = push_data(due).to_string();
    let account = &due.world.accounts.zto;
    let digest = sign::zto(data.as_bytes(), &account.app_secret);
    let fields = [("data", &*data), ("data_digest", &digest), ("company_id", &account.app_key), ("msg_type", "Traces")];
    let token = due.parcel.dice("token").one_in(2).then_some(("token", ""));
    Push::form(fields.into_iter().chain(token))
}

fn push_data(due: &Due) -> Value {
    let step = due.event.step;
    let mut data = json!({
        "billCode": due.parcel.number,
        "action": action(step.act),
        "actionTime": due.event.china_time(),
        "desc": due.event.text,
        "city": step.stop.city.name,
        "dist": step.stop.city.district,
        "facilityCode": code(step.stop),
        "facilityName": site(Zto, step.stop),
        "facilityContactPhone": format!("{}-********", step.stop.city.area),
    });
    let mut add = |name: &str, value: &str| data[name] = value.into();
    match step.act {
        Act::Departed => {
            add("nextNodeCode", &code(step.next));
            add("nextNodeName", &site(Zto, step.next));
            add("nextCity", step.next.city.name);
        }
        Act::PickedUp | Act::OutForDelivery => {
            add("courier", step.person);
            add("courierPhone", "139********");
        }
        Act::InLocker | Act::Collected => {
            add("comName", "兔喜生活");
            add("comCode", "1022");
        }
        Act::Signed => add("expressSigner", step.person),
        _ => {}
    }
    data
}

pub fn accepts(reply: &[u8]) -> bool {
    serde_json::from_slice::<Value>(reply).is_ok_and(|v| v["status"] == true && v["statusCode"] == "200")
}
