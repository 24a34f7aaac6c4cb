//! Carriers' public pages: who allowed to read them, and why one is not read any more.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use posthouse_sdk::manifest::Manifest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::auth::{Caller, Operator};
use super::views::Words;
use super::{Problem, Shared, input, rfc3339};
use crate::permit::{self, Allowed, Page};

/// A carrier whose public page can be read.
#[derive(Serialize, ToSchema)]
pub struct PageView {
    pub carrier: String,
    pub names: Words,
    /// How its shape is known: `live`, `old`, `invented`.
    pub evidence: String,
    /// `read`, `not-allowed` or `stopped`.
    pub state: String,
    pub allowed: Option<AllowedView>,
    pub stopped: Option<StopView>,
    /// What the last check of its structure found.
    pub checked: Option<CheckedView>,
}

/// Who allowed it.
#[derive(Serialize, ToSchema)]
pub struct AllowedView {
    pub by: String,
    /// `2026-01-20`.
    pub on: String,
    pub terms: String,
}

/// Why it is not read any more; its parcels wait for a clerk.
#[derive(Serialize, ToSchema)]
pub struct StopView {
    pub at: String,
    /// `turned-away` or `challenge`.
    pub outcome: String,
    pub detail: String,
    /// What it showed, when one carrier is asked for: the page as it was kept, with a picture.
    #[schema(value_type = Option<Object>)]
    pub evidence: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct CheckedView {
    pub at: String,
    pub found: String,
}

#[derive(Serialize, ToSchema)]
pub struct PageList {
    pub pages: Vec<PageView>,
}

/// Kept pages, the newest first: what a check of the structure reads again.
#[derive(Serialize, ToSchema)]
pub struct Snapshots {
    #[schema(value_type = Vec<Object>)]
    pub snapshots: Vec<Value>,
}

/// A decision about a page.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// For `allow`: who at the carrier, or in your house, allowed it.
    pub by: Option<String>,
    /// For `allow`: the day they did, `2026-01-20`.
    pub on: Option<String>,
    /// For `allow` the terms it rests on, for everything else why.
    pub reason: String,
}

/// Every carrier with a page, whether it is read, and if not why.
#[utoipa::path(get, path = "/v1/pages", security(("key" = [])), responses((status = 200, body = PageList), (status = 401, body = Problem)))]
pub async fn list(State(house): State<Shared>, _caller: Caller) -> Json<PageList> {
    let recorded = house.permits.all();
    let all = house.shelf.carriers();
    let manifests = all.values().map(|adapter| &adapter.manifest).filter(|manifest| manifest.page.is_some());
    Json(PageList { pages: manifests.map(|m| view(m, recorded.get(&m.id).cloned().unwrap_or_default())).collect() })
}

/// One of them, with what it showed when it was stopped.
#[utoipa::path(get, path = "/v1/pages/{carrier}", security(("key" = [])), params(("carrier" = String, Path)),
    responses((status = 200, body = PageView), (status = 404, body = Problem)))]
pub async fn one(State(house): State<Shared>, _operator: Operator, Path(carrier): Path<String>) -> Result<Json<PageView>, Problem> {
    let page = house.permits.all().get(&carrier).cloned().unwrap_or_default();
    let exchange = page.stop.as_ref().and_then(|stop| stop.exchange);
    let mut view = view(&*manifest(&house, &carrier)?, page);
    if let (Some(key), Some(stop)) = (exchange, &mut view.stopped) {
        stop.evidence = house.store.kept(key).await?.map(|kept| json!(kept));
    }
    Ok(Json(view))
}

/// Pages of the carrier as they were kept, the newest first, at most ten.
#[utoipa::path(get, path = "/v1/pages/{carrier}/snapshots", security(("key" = [])), params(("carrier" = String, Path)),
    responses((status = 200, body = Snapshots), (status = 404, body = Problem)))]
