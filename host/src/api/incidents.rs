//! Incidents: what happened for those who watch, the exchanges for operators only.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::auth::Monitor;
use super::views::Words;
use super::{Problem, Shared, rfc3339};
use crate::incident::{Evidence, Incident, headline};
use crate::task::Explanation;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those that are not over.
    #[serde(default)]
    open: bool,
    /// At most so many, the newest first: 1 to 500, 100 if left out.
    limit: Option<u32>,
}

/// Faults of one account that belong together.
#[derive(Serialize, ToSchema)]
pub struct IncidentView {
    pub id: String,
    pub carrier: String,
    pub account: String,
    pub headline: Words,
    /// When the first of its looks failed.
    pub since: String,
    pub opened_at: String,
    /// When the last of its looks failed.
    pub last_at: String,
    /// When it was over: nothing out of the ordinary any more, and the parcels that failed are well.
    pub closed_at: Option<String>,
    /// Failed looks by outcome.
    pub looks: BTreeMap<String, u64>,
    /// Other carriers that failed at the same time: many of them point at our own network.
    pub also: Vec<String>,
    pub evidence: Vec<EvidenceView>,
    /// What was announced, or seen in live traffic, that it may come of.
    pub explained_by: Vec<ExplanationView>,
}

/// An announcement that came true around the time.
#[derive(Serialize, ToSchema)]
pub struct ExplanationView {
    /// As in `/v1/tasks/{id}`.
    pub task: String,
    /// As in `/v1/notices/{id}`.
    pub notice: Option<String>,
    pub kind: String,
    pub title: String,
    pub due_at: Option<String>,
    pub url: Option<String>,
}

/// The first look that ended in one outcome.
#[derive(Serialize, ToSchema)]
pub struct EvidenceView {
    pub outcome: String,
    pub at: String,
    /// Adapter version and, after the plus, credential generation.
    pub release: String,
    /// What the fault said, when one incident is asked for by ops.
    pub detail: Option<String>,
    /// Fields that the last good answers did not have, lack, or had with another kind of value.
    pub answer_added: Vec<String>,
    pub answer_missing: Vec<String>,
    pub answer_changed: Vec<String>,
    /// Good answers it was compared with.
    pub compared_with: usize,
    /// The exchange with secrets as names and people masked, when one incident is asked for by ops.
    #[schema(value_type = Option<Object>)]
    pub exchange: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct Incidents {
    pub incidents: Vec<IncidentView>,
}

/// What went wrong with whom, the newest first.
#[utoipa::path(get, path = "/v1/incidents", security(("key" = [])), params(Which),
    responses((status = 200, body = Incidents), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn list(State(house): State<Shared>, monitor: Monitor, Query(which): Query<Which>) -> Result<Json<Incidents>, Problem> {
    let most = which.limit.unwrap_or(100);
    if !(1..=500).contains(&most) {
        return Err(Problem::bad("limit", "a limit is 1 to 500"));
    }
    let all = house.store.incidents(which.open, most).await?;
    let own = all.into_iter().filter(|incident| monitor.may(&incident.account.name));
    Ok(Json(Incidents { incidents: own.map(|incident| view(&house, incident)).collect() }))
}

/// One of them, with the exchanges that tell about it.
#[utoipa::path(get, path = "/v1/incidents/{id}", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn by_id(State(house): State<Shared>, monitor: Monitor, Path(id): Path<String>) -> Result<Json<IncidentView>, Problem> {
    let known = house.store.incident(&id).await?.filter(|incident| monitor.may(&incident.account.name));
    let incident = known.ok_or_else(|| Problem::not_found(format!("no incident `{id}`; see `posthouse incident list`")))?;
    let (account, kept) = (incident.account.clone(), incident.evidence.clone());
    let mut view = view(&house, incident);
    if !monitor.is_ops() {
        // Whose parcel it was stands in the exchange.
        return Ok(Json(view));
    }
    for (evidence, Evidence { exchange, at, .. }) in view.evidence.iter_mut().zip(kept) {
        let Some(key) = exchange else { continue };
        let kept = house.store.exchange(key, &account, at).await?;
        evidence.detail = kept.as_ref().and_then(|kept| kept.fault.clone());
        evidence.exchange = kept.map(|kept| json!(kept));
    }
    Ok(Json(view))
}

fn view(house: &Shared, incident: Incident) -> IncidentView {
    let adapter = house.adapter(&incident.account.carrier);
    let (zh, en) = headline(&incident, adapter.as_ref().map(|a| &*a.manifest));
    IncidentView {
        id: incident.id,
        carrier: incident.account.carrier.to_string(),
        account: incident.account.name.to_string(),
        headline: Words { zh, en },
        since: rfc3339(incident.since),
        opened_at: rfc3339(incident.opened_at),
        last_at: rfc3339(incident.last_at),
        closed_at: incident.closed_at.map(rfc3339),
        looks: incident.looks,
        also: incident.also,
        evidence: incident.evidence.into_iter().map(evidence).collect(),
        explained_by: incident.explained.into_iter().map(explanation).collect(),
    }
}

fn explanation(told: Explanation) -> ExplanationView {
    let Explanation { task, notice, title, kind, due_at, url } = told;
    ExplanationView { task, notice, kind, title, due_at: due_at.map(rfc3339), url }
}

fn evidence(evidence: Evidence) -> EvidenceView {
    let Evidence { outcome, at, release, news, .. } = evidence;
    EvidenceView {
        outcome,
        at: rfc3339(at),
        release,
        detail: None,
        answer_added: news.added,
        answer_missing: news.missing,
        answer_changed: news.changed,
        compared_with: news.compared,
        exchange: None,
    }
}
