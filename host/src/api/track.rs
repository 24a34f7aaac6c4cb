//! Live reads: ask the carrier now.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::auth::Caller;
use super::parcels::{AccountQuery, known_vocabulary, with_events};
use super::{Problem, Shared, input};
use crate::live::{self, Live};
use crate::store::NewParcel;

/// Seconds after which a reader whose look still runs should come back.
const COME_BACK: u64 = 5;

/// Asks the carrier now. Concurrent calls for one parcel share one carrier request. If the answer
/// takes longer than a bounded wait, 202 with what is known so far and `Retry-After`.
#[utoipa::path(get, path = "/v1/track/{carrier}/{number}", security(("key" = [])), params(("carrier" = String, Path), ("number" = String, Path), AccountQuery),
    responses((status = 200, body = super::views::ParcelView), (status = 202, body = super::views::ParcelView), (status = 400, body = Problem)))]
pub async fn live(
    State(house): State<Shared>,
    caller: Caller,
    Path((carrier, number)): Path<(String, String)>,
    Query(query): Query<AccountQuery>,
) -> Result<Response, Problem> {
    let account = input::account(&house, &caller, &carrier, query.account.as_deref())?;
    let vocabulary = known_vocabulary(query.vocabulary.as_deref())?;
    let number = input::number(&house, &carrier, &number)?;
    // A number nobody registered is looked at once and not watched.
    let adapter = house.adapter(&carrier).ok_or_else(|| Problem::not_found("its adapter was taken away meanwhile"))?;
    let once = NewParcel {
        account: account.clone(),
        number: number.clone(),
        phone_tail: None,
        shipped_at: None,
        extra: Default::default(),
        watched: false,
        subscribe: false,
        declared_value: None,
        notify: None,
        judging: house.judging(&adapter.manifest),
    };
    let registered = house.store.register(vec![once], house.now()).await?.remove(0);
    let looked = live::look(&house, &account, registered.key).await?;
    let known = house.store.parcel(&registered.id).await?;
    let known = known.ok_or_else(|| Problem::not_found("the parcel was erased meanwhile"))?;
    let Json(view) = with_events(&house, known, vocabulary).await?;
    Ok(match looked {
        Live::Answered => Json(view).into_response(),
        Live::Later => (StatusCode::ACCEPTED, [(header::RETRY_AFTER, HeaderValue::from(COME_BACK))], Json(view)).into_response(),
    })
}
