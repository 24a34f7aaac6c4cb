//! Errors as RFC 9457 problem documents: what is wrong and what to do next.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::NotStored;

/// A problem document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// A stable word for programs, as a relative URI.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: &'static str,
    pub status: u16,
    /// What is wrong with this request and what to do about it.
    pub detail: String,
    /// Seconds after which to come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, title, status: status.as_u16(), detail: detail.into(), retry_after: None }
    }

    pub fn bad(kind: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, kind, "The request is not right", detail)
    }

    pub fn too_large(most: usize) -> Self {
        let detail = format!("the request's body is larger than {most} bytes; send fewer parcels at once");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
    }

    pub fn unauthorized() -> Self {
        let detail = "send `Authorization: Bearer ph_…`; `posthouse key create` makes a key";
        Self::new(StatusCode::UNAUTHORIZED, "no-key", "A valid key is needed", detail)
    }

    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-allowed", "This key may not do that", detail)
    }

    pub fn busy(detail: impl Into<String>) -> Self {
        Self { retry_after: Some(30), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Too many at once", detail) }
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Not as things stand", detail)
    }

    pub fn not_retired(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "not-retired", "Not retired", detail)
    }

    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Not with this method", "see /docs for the methods of this address")
    }

    pub fn not_stored(why: &NotStored) -> Self {
        tracing::error!("a request could not be stored: {why}");
        let detail = "it was not stored; repeat the request, which is safe";
        Self { retry_after: Some(2), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-stored", "Temporarily unavailable", detail) }
    }
}

impl From<NotStored> for Problem {
    fn from(why: NotStored) -> Self {
        Self::not_stored(&why)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after;
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(self).into_response().into_body()).into_response();
        if let Some(seconds) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
