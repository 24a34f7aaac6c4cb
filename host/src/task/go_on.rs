//! Makes tasks of what was read, and keeps them as their announcements are.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::DAY;
use super::tell::{taken, tell};
use crate::app::House;
use crate::fault::Instant;
use crate::notice::rules::Reading;
use crate::store::{NotStored, Notice, TaskOf};

/// Announcements are turned into tasks with this often: within the look that found them, for a person.
const GLANCE: Duration = Duration::from_secs(1);
/// A task that nobody took is told of again, as its day comes nearer.
const REMIND: Instant = 60_000;
/// An announcement without a date that is older than this is past.
const STALE: Instant = 60 * DAY;

/// Runs until it is stopped.
pub async fn go_on(house: Arc<House>, stop: CancellationToken) {
    let mut told = house.now() - REMIND;
    loop {
        let raised = round(&house).await.unwrap_or_else(|why| {
            error!("tasks are not raised yet: {why}");
            false
        });
        if raised || house.now() - told >= REMIND {
            told = house.now();
            if let Err(why) = tell(&house).await {
                error!("nobody is alerted to tasks yet: {why}");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(GLANCE) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Whether there is something new.
async fn round(house: &House) -> Result<bool, NotStored> {
    let mut any = false;
    for notice in house.store.notices_to_see_to().await? {
        let task = task_of(&notice, house.now());
        let raised = task.past.is_none() && !task.readings.is_empty();
        let id = house.store.see_to(&notice, task.clone(), house.now()).await?;
        any = true;
        if !raised {
            taken(house, &id).await?;
        } else {
            let due = task.due_at.map_or_else(|| "no date".into(), crate::api::rfc3339);
            warn!(task.id = id, notice.id = notice.id, "{id}: {} ({}), due {due}, of {}", task.title, task.kind, notice.source);
        }
    }
    let mut signs = house.signs.take().into_iter();
    while let Some(sign) = signs.next() {
        let stored = house.store.see_to_sign(&sign, house.now()).await;
        if stored.is_err() {
            house.signs.put_back(std::iter::once(sign.clone()).chain(signs.by_ref()));
        }
        if let Some(id) = stored? {
            any = true;
            warn!(task.id = id, carrier.id = sign.carrier, "{id}: {}", sign.words);
        }
    }
    Ok(any)
}

fn task_of(notice: &Notice, now: Instant) -> TaskOf {
    let readings = notice.current.readings.clone();
    let said = notice.published_at.unwrap_or(notice.seen_at);
    let is_over = |reading: &&Reading| match (until(reading), due(reading)) {
        (Some(until), _) => now > until + DAY,
        // What came true a while ago may still be why something breaks.
        (None, Some(due)) => now > due + super::AFTER,
        (None, None) => now > said + STALE,
    };
    // The most important that is still ahead; of several things one may be past.
    let ahead = readings.iter().find(|reading| !is_over(reading));
    let past = match (readings.first(), ahead) {
        (None, _) => Some("the announcement does not say so any more"),
        (Some(_), None) => Some("it was past when it was first read"),
        (Some(_), Some(_)) => None,
    };
    let main = ahead.or(readings.first());
    let next = || readings.iter().filter(|reading| !is_over(reading)).filter_map(due).min();
    let (due_at, until_at) = (main.and_then(due).or_else(next), main.and_then(until));
    TaskOf {
        kind: main.map(|reading| reading.kind.as_str().to_owned()).unwrap_or_default(),
        title: notice.current.title.clone(),
        readings,
        due_at,
        until_at,
        past,
    }
}

fn due(reading: &Reading) -> Option<Instant> {
    reading.effective.map(|at| at.instant().as_millisecond())
}

/// A day without an hour lasts to its end.
fn until(reading: &Reading) -> Option<Instant> {
    reading.until.map(|at| at.instant().as_millisecond() + if at.time.is_none() { DAY } else { 0 })
}
