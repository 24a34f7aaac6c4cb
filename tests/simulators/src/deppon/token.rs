//! The token endpoint of "V3.2". It is the story's, and nothing real.

use serde_json::{Value, json};

use super::gate::{Proof, Refused, prove, refused};
use super::v32::V32Token;
use crate::answer::{Answer, Ask};
use crate::carrier::Carrier::Deppon;
use crate::world::World;

/// For how many seconds a refresh token is said to be good; it is good until another one is used.
const REFRESH_SECONDS: u64 = 30 * 86_400;

/// `POST /deppon/oauth/token`
pub fn token(world: &World, ask: &Ask) -> Answer {
    issue(world, ask).unwrap_or_else(|no| no.of_query(world, ask))
}

fn issue(world: &World, ask: &Ask) -> Result<Answer, Refused> {
    let kind = world.v32.gives_tokens().ok_or(refused("3002-interface", "3002", "无接口权限"))?;
    let form = ask.form();
    let refresh = form.one("refreshToken").filter(|_| kind == V32Token::Rotating);
    match refresh {
        Some(_) if form.one("companyCode") != Some(&*world.deppon_account().company_code) => {
            return Err(refused("3002-company", "3002", "无接口权限"));
        }
        Some(_) => {}
        None => {
            let [Some(company), Some(timestamp), Some(digest)] = ["companyCode", "timestamp", "digest"].map(|name| form.one(name)) else {
                return Err(refused("2006-fields", "2006", "参数校验失败"));
            };
            // The query's digest; there are no params, so theirs is the empty text.
            prove(world, ask, &Proof { company, timestamp, digest }, "")?;
        }
    }
    let answer = if kind == V32Token::Rotating { pair(world, ask, refresh)? } else { single(world, ask) };
    world.desk(Deppon).tally.tokens.one();
    Ok(Answer::json(&answer))
}

fn single(world: &World, ask: &Ask) -> Value {
    let seconds = world.options.token_seconds;
    json!({ "result": "true", "token": world.v32.issue_token(ask.now_ms, seconds), "expires_in": seconds })
}

fn pair(world: &World, ask: &Ask, refresh: Option<&str>) -> Result<Value, Refused> {
    let seconds = world.options.token_seconds;
    let pair = world.v32.issue_pair(refresh, ask.now_ms, seconds);
    let pair = pair.map_err(|reason| refused(reason, "3002", "无接口权限:refreshToken不正确、已失效或账号已锁定"))?;
    Ok(json!({
        "result": "true", "token": pair.access, "expires_in": seconds,
        "refresh_token": pair.refresh, "refresh_expires_in": REFRESH_SECONDS,
    }))
}
