//! Generations of credentials, without what is in them; and the audit.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Operator;
use super::rollouts::{Word, main_account, reasoned, scope};
use super::{Problem, Shared, rfc3339};
use crate::pair;
use crate::store::{Act, Generation, Link};
use crate::vault::{self, Fields};

/// A new generation. Its fields are those of the adapter's manifest.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCredential {
    pub carrier: String,
    #[serde(default = "main_account")]
    pub account: String,
    #[schema(value_type = BTreeMap<String, String>)]
    pub fields: BTreeMap<String, SecretString>,
    pub reason: String,
}

/// A generation as it is told: never its fields.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenerationView {
    pub carrier: String,
    pub account: String,
    pub generation: u32,
    pub created_at: String,
    pub retired_at: Option<String>,
    /// The last call that was made with it.
    pub last_used_at: Option<String>,
    /// Adapter versions of the folder that accept its fields.
    pub fits: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Generations {
    pub credentials: Vec<GenerationView>,
}

/// One change, by whom and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkView {
    pub seq: i64,
    pub at: String,
    pub actor: String,
    pub act: String,
    pub subject: String,
    pub reason: String,
    pub evidence: Option<String>,
}

/// The chain of changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Audit {
    /// Every link holds.
    pub whole: bool,
    /// The first link that does not.
    pub broken_at: Option<i64>,
    pub changes: Vec<LinkView>,
}

/// Adds a generation. Nothing uses it until a rollout does; the first of a new account is used at once.
#[utoipa::path(post, path = "/v1/credentials", security(("key" = [])), request_body = NewCredential,
    responses((status = 201, body = GenerationView), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn add(
    State(house): State<Shared>,
    operator: Operator,
    body: Result<Json<NewCredential>, JsonRejection>,
) -> Result<(StatusCode, Json<GenerationView>), Problem> {
    // Without the parser's words: they may quote a value.
    let Json(new) = body.map_err(|_| Problem::bad("bad-json", "send `carrier`, `account`, `reason`, and `fields` of texts, as JSON"))?;
    let account = scope(&operator, &new.carrier, &new.account)?;
    reasoned(&new.reason)?;
    let fits = fits(&house, &new.carrier, &new.fields);
    if let Err(why) = &fits {
        return Err(Problem::bad("credential", why.clone()));
    }
    let act = Act { actor: operator.name(), act: "credential.add", subject: account.to_string(), reason: new.reason, evidence: None };
    let generation = house.store.add_generation(&account, house.vault.seal_fields(&new.fields), act, house.now()).await?;
    if house.releases.of(&account).is_none() {
        let _alone = house.conduct.alone().await;
        if let Err(why) = pair::join(&house, &account).await {
            tracing::warn!(carrier.id = %account.carrier, "generation {generation} of {account} is kept, and nothing is asked for it: {why:#}");
        }
    }
    let rows = house.store.generations().await?;
    let row = rows.into_iter().find(|row| row.of() == account && row.generation == generation);
    let row = row.ok_or_else(|| Problem::not_found("the generation is gone"))?;
    Ok((StatusCode::CREATED, Json(view(&house, row).await?)))
}

/// Every generation of every account of the key.
#[utoipa::path(get, path = "/v1/credentials", security(("key" = [])), responses((status = 200, body = Generations), (status = 403, body = Problem)))]
pub async fn list(State(house): State<Shared>, operator: Operator) -> Result<Json<Generations>, Problem> {
    let mut credentials = vec![];
    for row in house.store.generations().await?.into_iter().filter(|row| operator.may(&row.account)) {
        credentials.push(view(&house, row).await?);
    }
    Ok(Json(Generations { credentials }))
}

/// Retires a generation: no new call uses it. One that a release is on cannot be retired.
#[utoipa::path(post, path = "/v1/credentials/{carrier}/{account}/{generation}/retire", security(("key" = [])), request_body = Word,
    params(("carrier" = String, Path), ("account" = String, Path), ("generation" = u32, Path)),
    responses((status = 204, description = "retired"), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn retire(
    State(house): State<Shared>,
    operator: Operator,
    Path((carrier, account, generation)): Path<(String, String, u32)>,
    body: Result<Json<Word>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(word) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let account = scope(&operator, &carrier, &account)?;
    reasoned(&word.reason)?;
    let _alone = house.conduct.alone().await;
    let standing = house.releases.of(&account);
    let in_use = |g: u32| {
        standing
            .as_ref()
            .is_some_and(|s| s.stable.secrets.generation == g || s.candidate.as_ref().is_some_and(|c| c.release.secrets.generation == g))
    };
    if in_use(generation) {
        return Err(Problem::conflict(format!("{account} uses generation {generation}: promote another one first")));
    }
    let rows = house.store.generations().await?;
    let Some(row) = rows.iter().find(|row| row.of() == account && row.generation == generation) else {
        return Err(Problem::not_found(format!("no generation {generation} of {account}")));
    };
    if let Some(at) = row.retired_at {
        return Err(Problem::conflict(format!("generation {generation} of {account} was retired at {}", rfc3339(at))));
    }
    let subject = format!("{account}+{generation}");
    let act = Act { actor: operator.name(), act: "credential.retire", subject, reason: word.reason, evidence: None };
    house.store.retire_generation(&account, generation, act, house.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who changed what and why, oldest first, and whether the chain holds.
#[utoipa::path(get, path = "/v1/audit", security(("key" = [])), responses((status = 200, body = Audit), (status = 403, body = Problem)))]
pub async fn audit(State(house): State<Shared>, operator: Operator) -> Result<Json<Audit>, Problem> {
    if operator.is_scoped() {
        return Err(Problem::forbidden("the audit is of every account, and the key's scope is not"));
    }
    let (links, broken_at) = house.store.audit().await?;
    Ok(Json(Audit { whole: broken_at.is_none(), broken_at, changes: links.into_iter().map(link).collect() }))
}

/// Versions that accept these fields, or why none does.
fn fits(house: &Shared, carrier: &str, fields: &Fields) -> Result<Vec<String>, String> {
    let account = crate::parcel::Account::new(carrier, "main");
    let manifests: Vec<_> = house.shelf.manifests(carrier).into_iter().map(Arc::new).collect();
    let (mut fit, mut mistakes) = (vec![], vec![]);
    for manifest in &manifests {
        match vault::check(&account, 1, fields.clone(), manifest) {
            Ok(_) => fit.push(manifest.release()),
            Err(refused) => mistakes.push(format!("{}: {}", manifest.release(), refused.why)),
        }
    }
    if manifests.is_empty() {
        return Err(format!("no adapter for carrier `{carrier}`"));
    }
    if fit.is_empty() { Err(mistakes.join(" · ")) } else { Ok(fit) }
}

async fn view(house: &Shared, row: Generation) -> Result<GenerationView, Problem> {
    let fields = house.vault.open_fields(&row.sealed).unwrap_or_default();
    let uses = house.store.uses(&row.of(), row.generation).await?;
    Ok(GenerationView {
        fits: fits(house, &row.carrier, &fields).unwrap_or_default(),
        carrier: row.carrier,
        account: row.account,
        generation: row.generation,
        created_at: rfc3339(row.created_at),
        retired_at: row.retired_at.map(rfc3339),
        last_used_at: uses.last_at.map(rfc3339),
    })
}

fn link(link: Link) -> LinkView {
    let Link { seq, at, actor, act, subject, reason, evidence, .. } = link;
    LinkView { seq, at: rfc3339(at), actor, act, subject, reason, evidence }
}
