//! A parcel falls **due**; it is **routed** to a release; the adapter **asks**; the host
//! **fetches**; the adapter **reads**; the reading is **judged**; the outcome is **stored**; what
//! changed is **published**.
//!
//! A fault is an outcome: it is stored like a track. Quota was granted before this begins.

use tokio::sync::OwnedSemaphorePermit;

use crate::app::House;
use crate::converse;
use crate::fault::Fault;
use crate::fetch::Exchange;
use crate::incident;
use crate::judge;
use crate::parcel::{Due, Outcome, Parcel, ParcelKey, Purpose};
use crate::permit;
use crate::publish;
use crate::rollout;
use crate::route::{self, Routed};
use crate::sandbox::types::OfOne;
use crate::schedule;
use crate::store::{NotStored, OfParcel, Recorded, Recording};

/// One look at the carrier, from due to published. `room` is the account's place for one call in
/// flight: it is free again once the carrier has answered, while the answer is being stored.
pub async fn look(house: &House, due: Due, room: Option<OwnedSemaphorePermit>) -> Result<Recorded, NotStored> {
    let keys: Vec<ParcelKey> = due.parcels.iter().map(|p| p.key).collect();
    let routed = match route::pin(due, &house.releases, house.now()) {
        Ok(routed) => routed,
        Err(held) => return hold(house, keys, &held).await,
    };
    let told = converse::with_carrier(house, &routed).await;
    drop(room);
    house.skews.note(&routed.due.account.carrier, &told.exchanges);
    house.signs.note(&routed.due.account, &routed.release.id(), &told.exchanges);
    let outcomes = judged(&routed, told.reading);
    let observed = rollout::observe(&routed, &outcomes, &told.exchanges);
    let outcomes = house.dictionary.apply(&routed.due.account.carrier, outcomes);
    let recording = recording(house, routed, told.exchanges, outcomes);
    let recorded = house.store.record(recording).await?;
    publish::wake(house, &recorded);
    permit::note(house, &recorded).await;
    incident::note(house, &recorded);
    if let Some(observed) = observed {
        rollout::count(house, observed).await;
    }
    Ok(recorded)
}

/// Nowhere to record it: the account lost its release between claim and route.
async fn hold(house: &House, keys: Vec<ParcelKey>, held: &Fault) -> Result<Recorded, NotStored> {
    tracing::error!("parcels are held: {held}");
    house.store.release(keys).await?;
    Err(NotStored(held.detail.clone()))
}

fn judged(routed: &Routed, reading: Result<Vec<OfOne>, Fault>) -> Vec<Outcome> {
    let numbers: Vec<&str> = routed.due.parcels.iter().map(|p| p.number.as_str()).collect();
    let manifest = &routed.release.adapter.manifest;
    match routed.due.purpose {
        Purpose::Look => judge::outcomes(manifest, &numbers, reading, routed.now),
        Purpose::Subscribe => judge::subscriptions(&numbers, reading, routed.now),
    }
}

fn recording(house: &House, routed: Routed, exchanges: Vec<Exchange>, outcomes: Vec<Outcome>) -> Recording {
    let Routed { due, release, now, .. } = routed;
    let plan = |(parcel, outcome): (Parcel, Outcome)| {
        let plan = schedule::next(house, &due.account, due.purpose, &release, &parcel, &outcome, now);
        OfParcel { parcel, outcome, plan }
    };
    let results = due.parcels.into_iter().zip(outcomes).map(plan).collect();
    let judging = house.judging(&release.adapter.manifest);
    Recording {
        account: due.account.clone(),
        purpose: due.purpose,
        release: release.id(),
        tier: release.tier(),
        at: now,
        exchanges,
        results,
        pushed: false,
        judging,
        evidence: None,
    }
}
