//! Alerts, and the channels that hear of them: for those who watch.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::auth::Monitor;
use super::views::Words;
use super::{Problem, Shared, input, rfc3339};
use crate::alert::{self, Alert, Severity};
use crate::parcel::Account;
use crate::store::{AlertFilter, Telling};

/// Which alerts a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AlertQuery {
    /// Only those that are not over.
    #[serde(default)]
    open: bool,
    /// Only those that nobody has acknowledged.
    #[serde(default)]
    unacknowledged: bool,
    /// `sla-breached`, `over-capacity`, `incident` …
    kind: Option<String>,
    carrier: Option<String>,
    /// From this severity on: `info`, `warning`, `critical`.
    #[param(value_type = Option<String>)]
    severity: Option<Severity>,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 if left out.
    limit: Option<u32>,
}

/// Something that is or was wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertView {
    pub id: String,
    /// One alert is open for it at a time: `sla:sf/main`, `incident:in_…`.
    pub key: String,
    pub kind: String,
    /// The worst it has been: `info`, `warning`, `critical`.
    pub severity: String,
    pub carrier: Option<String>,
    pub account: Option<String>,
    pub headline: Words,
    /// Figures of when it was raised last; of a closed one its last.
    #[schema(value_type = Object)]
    pub detail: Value,
    pub opened_at: String,
    pub last_at: String,
    pub closed_at: Option<String>,
    pub acknowledged_at: Option<String>,
    pub acknowledged_by: Option<String>,
    /// When those were told who hear of what nobody acknowledged.
    pub escalated_at: Option<String>,
    /// How often the channels were told that it changed.
    pub updates: u32,
    /// What each channel was told, in order; when one alert is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<MessageView>>,
}

/// One message to one channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageView {
    pub channel: String,
    /// `opened`, `updated`, `escalated`, `recovered`.
    pub step: String,
    pub made_at: String,
    pub sent_at: Option<String>,
    pub attempts: u32,
    /// Why the last attempt did not work.
    pub failure: Option<String>,
    /// When it is tried, or tried again; null if it was sent or given up.
    pub next_at: Option<String>,
}

/// A page of alerts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertList {
    pub alerts: Vec<AlertView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// Lists alerts, the newest first.
#[utoipa::path(get, path = "/v1/alerts", security(("key" = [])), params(AlertQuery),
    responses((status = 200, body = AlertList), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn list(
    State(house): State<Shared>,
    monitor: Monitor,
    query: Result<Query<AlertQuery>, QueryRejection>,
) -> Result<Json<AlertList>, Problem> {
    let Query(query) = query.map_err(|e| Problem::bad("bad-query", e.body_text()))?;
    let AlertQuery { open, unacknowledged, kind, carrier, severity, cursor, limit } = query;
    let limit = input::limit(limit)?;
    let before = cursor.map(|cursor| input::cursor(Some(cursor))).transpose()?;
    let accounts = monitor.accounts();
    let filter = AlertFilter { open, unacknowledged, kind, carrier, accounts, severity, before, ..AlertFilter::default() };
    let page = house.store.alerts(&filter, limit).await?;
    Ok(Json(AlertList { alerts: page.alerts.into_iter().map(|alert| view(alert, None)).collect(), next: page.next.map(input::next) }))
}

/// One of them, with what each channel was told.
#[utoipa::path(get, path = "/v1/alerts/{id}", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = AlertView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn by_id(State(house): State<Shared>, monitor: Monitor, Path(id): Path<String>) -> Result<Json<AlertView>, Problem> {
    let alert = find(&house, &monitor, &id).await?;
    let told = house.store.told(&alert.id).await?;
    Ok(Json(view(alert, Some(told))))
}

/// Somebody has it: nobody else is called, and only its end is told. Repeating it changes nothing.
#[utoipa::path(post, path = "/v1/alerts/{id}/ack", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = AlertView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn ack(State(house): State<Shared>, monitor: Monitor, Path(id): Path<String>) -> Result<Json<AlertView>, Problem> {
    find(&house, &monitor, &id).await?;
    let alert = alert::acknowledge(&house, &id, &monitor.name()).await?.ok_or_else(|| unknown(&id))?;
    Ok(Json(view(alert, None)))
}

/// Which channel to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// All of them if left out.
    pub channel: Option<String>,
}

/// How the channels answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trials {
    pub results: Vec<TrialView>,
}

/// How one channel answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrialView {
    pub channel: String,
    pub taken: bool,
    pub failure: Option<String>,
}

