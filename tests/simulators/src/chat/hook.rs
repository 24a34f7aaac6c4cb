//! A receiver of signed webhooks (Standard Webhooks).

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Chats, Room};
use crate::world::now_ms;

/// The scheme's tolerance, in seconds.
const TOLERANCE: i64 = 300;

#[derive(Debug)]
pub struct Hook {
    /// `whsec_` and Base64.
    pub secret: String,
    pub room: Room,
}

impl Default for Hook {
    fn default() -> Self {
        Self { secret: format!("whsec_{}", STANDARD.encode([7; 24])), room: Room::default() }
    }
}

/// Hears `{"id": …, "body": …}`.
pub async fn receive(State(chats): State<Arc<Chats>>, headers: HeaderMap, body: Bytes) -> Response {
    let hook = &chats.hook;
    if let Some(down) = hook.room.down() {
        return down;
    }
    match judge(hook, &headers, &body) {
        Some(message) => {
            hook.room.hear(message);
            StatusCode::NO_CONTENT.into_response()
        }
        None => {
            hook.room.refuse("401");
            StatusCode::UNAUTHORIZED.into_response()
        }
    }
}

fn judge(hook: &Hook, headers: &HeaderMap, body: &[u8]) -> Option<Value> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (id, timestamp, signatures) = (text("webhook-id")?, text("webhook-timestamp")?, text("webhook-signature")?);
    if (now_ms() / 1000 - timestamp.parse::<i64>().ok()?).abs() > TOLERANCE {
        return None;
    }
    let key = STANDARD.decode(hook.secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(&[id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat());
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let body: Value = serde_json::from_slice(body).ok()?;
    signatures.split(' ').any(|one| one == expected).then(|| json!({ "id": id, "body": body }))
}
