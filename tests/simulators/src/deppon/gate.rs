//! Who is let in, and how the others are turned away.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::answer::{Answer, Ask};
use crate::carrier::{Carrier::Deppon, Interface};
use crate::sign;
use crate::world::World;

/// Why a request is turned away; the two interfaces say it in different fields.
pub struct Refused {
    reason: &'static str,
    pub code: &'static str,
    pub message: &'static str,
}

pub const fn refused(reason: &'static str, code: &'static str, message: &'static str) -> Refused {
    Refused { reason, code, message }
}

/// What every request proves itself with.
pub struct Proof<'a> {
    pub company: &'a str,
    pub timestamp: &'a str,
    pub digest: &'a str,
}

/// The params of a query or a subscription that passes.
pub fn admit(world: &World, ask: &Ask) -> Result<Value, Refused> {
    if world.v32.is_out(ask.now_ms) {
        return Err(refused("503-outage", "9999", "系统升级中"));
    }
    let form = ask.form();
    let fields = ["companyCode", "timestamp", "digest", "params"].map(|name| form.one(name));
    let [Some(company), Some(timestamp), Some(digest), Some(params)] = fields else {
        return Err(refused("2006-fields", "2006", "参数校验失败"));
    };
    prove(world, ask, &Proof { company, timestamp, digest }, params)?;
    // A matter of permission as well; the words are the story's.
    if !world.v32.admits(form.one("token"), &world.accounts.deppon_v32.token, ask.now_ms) {
        return Err(refused("3002-token", "3002", "无接口权限:token不正确或已失效"));
    }
    serde_json::from_str(params).ok().filter(Value::is_object).ok_or(refused("2006-params", "2006", "参数校验失败:params格式不正确"))
}

pub fn prove(world: &World, ask: &Ask, proof: &Proof, params: &str) -> Result<(), Refused> {
    let account = world.deppon_account();
    if proof.company != account.company_code {
        return Err(refused("3002-company", "3002", "无接口权限"));
    }
    if !ask.is_fresh(proof.timestamp) {
        return Err(refused("2006-timestamp", "2006", "参数校验失败:时间戳已过期"));
    }
    // The code for a bad digest is not published; it is a matter of permission like the company's.
    if proof.digest != sign::deppon(params, &account.appkey, proof.timestamp) {
        return Err(refused("3002-digest", "3002", "无接口权限:摘要校验失败"));
    }
    Ok(())
}

pub fn count(world: &World, ask: &Ask, interface: Interface) -> Result<(), Refused> {
    let open = world.admit(Deppon, interface, ask.now_ms);
    open.then_some(()).ok_or(refused("429-quota", "2006", "访问过于频繁"))
}

impl Refused {
    /// As the query says it.
    pub fn of_query(&self, world: &World, ask: &Ask) -> Answer {
        let body = json!({
            "result": "false", "reason": self.message, "resultCode": self.code, "responseParam": null,
            "uniquerRequestNumber": request_number(ask),
        });
        self.answer(world, ask, &body)
    }

    pub fn answer(&self, world: &World, ask: &Ask, body: &Value) -> Answer {
        if self.code == "3002" {
            world.v32.note_refusal(ask.now_ms);
        }
        match self.reason {
            "429-quota" => Answer::too_many(body),
            "503-outage" => Answer { status: StatusCode::SERVICE_UNAVAILABLE, ..Answer::refusal(self.reason, body) },
            _ => Answer::refusal(self.reason, body),
        }
    }
}

pub fn request_number(ask: &Ask) -> String {
    format!("{}{:04}", ask.now_ms, ask.body.len() % 10_000)
}
