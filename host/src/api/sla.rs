//! How fresh answers are, by account, by carrier and by tier.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Monitor;
use super::parcels::CapacityView;
use super::{Problem, Shared, rfc3339};
use crate::sla::{self, Distribution, Row};

/// Which accounts are shown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SlaQuery {
    carrier: Option<String>,
    account: Option<String>,
    /// `A`, `B` or `C`.
    tier: Option<String>,
    /// `ok`, `over-capacity`, `settling`, `breached`, `no-parcels`.
    state: Option<String>,
}

/// How old answers are: since the last good answer, since the registration where there was none, and of a
/// pushed parcel since its channel was last proven alive. Parcels that came to their end do not count.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreshnessView {
    pub parcels: u64,
    /// Older than the SLA.
    pub late: u64,
    pub never_answered: u64,
    pub p50_s: f64,
    pub p90_s: f64,
    pub p95_s: f64,
    pub max_s: f64,
}

/// One account against its tier's SLA.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlaView {
    pub carrier: String,
    pub account: String,
    /// The source its parcels are asked at now; parcels that wait for a clerk are of tier `C`.
    pub tier: String,
    pub every_s: f64,
    pub sla_s: f64,
    pub freshness: FreshnessView,
    pub capacity: Option<CapacityView>,
    /// `ok`; `over-capacity`: the quota does not carry so many parcels; `settling`: late, and too early to call
    /// it a breach; `breached`: p95 is beyond the SLA; `no-parcels`.
    pub state: &'static str,
    pub since: String,
}

/// Several accounts together.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupView {
    /// A carrier's id, or a tier.
    pub of: String,
    pub freshness: FreshnessView,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SlaList {
    pub accounts: Vec<SlaView>,
    pub carriers: Vec<GroupView>,
    pub tiers: Vec<GroupView>,
}

/// Freshness as distributions, beside what each tier promises.
#[utoipa::path(get, path = "/v1/sla", security(("key" = [])), params(SlaQuery),
    responses((status = 200, body = SlaList), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn list(
    State(house): State<Shared>,
    monitor: Monitor,
    query: Result<Query<SlaQuery>, QueryRejection>,
) -> Result<Json<SlaList>, Problem> {
    let Query(query) = query.map_err(|e| Problem::bad("bad-query", e.body_text()))?;
    let fits = |asked: &Option<String>, own: &str| asked.as_ref().is_none_or(|asked| asked == own);
    let shows = |row: &Row| {
        monitor.may(&row.account.name)
            && fits(&query.carrier, &row.account.carrier)
            && fits(&query.account, &row.account.name)
            && fits(&query.tier, &format!("{:?}", row.tier))
            && fits(&query.state, row.state.as_str())
    };
    let rows: Vec<Row> = sla::measure(&house).await?.into_iter().filter(shows).collect();
    Ok(Json(SlaList {
        carriers: groups(&rows, |row| row.account.carrier.to_string()),
        tiers: groups(&rows, |row| format!("{:?}", row.tier)),
        accounts: rows.into_iter().map(view).collect(),
    }))
}

fn groups(rows: &[Row], of: impl Fn(&Row) -> String) -> Vec<GroupView> {
    let mut all: BTreeMap<String, Vec<&Distribution>> = BTreeMap::new();
    rows.iter().for_each(|row| all.entry(of(row)).or_default().push(&row.fresh));
    all.into_iter().map(|(of, some)| GroupView { of, freshness: freshness(&Distribution::together(some)) }).collect()
}

fn view(row: Row) -> SlaView {
    let (carrier, account) = (row.account.carrier.to_string(), row.account.name.to_string());
    let capacity = row.capacity.map(|capacity| CapacityView::of(&row.account, capacity));
    SlaView {
        carrier,
        account,
        tier: format!("{:?}", row.tier),
        every_s: row.pace.every.as_secs_f64(),
        sla_s: row.pace.sla.as_secs_f64(),
        freshness: freshness(&row.fresh),
        capacity,
        state: row.state.as_str(),
        since: rfc3339(row.since),
    }
}

fn freshness(of: &Distribution) -> FreshnessView {
    let s = |ms: i64| ms as f64 / 1000.0;
    FreshnessView {
        parcels: of.parcels,
        late: of.late,
        never_answered: of.never,
        p50_s: s(of.p50()),
        p90_s: s(of.p90()),
        p95_s: s(of.p95()),
        max_s: s(of.max()),
    }
}
