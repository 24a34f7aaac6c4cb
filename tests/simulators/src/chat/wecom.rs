//! WeCom's group robot: whoever has the key may speak.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{Chats, Room};

/// Bytes of UTF-8.
const LONGEST: usize = 4096;

#[derive(Debug)]
pub struct Wecom {
    pub key: String,
    pub room: Room,
}

impl Default for Wecom {
    fn default() -> Self {
        Self { key: "demo-wecom-key-0001".into(), room: Room::default() }
    }
}

pub async fn send(State(chats): State<Arc<Chats>>, Query(query): Query<HashMap<String, String>>, body: Bytes) -> Response {
    let robot = &chats.wecom;
    if let Some(down) = robot.room.down() {
        return down;
    }
    let (code, why) = match judge(robot, query.get("key"), &body) {
        Ok(message) => {
            robot.room.hear(message);
            (0, "ok")
        }
        Err((code, why)) => {
            robot.room.refuse(&code.to_string());
            (code, why)
        }
    };
    Json(json!({ "errcode": code, "errmsg": why })).into_response()
}

fn judge(robot: &Wecom, key: Option<&String>, body: &[u8]) -> Result<Value, (i64, &'static str)> {
    if key != Some(&robot.key) {
        return Err((93_000, "invalid webhook url"));
    }
    let message: Value = serde_json::from_slice(body).map_err(|_| (47_001, "data format error"))?;
    match message["markdown"]["content"].as_str() {
        Some(text) if message["msgtype"] == "markdown" && !text.is_empty() => {
            if text.len() > LONGEST {
                return Err((40_058, "markdown.content exceed max length 4096"));
            }
        }
        _ => return Err((44_004, "content size out of limit")),
    }
    if !robot.room.has_room() {
        return Err((45_009, "api freq out of limit"));
    }
    Ok(message)
}
