//! J&T 极兔 for programs: a signed form, up to thirty numbers, newest scan first. Its page is in `pages`,
//! what it pushes in `pushes`.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Ask};
use crate::carrier::{Carrier::Jt, Interface};
use crate::life::Act;
use crate::parcel::{Event, Parcel};
use crate::sign;
use crate::words::site;
use crate::world::World;

pub const PATH: &str = "/jt/webopenplatformapi/api/logistics/trace";

pub const SUBSCRIBE_PATH: &str = "/jt/webopenplatformapi/api/trace/subscribe";

const MOST_NUMBERS: usize = 30;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Question {
    bill_codes: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// The account again, as text or number.
    id: Value,
    list: Vec<Wished>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wished {
    /// `1&10`
    trace_node: String,
    waybill_code: String,
    /// Where to push, instead of what was told on the platform, which alone counts here.
    #[serde(default, rename = "backUrl")]
    _back_url: Option<String>,
}

impl Wish {
    fn is_of(&self, account: &str) -> bool {
        match &self.id {
            Value::String(text) => text == account,
            Value::Number(number) => number.to_string() == account,
            _ => false,
        }
    }
}

impl Wished {
    fn is_whole(&self) -> bool {
        self.trace_node.split('&').all(|node| node.parse().is_ok_and(|n: u8| (1..=14).contains(&n)))
    }
}

/// `POST /jt/webopenplatformapi/api/trace/subscribe`
pub fn subscribe(world: &World, ask: &Ask) -> Answer {
    let wish = match authentic(world, ask).and_then(|content| wished(world, &content)) {
        Ok(wish) => wish,
        Err(refused) => return refused,
    };
    if !world.admit(Jt, Interface::Subscribe, ask.now_ms) {
        return too_many();
    }
    wish.list.iter().for_each(|wished| world.subscribe(Jt, &wished.waybill_code));
    Answer::json(&json!({ "code": "1", "msg": "success", "data": { "list": [] } }))
}

fn wished(world: &World, biz_content: &str) -> Result<Wish, Answer> {
    let wish: Option<Wish> = serde_json::from_str(biz_content).ok();
    let whole = |wish: &Wish| !wish.list.is_empty() && wish.list.iter().all(Wished::is_whole);
    let wish = wish.filter(whole).filter(|wish| wish.is_of(&world.accounts.jt.api_account));
    let wish = wish.ok_or_else(|| refusal("145003050", "非法参数"))?;
    if wish.list.len() > MOST_NUMBERS {
        return Err(refusal("145003502", "运单号个数不能超过30"));
    }
    if wish.list.iter().all(|wished| is_number(&wished.waybill_code)) {
        Ok(wish)
    } else {
        Err(refusal("145003100", "运单号格式错误"))
    }
}

/// `POST /jt/webopenplatformapi/api/logistics/trace`
pub fn trace(world: &World, ask: &Ask) -> Answer {
    let numbers = match admit(world, ask) {
        Ok(numbers) => numbers,
        Err(refused) => return refused,
    };
    let story = world.story();
    let known = numbers.iter().filter_map(|number| world.parcel(Jt, number));
    let data: Vec<Value> = known.filter(|parcel| !parcel.visible(story).is_empty()).map(|parcel| bill(&parcel, story)).collect();
    if data.is_empty() {
        return Answer::json(&json!({ "code": "145003064", "msg": "查不到数据", "data": null }));
    }
    Answer::json(&json!({ "code": "1", "msg": "success", "data": data }))
}

/// The numbers that are asked for.
fn admit(world: &World, ask: &Ask) -> Result<Vec<String>, Answer> {
    let numbers = numbers(&authentic(world, ask)?)?;
    if world.admit(Jt, Interface::Query, ask.now_ms) { Ok(numbers) } else { Err(too_many()) }
}

fn too_many() -> Answer {
    Answer::too_many(&json!({ "code": "145005000", "msg": "系统异常", "data": null }))
}

/// The content, if it is signed by the account that names itself.
fn authentic(world: &World, ask: &Ask) -> Result<String, Answer> {
    let account = &world.accounts.jt;
    let header = |name: &str| ask.header(name).filter(|value| !value.is_empty());
    let api_account = header("apiAccount").ok_or_else(|| refusal("145003051", "apiAccount为空"))?;
    let digest = header("digest").ok_or_else(|| refusal("145003052", "digest为空"))?;
    let timestamp = header("timestamp").ok_or_else(|| refusal("145003053", "timestamp为空"))?;
    if api_account != account.api_account {
        return Err(refusal("145003010", "API账号不存在"));
    }
    let form = ask.form();
    let biz_content = form.one("bizContent").ok_or_else(|| refusal("145003050", "非法参数"))?;
    if digest != sign::jt(biz_content, &account.private_key) {
        return Err(refusal("145003030", "headers签名验证失败"));
    }
    if !ask.is_fresh(timestamp) {
        return Err(refusal("145003050", "非法参数"));
    }
    Ok(biz_content.to_owned())
}

fn numbers(biz_content: &str) -> Result<Vec<String>, Answer> {
    let question: Question = serde_json::from_str(biz_content).map_err(|_| refusal("145003050", "非法参数"))?;
    let numbers: Vec<String> = question.bill_codes.split(',').map(str::to_owned).collect();
    if numbers.len() > MOST_NUMBERS {
        return Err(refusal("145003502", "运单号个数不能超过30"));
    }
    if numbers.iter().all(|number| is_number(number)) { Ok(numbers) } else { Err(refusal("145003100", "运单号格式错误")) }
}

fn is_number(number: &str) -> bool {
    number.len() == 15 && number.strip_prefix("JT").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

fn refusal(code: &'static str, msg: &str) -> Answer {
    Answer::refusal(code, &json!({ "code": code, "msg": msg, "data": null }))
}

fn bill(parcel: &Parcel, story: f64) -> Value {
    let details: Vec<Value> = parcel.visible(story).iter().rev().map(scan).collect();
    json!({ "billCode": parcel.number, "details": details })
}

pub fn scan(event: &Event) -> Value {
    let stop = event.step.stop;
    let courier = matches!(event.step.act, Act::PickedUp | Act::OutForDelivery | Act::Retaken | Act::Problem);
    json!({
        "scanTime": event.china_time(),
        "desc": event.text,
        "scanType": event.code,
        "problemType": (event.step.act == Act::Problem).then_some("A10"),
        "scanNetworkName": site(Jt, stop),
        "scanNetworkTypeName": if stop.hub { "中心" } else { "网点" },
        "scanNetworkId": 1000 + stop.city.area.parse::<u32>().unwrap_or_default(),
        "scanNetworkProvince": stop.city.province,
        "scanNetworkCity": stop.city.short,
        "scanNetworkArea": stop.city.district,
        "staffName": courier.then_some(event.step.person),
        "staffContact": courier.then_some("139********"),
    })
}
