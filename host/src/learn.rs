//! What confirmed deliveries teach: how long a carrier takes to tell. In the background, from what
//! is stored; each parcel teaches each delay once.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::app::House;
use crate::store::NotStored;

/// Lessons taken at once.
const TOGETHER: u32 = 1_000;

/// Learns until it is stopped.
pub async fn go_on(house: Arc<House>, stop: CancellationToken) {
    let every = house.config.judge.learn_every.0;
    loop {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => return,
        }
        if let Err(why) = learn(&house).await {
            error!("delays were not learned, and will be: {why}");
        }
    }
}

async fn learn(house: &House) -> Result<(), NotStored> {
    loop {
        let now = house.now();
        let lessons = house.store.lessons(now, TOGETHER).await?;
        if lessons.is_empty() {
            return Ok(());
        }
        let lengths: Vec<_> = lessons.iter().filter_map(|lesson| Some((lesson.slot.clone(), lesson.length?))).collect();
        let changed = house.delays.learn(&lengths, now);
        info!("learned from {} of {} parcels", lengths.len(), lessons.len());
        house.store.learned(lessons, changed).await?;
    }
}
