//! Tokens: fetched one at a time for an account, durable before their first use.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use posthouse_sdk::manifest::Interface;

use crate::app::House;
use crate::converse;
use crate::fault::{Fault, Instant, Kind};
use crate::fetch::{Asked, Exchange};
use crate::parcel::Account;
use crate::route::{Release, Standing};
use crate::sandbox::types::{Reply, Want};
use crate::vault::Captured;

/// One flight for each account: whoever waits finds the token that the other fetched.
#[derive(Default)]
pub struct Sessions {
    flights: Mutex<BTreeMap<Account, Flight>>,
}

type Flight = Arc<tokio::sync::Mutex<Option<Failed>>>;

/// A fetch that failed. Nobody repeats it for a while: hundreds of looks would each try.
struct Failed {
    release: String,
    at: Instant,
    fault: Fault,
}

impl Sessions {
    /// After the clock was set back nobody knows how long ago a fetch failed.
    pub fn forget(&self) {
        self.flights.lock().expect("no panic inside").clear();
    }

    fn flight(&self, account: &Account) -> Flight {
        self.flights.lock().expect("no panic inside").entry(account.clone()).or_default().clone()
    }
}

/// The release with a fresh token, and the exchange that fetched it, if this call did.
pub async fn renew(house: &House, account: &Account, stale: &Release) -> (Option<Exchange>, Result<Release, Fault>) {
    let flight = house.sessions.flight(account);
    let mut failed = flight.lock().await;
    if let Some(current) = current(house, account, stale).filter(|current| !Arc::ptr_eq(&current.secrets, &stale.secrets)) {
        return (None, Ok(current));
    }
    if let Some(fault) = failed.as_ref().and_then(|failed| failed.still(house, stale)) {
        return (None, Err(fault));
    }
    let held = match as_kept(house, account, stale).await {
        Ok(held) if Arc::ptr_eq(&held.secrets, &stale.secrets) || held.secrets.wants_session(house.now()) => held,
        settled => return (None, settled),
    };
    let (exchange, fetched) = fetch(house, account, &held).await;
    let renewed = match fetched {
        Ok(fresh) => keep(house, account, &held, fresh).await,
        Err(fault) => Err(fault),
    };
    *failed = renewed.as_ref().err().map(|fault| Failed { release: stale.id(), at: house.now(), fault: fault.clone() });
    (Some(exchange), renewed)
}

impl Failed {
    /// Another release may do better: it has another adapter or another credential.
    fn still(&self, house: &House, release: &Release) -> Option<Fault> {
        let rest = i64::try_from(house.config.schedule.backoff.0.as_millis()).unwrap_or(i64::MAX / 4);
        (self.release == release.id() && house.now() < self.at + rest).then(|| self.fault.clone())
    }
}

/// What is on disk counts: a release that was paired while another one's token was fetched holds
/// tokens that are dead by now, and a dead refresh token may lock the account.
async fn as_kept(house: &House, account: &Account, stale: &Release) -> Result<Release, Fault> {
    let kept = house.store.tokens(account, &stale.secrets).await.map_err(|why| Fault::new(Kind::Host, why.to_string()))?;
    Ok(if stale.secrets.holds(&kept) { stale.clone() } else { publish(house, account, stale, kept) })
}

/// The same release as it is now.
fn current(house: &House, account: &Account, stale: &Release) -> Option<Release> {
    let Standing { stable, candidate } = house.releases.of(account)?;
    let mut both = std::iter::once(stable).chain(candidate.map(|c| c.release));
    both.find(|release| release.id() == stale.id())
}

async fn fetch(house: &House, account: &Account, release: &Release) -> (Exchange, Result<BTreeMap<String, Captured>, Fault>) {
    house.quota(account, Interface::Session, release).await.ready().await;
    let now = house.now();
    let mut exchange = Exchange::new("session", 0, now);
    let Release { adapter, endpoints, .. } = release;
    let secrets = Arc::new(release.secrets.without_ended(now));
    let (want, notes) = adapter.ask_session(&secrets, &converse::task(&[], now));
    exchange.log = notes.log;
    let result = match want {
        Err(fault) => Err(fault),
        Ok(Want::Page(_)) => Err(Fault::contract("a session is not fetched from a page")),
        Ok(Want::Http(request)) => {
            let mut fetched = house.http.perform(&request, &adapter.manifest, &secrets, endpoints, now).await;
            exchange.request = Some(Asked::Http(request));
            let captured: BTreeMap<_, _> = std::mem::take(&mut fetched.captured).into_iter().collect();
            exchange.answered(fetched).map(refusal).and_then(|why| if captured.is_empty() { Err(why) } else { Ok(captured) })
        }
    };
    exchange.fault = result.as_ref().err().cloned();
    (exchange, result)
}

/// Why an answer holds no token: a carrier's bad minute is no refused credential.
fn refusal(reply: &Reply) -> Fault {
    let Reply::Http(reply) = reply else { return Fault::contract("a session is not fetched from a page") };
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&reply.body).is_ok();
    let kind = match reply.status {
        429 => Kind::Throttled,
        500.. => Kind::CarrierError,
        200..300 if !is_json => Kind::Unreadable,
        _ => Kind::CredentialRejected,
    };
    Fault::new(kind, format!("the answer to a token's request holds none (HTTP {})", reply.status))
}

/// On disk first: a token that rotates is lost for ever if it is used and then forgotten.
async fn keep(house: &House, account: &Account, stale: &Release, fresh: BTreeMap<String, Captured>) -> Result<Release, Fault> {
    let stored = house.store.keep_tokens(account, &stale.secrets, &fresh).await;
    stored.map_err(|why| Fault::new(Kind::Host, why.to_string()))?;
    Ok(publish(house, account, stale, fresh))
}

fn publish(house: &House, account: &Account, stale: &Release, tokens: BTreeMap<String, Captured>) -> Release {
    house.releases.renew(account, stale.secrets.generation, &tokens);
    let renewed = || Release { secrets: Arc::new(stale.secrets.with_captured(tokens)), ..stale.clone() };
    current(house, account, stale).unwrap_or_else(renewed)
}
