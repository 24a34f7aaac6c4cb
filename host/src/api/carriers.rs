//! Which carriers there are, how they are asked, and what their accounts can carry.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use std::time::Duration;

use posthouse_sdk::manifest::{Interface, Manifest, Period};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Caller;
use super::parcels::{CapacityView, capacity_of};
use super::views::{CarrierGuess, Words};
use super::{Problem, Shared, input, told};
use crate::judge::DelayKind;
use crate::parcel::Account;

/// A carrier that can be asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct CarrierView {
    pub id: String,
    pub names: Words,
    pub tier: String,
    /// `live`, `old` or `invented`.
    pub evidence: String,
    pub interfaces: Vec<String>,
    /// Regular expressions of whole waybill numbers.
    pub numbers: Vec<String>,
    pub every_s: u64,
    pub sla_s: u64,
    pub adapter: String,
    /// Its clock against ours, in seconds; positive is ahead. Null while unknown.
    pub clock_skew_s: Option<f64>,
    /// What was learned of its delays.
    pub delays: Vec<DelayView>,
    pub accounts: Vec<AccountView>,
}

/// How long the carrier takes for something.
#[derive(Debug, Serialize, ToSchema)]
pub struct DelayView {
    /// `report`: from a signature until it tells us. `first-scan`: from hand-over until its first scan.
    pub kind: String,
    /// Half of them take no longer.
    pub half_s: u64,
    /// Nineteen of twenty take no longer; a provisional signature waits so long.
    pub most_s: u64,
    /// How many it was learned from; null: too few, and the manifest's word holds.
    pub learned_from: Option<u32>,
}

/// One of our accounts with a carrier.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    pub account: String,
    /// The source this account is asked at: with a contract's credential it is the API.
    pub tier: String,
    pub release: String,
    /// The release that a rollout's slice of the parcels tries.
    pub candidate: Option<String>,
    pub capacity: Option<CapacityView>,
    /// Pushes were proven alive lately.
    pub pushes_alive: bool,
    /// Where the carrier pushes to; only an ops key sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_url: Option<String>,
}

/// Every carrier with a loaded adapter.
#[derive(Debug, Serialize, ToSchema)]
pub struct Carriers {
    pub carriers: Vec<CarrierView>,
}

/// Lists carriers, their tiers and the caller's accounts with them.
#[utoipa::path(get, path = "/v1/carriers", security(("key" = [])), responses((status = 200, body = Carriers), (status = 401, body = Problem)))]
pub async fn list(State(house): State<Shared>, caller: Caller) -> Result<Json<Carriers>, Problem> {
    let mut carriers = vec![];
    for adapter in house.shelf.carriers().values() {
        let manifest = &adapter.manifest;
        let pace = house.config.pace(&manifest.id, manifest.tier);
        let mut accounts = vec![];
        for (account, standing) in house.releases.all().iter().filter(|(a, _)| *a.carrier == *manifest.id && caller.may(&a.name)) {
            accounts.push(AccountView {
                account: account.name.to_string(),
                tier: format!("{:?}", standing.stable.tier()),
                release: standing.stable.id(),
                candidate: standing.candidate.as_ref().map(|c| c.release.id()),
                capacity: capacity_of(&house, account).await?,
                pushes_alive: house.channels.alive(account, house.now()).is_some(),
                push_url: (caller.is_ops() && manifest.has(Interface::Push)).then(|| push_url(&house, account)),
            });
        }
        carriers.push(CarrierView {
            id: manifest.id.clone(),
            names: Words { zh: manifest.names.zh.clone(), en: manifest.names.en.clone() },
            tier: format!("{:?}", manifest.tier),
            evidence: format!("{:?}", manifest.evidence).to_lowercase(),
            interfaces: manifest.interfaces.iter().map(|i| format!("{i:?}").to_lowercase()).collect(),
            numbers: manifest.numbers.clone(),
            every_s: pace.every.as_secs(),
            sla_s: pace.sla.as_secs(),
            adapter: manifest.release(),
            clock_skew_s: house.skews.of(&manifest.id).map(|ms| ms as f64 / 1000.0),
            delays: delays(&house, manifest),
            accounts,
        });
    }
    Ok(Json(Carriers { carriers }))
}

fn delays(house: &Shared, manifest: &Manifest) -> Vec<DelayView> {
    let now = house.now();
    let of = |kind: DelayKind, default: Duration| {
        let length = |share| house.delays.length(&manifest.id, kind, None, share, default, now);
        let kind = if kind == DelayKind::Report { "report" } else { "first-scan" };
        let (half, most) = (length(0.5), length(0.95));
        DelayView { kind: kind.into(), half_s: half.length.as_secs(), most_s: most.length.as_secs(), learned_from: most.learned_from }
    };
    let default = |own: Option<Period>, hours: u64| own.map_or(Duration::from_secs(hours * 3600), |period| period.0);
    vec![of(DelayKind::Report, default(manifest.sign.wait, 24)), of(DelayKind::FirstScan, default(manifest.first_scan, 6))]
}

fn push_url(house: &Shared, account: &Account) -> String {
    let base = house.config.server.public_url.trim_end_matches('/');
    format!("{base}/v1/push/{account}/{}", house.store.roots.push_path(account))
}

/// Numbers of an unknown carrier.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Detect {
    /// 1 to 100.
    pub numbers: Vec<String>,
}

/// The carriers each number may be of.
#[derive(Debug, Serialize, ToSchema)]
pub struct Detected {
    pub results: Vec<DetectedOne>,
}

/// One number's carriers, the likeliest first; none if no pattern fits or every check digit is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct DetectedOne {
    pub number: String,
    pub carriers: Vec<CarrierGuess>,
}

/// Whose numbers are these? By the adapters' patterns and check digits; nobody is asked.
#[utoipa::path(post, path = "/v1/carriers/detect", request_body = Detect, security(("key" = [])), responses((status = 200, body = Detected), (status = 400, body = Problem)))]
pub async fn detect(
    State(house): State<Shared>,
    _caller: Caller,
    body: Result<Json<Detect>, JsonRejection>,
) -> Result<Json<Detected>, Problem> {
    let Json(body) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    if body.numbers.is_empty() || body.numbers.len() > input::MOST {
        return Err(Problem::bad("too-many", format!("{} numbers: send 1 to {} in one call", body.numbers.len(), input::MOST)));
    }
    let one = |number: String| {
        let number = posthouse_sdk::entry::number(&number);
        DetectedOne { carriers: told::guesses(&house, &number), number }
    };
    Ok(Json(Detected { results: body.numbers.into_iter().map(one).collect() }))
}
