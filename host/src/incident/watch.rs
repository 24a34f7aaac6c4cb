//! Opens, follows and closes incidents: beside the looks, never in their way.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

use super::pulse::{Pulse, Tally};
use super::shape::Shape;
use super::{Evidence, Incident, headline};
use crate::app::House;
use crate::fault::Instant;
use crate::parcel::Account;
use crate::store::{NotStored, Witness};

/// Rest between two rounds: many failures are seen together.
const REST: Duration = Duration::from_millis(200);
/// A round comes at least this often, to see what is over.
const IDLE: Duration = Duration::from_secs(1);
/// Good answers that a failing one is compared with.
const GOOD: u32 = 20;

/// What was seen of an account in one round.
struct Seen {
    trouble: Option<Instant>,
    calm: bool,
    failed: Tally,
}

/// Runs until it is stopped.
pub async fn watch(house: Arc<House>, stop: CancellationToken) {
    let mut open: HashMap<Account, Incident> = HashMap::new();
    match house.store.incidents(true, u32::MAX).await {
        Ok(left) => open.extend(left.into_iter().map(|incident| (incident.account.clone(), incident))),
        Err(why) => error!("incidents of before the start are not followed: {why}"),
    }
    while !stop.is_cancelled() {
        tokio::select! {
            () = house.incidents.trouble.notified() => {}
            () = tokio::time::sleep(IDLE) => {}
            () = stop.cancelled() => return,
        }
        if let Err(why) = round(&house, &mut open).await {
            error!("incidents are not followed for a moment: {why}");
        }
        metrics::gauge!("posthouse_incidents_open").set(open.len() as f64);
        tokio::select! {
            () = tokio::time::sleep(REST) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn round(house: &House, open: &mut HashMap<Account, Incident>) -> Result<(), NotStored> {
    let now = house.now();
    let seen = look_around(house, open, now);
    let failing: Vec<String> = seen.iter().filter(|(_, seen)| seen.trouble.is_some()).map(|(a, _)| a.carrier.to_string()).collect();
    for (account, seen) in seen {
        if let Some(incident) = open.get_mut(&account) {
            if follow(house, incident, seen, &failing, now).await? {
                open.remove(&account);
            }
        } else if let Some(since) = seen.trouble {
            let incident = begin(house, &account, since, seen, &failing, now).await?;
            open.insert(account, incident);
        }
    }
    Ok(())
}

fn look_around(house: &House, open: &HashMap<Account, Incident>, now: Instant) -> Vec<(Account, Seen)> {
    let window = i64::try_from(house.config.incidents.window.0.as_millis()).unwrap_or(i64::MAX / 8);
    let mut pulses = house.incidents.pulses.lock().expect("no panic inside");
    let see = |(account, pulse): (&Account, &mut Pulse)| {
        pulse.forget(now, window);
        let trouble = pulse.trouble(now, window);
        let failed = match trouble {
            Some(since) if !open.contains_key(account) => pulse.since(since),
            _ => pulse.untold(),
        };
        (account.clone(), Seen { trouble, calm: pulse.is_calm(now, window), failed })
    };
    pulses.iter_mut().map(see).collect()
}

async fn begin(
    house: &House,
    account: &Account,
    since: Instant,
    seen: Seen,
    failing: &[String],
    now: Instant,
) -> Result<Incident, NotStored> {
    let mut incident = Incident {
        id: format!("in_{}", Uuid::now_v7().simple()),
        account: account.clone(),
        since,
        opened_at: now,
        last_at: since,
        closed_at: None,
        looks: BTreeMap::new(),
        also: vec![],
        evidence: vec![],
    };
    add(house, &mut incident, seen, failing).await?;
    house.store.keep_incident(&incident).await?;
    warn!(carrier.id = %account.carrier, incident.id = %incident.id, "{}", headline(&incident, manifest(house, account).as_deref()).1);
    Ok(incident)
}

/// True once it is over.
async fn follow(house: &House, incident: &mut Incident, seen: Seen, failing: &[String], now: Instant) -> Result<bool, NotStored> {
    let (calm, more) = (seen.calm, !seen.failed.is_empty());
    add(house, incident, seen, failing).await?;
    let over = calm && !house.store.still_fails(&incident.account, incident.looks.keys()).await?;
    if over {
        incident.closed_at = Some(now);
        let account = &incident.account;
        info!(carrier.id = %account.carrier, incident.id = %incident.id, "{}", headline(incident, manifest(house, account).as_deref()).1);
    }
    if over || more {
        house.store.keep_incident(incident).await?;
    }
    Ok(over)
}

async fn add(house: &House, incident: &mut Incident, seen: Seen, failing: &[String]) -> Result<(), NotStored> {
    for (outcome, failed) in seen.failed {
        *incident.looks.entry(outcome.to_owned()).or_default() += failed.count;
        incident.last_at = incident.last_at.max(failed.last);
        if !incident.evidence.iter().any(|e| e.outcome == outcome) {
            incident.evidence.push(evidence(house, incident, outcome, failed.first).await?);
        }
    }
    incident.evidence.sort_by_key(|e| e.at);
    let others = failing.iter().filter(|carrier| **carrier != *incident.account.carrier && !incident.also.contains(carrier));
    let others: Vec<String> = others.cloned().collect();
    incident.also.extend(others);
    Ok(())
}

/// The first exchange that ended so, beside the last good ones.
async fn evidence(house: &House, incident: &Incident, outcome: &str, at: Instant) -> Result<Evidence, NotStored> {
    let Some(Witness { key, at, release, detail, status, body }) = house.store.witness(&incident.account, outcome, incident.since).await?
    else {
        let release = house.releases.stable(&incident.account).map(|stable| stable.id()).unwrap_or_default();
        return Ok(Evidence { outcome: outcome.into(), at, release, detail: String::new(), exchange: None, news: Default::default() });
    };
    let good = house.store.good_answers(&incident.account, key, GOOD).await?;
    let good: Vec<Shape> = good.iter().map(|(status, body)| Shape::of(*status, body)).collect();
    let news = body.map(|body| Shape::of(status, &body).news(&good)).unwrap_or_default();
    Ok(Evidence { outcome: outcome.into(), at, release, detail, exchange: Some(key), news })
}

fn manifest(house: &House, account: &Account) -> Option<Arc<posthouse_sdk::manifest::Manifest>> {
    house.adapter(&account.carrier).map(|adapter| adapter.manifest.clone())
}
