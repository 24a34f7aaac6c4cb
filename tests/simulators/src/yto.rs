//! YTO 圆通: four fields and not one more; an array if found, an object if not; pushes in XML.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answer, Ask};
use crate::carrier::{Carrier::Yto, Interface};
use crate::life::Act;
use crate::parcel::{Event, Parcel};
use crate::push::{Due, Push};
use crate::sign;
use crate::words::site;
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    timestamp: String,
    param: String,
    sign: String,
    format: String,
}

impl Signed {
    fn is_whole(&self) -> bool {
        self.format == "JSON" && self.timestamp.len() == 13 && self.timestamp.bytes().all(|b| b.is_ascii_digit())
    }
}

/// Who asks, by the path.
#[derive(Deserialize)]
pub struct Path {
    pub user: String,
    pub customer: String,
}

#[derive(Serialize)]
struct Scan<'a> {
    #[serde(rename = "waybill_No")]
    waybill_no: &'a str,
    #[serde(rename = "upload_Time")]
    upload_time: String,
    #[serde(rename = "infoContent")]
    info_content: &'static str,
    #[serde(rename = "processInfo")]
    process_info: &'a str,
    city: &'static str,
    district: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<f64>,
}

/// `POST /yto/open/track_query_adapter/v1/{user}/{customer}`
pub fn query(world: &World, path: &Path, ask: &Ask) -> Answer {
    let param = match admit(world, path, ask, "track_query_adapter") {
        Ok(param) => param,
        Err(refused) => return refused,
    };
    let Some(number) = param["NUMBER"].as_str().filter(|n| !n.is_empty()) else {
        return bad_parameter("NUMBER不能为空; ");
    };
    if !world.admit(Yto, Interface::Query, ask.now_ms) {
        return too_many();
    }
    match world.parcel(Yto, number) {
        Some(parcel) => scans(&parcel, parcel.visible(world.story())),
        None => nothing(number),
    }
}

/// `POST /yto/open/subscribe_adapter/v1/{user}/{customer}`
pub fn subscribe(world: &World, path: &Path, ask: &Ask) -> Answer {
    let param = match admit(world, path, ask, "subscribe_adapter") {
        Ok(param) => param,
        Err(refused) => return refused,
    };
    let client = &world.accounts.yto.client_id;
    let inner: Value = param["logistics_interface"].as_str().and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
    if param["client_id"] != **client || inner["clientId"] != **client {
        return bad_parameter("clientId不正确; ");
    }
    if param["msg_type"] != "online" {
        return bad_parameter("msg_type不正确; ");
    }
    let Some(number) = inner["waybillNo"].as_str().filter(|n| !n.is_empty()) else {
        return bad_parameter("waybillNo不能为空; ");
    };
    if !world.admit(Yto, Interface::Subscribe, ask.now_ms) {
        return too_many();
    }
    world.subscribe(Yto, number);
    // The good reply is not published; this is the order interfaces' shape without an error.
    Answer::json(&json!({ "success": true, "code": 200, "reason": "", "waybillNo": number }))
}

/// Every doubt about who asks gets the same answer, as from the real gateway.
fn admit(world: &World, path: &Path, ask: &Ask, method: &str) -> Result<Value, Answer> {
    let refuse = |reason| Answer::refusal(reason, &json!({ "code": 401, "reason": "请求加密校验失败" }));
    let account = &world.accounts.yto;
    let signed: Option<Signed> = ask.is("application/json").then(|| serde_json::from_slice(&ask.body).ok()).flatten();
    let signed = signed.filter(Signed::is_whole).ok_or_else(|| refuse("401-fields"))?;
    if path.user != account.user_part || path.customer != account.customer_code {
        return Err(refuse("401-account"));
    }
    if signed.sign != sign::yto(&signed.param, method, "v1", &account.secret) {
        return Err(refuse("401-sign"));
    }
    serde_json::from_str(&signed.param).map_err(|_| bad_parameter("param格式不正确; "))
}

fn bad_parameter(reason: &str) -> Answer {
    Answer::refusal("200010003", &json!({ "success": false, "code": 200_010_003, "reason": reason }))
}

fn too_many() -> Answer {
    Answer::too_many(&json!({ "success": false, "code": 200_010_002, "reason": "访问过于频繁" }))
}

fn scans(parcel: &Parcel, events: &[Event]) -> Answer {
    if events.is_empty() {
        return nothing(&parcel.number);
    }
    let all: Vec<_> = events.iter().map(|event| scan(parcel, event)).collect();
    Answer::json(&all)
}

fn nothing(number: &str) -> Answer {
    Answer::json(&json!({ "map": { number: [] }, "code": "1001", "success": "true", "message": "查询结果为空。" }))
}

fn scan<'a>(parcel: &'a Parcel, event: &'a Event) -> Scan<'a> {
    let city = event.step.stop.city;
    Scan {
        waybill_no: &parcel.number,
        upload_time: event.china_time(),
        info_content: event.code,
        process_info: &event.text,
        city: city.name,
        district: city.district,
        weight: (event.step.act == Act::PickedUp).then(|| weight(parcel)),
    }
}

fn weight(parcel: &Parcel) -> f64 {
    (5 + parcel.dice("weight").below(400)) as f64 / 100.0
}

pub fn push(due: &Due) -> Push {
    let xml = update_info(due);
    let account = &due.world.accounts.yto;
    let digest = sign::yto_push(&xml, &account.secret);
    Push::form([("logistics_interface", &*xml), ("data_digest", &digest), ("clientId", &account.client_id), ("type", "online")])
}

fn update_info(due: &Due) -> String {
    let (parcel, event) = (due.parcel, due.event);
    let stop = event.step.stop;
    let zone = if parcel.dice("zone").one_in(3) { " CST" } else { "" };
    let fields = [
        ("logisticProviderID", "YTO".to_owned()),
        ("clientID", due.world.accounts.yto.client_id.clone()),
        ("txLogisticID", order_number(parcel)),
        ("mailNo", parcel.number.clone()),
        ("weight", weight(parcel).to_string()),
        ("infoType", "STATUS".to_owned()),
        ("city", stop.city.name.to_owned()),
        ("district", stop.city.district.to_owned()),
        ("infoContent", event.code.to_owned()),
        ("acceptTime", event.china_time() + zone),
        ("orgName", site(Yto, stop)),
        ("orgPhone", format!("{}-********", stop.city.area)),
        ("empName", event.step.person.to_owned()),
        ("remark", event.text.to_string()),
    ];
    let inner: String = fields.iter().map(|(name, value)| format!("<{name}>{}</{name}>", escape(value))).collect();
    format!("<UpdateInfo>{inner}</UpdateInfo>")
}

fn order_number(parcel: &Parcel) -> String {
    format!("PH{}", &parcel.number[2..])
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The reply names the order that was pushed and says true; blanks between the elements are free.
pub fn accepts(reply: &[u8], parcel: &Parcel) -> bool {
    let text = String::from_utf8_lossy(reply);
    let element = |name: &str| {
        let after = text.split_once(&format!("<{name}>"))?.1;
        Some(after.split_once(&format!("</{name}>"))?.0.trim())
    };
    let whole = text.trim_end().ends_with("</Response>");
    whole
        && element("logisticProviderID") == Some("YTO")
        && element("txLogisticID") == Some(&order_number(parcel))
        && element("success") == Some("true")
}
