//! Opens, follows and closes incidents: beside the looks, never in their way.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;

use super::pulse::{LEAST, Pulse, Tally};
use super::shape::Shape;
use super::{Evidence, Incident, headline, is_certain};
use crate::alert::{self, AlertKind, Severity, Subject};
use crate::app::House;
use crate::fault::{Instant, Kind};
use crate::parcel::Account;
use crate::store::{NotStored, Witness};
use crate::task;

/// Rest between two rounds: many failures are seen together.
const REST: Duration = Duration::from_millis(200);
/// A round comes at least this often, to see what is over.
const IDLE: Duration = Duration::from_secs(1);
/// Good answers that a failing one is compared with.
const GOOD: u32 = 20;

/// What was seen of an account in one round.
struct Seen {
    trouble: Option<Instant>,
    /// A parcel was looked at and all was well.
    fine: bool,
    failed: Tally,
}

/// An open incident, and whether it is on disk as it stands.
struct Followed {
    incident: Incident,
    stored: bool,
}

type Open = HashMap<Account, Followed>;

/// Runs until it is stopped.
pub async fn watch(house: Arc<House>, stop: CancellationToken) {
    let mut open = Open::new();
    match house.store.incidents(true, u32::MAX).await {
        Ok(left) => open.extend(left.into_iter().map(|incident| (incident.account.clone(), Followed { incident, stored: true }))),
        Err(why) => error!("incidents of before the start are not followed: {why}"),
    }
    while !stop.is_cancelled() {
        tokio::select! {
            () = house.incidents.trouble.notified() => {}
            () = tokio::time::sleep(IDLE) => {}
            () = stop.cancelled() => return,
        }
        round(&house, &mut open).await;
        metrics::gauge!("posthouse_incidents_open").set(open.len() as f64);
        tokio::select! {
            () = tokio::time::sleep(REST) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn round(house: &House, open: &mut Open) {
    let now = house.now();
    let seen = look_around(house, open, now);
    let failing: Vec<String> = seen.iter().filter(|(_, seen)| seen.trouble.is_some()).map(|(a, _)| a.carrier.to_string()).collect();
    for (account, seen) in seen {
        if let Err(why) = follow(house, open, &account, seen, &failing, now).await {
            error!(carrier.id = %account.carrier, "the incident of {account} is not stored yet: {why}");
        }
    }
}

fn look_around(house: &House, open: &Open, now: Instant) -> Vec<(Account, Seen)> {
    let window = i64::try_from(house.config.incidents.window.0.as_millis()).unwrap_or(i64::MAX / 8);
    let mut pulses = house.incidents.pulses.lock().expect("no panic inside");
    open.keys().for_each(|account| _ = pulses.entry(account.clone()).or_default());
    let see = |(account, pulse): (&Account, &mut Pulse)| {
        pulse.forget(now, window);
        let trouble = pulse.trouble(now, window);
        let failed = match trouble {
            Some(since) if !open.contains_key(account) => pulse.since(since),
            _ => pulse.untold(),
        };
        (account.clone(), Seen { trouble, fine: pulse.was_fine(now, window), failed })
    };
    pulses.iter_mut().map(see).collect()
}

/// Opens it, adds to it, closes it.
async fn follow(house: &House, open: &mut Open, account: &Account, seen: Seen, failing: &[String], now: Instant) -> Result<(), NotStored> {
    let is_new = !open.contains_key(account);
    if let (true, Some(since)) = (is_new, seen.trouble) {
        open.insert(account.clone(), Followed { incident: begun(account, since, now), stored: false });
    }
    let Some(followed) = open.get_mut(account) else { return Ok(()) };
    followed.add(house, &seen, failing).await;
    followed.explain(house).await;
    if is_over(house, &followed.incident, &seen).await? {
        *followed = Followed { incident: Incident { closed_at: Some(now), ..followed.incident.clone() }, stored: false };
    }
    let Followed { incident, stored } = followed;
    if is_new || incident.closed_at.is_some() {
        let manifest = house.adapter(&account.carrier).map(|adapter| adapter.manifest.clone());
        warn!(carrier.id = %account.carrier, incident.id = %incident.id, "{}", headline(incident, manifest.as_deref()).1);
    }
    if !*stored {
        house.store.keep_incident(incident).await?;
        tell(house, incident).await?;
        *stored = true;
    }
    if incident.closed_at.is_some() {
        open.remove(account);
    }
    Ok(())
}

/// An incident is an alert as long as it is open.
async fn tell(house: &House, incident: &Incident) -> Result<(), NotStored> {
    let key = format!("incident:{}", incident.id);
    if incident.closed_at.is_some() {
        return alert::recover(house, &key).await;
    }
    let adapter = house.adapter(&incident.account.carrier);
    let is_ours = incident.looks.keys().any(|outcome| Kind::parse(outcome).is_some_and(is_certain));
    let subject = Subject {
        key,
        kind: AlertKind::Incident,
        // A refused credential does not heal by itself.
        severity: if is_ours { Severity::Critical } else { Severity::Warning },
        carrier: Some(incident.account.carrier.to_string()),
        account: Some(incident.account.name.to_string()),
        headline: headline(incident, adapter.as_ref().map(|adapter| &*adapter.manifest)),
        detail: serde_json::json!({ "incident": incident.id, "looks": incident.looks, "also": incident.also }),
    };
    alert::raise(house, subject).await
}

fn begun(account: &Account, since: Instant, now: Instant) -> Incident {
    Incident {
        id: format!("in_{}", Uuid::now_v7().simple()),
        account: account.clone(),
        since,
        opened_at: now,
        last_at: since,
        closed_at: None,
        looks: BTreeMap::new(),
        also: vec![],
        evidence: vec![],
        explained: vec![],
    }
}

/// Nothing is out of the ordinary any more, and no more parcels are left that failed than would
/// open one. What nobody watches any more cannot fail.
async fn is_over(house: &House, incident: &Incident, seen: &Seen) -> Result<bool, NotStored> {
    if seen.trouble.is_some() {
        return Ok(false);
    }
    let is_account = |outcome: &&str| Kind::parse(outcome).is_some_and(is_certain);
    let (certain, others): (Vec<&str>, Vec<&str>) = incident.looks.keys().map(String::as_str).partition(is_account);
    let (watched, rejected) = house.store.left(&incident.account, &certain).await?;
    let (_, failing) = house.store.left(&incident.account, &others).await?;
    Ok(watched == 0 || (seen.fine && rejected == 0 && failing < LEAST as i64))
}

impl Followed {
    async fn add(&mut self, house: &House, seen: &Seen, failing: &[String]) {
        let incident = &mut self.incident;
        for (outcome, failed) in &seen.failed {
            self.stored = false;
            *incident.looks.entry((*outcome).to_owned()).or_default() += failed.count;
            incident.last_at = incident.last_at.max(failed.last);
            // The first may be a subscription: a look says more.
            if !incident.evidence.iter().any(|e| e.outcome == *outcome && e.news.compared > 0 && e.interface == "tracking") {
                let evidence = evidence(house, incident, outcome, failed.first).await;
                incident.evidence.retain(|e| e.outcome != *outcome);
                incident.evidence.push(evidence);
            }
        }
        incident.evidence.sort_by_key(|e| e.at);
        for carrier in failing.iter().filter(|carrier| **carrier != *incident.account.carrier) {
            if !incident.also.contains(carrier) {
                self.stored = false;
                incident.also.push(carrier.clone());
            }
        }
    }
}

impl Followed {
    /// By what was announced, also if that is read after the trouble began.
    async fn explain(&mut self, house: &House) {
        let Incident { id, account, since, explained, .. } = &self.incident;
        match task::explanations(house, account, *since).await {
            Ok(found) if found != *explained => (self.incident.explained, self.stored) = (found, false),
            Ok(_) => {}
            Err(why) => error!(carrier.id = %account.carrier, "{id} is not explained yet: {why}"),
        }
    }
}

/// The first exchange that ended so, beside the last good ones. That it cannot be read hinders nothing.
async fn evidence(house: &House, incident: &Incident, outcome: &str, at: Instant) -> Evidence {
    let release = house.releases.stable(&incident.account).map(|stable| stable.id()).unwrap_or_default();
    let bare = Evidence { outcome: outcome.into(), at, release, exchange: None, interface: String::new(), news: Default::default() };
    witnessed(house, incident, &bare)
        .await
        .unwrap_or_else(|why| {
            error!(carrier.id = %incident.account.carrier, "{} has no exchange as evidence: {why}", incident.id);
            None
        })
        .unwrap_or(bare)
}

async fn witnessed(house: &House, incident: &Incident, bare: &Evidence) -> Result<Option<Evidence>, NotStored> {
    let (account, Evidence { release, outcome, .. }) = (&incident.account, bare);
    let Some(Witness { key, at, interface, status, body }) = house.store.witness(account, release, outcome, incident.since).await? else {
        return Ok(None);
    };
    let good = house.store.good_answers(account, &interface, key, GOOD).await?;
    let good: Vec<Shape> = good.iter().map(|(status, body)| Shape::of(*status, body)).collect();
    let news = body.map(|body| Shape::of(status, &body).news(&good)).unwrap_or_default();
    Ok(Some(Evidence { at, exchange: Some(key), interface, news, ..bare.clone() }))
}
