//! What a carrier's codes mean: the adapter's dictionary, an operator's words over it, and codes that
//! neither knows.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use posthouse_sdk::status;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{Caller, Operator};
use super::{Problem, Shared, input, rfc3339};
use crate::judge::Override;
use crate::sandbox::Adapter;
use crate::store::Act;

/// Parcels whose stored events are read anew in one transaction.
const TOGETHER: u32 = 100;

/// A carrier's dictionary.
#[derive(Debug, Serialize, ToSchema)]
pub struct DictionaryView {
    pub carrier: String,
    /// The adapter whose dictionary it is.
    pub adapter: String,
    pub codes: Vec<CodeView>,
}

/// One code.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeView {
    pub code: String,
    /// What it means now; empty where only the wording tells.
    pub status: String,
    /// What the adapter says; null if it does not know the code.
    pub adapter: Option<String>,
    /// An operator's word on it.
    pub overridden: Option<OverrideView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OverrideView {
    pub by: String,
    pub at: String,
    pub reason: String,
}

/// An operator's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOverride {
    /// One of our statuses.
    pub status: String,
    pub reason: String,
}

/// Codes that nobody knows, the most frequent first.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnmappedList {
    pub unmapped: Vec<UnmappedView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct UnmappedView {
    pub code: String,
    /// The newest wording; personal numbers are masked.
    pub text: String,
    /// What the wording was taken to mean.
    pub status: String,
    pub seen: i64,
    pub first_at: String,
    pub last_at: String,
}

/// What was read anew.
#[derive(Debug, Serialize, ToSchema)]
pub struct Applied {
    /// Parcels with such events.
    pub parcels: usize,
    /// Those whose state is another one now.
    pub changed: usize,
}

/// A carrier's codes and what they mean now.
#[utoipa::path(get, path = "/v1/dictionary/{carrier}", security(("key" = [])), params(("carrier" = String, Path)),
    responses((status = 200, body = DictionaryView), (status = 404, body = Problem)))]
pub async fn list(State(house): State<Shared>, _caller: Caller, Path(carrier): Path<String>) -> Result<Json<DictionaryView>, Problem> {
    let adapter = adapter(&house, &carrier)?;
    let overrides = house.dictionary.all();
    let own: Vec<&Override> = overrides.values().filter(|word| word.carrier == carrier).collect();
    let known = adapter.manifest.status.iter().map(|(code, status)| {
        let over = own.iter().find(|word| word.code == *code);
        code_view(code, Some(status), over.copied())
    });
    let added =
        own.iter().filter(|word| !adapter.manifest.status.contains_key(&word.code)).map(|word| code_view(&word.code, None, Some(word)));
    let codes = known.chain(added).collect();
    Ok(Json(DictionaryView { codes, adapter: adapter.manifest.release(), carrier }))
}

fn code_view(code: &str, adapter: Option<&String>, over: Option<&Override>) -> CodeView {
    let meant = adapter.and_then(|named| status::known(named));
    let status = over.map(|word| word.status).or(meant).unwrap_or_default().to_owned();
    let overridden = over.map(|word| OverrideView { by: word.by.clone(), at: rfc3339(word.at), reason: word.reason.clone() });
    CodeView { code: code.into(), status, adapter: adapter.cloned(), overridden }
}

/// Codes that neither the adapter nor an operator knows; their events are read by their wording.
#[utoipa::path(get, path = "/v1/dictionary/{carrier}/unmapped", security(("key" = [])), params(("carrier" = String, Path)),
    responses((status = 200, body = UnmappedList), (status = 404, body = Problem)))]
pub async fn unmapped(State(house): State<Shared>, operator: Operator, Path(carrier): Path<String>) -> Result<Json<UnmappedList>, Problem> {
    adapter(&house, &carrier)?;
    may(&operator)?;
    let view = |one: crate::store::Unmapped| UnmappedView {
        code: one.code,
        text: one.text,
        status: one.status,
        seen: one.seen,
        first_at: rfc3339(one.first_at),
        last_at: rfc3339(one.last_at),
    };
    Ok(Json(UnmappedList { unmapped: house.store.unmapped(&carrier).await?.into_iter().map(view).collect() }))
}

/// Says what a code means, over the adapter's dictionary, for every answer from now on. Audited.
#[utoipa::path(put, path = "/v1/dictionary/{carrier}/codes/{code}", security(("key" = [])), request_body = NewOverride,
    params(("carrier" = String, Path), ("code" = String, Path)), responses((status = 200, body = CodeView), (status = 400, body = Problem)))]
