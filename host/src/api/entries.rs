//! Rows that clerks type or paste, sheets of them, and what people still have to find out.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use posthouse_sdk::manifest::Tier;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::input;
use super::views::{self, ParcelView, rfc3339};
use super::{Problem, Shared};
use crate::entry::{self, Verdict};
use crate::parcel::Account;
use crate::permit;
use crate::store::{Act, Typed, TypedRow, Waiting};

/// Most rows in one call; more come as a sheet.
const MOST: usize = 200;
const LONGEST: usize = 2_000;

/// Rows as they were typed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    pub carrier: String,
    /// `main` if left out.
    pub account: Option<String>,
    /// 1 to 200 rows by field: `number`, `time` (China's), `node`, `text`, `place`, `signer`, `note`.
    pub rows: Vec<BTreeMap<String, String>>,
    /// Where it is from: a call, a screenshot's address.
    pub evidence: Option<String>,
    /// Only say what would become of each row.
    #[serde(default)]
    pub dry_run: bool,
}

/// What became of each row, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entered {
    pub results: Vec<RowView>,
    pub entered: usize,
    pub repeated: usize,
    pub refused: usize,
}

/// One row.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowView {
    /// Of a sheet: the line as the person sees it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// `entered`, `repeated` or `refused`.
    pub verdict: String,
    pub number: Option<String>,
    /// What it means.
    pub status: Option<String>,
    /// A fault's code, for a refused one.
    pub code: Option<String>,
    /// What to write instead.
    pub why: Option<String>,
}

impl Entered {
    pub fn of(results: Vec<RowView>) -> Self {
        let count = |verdict: &str| results.iter().filter(|row| row.verdict == verdict).count();
        let (entered, repeated, refused) = (count("entered"), count("repeated"), count("refused"));
        Self { results, entered, repeated, refused }
    }
}

impl RowView {
    pub fn of(line: Option<u32>, verdict: Verdict) -> Self {
        let told = |verdict: &str| Self { line, verdict: verdict.into(), number: None, status: None, code: None, why: None };
        match verdict {
            Verdict::Entered { number, status } => Self { number: Some(number), status: Some(status.into()), ..told("entered") },
            Verdict::Repeated { number } => Self { number: Some(number), ..told("repeated") },
            Verdict::Refused { code, why } => Self { code: Some(code.into()), why: Some(why), ..told("refused") },
        }
    }
}

/// Takes rows in. Repeating it is safe: a row that was typed before is told as repeated.
#[utoipa::path(post, path = "/v1/entries", request_body = Rows, security(("key" = [])),
    responses((status = 200, body = Entered), (status = 400, body = Problem)))]
pub async fn add(State(house): State<Shared>, caller: Caller, body: Result<Json<Rows>, JsonRejection>) -> Result<Json<Entered>, Problem> {
    let Json(body) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let account = input::account(&house, &caller, &body.carrier, body.account.as_deref())?;
    if body.rows.is_empty() || body.rows.len() > MOST {
        return Err(Problem::bad("too-many", format!("{} rows: send 1 to {MOST} in one call, or a sheet", body.rows.len())));
    }
    let too_long = |text: &String| text.len() > LONGEST;
    if body.evidence.as_ref().is_some_and(too_long) || body.rows.iter().flatten().any(|(name, value)| too_long(name) || too_long(value)) {
        return Err(Problem::bad("too-long", format!("a field has at most {LONGEST} bytes")));
    }
    let typed = (!body.dry_run).then(|| Typed { actor: caller.name(), sheet: None, at: house.now() });
    let rows = body.rows.into_iter().map(|row| (row, body.evidence.clone())).collect();
    let verdicts = entry::enter(&house, &account, rows, typed, &mut entry::Seen::new()).await?;
    Ok(Json(Entered::of(verdicts.into_iter().map(|verdict| RowView::of(None, verdict)).collect())))
}

/// A page of the worklist.
#[derive(Debug, Serialize, ToSchema)]
pub struct Worklist {
    pub parcels: Vec<WorkView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// A parcel that a person follows up.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkView {
    /// Why: `by-hand`, `not-allowed`, `turned-away`, `challenge`, or `disputed`.
    pub why: String,
    /// When somebody should have asked the carrier; the list is in this order.
    pub due: String,
    pub late: bool,
    /// Rows that the carrier contradicts since: keep or withdraw them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disputed: Vec<DisputedView>,
    pub parcel: ParcelView,
}

/// A row that the carrier passed over.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisputedView {
    /// For `/v1/entries/{entry}/keep` or `/withdraw`.
    pub entry: i64,
    pub typed_at: String,
    pub by: String,
    pub at: String,
    pub status: String,
    pub text: String,
}

/// Which part of the worklist.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct WorkQuery {
    pub carrier: Option<String>,
    /// From `next` of the page before.
    pub cursor: Option<String>,
    /// 1 to 200, 50 if left out.
    pub limit: Option<u32>,
}

