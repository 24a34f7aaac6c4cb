//! Tokens: fetched one at a time for an account, durable before their first use.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use posthouse_sdk::manifest::Interface;

use crate::app::House;
use crate::converse;
use crate::fault::{Fault, Kind};
use crate::fetch::Exchange;
use crate::parcel::Account;
use crate::route::{Release, Standing};
use crate::sandbox::types::Want;
use crate::vault::Captured;

/// One lock for each account: whoever waits finds the token that the other fetched.
#[derive(Default)]
pub struct Sessions {
    locks: Mutex<BTreeMap<Account, Arc<tokio::sync::Mutex<()>>>>,
}

impl Sessions {
    fn lock(&self, account: &Account) -> Arc<tokio::sync::Mutex<()>> {
        self.locks.lock().expect("no panic inside").entry(account.clone()).or_default().clone()
    }
}

/// The release with a fresh token, and the exchange that fetched it, if this call did.
pub async fn renew(house: &House, account: &Account, stale: &Release) -> (Option<Exchange>, Result<Release, Fault>) {
    let lock = house.sessions.lock(account);
    let _single_flight = lock.lock().await;
    if let Some(current) = current(house, account, stale).filter(|current| !Arc::ptr_eq(&current.secrets, &stale.secrets)) {
        return (None, Ok(current));
    }
    let (exchange, fetched) = fetch(house, account, stale).await;
    let renewed = match fetched {
        Ok(fresh) => keep(house, account, stale, fresh).await,
        Err(fault) => Err(fault),
    };
    (Some(exchange), renewed)
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
    let (want, notes) = release.adapter.ask_session(&release.secrets, &converse::task(&[], now));
    exchange.log = notes.log;
    let result = match want {
        Err(fault) => Err(fault),
        Ok(Want::Page(_)) => Err(Fault::contract("a session is not fetched from a page")),
        Ok(Want::Http(request)) => {
            let Release { adapter, secrets, endpoints } = release;
            let mut fetched = house.http.perform(&request, &adapter.manifest, secrets, endpoints, now).await;
            exchange.request = Some(request);
            let captured: BTreeMap<_, _> = std::mem::take(&mut fetched.captured).into_iter().collect();
            exchange.answered(fetched).map(drop).and_then(|()| held(captured))
        }
    };
    exchange.fault = result.as_ref().err().cloned();
    (exchange, result)
}

fn held(captured: BTreeMap<String, Captured>) -> Result<BTreeMap<String, Captured>, Fault> {
    let none = || Fault::new(Kind::CredentialRejected, "the carrier's answer holds no token");
    if captured.is_empty() { Err(none()) } else { Ok(captured) }
}

/// On disk first: a token that rotates is lost for ever if it is used and then forgotten.
async fn keep(house: &House, account: &Account, stale: &Release, fresh: BTreeMap<String, Captured>) -> Result<Release, Fault> {
    let stored = house.store.keep_tokens(account, &stale.secrets, &fresh).await;
    stored.map_err(|why| Fault::new(Kind::Host, why.to_string()))?;
    house.releases.renew(account, stale.secrets.generation, &fresh);
    let renewed = || Release { secrets: Arc::new(stale.secrets.with_captured(fresh)), ..stale.clone() };
    Ok(current(house, account, stale).unwrap_or_else(renewed))
}
