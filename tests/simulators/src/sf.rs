//! SF 顺丰: one gateway for all services; digest or access token; JSON text in JSON.

mod memory;
mod pushes;
mod services;

use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Ask, Form, JSON};
use crate::carrier::{Carrier::Sf, Interface};
use crate::sign;
use crate::world::World;

pub use memory::Memory;
pub use pushes::{accepts, push};

/// `POST /sf/oauth2/accessToken`
pub fn access_token(world: &World, ask: &Ask) -> Answer {
    let form = ask.form();
    let fields = ["partnerID", "secret", "grantType"].map(|name| form.one(name));
    let [Some(partner), Some(secret), Some(grant)] = fields else {
        return missing();
    };
    let account = &world.accounts.sf;
    if grant != "password" || partner != account.partner_id || secret != account.checkword {
        return refuse("A1011", "OAuth2认证失败");
    }
    let seconds = world.options.token_seconds;
    let token = world.sf.issue_token(ask.now_ms, seconds);
    world.desk(Sf).tally.tokens.one();
    Answer::json(&json!({
        "accessToken": token, "expiresIn": seconds,
        "apiErrorMsg": "", "apiResponseID": response_id(partner, ask.now_ms), "apiResultCode": "A1000",
    }))
}

/// `POST /sf/std/service`
pub fn service(world: &World, ask: &Ask) -> Answer {
    let answered = admit(world, ask).and_then(|call| match call.interface {
        Interface::Query => services::search_routes(world, &call),
        Interface::Subscribe => services::register_route(world, &call),
    });
    answered.unwrap_or_else(|refused| refused)
}

/// A request that passed the gateway.
struct Call {
    interface: Interface,
    response_id: String,
    data: Value,
}

impl Call {
    fn done(&self, data: &impl Serialize) -> Answer {
        let text = serde_json::to_string(data).expect("answers are plain data");
        Answer::json(&Envelope {
            api_error_msg: "",
            api_response_id: &self.response_id,
            api_result_code: "A1000",
            api_result_data: Some(text),
        })
    }

    /// A good answer around `routeResps`, which is already escaped as a part of JSON text. Written
    /// by hand: a benchmark's host shares the processor with us.
    fn found(&self, route_resps: &str) -> Answer {
        let id = &self.response_id;
        let body = [
            r#"{"apiErrorMsg":"","apiResponseID":""#,
            id,
            r#"","apiResultCode":"A1000","apiResultData":"{\"success\":true,\"errorCode\":\"S0000\",\"errorMsg\":null,\"msgData\":{\"routeResps\":["#,
            route_resps,
            r#"]}}"}"#,
        ];
        Answer::of(JSON, body.concat())
    }

    /// The second level of success: the gateway is content, the service is not.
    fn failed(&self, code: &'static str, message: &str) -> Answer {
        let data = json!({ "success": false, "errorCode": code, "errorMsg": message, "msgData": null });
        Answer { refused: Some(code), ..self.done(&data) }
    }
}

enum Proof<'a> {
    Digest(&'a str),
    Token(&'a str),
}

struct Fields<'a> {
    partner: &'a str,
    request_id: &'a str,
    service: &'a str,
    timestamp: &'a str,
    msg_data: &'a str,
    proof: Proof<'a>,
}

impl<'a> Fields<'a> {
    fn read(form: &'a Form) -> Option<Self> {
        let proof = match (form.one("msgDigest"), form.one("accessToken")) {
            (Some(digest), None) if !form.has("accessToken") => Proof::Digest(digest),
            (None, Some(token)) if !form.has("msgDigest") => Proof::Token(token),
            _ => return None,
        };
        Some(Fields {
            partner: form.one("partnerID").filter(|v| v.len() <= 64)?,
            request_id: form.one("requestID").filter(|v| v.len() <= 40)?,
            service: form.one("serviceCode").filter(|v| v.len() <= 50)?,
            timestamp: form.one("timestamp").filter(|v| v.bytes().all(|b| b.is_ascii_digit()))?,
            msg_data: form.one("msgData")?,
            proof,
        })
    }

    fn interface(&self) -> Option<Interface> {
        match self.service {
            "EXP_RECE_SEARCH_ROUTES" => Some(Interface::Query),
            "EXP_RECE_REGISTER_ROUTE" => Some(Interface::Subscribe),
            _ => None,
        }
    }
}

fn admit(world: &World, ask: &Ask) -> Result<Call, Answer> {
    let form = ask.form();
    let fields = Fields::read(&form).ok_or_else(missing)?;
    let data: Value = serde_json::from_str(fields.msg_data).ok().filter(Value::is_object).ok_or_else(missing)?;
    if fields.partner != world.accounts.sf.partner_id {
        return Err(refuse("A1004", "无对应服务权限"));
    }
    if !ask.is_fresh(fields.timestamp) {
        return Err(refuse("A1002", "请求时效已过期"));
    }
    prove(world, ask, &fields)?;
    let interface = fields.interface().ok_or_else(|| refuse("A1004", "无对应服务权限"))?;
    if !world.sf.is_new(fields.request_id) {
        return Err(refuse("A1007", "数据重复请求"));
    }
    if !world.admit(Sf, interface, ask.now_ms) {
        return Err(refuse("A1005", "流量控制异常"));
    }
    Ok(Call { interface, response_id: response_id(fields.request_id, ask.now_ms), data })
}

fn prove(world: &World, ask: &Ask, fields: &Fields) -> Result<(), Answer> {
    match fields.proof {
        Proof::Digest(digest) => {
            let expected = sign::sf(fields.msg_data, fields.timestamp, &world.accounts.sf.checkword);
            (digest == expected).then_some(()).ok_or_else(|| refuse("A1006", "数字签名无效"))
        }
        Proof::Token(token) => {
            let known = world.sf.knows_token(token, ask.now_ms);
            known.then_some(()).ok_or_else(|| refuse("A1011", "OAuth2认证失败"))
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    api_error_msg: &'a str,
    #[serde(rename = "apiResponseID")]
    api_response_id: &'a str,
    api_result_code: &'a str,
    api_result_data: Option<String>,
}

fn refuse(code: &'static str, message: &str) -> Answer {
    Answer::refusal(code, &Envelope { api_error_msg: message, api_response_id: "", api_result_code: code, api_result_data: None })
}

fn missing() -> Answer {
    refuse("A1001", "必传参数不可为空")
}

fn response_id(request: &str, now_ms: i64) -> String {
    format!("{now_ms:016X}{:016X}", crate::dice::Dice::new(now_ms as u64, &[request]).draw())
}