pub async fn set(
    State(house): State<Shared>,
    operator: Operator,
    Path((carrier, code)): Path<(String, String)>,
    body: Result<Json<NewOverride>, JsonRejection>,
) -> Result<Json<CodeView>, Problem> {
    let Json(new) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let adapter = adapter(&house, &carrier)?;
    may(&operator)?;
    if code.is_empty() || code.len() > 200 {
        return Err(Problem::bad("code", "a code has 1 to 200 bytes; events without one are read by their wording"));
    }
    let exact = status::ALL.iter().find(|(known, ..)| *known == new.status).map(|(known, ..)| *known);
    let status =
        exact.ok_or_else(|| Problem::bad("status", format!("`{}` is none of our statuses; docs/api.md lists them", new.status)))?;
    let reason = input::reason(&new.reason)?.to_owned();
    let word = Override { carrier: carrier.clone(), code, status, by: operator.name(), at: house.now(), reason };
    let act = act(&operator, "dictionary.set", format!("{carrier} {} = {status}", word.code), &word.reason);
    let _alone = house.dictionary.alone().await;
    house.store.set_override(word.clone(), act).await?;
    house.dictionary.set(word.clone());
    Ok(Json(code_view(&word.code, adapter.manifest.status.get(&word.code), Some(&word))))
}

/// Takes an operator's word back: the adapter's dictionary holds again.
#[utoipa::path(delete, path = "/v1/dictionary/{carrier}/codes/{code}", security(("key" = [])), params(("carrier" = String, Path), ("code" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn unset(
    State(house): State<Shared>,
    operator: Operator,
    Path((carrier, code)): Path<(String, String)>,
) -> Result<axum::http::StatusCode, Problem> {
    adapter(&house, &carrier)?;
    may(&operator)?;
    if !house.dictionary.all().contains_key(&(carrier.clone(), code.clone())) {
        return Err(Problem::not_found("nobody has overridden this code"));
    }
    let act = act(&operator, "dictionary.unset", format!("{carrier} {code}"), "taken back");
    let _alone = house.dictionary.alone().await;
    house.store.unset_override(&carrier, &code, act, house.now()).await?;
    house.dictionary.unset(&carrier, &code);
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Reads stored events of an overridden code anew, and tells the hub what that changed.
/// Repeating it is safe.
#[utoipa::path(post, path = "/v1/dictionary/{carrier}/codes/{code}/apply", security(("key" = [])), params(("carrier" = String, Path), ("code" = String, Path)),
    responses((status = 200, body = Applied), (status = 404, body = Problem)))]
pub async fn apply(
    State(house): State<Shared>,
    operator: Operator,
    Path((carrier, code)): Path<(String, String)>,
) -> Result<Json<Applied>, Problem> {
    let adapter = adapter(&house, &carrier)?;
    may(&operator)?;
    let over = house.dictionary.all().get(&(carrier.clone(), code.clone())).map(|word| word.status);
    let meant = over.ok_or_else(|| Problem::not_found("nobody has overridden this code: say what it means first"))?;
    let mut applied = Applied { parcels: 0, changed: 0 };
    let (mut after, now) = (0, house.now());
    loop {
        let keys = house.store.parcels_with(&carrier, &code, after, TOGETHER).await?;
        let Some(last) = keys.last() else { break };
        after = last.0;
        applied.parcels += keys.len();
        applied.changed += house.store.reread(keys, &code, meant, house.judging(&adapter.manifest), now).await?;
    }
    house.store.note(act(&operator, "dictionary.apply", format!("{carrier} {code} = {meant}"), "re-read"), now).await?;
    Ok(Json(applied))
}

fn adapter(house: &Shared, carrier: &str) -> Result<std::sync::Arc<Adapter>, Problem> {
    house.adapter(carrier).ok_or_else(|| Problem::not_found("no adapter for this carrier; `GET /v1/carriers` lists them"))
}

fn may(operator: &Operator) -> Result<(), Problem> {
    if operator.is_scoped() {
        return Err(Problem::forbidden("a dictionary is every account's, and the key's scope is not"));
    }
    Ok(())
}

fn act(operator: &Operator, act: &'static str, subject: String, reason: &str) -> Act {
    Act { actor: operator.name(), act, subject, reason: reason.to_owned(), evidence: None }
}
