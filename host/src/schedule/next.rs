//! The plan of one parcel: gathers the rows that hold for it now.

use std::time::Duration;

use posthouse_sdk::manifest::{Interface, Manifest};
use posthouse_sdk::status;

use super::plan::{Plan, Rules, plan};
use crate::app::House;
use crate::fault::Instant;
use crate::judge::{self, Level, Reason, Verdict};
use crate::parcel::{Account, Outcome, Parcel, Purpose, Track};
use crate::route::Release;

/// A doubt that is a week old is looked at like a finished parcel.
const SETTLED: Instant = 7 * 86_400_000;

/// What comes after this outcome; learns from it whether the push channel is alive.
pub fn next(
    house: &House,
    account: &Account,
    purpose: Purpose,
    release: &Release,
    parcel: &Parcel,
    outcome: &Outcome,
    now: Instant,
) -> Plan {
    if purpose == Purpose::Subscribe {
        return subscription(house, &release.adapter.manifest, outcome, now);
    }
    if parcel.before.subscribed && !parcel.before.hinted {
        learn(house, account, parcel, outcome, now);
    }
    plan(&parcel.before, outcome, rules(house, account, release, parcel, outcome, now), now)
}

/// After a push: its own proof that the channel lives.
pub fn after_push(house: &House, account: &Account, release: &Release, parcel: &Parcel, outcome: &Outcome, now: Instant) -> Plan {
    plan(&parcel.before, outcome, rules(house, account, release, parcel, outcome, now), now)
}

fn rules<'a>(house: &House, account: &Account, release: &'a Release, parcel: &Parcel, outcome: &Outcome, now: Instant) -> Rules<'a> {
    let (schedule, manifest) = (&house.config.schedule, &release.adapter.manifest);
    let pushes = parcel.before.subscribed && manifest.has(Interface::Push) && house.channels.alive(account, now).is_some();
    Rules {
        pace: house.pace(release),
        backoff: schedule.backoff.0,
        backoff_max: schedule.backoff_max.0,
        tail: &manifest.tail.looks,
        pushed_every: pushes.then_some(schedule.pushed_every.0),
        believed: outcome.as_ref().is_ok_and(|track| is_believed(house, release, parcel, track, now)),
        jitter: rand::random(),
    }
}

/// Whether it tells an end that is believed: at once, since what was told before has waited long enough, or because
/// it was so long ago that nobody will settle it any more.
fn is_believed(house: &House, release: &Release, parcel: &Parcel, track: &Track, now: Instant) -> bool {
    if !track.status.is_some_and(status::is_terminal) {
        return false;
    }
    let same = parcel.before.reading == Some(track.digest) && parcel.before.believed_from.is_some_and(|from| from <= now);
    let signed_at = track.signed.as_ref().map(|signed| signed.at).or_else(|| track.events.last().map(|event| event.at));
    if same || signed_at.is_some_and(|at| now - at > SETTLED) {
        return true;
    }
    let judging = house.judging(&release.adapter.manifest);
    // The carrier has no more to say of a picture.
    let settled = |verdict: Verdict| verdict.level == Level::Confirmed || verdict.against == [Reason::PhotoMissing];
    judge::of_reading(track, &parcel.before.said, &judging, now).is_none_or(|verdict| settled(verdict.at(now)))
}

/// A look at a subscribed parcel either agrees with what was pushed or shows that pushes are missing.
fn learn(house: &House, account: &Account, parcel: &Parcel, outcome: &Outcome, now: Instant) {
    let Ok(track) = outcome else { return };
    if parcel.before.reading.is_none() {
        return;
    }
    if parcel.before.status.as_deref() == track.status {
        house.channels.proven(account, now);
    } else if house.channels.disproven(account) {
        tracing::warn!(carrier.id = %account.carrier, "a look found what no push of {account} had told");
    }
}

/// `next_look` here is when to subscribe again.
fn subscription(house: &House, manifest: &Manifest, outcome: &Outcome, now: Instant) -> Plan {
    let ms = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX / 4);
    let again = match outcome {
        Ok(_) => manifest.push.renew.map(|period| now + ms(period.0)),
        Err(_) => Some(now + ms(house.config.schedule.backoff_max.0)),
    };
    Plan { next_look: again, deadline: None, faults: 0, tail: 0, fresh: false }
}
