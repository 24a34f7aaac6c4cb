//! What each account stands on: for operators only.

use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use posthouse_sdk::manifest::Manifest;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Operator;
use super::{Problem, Shared};
use crate::parcel::Account;
use crate::route::Standing;
use crate::shelf::Refused;

/// An account's releases, and what it could be on.
#[derive(Serialize, ToSchema)]
pub struct ReleaseView {
    pub carrier: String,
    pub account: String,
    /// Adapter version and, after the plus, credential generation.
    pub stable: String,
    /// What a slice of its parcels tries.
    pub candidate: Option<String>,
    pub rollout: Option<String>,
    /// Parts per million that try it.
    pub weight_ppm: u32,
    /// Adapters of the folder, oldest first.
    pub adapters: Vec<String>,
    /// Generations that are not retired.
    pub generations: Vec<u32>,
}

/// A file that was not loaded.
#[derive(Serialize, ToSchema)]
pub struct RefusedView {
    pub file: String,
    /// `unsigned`, `wrong-signature`, `manifest-changed`, `another-carrier`, `older`, `revoked-key` …
    pub code: &'static str,
    pub why: String,
}

#[derive(Serialize, ToSchema)]
pub struct Releases {
    pub releases: Vec<ReleaseView>,
    /// Readers of announcements, in the version that looks next.
    pub bulletins: Vec<String>,
    /// Files of the folder that were left out when they were last asked for.
    pub refused: Vec<RefusedView>,
}

/// What each account stands on and tries, and what it could be on.
#[utoipa::path(get, path = "/v1/releases", security(("key" = [])), responses((status = 200, body = Releases), (status = 403, body = Problem)))]
pub async fn list(State(house): State<Shared>, operator: Operator) -> Result<Json<Releases>, Problem> {
    let rows = house.store.generations().await?;
    let all = house.releases.all();
    let view = |(account, standing): (&Account, &Standing)| {
        let live = rows.iter().filter(|row| row.of() == *account && row.retired_at.is_none());
        ReleaseView {
            carrier: account.carrier.to_string(),
            account: account.name.to_string(),
            stable: standing.stable.id(),
            candidate: standing.candidate.as_ref().map(|candidate| candidate.release.id()),
            rollout: standing.candidate.as_ref().map(|candidate| candidate.rollout.to_string()),
            weight_ppm: standing.candidate.as_ref().map_or(0, |candidate| candidate.weight),
            adapters: house.shelf.manifests(&account.carrier).iter().map(Manifest::release).collect(),
            generations: live.map(|row| row.generation).collect(),
        }
    };
    let own = all.iter().filter(|(account, _)| operator.may(&account.name));
    let refused = |(file, Refused { code, why }): (PathBuf, Refused)| {
        let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        RefusedView { file, code, why }
    };
    let refused = house.shelf.refused().into_iter().map(refused).collect();
    let bulletins = house.shelf.bulletins().values().map(|reader| reader.manifest.release()).collect();
    Ok(Json(Releases { releases: own.map(view).collect(), bulletins, refused }))
}
