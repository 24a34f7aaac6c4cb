//! Makes tasks of what was read, and keeps them as their announcements are.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::DAY;
use crate::app::House;
use crate::fault::Instant;
use crate::notice::rules::Reading;
use crate::store::{NotStored, Notice, TaskOf};

/// Announcements are turned into tasks with this often: within the look that found them, for a person.
const GLANCE: Duration = Duration::from_secs(1);
/// An announcement without a date that is older than this is past.
const STALE: Instant = 60 * DAY;

/// Runs until it is stopped.
pub async fn go_on(house: Arc<House>, stop: CancellationToken) {
    loop {
        if let Err(why) = round(&house).await {
            error!("tasks are not raised yet: {why}");
        }
        tokio::select! {
            () = tokio::time::sleep(GLANCE) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn round(house: &House) -> Result<(), NotStored> {
    for notice in house.store.notices_to_see_to().await? {
        let task = task_of(&notice, house.now());
        let raised = task.past.is_none() && !task.readings.is_empty();
        let id = house.store.see_to(&notice, task.clone(), house.now()).await?;
        if raised {
            let due = task.due_at.map_or_else(|| "no date".into(), crate::api::rfc3339);
            warn!(task.id = id, notice.id = notice.id, "{id}: {} ({}), due {due}, of {}", task.title, task.kind, notice.source);
        }
    }
    for sign in house.signs.take() {
        if let Some(id) = house.store.see_to_sign(&sign, house.now()).await? {
            warn!(task.id = id, carrier.id = sign.carrier, "{id}: {}", sign.words);
        }
    }
    Ok(())
}

fn task_of(notice: &Notice, now: Instant) -> TaskOf {
    let readings = notice.current.readings.clone();
    let instant = |of: fn(&Reading) -> Option<Instant>| readings.first().and_then(of);
    let due_at = instant(|reading| reading.effective.map(|at| at.instant().as_millisecond()));
    let until_at = instant(|reading| reading.until.map(|at| at.instant().as_millisecond()));
    let said = notice.published_at.unwrap_or(notice.seen_at);
    let over = match (until_at, due_at) {
        (Some(until), _) => now > until + DAY,
        // What came true a while ago may still be why something breaks.
        (None, Some(due)) => now > due + super::AFTER,
        (None, None) => now > said + STALE,
    };
    let past = if readings.is_empty() {
        Some("the announcement does not say so any more")
    } else {
        over.then_some("it was past when it was first read")
    };
    TaskOf {
        kind: readings.first().map(|reading| reading.kind.as_str().to_owned()).unwrap_or_default(),
        title: notice.current.title.clone(),
        readings,
        due_at,
        until_at,
        past,
    }
}
