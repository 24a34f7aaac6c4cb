//! Live reads: one carrier request, however many ask at the same time.

use std::sync::Arc;
use std::time::Duration;

use posthouse_sdk::manifest::Interface;
use tokio::sync::broadcast::error::RecvError;

use crate::app::House;
use crate::parcel::{Account, Due, ParcelKey, Purpose};
use crate::permit;
use crate::pipeline;
use crate::store::NotStored;

/// What became of a live read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// The store holds what the carrier just said.
    Answered,
    /// Not within the wait; the look goes on and its result will be there later.
    Later,
}

/// Looks at a parcel now. Whoever comes while a look runs waits for that one.
pub async fn look(house: &Arc<House>, account: &Account, key: ParcelKey) -> Result<Live, NotStored> {
    if permit::hold(house, account).is_some() {
        // What is known is all there is: a clerk has it.
        return Ok(Live::Answered);
    }
    let mut news = house.news.subscribe();
    let now = house.now();
    let lease = i64::try_from(house.config.schedule.lease.0.as_millis()).unwrap_or(i64::MAX / 4);
    if let Some(parcel) = house.store.claim_one(key, now, lease).await? {
        let (house, account) = (house.clone(), account.clone());
        // On its own: the look must be recorded even if the reader goes away.
        tokio::spawn(async move {
            let Some(standing) = house.releases.of(&account) else { return };
            let quota = house.quota(&account, Interface::Tracking, &standing.stable).await;
            if tokio::time::timeout(house.config.schedule.lease.0 / 2, quota.ready()).await.is_err() {
                // Its lane looks at it when its turn comes.
                return drop(house.store.release(vec![parcel.key]).await);
            }
            let tries = standing.tries(&account, &parcel.number);
            let due = Due { account, purpose: Purpose::Look, tries, parcels: vec![parcel] };
            if let Err(why) = pipeline::look(&house, due, None).await {
                tracing::error!("a live look was not stored: {why}");
            }
        });
    }
    let told = async {
        loop {
            match news.recv().await {
                Ok(recorded) if recorded.keys.contains(&key) => return,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    let wait: Duration = house.config.live.wait.0;
    Ok(tokio::time::timeout(wait, told).await.map_or(Live::Later, |()| Live::Answered))
}
