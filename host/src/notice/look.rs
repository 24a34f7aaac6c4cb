//! A look at a source, from the first request to what is stored of it.

use std::time::Duration;

use tracing::{error, info, warn};

use super::find::Finding;
use super::{Place, Source, State};
use crate::app::House;
use crate::fault::{Fault, Instant, Kind};
use crate::fetch::Validators;
use crate::store::{Act, NotStored, NoticeChange};

/// Notices of a source that a look compares with.
const REMEMBERED: u32 = 2_000;
/// There was more than one look fetches: it goes on so soon.
const GO_ON: Instant = 60_000;

/// Looks at a source now, and stores what it found: a failure like a success.
pub async fn look(house: &House, source: &Source) -> Result<Place, NotStored> {
    let _alone = house.notices.alone(&source.id).await;
    let now = house.now();
    let before = house.store.notice_place(&source.id).await?;
    let known = house.store.known_notices(&source.id, REMEMBERED).await?;
    // Another version may read what this one could not: it is given the list, changed or not.
    let same = before.as_ref().filter(|before| before.release == source.release());
    let validators = same.map(|before| before.validators.clone()).unwrap_or_default();
    let mut finding = Finding::new(house, source, &known, before.as_ref().and_then(|before| before.ok_at), now);
    let sought = finding.seek(&validators).await;
    let Finding { changes, validators, partial, trouble, .. } = finding;
    let sought = sought.and(trouble.map_or(Ok(()), Err));
    tell(source, &changes, &sought, validators.is_some());
    let found = Found { sought, validators, partial, newest: newest(&changes, now) };
    let (place, act) = after(house, source, before, found, now);
    house.store.keep_notices(place.clone(), changes, act).await?;
    Ok(place)
}

/// A person has looked at a source that refused; it is asked again.
pub async fn resume(house: &House, source: &Source, reason: &str, actor: &str) -> Result<(), NotStored> {
    let act = Act { actor: actor.to_owned(), act: "notices.resume", subject: source.id.clone(), reason: reason.to_owned(), evidence: None };
    house.store.resume_notices(&source.id, act, house.now()).await
}

struct Found {
    sought: Result<(), Fault>,
    /// Of the list, if it was read.
    validators: Option<Validators>,
    partial: bool,
    newest: Option<Instant>,
}

/// The source as it is after a look.
fn after(house: &House, source: &Source, before: Option<Place>, found: Found, now: Instant) -> (Place, Option<Act>) {
    let mut place = before.unwrap_or_else(|| Place {
        source: source.id.clone(),
        first_at: now,
        looked_at: now,
        ok_at: None,
        next_at: now,
        release: source.release(),
        validators: Validators::default(),
        outcome: String::new(),
        detail: None,
        failing_since: None,
        stopped_at: None,
        newest_at: None,
        looks: 0,
        not_modified: 0,
        told: (State::New, now),
    });
    place.looked_at = now;
    place.looks += 1;
    place.not_modified += i64::from(found.sought.is_ok() && found.validators.is_none());
    place.newest_at = place.newest_at.max(found.newest);
    place.next_at = now + pause(house, source);
    let read = if found.validators.is_some() { "read" } else { "not-modified" };
    if let Some(validators) = found.validators {
        (place.validators, place.release) = (validators, source.release());
    }
    let mut act = None;
    match found.sought {
        Ok(()) => {
            (place.outcome, place.detail, place.failing_since) = (read.into(), None, None);
            if found.partial {
                place.next_at = place.next_at.min(now + GO_ON);
            } else {
                place.ok_at = Some(now);
            }
        }
        Err(fault) => {
            (place.outcome, place.detail) = (fault.kind.code().into(), Some(fault.detail.clone()));
            place.failing_since = place.failing_since.or(Some(now));
            if matches!(fault.kind, Kind::TurnedAway | Kind::Challenge) {
                place.stopped_at = Some(now);
                act = Some(stop(source, &fault));
            }
            place.next_at = fault.until.unwrap_or(place.next_at);
        }
    }
    (place, act)
}

/// Earlier than need be, so that a look is late by no pause of the machine, and not all at once.
fn pause(house: &House, source: &Source) -> Instant {
    let every: Duration = source.says().every.0.min(house.config.notices.every.0);
    let jittered = every.mul_f64(0.75 + 0.2 * rand::random::<f64>());
    i64::try_from(jittered.as_millis()).unwrap_or(i64::MAX / 4)
}

fn stop(source: &Source, fault: &Fault) -> Act {
    Act { actor: "host".into(), act: "notices.stop", subject: source.id.clone(), reason: fault.to_string(), evidence: None }
}

/// When the newest of what was found was published; an edit is a sign of life, too.
fn newest(changes: &[NoticeChange], now: Instant) -> Option<Instant> {
    let of = |change: &NoticeChange| match change {
        NoticeChange::New(new) => Some(new.published_at.unwrap_or(new.seen_at).min(now)),
        NoticeChange::Edited(..) => Some(now),
        _ => None,
    };
    changes.iter().filter_map(of).max()
}

/// Counts, measures and names what came of a look: here, and nowhere else.
fn tell(source: &Source, changes: &[NoticeChange], sought: &Result<(), Fault>, read: bool) {
    let id = &source.id;
    let outcome = match sought {
        Ok(()) if read => "read",
        Ok(()) => "not-modified",
        Err(fault) => fault.kind.code(),
    };
    metrics::counter!("posthouse_notice_looks_total", "source" => id.clone(), "outcome" => outcome).increment(1);
    for change in changes {
        match change {
            NoticeChange::New(new) => {
                metrics::counter!("posthouse_notices_total", "source" => id.clone(), "what" => "new").increment(1);
                if let Some(ms) = super::delay::published_to_read(new.published_at, new.unseen_until, new.read_at) {
                    metrics::histogram!("posthouse_notice_published_to_read_seconds").record(ms as f64 / 1000.0);
                }
                info!(notice.source = id, readings = new.version.readings.len(), "`{id}` announces: {}", new.version.title);
            }
            NoticeChange::Edited(_, version) => {
                metrics::counter!("posthouse_notices_total", "source" => id.clone(), "what" => "edited").increment(1);
                info!(notice.source = id, readings = version.readings.len(), "`{id}` edited: {}", version.title);
            }
            NoticeChange::Flipped(..) => {
                metrics::counter!("posthouse_notices_total", "source" => id.clone(), "what" => "flipped").increment(1);
            }
            _ => {}
        }
    }
    match sought {
        Ok(()) => {}
        Err(fault) if matches!(fault.kind, Kind::TurnedAway | Kind::Challenge) => {
            error!(notice.source = id, outcome, "`{id}` is not looked at any more ({fault}), until `posthouse notice resume {id}`");
        }
        Err(fault) => warn!(notice.source = id, outcome, "a look at `{id}` ended with {fault}"),
    }
}
