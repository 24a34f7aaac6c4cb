//! Releases that were taken back, and where their parcels went: for operators only.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Operator;
use super::{Problem, Shared, input, rfc3339};
use crate::store::{Moved, Recall};

/// A release that was taken back while it was in use.
#[derive(Serialize, ToSchema)]
pub struct RecallView {
    pub id: String,
    pub at: String,
    pub release: String,
    /// `revoked-release`, `revoked-key`, `too-few-signatures`.
    pub code: String,
    pub reason: String,
    pub moved: Vec<MovedView>,
}

/// How many parcels of an account went where.
#[derive(Serialize, ToSchema)]
pub struct MovedView {
    pub carrier: String,
    pub account: String,
    /// Null: no release was there for them, and nothing is asked until one is.
    pub to: Option<String>,
    pub parcels: i64,
}

#[derive(Serialize, ToSchema)]
pub struct Recalls {
    pub recalls: Vec<RecallView>,
}

/// Releases that were taken back while they were in use, newest first.
#[utoipa::path(get, path = "/v1/recalls", security(("key" = [])), responses((status = 200, body = Recalls), (status = 403, body = Problem)))]
pub async fn recalls(State(house): State<Shared>, operator: Operator) -> Result<Json<Recalls>, Problem> {
    let view = |recall: Recall| {
        let own = recall.moved.into_iter().filter(|(account, ..)| operator.may(&account.name));
        let moved = own.map(|(account, to, parcels)| MovedView {
            carrier: account.carrier.to_string(),
            account: account.name.to_string(),
            to,
            parcels,
        });
        RecallView {
            moved: moved.collect(),
            id: recall.id,
            at: rfc3339(recall.at),
            release: recall.release,
            code: recall.code,
            reason: recall.reason,
        }
    };
    Ok(Json(Recalls { recalls: house.store.recalls().await?.into_iter().map(view).collect() }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageOf {
    /// 1 to 200, 50 if left out.
    limit: Option<u32>,
    /// From `next` of the page before.
    cursor: Option<String>,
}

/// A parcel that went from one release to another.
#[derive(Serialize, ToSchema)]
pub struct MovedParcel {
    pub id: String,
    pub carrier: String,
    pub account: String,
    pub number: String,
    pub to: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct MovedParcels {
    pub parcels: Vec<MovedParcel>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// Which parcels a recall moved, and to what.
#[utoipa::path(get, path = "/v1/recalls/{id}/parcels", security(("key" = [])), params(("id" = String, Path), PageOf),
    responses((status = 200, body = MovedParcels), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn recalled(
    State(house): State<Shared>,
    operator: Operator,
    Path(id): Path<String>,
    Query(page): Query<PageOf>,
) -> Result<Json<MovedParcels>, Problem> {
    let (most, after) = (input::limit(page.limit)?, input::cursor(page.cursor)?);
    if !house.store.recalls().await?.iter().any(|recall| recall.id == id) {
        return Err(Problem::not_found(format!("no recall `{id}`; see `posthouse adapter recalls`")));
    }
    let rows = house.store.recalled(&id, after, most).await?;
    let next = rows.last().filter(|_| rows.len() == most as usize).map(|last| input::next(last.key));
    let own = rows.into_iter().filter(|row| operator.may(&row.account));
    let parcels =
        own.map(|Moved { id, carrier, account, number, to_release, .. }| MovedParcel { id, carrier, account, number, to: to_release });
    Ok(Json(MovedParcels { parcels: parcels.collect(), next }))
}
