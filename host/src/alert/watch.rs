//! What has to happen by itself: messages go out, nobody's silence goes unnoticed, the day is summed up.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{join, join_all};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::settings::ms;
use super::{Severity, digest, recover};
use crate::app::House;
use crate::fault::Instant;
use crate::store::{AlertFilter, NotStored};

const EVERY: Duration = Duration::from_secs(1);
/// Open alerts that are looked through at once.
const MOST: u32 = 1000;
/// A host that was not there when the day was to be summed up does it up to so much later.
const LATE: Instant = 6 * 3_600_000;

/// Runs until it is stopped.
pub async fn watch(house: Arc<House>, stop: CancellationToken) {
    if let Err(why) = resume(&house).await {
        error!("alerts of before the start stay as they are: {why}");
    }
    let tellers = join_all(house.alerts.tellers.iter().map(|teller| teller.go_on(&house, &stop)));
    join(tellers, rounds(&house, &stop)).await;
}

async fn rounds(house: &House, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(why) = round(house).await {
            error!("alerts are not followed up: {why}");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// An incident may have ended without its alert; and what failed is tried at once.
async fn resume(house: &House) -> Result<(), NotStored> {
    let now = house.now();
    house.store.try_again(now, house.config.alerts.from(Severity::Warning, now)).await?;
    for alert in house.store.alerts(&AlertFilter { open: true, ..AlertFilter::default() }, MOST).await?.alerts {
        let Some(id) = alert.key.strip_prefix("incident:") else { continue };
        if house.store.incident(id).await?.is_none_or(|incident| incident.closed_at.is_some()) {
            recover(house, &alert.key).await?;
        }
    }
    Ok(())
}

async fn round(house: &House) -> Result<(), NotStored> {
    let (now, settings) = (house.now(), &house.config.alerts);
    let open = house.store.alerts(&AlertFilter { open: true, ..AlertFilter::default() }, MOST).await?.alerts;
    metrics::gauge!("posthouse_alerts_open").set(open.len() as f64);
    let patience = ms(settings.escalate_after);
    for alert in open.into_iter().filter(|alert| alert.acked_at.is_none() && alert.escalated_at.is_none()) {
        let audience = settings.higher_up(alert.severity, alert.carrier.as_deref(), now);
        if now - alert.opened_at >= patience && !audience.channels.is_empty() {
            warn!(alert.id = %alert.id, "nobody acknowledged {}: {}", alert.id, alert.headline.1);
            house.store.escalate_alert(&alert.id, audience, now).await?;
            house.alerts.news.notify_waiters();
        }
    }
    sum_up(house, now).await
}

/// Once a day, whatever was restarted meanwhile: what was handed over is on disk.
async fn sum_up(house: &House, now: Instant) -> Result<(), NotStored> {
    let channels: Vec<String> = house.config.alerts.channels.iter().filter(|(_, c)| !c.escalation).map(|(name, _)| name.clone()).collect();
    let Some((day, at)) = house.config.alerts.digest.last(now).filter(|(_, at)| now - at <= LATE && !channels.is_empty()) else {
        return Ok(());
    };
    let subject = format!("digest:{day}");
    if !house.store.told(&subject).await?.is_empty() {
        return Ok(());
    }
    let told = digest(house, at, None).await?.message(now);
    house.store.tell_all(&subject, channels, told, now).await?;
    house.alerts.news.notify_waiters();
    Ok(())
}
