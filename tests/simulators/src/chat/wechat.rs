//! WeChat's official accounts: a token for an app and its secret, and template messages to followers.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::{Query, State};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{Chats, Room};

/// Seconds that a token lives.
const LASTS: u64 = 7200;

#[derive(Debug)]
pub struct Wechat {
    pub app_id: String,
    pub secret: String,
    pub template: String,
    /// What it sent: see [`WechatSent`].
    pub room: Room,
    followers: Mutex<BTreeSet<String>>,
    tokens: Mutex<Tokens>,
}

/// A template message as a follower sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WechatSent {
    pub to: String,
    pub data: Value,
}

#[derive(Debug, Default)]
struct Tokens {
    current: Option<String>,
    ended: BTreeSet<String>,
    fetched: u64,
}

impl Default for Wechat {
    fn default() -> Self {
        Self {
            app_id: "wx0000000000000demo".into(),
            secret: "demo-wechat-app-secret-0001".into(),
            template: "demo-template-0001".into(),
            room: Room::default(),
            followers: Mutex::default(),
            tokens: Mutex::default(),
        }
    }
}

impl Wechat {
    /// Somebody follows the account.
    pub fn follow(&self, openid: &str) {
        self.followers.lock().expect("no panic inside").insert(openid.to_owned());
    }

    /// The token that is out ends now, before its time.
    pub fn end_token(&self) {
        let mut tokens = self.tokens.lock().expect("no panic inside");
        let ended = tokens.current.take();
        tokens.ended.extend(ended);
    }

    /// How often a token was asked for and given.
    pub fn fetched(&self) -> u64 {
        self.tokens.lock().expect("no panic inside").fetched
    }

    pub fn sent(&self) -> Vec<WechatSent> {
        let one = |said: Value| WechatSent { to: said["touser"].as_str().unwrap_or_default().to_owned(), data: said["data"].clone() };
        self.room.said().into_iter().map(one).collect()
    }

    fn refusal(&self, code: i64, why: &str) -> Json<Value> {
        self.room.refuse(&code.to_string());
        Json(json!({ "errcode": code, "errmsg": why }))
    }
}

/// `stable_token`: the same one again while it lives, unless a fresh one is forced.
pub async fn token(State(chats): State<Arc<Chats>>, body: Bytes) -> Json<Value> {
    let wechat = &chats.wechat;
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    if asked["grant_type"] != "client_credential" {
        return wechat.refusal(40_002, "invalid grant_type");
    }
    if asked["appid"] != *wechat.app_id {
        return wechat.refusal(40_013, "invalid appid");
    }
    if asked["secret"] != *wechat.secret {
        return wechat.refusal(40_125, "invalid appsecret");
    }
    let mut tokens = wechat.tokens.lock().expect("no panic inside");
    tokens.fetched += 1;
    let fresh = format!("demo-access-token-{:04}", tokens.fetched);
    if asked["force_refresh"] == true {
        let ended = tokens.current.take();
        tokens.ended.extend(ended);
    }
    let token = tokens.current.get_or_insert(fresh).clone();
    Json(json!({ "access_token": token, "expires_in": LASTS }))
}

pub async fn send(State(chats): State<Arc<Chats>>, Query(query): Query<HashMap<String, String>>, body: Bytes) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    let wechat = &chats.wechat;
    if let Some(down) = wechat.room.down() {
        return down;
    }
    let given = query.get("access_token");
    {
        let tokens = wechat.tokens.lock().expect("no panic inside");
        if given.is_some_and(|token| tokens.ended.contains(token)) {
            drop(tokens);
            return wechat.refusal(42_001, "access_token expired").into_response();
        }
        if given.is_none() || given != tokens.current.as_ref() {
            drop(tokens);
            return wechat.refusal(40_001, "invalid credential, access_token is invalid or not latest").into_response();
        }
    }
    let Ok(message) = serde_json::from_slice::<Value>(&body) else {
        return wechat.refusal(47_001, "data format error").into_response();
    };
    let to = message["touser"].as_str().unwrap_or_default();
    if !to.starts_with('o') || to.len() != 28 {
        return wechat.refusal(40_003, "invalid openid").into_response();
    }
    if message["template_id"] != *wechat.template {
        return wechat.refusal(40_037, "invalid template_id").into_response();
    }
    let has_values = message["data"].as_object().is_some_and(|data| !data.is_empty() && data.values().all(|one| one["value"].is_string()));
    if !has_values {
        return wechat.refusal(47_003, "argument invalid! data").into_response();
    }
    if !wechat.followers.lock().expect("no panic inside").contains(to) {
        return wechat.refusal(43_004, "require subscribe").into_response();
    }
    wechat.room.hear(message);
    Json(json!({ "errcode": 0, "errmsg": "ok", "msgid": wechat.room.said().len() })).into_response()
}
