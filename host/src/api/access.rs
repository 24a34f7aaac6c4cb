//! The access log, without secrets, and the health check.

use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};
use tracing::debug;

use super::{Problem, Shared};

/// One line a request: the route's pattern, never the path, which may hold a push secret.
pub async fn log(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<axum::extract::MatchedPath>().map_or("-", |m| m.as_str()).to_owned();
    let response = next.run(request).await;
    let (status, duration_ms) = (response.status().as_u16(), begun.elapsed().as_millis() as u64);
    debug!(http.method = %method, http.route = route, http.status = status, duration_ms, "{method} {route} {status} in {duration_ms} ms");
    response
}

/// Alive, and able to read its store.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "alive")))]
pub async fn health(State(house): State<Shared>) -> Result<Json<Value>, Problem> {
    let leased = house.store.leased().await?;
    Ok(Json(json!({ "status": "ok", "carriers": house.shelf.carriers().len(), "leased": leased })))
}