/// Sends a test message, now and once.
#[utoipa::path(post, path = "/v1/alerts/test", security(("key" = [])), request_body = Trial,
    responses((status = 200, body = Trials), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn test(
    State(house): State<Shared>,
    _monitor: Monitor,
    body: Result<Json<Trial>, JsonRejection>,
) -> Result<Json<Trials>, Problem> {
    let Json(trial) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let results = alert::test(&house, trial.channel.as_deref()).await;
    if results.is_empty() {
        return Err(Problem::not_found("no such channel; `[alerts.channels]` of the configuration names them"));
    }
    let view = |(channel, result): (String, Result<(), String>)| TrialView { channel, taken: result.is_ok(), failure: result.err() };
    Ok(Json(Trials { results: results.into_iter().map(view).collect() }))
}

/// The last 24 hours in a page.
#[derive(Debug, Serialize, ToSchema)]
pub struct DigestView {
    pub since: String,
    pub until: String,
    pub headline: Words,
    /// SLA breaches that were opened or still open.
    pub breaches: Vec<Words>,
    /// Codes that nobody knows and that came up.
    pub unknown: Vec<UnknownView>,
    /// Accounts whose parcels wait for a person.
    pub held: Vec<HeldAccount>,
    /// Accounts whose credential was refused.
    pub rejected: Vec<HeldAccount>,
    /// Incidents that are not over.
    pub incidents: Vec<Words>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct UnknownView {
    pub carrier: String,
    pub code: String,
    /// What its wording was taken for.
    pub taken_for: String,
    /// In all, not only since then.
    pub seen: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HeldAccount {
    pub carrier: String,
    pub account: String,
    pub parcels: i64,
    /// `by-hand`, `not-allowed`, or the outcome that stopped it.
    pub why: String,
}

/// What the daily digest would say now.
#[utoipa::path(get, path = "/v1/alerts/digest", security(("key" = [])), responses((status = 200, body = DigestView), (status = 403, body = Problem)))]
pub async fn digest(State(house): State<Shared>, monitor: Monitor) -> Result<Json<DigestView>, Problem> {
    let told = alert::digest(&house, house.now(), monitor.accounts().as_deref()).await?;
    let words = |(zh, en): (String, String)| Words { zh, en };
    let held = |account: Account, parcels: i64, why: &str| HeldAccount {
        carrier: account.carrier.to_string(),
        account: account.name.to_string(),
        parcels,
        why: why.to_owned(),
    };
    Ok(Json(DigestView {
        since: rfc3339(told.since),
        until: rfc3339(told.until),
        headline: words(told.headline()),
        breaches: told.breaches.into_iter().map(words).collect(),
        unknown: told.unknown.into_iter().map(|(carrier, code, taken_for, seen)| UnknownView { carrier, code, taken_for, seen }).collect(),
        held: told.held.into_iter().map(|(account, why, parcels)| held(account, parcels, why)).collect(),
        rejected: told.rejected.into_iter().map(|(account, parcels)| held(account, parcels, "credential-rejected")).collect(),
        incidents: told.incidents.into_iter().map(words).collect(),
    }))
}

async fn find(house: &Shared, monitor: &Monitor, id: &str) -> Result<Alert, Problem> {
    let known = house.store.alert(id).await?.filter(|alert| alert.account.as_deref().is_none_or(|account| monitor.may(account)));
    known.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Problem {
    Problem::not_found(format!("no alert `{}`; see `posthouse alert list`", id.chars().take(64).collect::<String>()))
}

fn view(alert: Alert, told: Option<Vec<Telling>>) -> AlertView {
    let (zh, en) = alert.headline;
    AlertView {
        id: alert.id,
        key: alert.key,
        kind: alert.kind,
        severity: alert.severity.as_str().into(),
        carrier: alert.carrier,
        account: alert.account,
        headline: Words { zh, en },
        detail: alert.detail,
        opened_at: rfc3339(alert.opened_at),
        last_at: rfc3339(alert.last_at),
        closed_at: alert.closed_at.map(rfc3339),
        acknowledged_at: alert.acked_at.map(rfc3339),
        acknowledged_by: alert.acked_by,
        escalated_at: alert.escalated_at.map(rfc3339),
        updates: alert.updates,
        messages: told.map(|told| told.into_iter().map(message).collect()),
    }
}

fn message(told: Telling) -> MessageView {
    MessageView {
        channel: told.channel,
        step: told.step,
        made_at: rfc3339(told.made_at),
        sent_at: told.sent_at.map(rfc3339),
        attempts: told.attempts,
        failure: told.failure,
        next_at: told.next_at.map(rfc3339),
    }
}
