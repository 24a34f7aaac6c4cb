//! Parcels: register, read, list, erase.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use posthouse_sdk::manifest::{Interface, Tier};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::input::{self, MOST, Register};
use super::views::{self, EventView, ParcelView};
use super::{Problem, Shared, evidence};
use crate::judge;
use crate::judge::vocabulary::Vocabulary;
use crate::parcel::Account;
use crate::schedule::{self, Capacity};
use crate::store::{Filter, Known};

/// What became of each parcel, in the order given.
#[derive(Debug, Serialize, ToSchema)]
pub struct Registration {
    pub results: Vec<RegistrationOne>,
    /// What each account's budget can carry, with these parcels in it.
    pub capacity: Vec<CapacityView>,
}

/// One parcel's registration: an `id`, or an `error`.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegistrationOne {
    pub carrier: String,
    pub number: String,
    pub id: Option<String>,
    /// False: it was known already. Registering again is safe.
    pub created: bool,
    pub error: Option<Problem>,
}

/// An account's budget in figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct CapacityView {
    pub carrier: String,
    pub account: String,
    /// Parcels that are polled now.
    pub polled: u64,
    /// Parcels the budget can poll every `every_s`.
    pub budget: u64,
    pub every_s: u64,
    /// The distance of looks the budget really allows.
    pub expected_every_s: u64,
    pub sla_s: u64,
    /// The SLA cannot be kept by polling alone.
    pub over: bool,
}

/// Registers 1 to 100 parcels. Repeating it is safe: a known parcel keeps its id and history.
#[utoipa::path(post, path = "/v1/parcels", request_body = Register, security(("key" = [])),
    responses((status = 200, body = Registration), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub async fn register(
    State(house): State<Shared>,
    caller: Caller,
    body: Result<Json<Register>, JsonRejection>,
) -> Result<Json<Registration>, Problem> {
    let Json(body) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    if body.parcels.is_empty() || body.parcels.len() > MOST {
        return Err(Problem::bad("too-many", format!("{} parcels: register 1 to {MOST} in one call", body.parcels.len())));
    }
    let mut results = vec![];
    let (mut good, mut places) = (vec![], vec![]);
    for one in body.parcels {
        let cut = |text: &str| text.chars().take(64).collect::<String>();
        let (carrier, number) = (cut(&one.carrier), cut(&one.number));
        let error = match one.check(&house, &caller) {
            Ok(parcel) => {
                places.push(results.len());
                good.push(parcel);
                None
            }
            Err(problem) => Some(problem),
        };
        results.push(RegistrationOne { carrier, number, id: None, created: false, error });
    }
    let mut accounts: Vec<Account> = good.iter().map(|p| p.account.clone()).collect();
    for (place, registered) in places.into_iter().zip(house.store.register(good, house.now()).await?) {
        results[place].id = Some(registered.id);
        results[place].created = registered.created;
    }
    accounts.sort();
    accounts.dedup();
    let mut capacity = vec![];
    for account in accounts {
        house.wakes.of(&account).notify_waiters();
        capacity.extend(capacity_of(&house, &account).await?);
    }
    Ok(Json(Registration { results, capacity }))
}

/// An account's budget against what is polled on it.
pub async fn capacity_of(house: &Shared, account: &Account) -> Result<Option<CapacityView>, Problem> {
    let release = house.releases.stable(account).filter(|release| release.tier() != Tier::C);
    let Some(release) = release else { return Ok(None) };
    let windows = house.windows(&release, Interface::Tracking).iter().copied();
    let capacity = schedule::capacity(windows, house.batch(&release).size, house.store.polled(account).await?, house.pace(&release));
    Ok(Some(CapacityView::of(account, capacity)))
}

impl CapacityView {
    pub fn of(account: &Account, capacity: Capacity) -> Self {
        Self {
            carrier: account.carrier.to_string(),
            account: account.name.to_string(),
            polled: capacity.polled,
            budget: capacity.budget,
            every_s: capacity.every.as_secs(),
            expected_every_s: capacity.expected_every.as_secs(),
            sla_s: capacity.sla.as_secs(),
            over: capacity.is_over(),
        }
    }
}

/// Which parcels a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    pub carrier: Option<String>,
    pub account: Option<String>,
    /// One of our statuses.
    pub status: Option<String>,
    /// `tracks` or a fault code.
    pub outcome: Option<String>,
    /// From `next` of the page before.
    pub cursor: Option<String>,
    /// 1 to 200, 50 if left out.
    pub limit: Option<u32>,
}

/// A page of parcels.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParcelPage {
    pub parcels: Vec<ParcelView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// Lists parcels in the order of registration.
#[utoipa::path(get, path = "/v1/parcels", params(ListQuery), security(("key" = [])), responses((status = 200, body = ParcelPage), (status = 400, body = Problem)))]
pub async fn list(
    State(house): State<Shared>,
    caller: Caller,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<ParcelPage>, Problem> {
    let Query(query) = query.map_err(|e| Problem::bad("bad-query", e.body_text()))?;
    let limit = input::limit(query.limit)?;
    let after = input::cursor(query.cursor)?;
    let accounts = match query.account {
        Some(account) if !caller.may(&account) => return Err(Problem::forbidden("the key's scope does not hold this account")),
        Some(account) => Some(vec![account]),
        None => caller.accounts(),
    };
    let filter = Filter { carrier: query.carrier, accounts, status: query.status, outcome: query.outcome, after };
    let page = house.store.list(&filter, limit).await?;
    let parcels = page.parcels.into_iter().map(|known| views::parcel(&house, known, None)).collect();
    Ok(Json(ParcelPage { parcels, next: page.next.map(input::next) }))
}

/// A parcel with its events.
#[utoipa::path(get, path = "/v1/parcels/{id}", security(("key" = [])), params(("id" = String, Path), WordsQuery), responses((status = 200, body = ParcelView), (status = 404, body = Problem)))]
pub async fn by_id(
    State(house): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    query: Result<Query<WordsQuery>, QueryRejection>,
) -> Result<Json<ParcelView>, Problem> {
    let vocabulary = vocabulary(query)?;
    let known = find(&house, &caller, &id).await?;
    with_events(&house, known, vocabulary).await
}

/// In whose words statuses are told besides ours.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct WordsQuery {
    /// `aftership`, `17track`, `easypost`, `shippo`, `karrio`, `kuaidi100`, `kdniao`, `trackingmore`,
    /// `delivery-tracker` or `ulsc`.
    pub vocabulary: Option<String>,
}

