//! A carrier's bad days, and how an answer looks on them.

use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde::Deserialize;

use crate::answer::Answer;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Normal,
    Slow(Duration),
    Http500,
    Http503,
    /// A complete HTTP answer that holds half of the body.
    Truncate,
    /// The connection breaks after half of the body.
    Cut,
    Garbage,
    Html,
    Huge(u64),
    Hang,
}

/// A mood, and for how many more requests it lasts.
#[derive(Debug, Default)]
pub struct Weather {
    mood: Mood,
    left: Option<u64>,
}

/// The mood as the control API writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    pub carrier: crate::carrier::Carrier,
    mood: String,
    #[serde(default)]
    ms: u64,
    #[serde(default)]
    bytes: u64,
    #[serde(default)]
    pub next: Option<u64>,
}

impl Wish {
    pub fn mood(&self) -> Result<Mood, String> {
        Ok(match self.mood.as_str() {
            "normal" => Mood::Normal,
            "slow" => Mood::Slow(Duration::from_millis(self.ms)),
            "http500" => Mood::Http500,
            "http503" => Mood::Http503,
            "truncate" => Mood::Truncate,
            "cut" => Mood::Cut,
            "garbage" => Mood::Garbage,
            "html" => Mood::Html,
            "huge" => Mood::Huge(self.bytes),
            "hang" => Mood::Hang,
            other => {
                return Err(format!("no mood `{other}`: normal slow http500 http503 truncate cut garbage html huge hang"));
            }
        })
    }
}

impl Weather {
    pub fn set(&mut self, mood: Mood, next: Option<u64>) {
        *self = Weather { mood, left: next };
    }

    /// The mood for one request.
    pub fn take(&mut self) -> Mood {
        match &mut self.left {
            None => {}
            Some(0) => *self = Weather::default(),
            Some(left) => *left -= 1,
        }
        self.mood
    }
}

impl Mood {
    /// The answer without looking at the question, where the mood needs none.
    pub fn instead(self) -> Option<Response> {
        Some(match self {
            Mood::Normal | Mood::Slow(_) | Mood::Truncate | Mood::Cut | Mood::Hang => return None,
            Mood::Http500 => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response(),
            Mood::Http503 => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable").into_response(),
            Mood::Garbage => json(Body::from(&b"\x00\xff\xfe{\"api\xc3(\x9f}]\x1b garbage \xf0\x28\x8c\x28"[..])),
            Mood::Html => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], MAINTENANCE).into_response(),
            Mood::Huge(bytes) => json(huge(bytes)),
        })
    }

    /// Spoils an answer that was made.
    pub fn spoil(self, mut answer: Answer) -> Response {
        let whole = answer.body.len();
        match self {
            Mood::Truncate => {
                answer.body.truncate(whole / 2);
                answer.into_response()
            }
            Mood::Cut => {
                let half = Bytes::copy_from_slice(&answer.body[..whole / 2]);
                // Hyper writes what it has when it must wait; without the pause not even the head would leave.
                let broken = async {
                    tokio::task::yield_now().await;
                    Err(std::io::Error::other("the carrier hung up"))
                };
                let pieces = stream::iter([Ok(half)]).chain(stream::once(broken));
                let mut response = ([(header::CONTENT_TYPE, answer.content_type)], Body::from_stream(pieces)).into_response();
                response.headers_mut().insert(header::CONTENT_LENGTH, whole.into());
                response
            }
            _ => answer.into_response(),
        }
    }
}

const MAINTENANCE: &str = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>系统维护中</title></head>\
    <body><h1>系统维护中</h1><p>尊敬的用户，系统正在维护，请稍后再试。</p></body></html>";

fn json(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "application/json;charset=UTF-8")], body).into_response()
}

/// So many bytes of one JSON string, a block at a time.
fn huge(bytes: u64) -> Body {
    const BLOCK: usize = 64 * 1024;
    static FILL: [u8; BLOCK] = [b'x'; BLOCK];
    let open = Bytes::from_static(b"{\"data\":\"");
    let blocks = stream::unfold(bytes.saturating_sub(open.len() as u64), |left| async move {
        let size = left.min(BLOCK as u64);
        (size > 0).then(|| (Bytes::from_static(&FILL[..size as usize]), left - size))
    });
    Body::from_stream(stream::iter([open]).chain(blocks).map(Ok::<_, std::io::Error>))
}
