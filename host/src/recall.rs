//! Takes back adapters that are not trusted any more: what is loaded goes off the shelf, trials of it
//! end, and every account on it goes to the newest release that is still trusted.
//!
//! Looks that run end on what they began with, and what they read is stored.

use std::sync::Arc;
use std::time::Duration;

use posthouse_registry::Distrust;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;

use crate::app::House;
use crate::pair;
use crate::parcel::Account;
use crate::route::{Release, Standing};
use crate::sandbox::Adapter;
use crate::store::{Act, NotStored, Recall, Refuge};

/// A policy that changed is acted on within this.
const GLANCE: Duration = Duration::from_secs(1);

/// Watches the policy.
pub async fn watch(house: Arc<House>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(GLANCE) => {}
            () = stop.cancelled() => return,
        }
        if let Err(why) = house.remember().await {
            error!("what adapters were loaded is not stored: {why}");
        }
        let Some(distrusted) = house.shelf.distrusted() else { continue };
        for (release, why) in distrusted {
            if let Err(failed) = take_back(&house, &release, &why).await {
                error!("`{release}` is off the shelf, and where its parcels went is not stored: {failed}");
            }
        }
        // Trust may have been given, too.
        pair::again(&house).await;
    }
}

/// Takes a release back, whoever is on it.
pub async fn take_back(house: &House, release: &str, why: &Distrust) -> Result<(), NotStored> {
    let next = house.shelf.take_off(release);
    let mut refuges = end_trials(house, release, why).await;
    let alone = house.conduct.alone().await;
    let is_it = |standing: &Standing| standing.stable.adapter.manifest.release() == release;
    for (account, standing) in house.releases.all().iter().filter(|(_, standing)| is_it(standing)) {
        let to = refuge(house, account, &standing.stable, next.as_ref()).await;
        match &to {
            Some(release) => house.releases.publish(account, &Standing { stable: release.clone(), candidate: None }),
            None => house.releases.withdraw(account),
        }
        house.forget_quotas(account);
        refuges.push(Refuge { account: account.clone(), to: to.as_ref().map(named), only: None });
    }
    let accounts: Vec<Account> = refuges.iter().map(|refuge| refuge.account.clone()).collect();
    record(house, release, why, refuges).await?;
    drop(alone);
    accounts.iter().for_each(|account| house.wakes.of(account).notify_waiters());
    Ok(())
}

/// Rollouts to it or from it are over. The slice of a candidate goes back to stable.
async fn end_trials(house: &House, release: &str, why: &Distrust) -> Vec<Refuge> {
    let mut refuges = vec![];
    for (account, Standing { stable, candidate }) in house.releases.all().iter() {
        let Some(tried) = candidate else { continue };
        let (tries_it, is_on_it) = (tried.release.adapter.manifest.release() == release, stable.adapter.manifest.release() == release);
        if !tries_it && !is_on_it {
            continue;
        }
        if let Err(refusal) = house.conduct.abort(house, &tried.rollout, &format!("{release}: {why}"), "host").await {
            warn!("{} was not ended: {refusal:?}", tried.rollout);
        }
        if tries_it && !is_on_it {
            refuges.push(Refuge { account: account.clone(), to: Some(named(stable)), only: Some(tried.release.id()) });
        }
    }
    refuges
}

/// The next adapter with the credential that the account is on.
async fn refuge(house: &House, account: &Account, lost: &Release, next: Option<&Arc<Adapter>>) -> Option<Release> {
    let rows = house.store.generations().await.ok()?;
    let row = rows.iter().find(|row| row.of() == *account && row.generation == lost.secrets.generation);
    let fields = row.map_or_else(|| Ok(Default::default()), |row| house.vault.open_fields(&row.sealed)).ok()?;
    let release = pair::release(house, account, next?, lost.secrets.generation, fields).await;
    release.map_err(|refused| error!(carrier.id = %account.carrier, "{account} cannot go on: {refused}")).ok()
}

/// Writes it down, with every parcel that is still looked at.
pub async fn record(house: &House, release: &str, why: &Distrust, refuges: Vec<Refuge>) -> Result<(), NotStored> {
    let words = |refuge: &Refuge| {
        let to = refuge.to.as_ref().map_or("nothing", |(_, _, name)| name);
        format!("{} to {to}", refuge.account)
    };
    let went = if refuges.is_empty() { "nobody was on it".into() } else { refuges.iter().map(words).collect::<Vec<_>>().join(", ") };
    error!(release.id = release, "`{release}` is taken back: {why}; {went}");
    let act =
        Act { actor: "host".into(), act: "release.recall", subject: release.to_owned(), reason: format!("{why}; {went}"), evidence: None };
    let recall = Recall {
        id: format!("rc_{}", Uuid::now_v7().simple()),
        at: house.now(),
        release: release.to_owned(),
        code: why.code().into(),
        reason: why.to_string(),
        moved: vec![],
    };
    house.store.recall(recall, refuges, act).await
}

fn named(release: &Release) -> (String, u32, String) {
    (release.adapter.manifest.version.clone(), release.secrets.generation, release.id())
}
