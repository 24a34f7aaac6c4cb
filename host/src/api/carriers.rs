//! Which carriers there are, how they are asked, and what their accounts can carry.

use axum::Json;
use axum::extract::State;
use posthouse_sdk::manifest::Interface;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::parcels::{CapacityView, capacity_of};
use super::views::Words;
use super::{Problem, Shared};
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
    pub accounts: Vec<AccountView>,
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
    for adapter in house.shelf.all().values() {
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
            accounts,
        });
    }
    Ok(Json(Carriers { carriers }))
}

fn push_url(house: &Shared, account: &Account) -> String {
    let base = house.config.server.public_url.trim_end_matches('/');
    format!("{base}/v1/push/{account}/{}", house.store.roots.push_path(account))
}
