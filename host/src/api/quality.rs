//! How good the readings of each release are.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Operator;
use super::{Problem, Shared};
use crate::judge::Quality;

/// Of every release that read something.
#[derive(Debug, Serialize, ToSchema)]
pub struct QualityList {
    pub releases: Vec<QualityView>,
}

/// Shares of the events that were new, 0 to 1.
#[derive(Debug, Serialize, ToSchema)]
pub struct QualityView {
    /// Adapter version and credential generation: `sf@1.0.0+1`.
    pub release: String,
    /// Events it read that were new.
    pub events: u32,
    /// With a status by the dictionary, not by a guess.
    pub mapped: f64,
    pub placed: f64,
    /// Not later than we heard of them: a wrong time zone shows as eight hours ahead.
    pub timed: f64,
    pub in_order: f64,
    /// Moves that the table of transitions knows.
    pub valid: f64,
    /// In plain words by a rule of the explainer.
    pub explained: f64,
    /// Set aside because they could not be read, of all that were told.
    pub quarantined: f64,
}

/// Shares for a release.
pub fn view(release: String, quality: Quality) -> QualityView {
    let share = |part: u32, of: u32| if of == 0 { 0.0 } else { (f64::from(part) / f64::from(of) * 10_000.0).round() / 10_000.0 };
    let of = |part: u32| share(part, quality.events);
    QualityView {
        release,
        events: quality.events,
        mapped: of(quality.events.saturating_sub(quality.unmapped)),
        placed: of(quality.placed),
        timed: of(quality.timed),
        in_order: of(quality.in_order),
        valid: of(quality.valid),
        explained: of(quality.explained),
        quarantined: share(quality.odd, quality.odd + quality.events),
    }
}

/// The quality of every release's readings since it first read.
#[utoipa::path(get, path = "/v1/quality", security(("key" = [])), responses((status = 200, body = QualityList)))]
pub async fn list(State(house): State<Shared>, _operator: Operator) -> Result<Json<QualityList>, Problem> {
    let all = house.store.quality().await?;
    Ok(Json(QualityList { releases: all.into_iter().map(|(release, quality)| view(release, quality)).collect() }))
}
