//! Questions as they arrive and answers as they leave, before any mood.

use std::borrow::Cow;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;

pub const JSON: &str = "application/json;charset=UTF-8";

/// One request to a carrier. The clock was read when it arrived.
pub struct Ask {
    pub headers: HeaderMap,
    pub body: Bytes,
    pub now_ms: i64,
}

pub struct Answer {
    pub status: StatusCode,
    pub content_type: &'static str,
    pub body: Vec<u8>,
    /// Why it was refused, for the statistics.
    pub refused: Option<&'static str>,
}

impl Answer {
    pub fn json(value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).expect("answers are plain data");
        Answer { status: StatusCode::OK, content_type: JSON, body, refused: None }
    }

    pub fn of(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Answer { status: StatusCode::OK, content_type, body: body.into(), refused: None }
    }

    pub fn refusal(reason: &'static str, value: &impl Serialize) -> Self {
        Answer { refused: Some(reason), ..Answer::json(value) }
    }

    /// For carriers that have published no code of their own for it.
    pub fn too_many(value: &impl Serialize) -> Self {
        Answer { status: StatusCode::TOO_MANY_REQUESTS, ..Answer::refusal("429-quota", value) }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, [(header::CONTENT_TYPE, self.content_type)], self.body).into_response()
    }
}

impl Ask {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn is(&self, content_type: &str) -> bool {
        self.header("content-type").and_then(|c| c.split(';').next()).is_some_and(|c| c.trim().eq_ignore_ascii_case(content_type))
    }

    /// The form; without fields if the content type is not a form's.
    pub fn form(&self) -> Form<'_> {
        let body: &[u8] = if self.is("application/x-www-form-urlencoded") { &self.body } else { b"" };
        Form(form_urlencoded::parse(body).collect())
    }

    /// Whether a timestamp in milliseconds is within five minutes of our clock.
    pub fn is_fresh(&self, timestamp: &str) -> bool {
        timestamp.parse::<i64>().is_ok_and(|ms| ms.abs_diff(self.now_ms) <= 300_000)
    }
}

pub struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Form<'_> {
    /// The field's value if it is there once and not empty.
    pub fn one(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(n, _)| n == name);
        let (_, value) = values.next()?;
        (values.next().is_none() && !value.is_empty()).then_some(value)
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }
}
