//! The log of a webhook's letters, and what died.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::{Problem, Shared, input, rfc3339, webhooks};
use crate::publish;
use crate::store::Logged;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// `waiting`, `delivered` or `dead`; all if left out.
    state: Option<String>,
    /// 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A letter and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// The message's id, which the receiver saw.
    pub id: String,
    /// `waiting`, `delivered` or `dead`.
    pub state: String,
    pub parcel: String,
    pub carrier: String,
    pub number: String,
    /// When it happened.
    pub at: String,
    pub attempts: u32,
    pub last_at: Option<String>,
    /// Null too while an earlier letter of the parcel is waited for.
    pub next_at: Option<String>,
    /// HTTP status of the last attempt.
    pub status: Option<u16>,
    pub took_ms: Option<i64>,
    /// Why the last attempt failed.
    pub detail: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Deliveries {
    /// The newest first.
    pub deliveries: Vec<DeliveryView>,
    /// Where the next page begins; null at the end.
    pub next: Option<String>,
}

/// A letter, every attempt that failed, and what was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneDelivery {
    #[serde(flatten)]
    pub delivery: DeliveryView,
    pub failed: Vec<FailedView>,
    #[schema(value_type = Object)]
    pub message: Value,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FailedView {
    pub at: String,
    pub status: Option<u16>,
    pub took_ms: i64,
    pub detail: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// Dead letters that wait again.
    pub letters: u64,
}

/// Letters of a webhook, the newest first.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", security(("key" = [])), params(("id" = String, Path), Which),
    responses((status = 200, body = Deliveries), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(house): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    query: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Deliveries>, Problem> {
    let Query(which) = query.map_err(|e| Problem::bad("bad-query", e.body_text()))?;
    let hook = webhooks::known(&house, &caller, &id).await?;
    if which.state.as_deref().is_some_and(|state| !matches!(state, "waiting" | "delivered" | "dead")) {
        return Err(Problem::bad("state", "`state` is `waiting`, `delivered` or `dead`"));
    }
    let limit = input::limit(which.limit)?;
    let before = match which.cursor {
        None => i64::MAX,
        given => input::cursor(given)?,
    };
    let found = house.store.deliveries(&hook.id, which.state.as_deref(), before, limit).await?;
    let next = (found.len() == limit as usize).then(|| found.last().map(|last| input::next(last.letter.key))).flatten();
    Ok(Json(Deliveries { deliveries: found.into_iter().map(|logged| view(&house, logged)).collect(), next }))
}

/// One letter with every attempt that failed.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries/{event}", security(("key" = [])),
    params(("id" = String, Path), ("event" = String, Path)),
    responses((status = 200, body = OneDelivery), (status = 404, body = Problem)))]
pub async fn one(
    State(house): State<Shared>,
    caller: Caller,
    Path((id, event)): Path<(String, String)>,
) -> Result<Json<OneDelivery>, Problem> {
    let hook = webhooks::known(&house, &caller, &id).await?;
    let key = place(&house, &event)?;
    let found = house.store.deliveries(&hook.id, None, key + 1, 1).await?;
    let logged = found.into_iter().find(|logged| logged.letter.key == key).ok_or_else(no_such_letter)?;
    let failed = house.store.failed_attempts(&hook.id, key).await?;
    let failed = failed.into_iter().map(|f| FailedView { at: rfc3339(f.at), status: f.status, took_ms: f.took_ms, detail: f.detail });
    let message = publish::json(house.store.mark_of_outbox(), &logged.letter);
    Ok(Json(OneDelivery { delivery: view(&house, logged), failed: failed.collect(), message }))
}

/// A dead letter is sent again. The receiver sees `late` if it had later ones of the parcel.
#[utoipa::path(post, path = "/v1/webhooks/{id}/deliveries/{event}/replay", security(("key" = [])),
    params(("id" = String, Path), ("event" = String, Path)),
    responses((status = 200, body = Replayed), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn replay(
    State(house): State<Shared>,
    caller: Caller,
    Path((id, event)): Path<(String, String)>,
) -> Result<Json<Replayed>, Problem> {
    let key = place(&house, &event)?;
    let replayed = revive(&house, &caller, &id, Some(key)).await?;
    if replayed.letters == 0 {
        return Err(Problem::conflict("only a dead letter is replayed; see `posthouse webhook deliveries --state dead`"));
    }
    Ok(Json(replayed))
}

/// All dead letters of a webhook are sent again.
#[utoipa::path(post, path = "/v1/webhooks/{id}/replay", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = Replayed), (status = 404, body = Problem)))]
pub async fn replay_all(State(house): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Json<Replayed>, Problem> {
    Ok(Json(revive(&house, &caller, &id, None).await?))
}

async fn revive(house: &Shared, caller: &Caller, id: &str, key: Option<i64>) -> Result<Replayed, Problem> {
    let hook = webhooks::known(house, caller, id).await?;
    let what = key.map_or_else(|| "all dead letters".into(), |key| publish::id(house.store.mark_of_outbox(), key));
    let letters = house.store.revive(&hook.id, key, webhooks::act(caller, "webhook.replay", &hook.id, &what), house.now()).await?;
    house.office.wake(&hook.id);
    Ok(Replayed { letters })
}

fn place(house: &Shared, event: &str) -> Result<i64, Problem> {
    publish::key(house.store.mark_of_outbox(), event).ok_or_else(no_such_letter)
}

fn no_such_letter() -> Problem {
    Problem::not_found("no such letter went to this webhook; see `posthouse webhook deliveries`")
}

fn view(house: &Shared, logged: Logged) -> DeliveryView {
    let Logged { letter, state, attempts, next_at, last_at, status, took_ms, detail } = logged;
    DeliveryView {
        id: publish::id(house.store.mark_of_outbox(), letter.key),
        state,
        parcel: letter.id,
        carrier: letter.account.carrier.to_string(),
        number: letter.number,
        at: rfc3339(letter.at),
        attempts,
        last_at: last_at.map(rfc3339),
        next_at: next_at.map(rfc3339),
        status,
        took_ms,
        detail,
    }
}
