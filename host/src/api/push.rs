//! Where carriers push to. The path is a secret: compared in constant time, never logged.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq as _;

use super::{Problem, Shared};
use crate::parcel::Account;
use crate::push;
use crate::sandbox::types::{Answer, Delivery, Pair};

/// Takes a carrier's push in and answers exactly what that carrier requires.
#[utoipa::path(post, path = "/v1/push/{carrier}/{account}/{secret}", request_body(content = String, description = "exactly what the carrier sends"), params(("carrier" = String, Path), ("account" = String, Path), ("secret" = String, Path)),
    responses((status = 200, description = "what the carrier requires"), (status = 404, body = Problem)))]
pub async fn receive(
    State(house): State<Shared>,
    Path((carrier, account, secret)): Path<(String, String, String)>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let account = Account::new(&carrier, &account);
    let right = house.store.roots.push_path(&account);
    if !bool::from(right.as_bytes().ct_eq(secret.as_bytes())) || house.releases.of(&account).is_none() {
        return Problem::not_found("no such push address").into_response();
    }
    let delivery = Delivery {
        method: method.as_str().into(),
        path: "/".into(),
        query: query.as_deref().map(pairs).unwrap_or_default(),
        headers: headers
            .iter()
            .map(|(n, v)| Pair { name: n.as_str().into(), value: String::from_utf8_lossy(v.as_bytes()).into_owned() })
            .collect(),
        body: body.to_vec(),
        now: house.now(),
    };
    answer(push::receive(&house, &account, delivery).await)
}

fn pairs(query: &str) -> Vec<Pair> {
    let pair =
        |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| Pair { name: name.into_owned(), value: value.into_owned() };
    reqwest::Url::parse(&format!("http://push/?{query}")).map(|url| url.query_pairs().map(pair).collect()).unwrap_or_default()
}

/// Headers that say where an answer ends and what becomes of the connection: the host's business. One
/// that lies would make a part of this answer the beginning of the next.
const OURS: &[&str] = &["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

fn answer(answer: Answer) -> Response {
    let whole = StatusCode::from_u16(answer.status).ok().filter(|status| !status.is_informational());
    let mut response = (whole.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), answer.body).into_response();
    for header in answer.headers.into_iter().filter(|header| !OURS.contains(&header.name.to_ascii_lowercase().as_str())) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(&header.name), HeaderValue::try_from(&header.value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