pub async fn snapshots(State(house): State<Shared>, operator: Operator, Path(carrier): Path<String>) -> Result<Json<Snapshots>, Problem> {
    if operator.is_scoped() {
        return Err(Problem::forbidden("snapshots are of every account, and the key's scope is not"));
    }
    manifest(&house, &carrier)?;
    let kept = house.store.snapshots(&carrier, 10).await?;
    let told = |(number, kept)| json!({ "number": number, "page": kept });
    Ok(Json(Snapshots { snapshots: kept.into_iter().map(told).collect() }))
}

/// `allow`, `withdraw`, `resume`, or `check` with what was found as the reason. Every decision is
/// audited; each of them may be repeated.
#[utoipa::path(post, path = "/v1/pages/{carrier}/{act}", security(("key" = [])), request_body = Decision,
    params(("carrier" = String, Path), ("act" = String, Path)),
    responses((status = 200, body = PageView), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn act(
    State(house): State<Shared>,
    operator: Operator,
    Path((carrier, act)): Path<(String, String)>,
    body: Result<Json<Decision>, JsonRejection>,
) -> Result<Json<PageView>, Problem> {
    let Json(decision) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let manifest = manifest(&house, &carrier)?;
    if operator.is_scoped() {
        return Err(Problem::forbidden("a page is every account's, and the key's scope is not"));
    }
    let reason = input::reason(&decision.reason)?;
    let actor = operator.name();
    match act.as_str() {
        "allow" => permit::allow(&house, &carrier, allowed(&decision)?, &actor).await?,
        "withdraw" => permit::withdraw(&house, &carrier, reason, &actor).await?,
        "resume" if house.permits.all().get(&carrier).is_none_or(|page| page.stop.is_none()) => {
            return Err(Problem::conflict(format!("the page of `{carrier}` is not stopped")));
        }
        "resume" => permit::go_on(&house, &carrier, reason, &actor).await?,
        "check" => permit::checked(&house, &carrier, reason, &actor).await?,
        other => return Err(Problem::not_found(format!("`{other}` is nothing a page can be told: allow, withdraw, resume or check"))),
    }
    Ok(Json(view(&manifest, house.permits.all().get(&carrier).cloned().unwrap_or_default())))
}

fn allowed(decision: &Decision) -> Result<Allowed, Problem> {
    let by = decision.by.as_deref().map(str::trim).filter(|by| !by.is_empty() && by.len() <= 200);
    let by = by.ok_or_else(|| Problem::bad("by", "`by` names who allowed to read the page"))?;
    let on = decision.on.as_deref().and_then(|on| on.parse::<jiff::civil::Date>().ok());
    let on = on.ok_or_else(|| Problem::bad("on", "`on` is the day it was allowed: 2026-01-20"))?;
    Ok(Allowed { by: by.to_owned(), on: on.to_string(), terms: decision.reason.trim().to_owned() })
}

fn manifest(house: &Shared, carrier: &str) -> Result<std::sync::Arc<Manifest>, Problem> {
    let adapter = house.adapter(carrier).filter(|adapter| adapter.manifest.page.is_some());
    adapter.map(|a| a.manifest.clone()).ok_or_else(|| Problem::not_found(format!("no adapter reads a page of `{carrier}`")))
}

fn view(manifest: &Manifest, page: Page) -> PageView {
    let state = match (&page.allowed, &page.stop) {
        (None, _) => "not-allowed",
        (Some(_), Some(_)) => "stopped",
        (Some(_), None) => "read",
    };
    PageView {
        carrier: manifest.id.clone(),
        names: Words { zh: manifest.names.zh.clone(), en: manifest.names.en.clone() },
        evidence: format!("{:?}", manifest.evidence).to_lowercase(),
        state: state.into(),
        allowed: page.allowed.map(|a| AllowedView { by: a.by, on: a.on, terms: a.terms }),
        stopped: page.stop.map(|s| StopView { at: rfc3339(s.at), outcome: s.kind.code().into(), detail: s.detail, evidence: None }),
        checked: page.checked.map(|(at, found)| CheckedView { at: rfc3339(at), found }),
    }
}