/// Parcels that no machine follows, by the time somebody should ask about them, and rows in dispute.
#[utoipa::path(get, path = "/v1/worklist", params(WorkQuery), security(("key" = [])), responses((status = 200, body = Worklist), (status = 400, body = Problem)))]
pub async fn worklist(
    State(house): State<Shared>,
    caller: Caller,
    query: Result<Query<WorkQuery>, QueryRejection>,
) -> Result<Json<Worklist>, Problem> {
    let Query(query) = query.map_err(|e| Problem::bad("bad-query", e.body_text()))?;
    let limit = input::limit(query.limit)?;
    let after = query.cursor.as_deref().map_or(Ok((i64::MIN, 0)), cursor)?;
    let of_carrier = |account: &Account| query.carrier.as_ref().is_none_or(|carrier| *account.carrier == **carrier);
    let all = house.releases.all();
    let held: Vec<Account> = all.keys().filter(|account| of_carrier(account) && permit::hold(&house, account).is_some()).cloned().collect();
    let scope = caller.accounts();
    let mut waiting = house.store.worklist(&held, scope.as_deref(), house.now(), after, limit + 1).await?;
    let more = waiting.len() > limit as usize;
    waiting.truncate(limit as usize);
    let next = waiting.last().filter(|_| more).map(|last| format!("{}-{}", last.since, last.known.key.0));
    let seen = |waiting: &Waiting| caller.may(&waiting.known.account.name) && of_carrier(&waiting.known.account);
    Ok(Json(Worklist { parcels: waiting.into_iter().filter(seen).map(|one| work(&house, one)).collect(), next }))
}

fn cursor(text: &str) -> Result<(i64, i64), Problem> {
    let parsed = text.split_once('-').and_then(|(since, key)| Some((since.parse().ok()?, key.parse().ok()?)));
    parsed.ok_or_else(|| Problem::bad("bad-cursor", "`cursor` is what `next` of a page held"))
}

fn work(house: &Shared, waiting: Waiting) -> WorkView {
    let hold = permit::hold(house, &waiting.known.account);
    let sla = house.config.pace(&waiting.known.account.carrier, Tier::C).sla;
    let due = waiting.since + i64::try_from(sla.as_millis()).unwrap_or(i64::MAX / 4);
    let disputed = waiting.disputed.into_iter().map(|row| DisputedView {
        entry: row.entry,
        typed_at: rfc3339(row.at),
        by: row.actor,
        at: rfc3339(row.event.at),
        status: row.event.status.into(),
        text: row.event.text,
    });
    let disputed: Vec<_> = disputed.collect();
    let why = if disputed.is_empty() { hold.map_or("disputed", |hold| hold.code()) } else { "disputed" };
    WorkView { why: why.into(), due: rfc3339(due), late: due < house.now(), disputed, parcel: views::parcel(house, waiting.known, None) }
}

/// A row as somebody typed it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypedView {
    pub entry: i64,
    pub typed_at: String,
    pub by: String,
    /// The sheet it came with.
    pub sheet: Option<String>,
    /// Where it is from.
    pub evidence: Option<String>,
    /// `agreed` or `disputed` by what the carrier says, `kept` or `withdrawn` by a person; null while
    /// the carrier has not got there.
    pub standing: Option<String>,
    pub row: BTreeMap<String, String>,
}

/// What people typed of a parcel.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypedRows {
    pub entries: Vec<TypedView>,
}

/// The rows that people typed of a parcel, as they typed them, the oldest first.
#[utoipa::path(get, path = "/v1/parcels/{id}/entries", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = TypedRows), (status = 404, body = Problem)))]
pub async fn typed(State(house): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Json<TypedRows>, Problem> {
    let known = super::parcels::find(&house, &caller, &id).await?;
    let view = |typed: TypedRow| {
        let TypedRow { entry, at, actor, sheet, evidence, standing, row } = typed;
        TypedView { entry, typed_at: rfc3339(at), by: actor, sheet, evidence, standing, row }
    };
    Ok(Json(TypedRows { entries: house.store.typed(known.key).await?.into_iter().map(view).collect() }))
}

/// `keep` or `withdraw`: a person decides about a row that the carrier contradicts.
#[utoipa::path(post, path = "/v1/entries/{entry}/{act}", security(("key" = [])), params(("entry" = i64, Path), ("act" = String, Path)),
    responses((status = 200, body = ParcelView), (status = 404, body = Problem)))]
pub async fn decide(
    State(house): State<Shared>,
    caller: Caller,
    Path((entry, act)): Path<(i64, String)>,
) -> Result<Json<ParcelView>, Problem> {
    let keep = match act.as_str() {
        "keep" => true,
        "withdraw" => false,
        other => return Err(Problem::not_found(format!("`{other}` is nothing a row can be told: keep or withdraw"))),
    };
    let known = house.store.parcel_of_entry(entry).await?.filter(|known| caller.may(&known.account.name));
    let known = known.ok_or_else(|| Problem::not_found("no such row in dispute; `GET /v1/worklist` lists them"))?;
    let adapter = house.adapter(&known.account.carrier).ok_or_else(|| Problem::conflict("the carrier has no adapter now"))?;
    house.store.decide(entry, keep, house.judging(&adapter.manifest), house.now()).await?;
    let (act, reason) = (if keep { "entry.keep" } else { "entry.withdraw" }, "the carrier says otherwise".into());
    house
        .store
        .note(Act { actor: caller.name(), act, subject: format!("{entry} of {}", known.id), reason, evidence: None }, house.now())
        .await?;
    let known = super::parcels::find(&house, &caller, &known.id).await?;
    super::parcels::with_events(&house, known, None).await
}
