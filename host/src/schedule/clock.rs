//! The wall clock may jump: somebody sets it, a machine wakes up. Forward, what was planned is
//! simply due. Backward, nothing would be looked at until the old time comes round again, so the
//! plans move along.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant as Steady;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::app::House;
use crate::store::Act;

/// Less is what time services correct all day.
const UNNOTICED: i64 = 10_000;
const EVERY: Duration = Duration::from_secs(1);

/// Compares the wall clock with one that cannot be set, and at the start with the newest record.
pub async fn watch(house: Arc<House>, stop: CancellationToken) {
    match house.store.newest().await {
        Ok(newest) if newest - house.now() > UNNOTICED => moved(&house, house.now() - newest).await,
        Ok(_) => {}
        Err(why) => error!("whether the clock went back is not known: {why}"),
    }
    let (mut wall, mut steady) = (house.now(), Steady::now());
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
        let passed = i64::try_from(steady.elapsed().as_millis()).unwrap_or(i64::MAX);
        let jump = house.now() - wall - passed;
        if jump.abs() > UNNOTICED {
            moved(&house, jump).await;
        }
        (wall, steady) = (house.now(), Steady::now());
    }
}

async fn moved(house: &House, by: i64) {
    let seconds = by as f64 / 1000.0;
    warn!("the clock jumped by {seconds:.1} s");
    let what = if by < 0 { "what was planned moves along" } else { "what fell due meanwhile is looked at now" };
    let act = Act {
        actor: "host".into(),
        act: "clock.jump",
        subject: "every account".into(),
        reason: format!("by {seconds:.1} s; {what}"),
        evidence: None,
    };
    if by < 0 {
        // Moments kept in memory are in the future now.
        house.incidents.forget();
        house.sessions.forget();
        house.channels.forget();
    }
    match house.store.move_plans(by.min(0), act, house.now()).await {
        Ok(()) => house.releases.all().keys().for_each(|account| house.wakes.of(account).notify_waiters()),
        Err(why) => error!("plans did not move with the clock: {why}"),
    }
}
