//! The origin's robots.txt: one for all pages, because one port serves them.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// As the control API writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Robots {
    pub text: String,
    #[serde(default = "found")]
    pub status: u16,
}

fn found() -> u16 {
    200
}

impl Default for Robots {
    fn default() -> Self {
        Robots { text: "User-agent: *\nAllow: /\n".into(), status: found() }
    }
}

impl Robots {
    pub fn status(&self) -> Result<StatusCode, String> {
        StatusCode::from_u16(self.status).map_err(|_| format!("`{}` is no HTTP status", self.status))
    }

    pub fn answer(&self) -> Response {
        let status = self.status().expect("checked when it was set");
        (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], self.text.clone()).into_response()
    }
}
