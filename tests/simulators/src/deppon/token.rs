//! The token endpoint of "V3.2". It is the story's, and nothing real.

use serde_json::json;

use super::gate::{Proof, Refused, prove, refused};
use crate::answer::{Answer, Ask};
use crate::carrier::Carrier::Deppon;
use crate::world::World;

/// `POST /deppon/oauth/token`
pub fn token(world: &World, ask: &Ask) -> Answer {
    issue(world, ask).unwrap_or_else(|no| no.of_query(world, ask))
}

fn issue(world: &World, ask: &Ask) -> Result<Answer, Refused> {
    if !world.v32.gives_tokens() {
        return Err(refused("3002-interface", "3002", "无接口权限"));
    }
    let form = ask.form();
    let [Some(company), Some(timestamp), Some(digest)] = ["companyCode", "timestamp", "digest"].map(|name| form.one(name)) else {
        return Err(refused("2006-fields", "2006", "参数校验失败"));
    };
    // The query's digest; there are no params, so theirs is the empty text.
    prove(world, ask, &Proof { company, timestamp, digest }, "")?;
    let seconds = world.options.token_seconds;
    let token = world.v32.issue_token(ask.now_ms, seconds);
    world.desk(Deppon).tally.tokens.one();
    Ok(Answer::json(&json!({ "result": "true", "token": token, "expires_in": seconds })))
}
