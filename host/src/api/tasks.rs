//! Tasks: what announcements and signs in live traffic ask somebody to do.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::auth::Monitor;
use super::{Problem, Shared, input, rfc3339};
use crate::store::{Act, TaskFilter};
use crate::task::{self, Impact, Task};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// About this carrier, or about everybody.
    carrier: Option<String>,
    /// A kind of notice (`retirement`, `auth-change` …) or of sign (`sunset`, `deprecated`, `redirect`,
    /// `gone`, `certificate`, `shape`).
    kind: Option<String>,
    /// Only what nobody took yet.
    #[serde(default)]
    open: bool,
    /// 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Something somebody has to see to.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    pub id: String,
    /// The announcement, as in `/v1/notices/{id}`; null: a sign in live traffic.
    pub notice: Option<String>,
    /// None: it is about everybody.
    pub carriers: Vec<String>,
    pub kind: String,
    pub title: String,
    pub url: Option<String>,
    /// When it comes true, if it says so.
    pub due_at: Option<String>,
    /// When it is over: of an outage, a holiday.
    pub until_at: Option<String>,
    pub raised_at: String,
    /// The announcement was edited then.
    pub changed_at: String,
    pub acked_at: Option<String>,
    pub acked_by: Option<String>,
    pub ack_reason: Option<String>,
}

/// A task, what was read, and what it will break.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskWhole {
    #[serde(flatten)]
    pub task: TaskView,
    /// What the rules read, with the sentences that say so.
    #[schema(value_type = Vec<Object>)]
    pub readings: Value,
    pub impact: Vec<ImpactView>,
}

/// An account that is concerned.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpactView {
    pub carrier: String,
    pub account: String,
    /// What it stands on now.
    pub release: String,
    /// Parcels that are still looked at.
    pub parcels: i64,
    /// What of its manifest is named; none: the announcement names nothing that the manifest has.
    pub hits: Vec<HitView>,
    /// What stands ready.
    pub proposal: Option<ProposalView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HitView {
    /// `endpoint`, `version` or `credential`.
    pub what: String,
    /// Its name in the manifest.
    pub name: String,
    /// The announcement's word.
    pub word: String,
}

/// A release that may be the answer; nothing is started by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalView {
    pub version: String,
    pub generation: u32,
    /// Names of the announcement that it speaks and the present release does not.
    pub speaks: Vec<String>,
    /// What would try it.
    pub command: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Tasks {
    /// The newest first.
    pub tasks: Vec<TaskView>,
    /// Where the next page begins; null at the end.
    pub next: Option<String>,
}

/// Why somebody takes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Word {
    reason: String,
}

/// Tasks, the newest first.
#[utoipa::path(get, path = "/v1/tasks", security(("key" = [])), params(Which),
    responses((status = 200, body = Tasks), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn list(State(house): State<Shared>, _: Monitor, query: Result<Query<Which>, QueryRejection>) -> Result<Json<Tasks>, Problem> {
    let Query(which) = query.map_err(|e| Problem::bad("bad-query", e.body_text()))?;
    let limit = input::limit(which.limit)?;
    let filter = TaskFilter { carrier: which.carrier, kind: which.kind, open: which.open, before: input::cursor(which.cursor)? };
    let found = house.store.tasks(&filter, limit).await?;
    let next = found.last().filter(|_| found.len() == limit as usize).map(|last| input::next(last.key));
    Ok(Json(Tasks { tasks: found.into_iter().map(view).collect(), next }))
}

/// One of them, with what it will break as things stand now.
#[utoipa::path(get, path = "/v1/tasks/{id}", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = TaskWhole), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn by_id(State(house): State<Shared>, monitor: Monitor, Path(id): Path<String>) -> Result<Json<TaskWhole>, Problem> {
    Ok(Json(whole(&house, &monitor, known(&house, &id).await?).await?))
}

/// Somebody sees to it, on the record.
#[utoipa::path(post, path = "/v1/tasks/{id}/ack", request_body = Word, security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = TaskWhole), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn ack(
    State(house): State<Shared>,
    monitor: Monitor,
    Path(id): Path<String>,
    body: Result<Json<Word>, JsonRejection>,
) -> Result<Json<TaskWhole>, Problem> {
    let Json(word) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let reason = input::reason(&word.reason)?;
    let task = known(&house, &id).await?;
    let act = Act { actor: monitor.name(), act: "task.ack", subject: task.id.clone(), reason: reason.to_owned(), evidence: None };
    if !house.store.ack_task(&task.id, &monitor.name(), reason, act, house.now()).await? {
        let by = task.acked.map(|acked| acked.by).unwrap_or_default();
        return Err(Problem::conflict(format!("{by} took it already")));
    }
    task::taken(&house, &task.id).await?;
    Ok(Json(whole(&house, &monitor, known(&house, &id).await?).await?))
}

async fn known(house: &Shared, id: &str) -> Result<Task, Problem> {
    house.store.task(id).await?.ok_or_else(|| Problem::not_found(format!("no task `{id}`; see `posthouse notice tasks`")))
}

async fn whole(house: &Shared, monitor: &Monitor, task: Task) -> Result<TaskWhole, Problem> {
    let own = task::impact(house, &task).await?.into_iter().filter(|impact| monitor.may(&impact.account.name));
    let impact = own.map(impact_view).collect();
    Ok(TaskWhole { readings: json!(task.readings), impact, task: view(task) })
}

fn impact_view(impact: Impact) -> ImpactView {
    let Impact { account, release, hits, parcels, proposal } = impact;
    let proposal = proposal.map(|task::Proposal { version, generation, speaks }| ProposalView {
        command: format!(
            "posthouse rollout start {} --account {} --version {version} --generation {generation} --reason …",
            account.carrier, account.name
        ),
        version,
        generation,
        speaks,
    });
    let hit = |task::Hit { what, name, word }| HitView { what: what.to_owned(), name, word };
    let hits = hits.into_iter().map(hit).collect();
    ImpactView { carrier: account.carrier.to_string(), account: account.name.to_string(), release, parcels, hits, proposal }
}

fn view(task: Task) -> TaskView {
    let (acked_at, acked_by, ack_reason) = match task.acked {
        Some(acked) => (Some(rfc3339(acked.at)), Some(acked.by), Some(acked.reason)),
        None => (None, None, None),
    };
    TaskView {
        id: task.id,
        notice: task.notice,
        carriers: task.carriers,
        kind: task.kind,
        title: task.title,
        url: task.url,
        due_at: task.due_at.map(rfc3339),
        until_at: task.until_at.map(rfc3339),
        raised_at: rfc3339(task.raised_at),
        changed_at: rfc3339(task.changed_at),
        acked_at,
        acked_by,
        ack_reason,
    }
}
