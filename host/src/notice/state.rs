//! How each source is doing, and what of it has to be told.

use std::time::Duration;

use tracing::{error, info};

use super::{Place, Source, State, sources};
use crate::app::House;
use crate::fault::Instant;
use crate::store::NotStored;

/// A source that is doing otherwise than was told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub source: String,
    pub was: State,
    pub is: State,
    /// Since when it is so.
    pub since: Instant,
    pub why: String,
}

/// How a source is doing now.
pub fn state(place: &Place, source: &Source, failing_after: Duration, now: Instant) -> State {
    let past = |since: Option<Instant>, length: Duration| {
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        since.is_some_and(|since| now - since >= length)
    };
    let newest = place.newest_at.unwrap_or(place.first_at);
    match place {
        Place { stopped_at: Some(_), .. } => State::Stopped,
        place if past(place.failing_since, failing_after) => State::Failing,
        _ if past(Some(newest), source.says().silent_after.0) => State::Silent,
        _ => State::Good,
    }
}

/// What changed since this was asked last. Called once a glance by the watch; whoever raises alerts
/// does so from what it returns.
pub async fn announce_state(house: &House) -> Result<Vec<Changed>, NotStored> {
    let (now, places) = (house.now(), house.store.notice_places().await?);
    let mut changed = vec![];
    let mut counts = [0u32; State::ALL.len()];
    for source in sources(house) {
        let Some(place) = places.get(&source.id) else {
            counts[State::New as usize] += 1;
            continue;
        };
        let is = state(place, &source, house.config.notices.failing_after.0, now);
        counts[is as usize] += 1;
        if is != place.told.0 {
            house.store.tell_notice_state(&source.id, is, now).await?;
            changed.push(Changed { source: source.id, was: place.told.0, is, since: since(place, is, now), why: why(place, is) });
        }
    }
    for (state, count) in State::ALL.into_iter().zip(counts) {
        metrics::gauge!("posthouse_notice_sources", "state" => state.code()).set(f64::from(count));
    }
    for Changed { source, was, is, why, .. } in &changed {
        match is {
            State::New | State::Good => {
                info!(notice.source = source, "announcements of `{source}` are {} (they were {}): {why}", is.code(), was.code())
            }
            _ => error!(notice.source = source, "announcements of `{source}` are {} (they were {}): {why}", is.code(), was.code()),
        }
    }
    Ok(changed)
}

fn since(place: &Place, is: State, now: Instant) -> Instant {
    let since = match is {
        State::Stopped => place.stopped_at,
        State::Failing => place.failing_since,
        State::Silent => place.newest_at,
        State::New | State::Good => None,
    };
    since.unwrap_or(now)
}

fn why(place: &Place, is: State) -> String {
    match is {
        State::New | State::Good => "they are read".into(),
        State::Silent => "nothing new for longer than usual: has the page moved?".into(),
        State::Failing | State::Stopped => place.detail.clone().unwrap_or_else(|| place.outcome.clone()),
    }
}
