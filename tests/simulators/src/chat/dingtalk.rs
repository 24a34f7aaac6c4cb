//! DingTalk's custom robot, guarded by a signature.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Chats, Room};
use crate::world::now_ms;

const HOUR: i64 = 3_600_000;
const LONGEST: usize = 20_000;

#[derive(Debug)]
pub struct Dingtalk {
    pub token: String,
    pub secret: String,
    pub room: Room,
}

impl Default for Dingtalk {
    fn default() -> Self {
        let secret = format!("SEC{}", "demo".repeat(16));
        Self { token: "demo-dingtalk-token-0001".into(), secret, room: Room::default() }
    }
}

pub async fn send(State(chats): State<Arc<Chats>>, Query(query): Query<HashMap<String, String>>, body: Bytes) -> Response {
    let robot = &chats.dingtalk;
    if let Some(down) = robot.room.down() {
        return down;
    }
    match judge(robot, &query, &body) {
        Ok(message) => {
            robot.room.hear(message);
            Json(json!({ "errcode": 0, "errmsg": "ok" })).into_response()
        }
        Err((code, why)) => {
            robot.room.refuse(&code.to_string());
            // Always 200: the code is in the body.
            Json(json!({ "errcode": code, "errmsg": why })).into_response()
        }
    }
}

fn judge(robot: &Dingtalk, query: &HashMap<String, String>, body: &[u8]) -> Result<Value, (i64, String)> {
    let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    if text("access_token") != robot.token {
        return Err((300_005, "token is not exist".into()));
    }
    let timestamp: i64 = text("timestamp").parse().unwrap_or(0);
    if (now_ms() - timestamp).abs() > HOUR {
        return Err((310_000, "invalid timestamp".into()));
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(robot.secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{}\n{}", text("timestamp"), robot.secret).as_bytes());
    if STANDARD.encode(mac.finalize().into_bytes()) != text("sign") {
        return Err((310_000, format!("sign not match, more: [token={}]", robot.token)));
    }
    let message: Value = serde_json::from_slice(body).map_err(|_| (40_035, "缺少参数 json".to_owned()))?;
    let markdown = &message["markdown"];
    let filled = |name: &str| markdown[name].as_str().is_some_and(|text| !text.is_empty());
    if message["msgtype"] != "markdown" || !filled("title") || !filled("text") {
        return Err((400_014, "title and text of markdown must not be empty".into()));
    }
    if body.len() > LONGEST {
        return Err((460_101, "message too long, exceed 20000 bytes".into()));
    }
    if !robot.room.has_room() {
        return Err((130_101, "send too fast, exceed 20 times per minute".into()));
    }
    Ok(message)
}
