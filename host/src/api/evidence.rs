//! What people know of a delivery: a customer's or a clerk's word, a picture.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Caller;
use super::parcels::{find, with_events};
use super::views::{ParcelView, rfc3339};
use super::{Problem, Shared};
use crate::parcel::Word;
use crate::store::Evidence;

/// Something somebody knows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvidence {
    /// `customer-confirms`, `customer-denies`, `clerk-confirms`, `clerk-denies` or `photo`.
    pub kind: String,
    /// Where the picture or the record is: an address or a number of yours. A photo needs one.
    pub reference: Option<String>,
    pub note: Option<String>,
}

/// What somebody said, and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceView {
    pub at: String,
    pub kind: String,
    pub reference: Option<String>,
    pub note: Option<String>,
    pub by: String,
}

pub fn view(evidence: Evidence) -> EvidenceView {
    let Evidence { at, kind, reference, note, actor } = evidence;
    EvidenceView { at: rfc3339(at), kind, reference, note, by: actor }
}

/// Adds what somebody knows of a parcel's delivery; the newest word on whether it arrived counts.
#[utoipa::path(post, path = "/v1/parcels/{id}/evidence", request_body = NewEvidence, security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = ParcelView), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn add(
    State(house): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    body: Result<Json<NewEvidence>, JsonRejection>,
) -> Result<Json<ParcelView>, Problem> {
    let Json(new) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let known = find(&house, &caller, &id).await?;
    let word = word(&new.kind)?;
    let (reference, note) = (short("reference", new.reference, 500)?, short("note", new.note, 500)?);
    if word.is_none() && reference.is_none() {
        return Err(Problem::bad("reference", "`reference` says where the picture is"));
    }
    let adapter = house.adapter(&known.account.carrier).ok_or_else(|| Problem::conflict("the carrier has no adapter now"))?;
    let evidence = Evidence { at: house.now(), kind: new.kind, reference, note, actor: caller.name() };
    house.store.add_evidence(known.key, evidence, word, house.judging(&adapter.manifest)).await?;
    let known = find(&house, &caller, &id).await?;
    with_events(&house, known, None).await
}

/// A word on whether it arrived; none for a picture.
fn word(kind: &str) -> Result<Option<Word>, Problem> {
    Ok(Some(match kind {
        "customer-confirms" => Word::CustomerConfirms,
        "customer-denies" => Word::CustomerDenies,
        "clerk-confirms" => Word::ClerkConfirms,
        "clerk-denies" => Word::ClerkDenies,
        "photo" => return Ok(None),
        _ => {
            let why = "`kind` is customer-confirms, customer-denies, clerk-confirms, clerk-denies or photo";
            return Err(Problem::bad("kind", why));
        }
    }))
}

fn short(name: &'static str, text: Option<String>, most: usize) -> Result<Option<String>, Problem> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.len() > most) {
        return Err(Problem::bad(name, format!("`{name}` has at most {most} bytes")));
    }
    Ok(text)
}