fn vocabulary(query: Result<Query<WordsQuery>, QueryRejection>) -> Result<Option<&'static Vocabulary>, Problem> {
    let Query(query) = query.map_err(|e| Problem::bad("bad-query", e.body_text()))?;
    known_vocabulary(query.vocabulary.as_deref())
}

/// The vocabulary that was asked for.
pub fn known_vocabulary(name: Option<&str>) -> Result<Option<&'static Vocabulary>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let unknown = || {
        let names: Vec<_> = judge::vocabulary::names().collect();
        Problem::bad("unknown-vocabulary", format!("there is no such vocabulary; there are: {}", names.join(", ")))
    };
    judge::vocabulary::known(name).map(Some).ok_or_else(unknown)
}

/// Which of our accounts a number belongs to.
#[derive(Debug, Deserialize, IntoParams)]
pub struct AccountQuery {
    /// `main` if left out.
    pub account: Option<String>,
    /// In whose words statuses are told besides ours: `kuaidi100`.
    pub vocabulary: Option<String>,
}

/// The current parcel of a number, with its events.
#[utoipa::path(get, path = "/v1/parcels/by-number/{carrier}/{number}", security(("key" = [])), params(("carrier" = String, Path), ("number" = String, Path), AccountQuery),
    responses((status = 200, body = ParcelView), (status = 404, body = Problem)))]
pub async fn by_number(
    State(house): State<Shared>,
    caller: Caller,
    Path((carrier, number)): Path<(String, String)>,
    Query(query): Query<AccountQuery>,
) -> Result<Json<ParcelView>, Problem> {
    let account = input::account(&house, &caller, &carrier, query.account.as_deref())?;
    let known = house.store.by_number(&account, number.trim()).await?.filter(|k| k.watched);
    let known = known.ok_or_else(|| Problem::not_found("this number is not registered; register it with POST /v1/parcels"))?;
    with_events(&house, known, known_vocabulary(query.vocabulary.as_deref())?).await
}

/// The events of a parcel.
#[derive(Debug, Serialize, ToSchema)]
pub struct Events {
    pub events: Vec<EventView>,
    /// Raw text of events that could not be read.
    pub odd: Vec<String>,
    pub as_of: Option<String>,
    pub next_look: Option<String>,
    pub tier: String,
    pub release: Option<String>,
}

/// The events of a parcel, ascending by time, and what could not be read.
#[utoipa::path(get, path = "/v1/parcels/{id}/events", security(("key" = [])), params(("id" = String, Path)), responses((status = 200, body = Events), (status = 404, body = Problem)))]
pub async fn events(State(house): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Json<Events>, Problem> {
    let known = find(&house, &caller, &id).await?;
    let events = track(&house, &known).await?;
    let odd = house.store.odd_events(known.key).await?;
    let view = views::parcel(&house, known, None);
    Ok(Json(Events { events, odd, as_of: view.as_of, next_look: view.next_look, tier: view.tier, release: view.release }))
}

/// Erases a parcel, its events and its exchanges.
#[utoipa::path(delete, path = "/v1/parcels/{id}", security(("key" = [])), params(("id" = String, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub async fn erase(State(house): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let known = find(&house, &caller, &id).await?;
    house.store.erase(known.key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another account's parcel is not there at all.
pub async fn find(house: &Shared, caller: &Caller, id: &str) -> Result<Known, Problem> {
    let known = house.store.parcel(id).await?.filter(|k| caller.may(&k.account.name));
    known.ok_or_else(|| Problem::not_found("no such parcel; ids come from registration"))
}

/// The parcel with its events, in a peer's words besides ours if one is asked for.
pub async fn with_events(house: &Shared, known: Known, vocabulary: Option<&Vocabulary>) -> Result<Json<ParcelView>, Problem> {
    let events = track(house, &known).await?;
    let (account, known_key, said) = (known.account.clone(), known.key, house.store.evidence(known.key).await?);
    let mut view = views::parcel(house, known, Some(events));
    view.notify = house.store.customer_told(known_key).await?.map(views::notify);
    view.said = said.into_iter().map(evidence::view).collect();
    if let Some(moved) = &mut view.moved_to {
        moved.id = house.store.by_number(&account, &moved.number).await?.map(|known| known.id);
    }
    if let Some(vocabulary) = vocabulary {
        views::in_words(&mut view, vocabulary);
    }
    Ok(Json(view))
}

async fn track(house: &Shared, known: &Known) -> Result<Vec<EventView>, Problem> {
    let adapter = house.adapter(&known.account.carrier);
    let rules = adapter.as_ref().map(|a| a.manifest.explain.as_slice()).unwrap_or_default();
    Ok(house.store.track(known.key).await?.into_iter().map(|scan| views::event(rules, scan)).collect())
}
