//! Proof that a retired generation is dead.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Operator;
use super::rollouts::{Refused, reasoned, scope, to_its_end};
use super::{Problem, Shared, input, rfc3339};
use crate::proof::{self, Tried};
use crate::store::Generation;

/// An operator's word for one call with a retired generation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryWord {
    /// Must be true: some carriers lock an account after refused calls.
    #[serde(rename = "try")]
    pub really: bool,
    /// The number to ask about.
    pub parcel: String,
    pub reason: String,
}

/// What is known of a generation since it was retired.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProofView {
    pub carrier: String,
    pub account: String,
    pub generation: u32,
    pub retired_at: String,
    /// The last call that was made with it, deliberate ones apart.
    pub last_used_at: Option<String>,
    pub calls: i64,
    /// Calls that began after it was retired, deliberate ones apart.
    pub calls_since_retired: i64,
    /// Deliberate calls, oldest first.
    pub tries: Vec<TryView>,
    /// The deliberate call that was just made.
    pub tried: Option<TriedView>,
}

/// A deliberate call, as the audit has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TryView {
    pub at: String,
    pub actor: String,
    /// `refused`, `accepted` or `inconclusive`.
    pub outcome: String,
    /// SHA-256 of the exchanges as they are kept.
    pub evidence: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TriedView {
    pub at: String,
    pub release: String,
    /// `refused`: the credential is dead. `accepted`: the carrier still takes it. `inconclusive`: see the fault.
    pub outcome: &'static str,
    pub fault: Option<String>,
    pub evidence: String,
}

/// When a generation was retired, and what was done with it since.
#[utoipa::path(get, path = "/v1/credentials/{carrier}/{account}/{generation}/proof", security(("key" = [])),
    params(("carrier" = String, Path), ("account" = String, Path), ("generation" = u32, Path)),
    responses((status = 200, body = ProofView), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn show(
    State(house): State<Shared>,
    operator: Operator,
    Path((carrier, account, generation)): Path<(String, String, u32)>,
) -> Result<Json<ProofView>, Problem> {
    let row = retired(&house, &operator, &carrier, &account, generation).await?;
    Ok(Json(view(&house, &row, None).await?))
}

/// Makes one call with a retired generation, under the account's quota. The carrier must refuse it.
#[utoipa::path(post, path = "/v1/credentials/{carrier}/{account}/{generation}/proof", security(("key" = [])), request_body = TryWord,
    params(("carrier" = String, Path), ("account" = String, Path), ("generation" = u32, Path)),
    responses((status = 200, body = ProofView), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn make(
    State(house): State<Shared>,
    operator: Operator,
    Path((carrier, account, generation)): Path<(String, String, u32)>,
    body: Result<Json<TryWord>, JsonRejection>,
) -> Result<Json<ProofView>, Refused> {
    let Json(word) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let row = retired(&house, &operator, &carrier, &account, generation).await?;
    reasoned(&word.reason)?;
    if !word.really {
        return Err(Problem::bad("no-try", "say `\"try\": true`: it calls the carrier with a credential that it should refuse").into());
    }
    let number = input::number(&house, &carrier, &word.parcel)?;
    let (own, of, actor) = (house.clone(), row.clone(), operator.name());
    let tried = to_its_end(async move { proof::make(&own, &of, number, word.reason, actor).await }).await?;
    Ok(Json(view(&house, &row, Some(tried)).await?))
}

async fn retired(house: &Shared, operator: &Operator, carrier: &str, account: &str, generation: u32) -> Result<Generation, Problem> {
    let account = scope(operator, carrier, account)?;
    let rows = house.store.generations().await?;
    let row = rows.into_iter().find(|row| row.of() == account && row.generation == generation);
    let row = row.ok_or_else(|| Problem::not_found(format!("no generation {generation} of {account}")))?;
    if row.retired_at.is_none() {
        return Err(Problem::not_retired(format!("generation {generation} of {account} is live: retire it first")));
    }
    Ok(row)
}

async fn view(house: &Shared, row: &Generation, tried: Option<Tried>) -> Result<ProofView, Problem> {
    let uses = house.store.uses(&row.of(), row.generation).await?;
    Ok(ProofView {
        carrier: row.carrier.clone(),
        account: row.account.clone(),
        generation: row.generation,
        retired_at: row.retired_at.map(rfc3339).unwrap_or_default(),
        last_used_at: uses.last_at.map(rfc3339),
        calls: uses.calls,
        calls_since_retired: uses.late,
        tries: tries(house, row).await?,
        tried: tried.map(tried_view),
    })
}

async fn tries(house: &Shared, row: &Generation) -> Result<Vec<TryView>, Problem> {
    let begin = format!("{}+{}: ", row.of(), row.generation);
    let (links, _) = house.store.audit().await?;
    let tries = links.into_iter().filter(|link| link.act == "credential.proof").filter_map(|link| {
        let outcome = link.subject.strip_prefix(&begin)?.to_owned();
        Some(TryView { at: rfc3339(link.at), actor: link.actor, outcome, evidence: link.evidence })
    });
    Ok(tries.collect())
}

fn tried_view(tried: Tried) -> TriedView {
    let Tried { at, release, outcome, fault, evidence } = tried;
    TriedView { at: rfc3339(at), release, outcome, fault, evidence }
}
