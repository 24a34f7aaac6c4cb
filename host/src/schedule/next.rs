//! The plan of one parcel: gathers the rows that hold for it now.

use std::time::Duration;

use posthouse_sdk::manifest::{Interface, Manifest};

use super::plan::{Plan, Rules, plan};
use crate::app::House;
use crate::fault::Instant;
use crate::parcel::{Account, Outcome, Parcel, Purpose};
use crate::route::Release;

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
    plan(&parcel.before, outcome, rules(house, account, release, parcel, now), now)
}

/// After a push: its own proof that the channel lives.
pub fn after_push(house: &House, account: &Account, release: &Release, parcel: &Parcel, outcome: &Outcome, now: Instant) -> Plan {
    plan(&parcel.before, outcome, rules(house, account, release, parcel, now), now)
}

fn rules<'a>(house: &House, account: &Account, release: &'a Release, parcel: &Parcel, now: Instant) -> Rules<'a> {
    let (schedule, manifest) = (&house.config.schedule, &release.adapter.manifest);
    let pushes = parcel.before.subscribed && manifest.has(Interface::Push) && house.channels.alive(account, now).is_some();
    Rules {
        pace: house.pace(release),
        backoff: schedule.backoff.0,
        backoff_max: schedule.backoff_max.0,
        tail: &manifest.tail.looks,
        pushed_every: pushes.then_some(schedule.pushed_every.0),
        jitter: rand::random(),
    }
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
