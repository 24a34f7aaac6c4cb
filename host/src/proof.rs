//! A retired credential must be dead: on an operator's word it is tried once, and must be refused.
//!
//! A look like any other, but it is nobody's: it tells nothing about the parcel it asks for.

use std::time::Duration;

use posthouse_sdk::manifest::Interface;

use crate::app::House;
use crate::converse;
use crate::fault::{Instant, Kind};
use crate::fetch::{Exchange, PROOF};
use crate::judge;
use crate::pair;
use crate::parcel::{Account, Before, Due, Outcome, Parcel, ParcelKey, Purpose};
use crate::rollout::Refusal;
use crate::route::{Release, Routed};
use crate::store::{Act, Generation, Recording};

/// How long a call may wait for its turn in the account's quota.
const TURN: Duration = Duration::from_secs(30);

/// What the carrier made of it.
#[derive(Debug)]
pub struct Tried {
    pub at: Instant,
    pub release: String,
    /// `refused`, `accepted` or `inconclusive`.
    pub outcome: &'static str,
    pub fault: Option<String>,
    /// SHA-256 of the exchanges as they are kept.
    pub evidence: String,
}

/// Makes the call, and keeps it with the operator's word for it.
pub async fn make(house: &House, row: &Generation, number: String, reason: String, actor: String) -> Result<Tried, Refusal> {
    let account = row.of();
    let release = release(house, &account, row).await?;
    let quota = house.quota(&account, Interface::Tracking, &release).await;
    let full = |_| Refusal::Conflict("the account's quota leaves no room for a call now; try again later".into());
    tokio::time::timeout(TURN, quota.ready()).await.map_err(full)?;
    let now = house.now();
    let parcel = parcel(house, &account, number).await?;
    let due = Due { account: account.clone(), purpose: Purpose::Look, tries: None, parcels: vec![parcel] };
    let routed = Routed { due, release, trial: None, now };
    let told = converse::with_carrier(house, &routed).await;
    let (key, number) = (routed.due.parcels[0].key, routed.due.parcels[0].number.as_str());
    let said = judge::outcomes(&routed.release.adapter.manifest, &[number], told.reading, now).remove(0);
    let answered = told.exchanges.iter().any(|exchange| exchange.request.is_some() && exchange.reply.is_some());
    let outcome = if answered { outcome(&said) } else { "inconclusive" };
    let (release, tier) = (routed.release.id(), routed.release.tier());
    let subject = format!("{account}+{}: {outcome}", row.generation);
    let act = Act { actor, act: "credential.proof", subject, reason, evidence: None };
    let exchanges = named(told.exchanges, &said);
    let (judging, results) = (house.judging(&routed.release.adapter.manifest), vec![]);
    let recording = Recording {
        account,
        purpose: Purpose::Look,
        release: release.clone(),
        tier,
        at: now,
        exchanges,
        results,
        pushed: false,
        judging,
        evidence: None,
    };
    let evidence = house.store.prove(recording, key, act, now).await?;
    Ok(Tried { at: now, release, outcome, fault: said.err().map(|fault| fault.to_string()), evidence })
}

/// Only a refusal of the credential is one; that the carrier knows nothing of the number says that
/// it took the credential.
fn outcome(said: &Outcome) -> &'static str {
    match said.as_ref().map_err(|fault| fault.kind) {
        Ok(_) | Err(Kind::NoEvents | Kind::NotFound) => "accepted",
        Err(Kind::CredentialRejected) => "refused",
        Err(_) => "inconclusive",
    }
}

/// The account's present adapter with the old credential; another version, if that one takes others.
async fn release(house: &House, account: &Account, row: &Generation) -> Result<Release, Refusal> {
    let fields = house.vault.open_fields(&row.sealed).map_err(|why| Refusal::Wrong(why.to_string()))?;
    let present = house.releases.stable(account).map(|stable| stable.adapter);
    for adapter in present.into_iter().chain(house.shelf.versions(&account.carrier).into_iter().rev()) {
        if let Ok(release) = pair::release(house, account, &adapter, row.generation, fields.clone()).await {
            return Ok(release);
        }
    }
    Err(Refusal::Conflict(format!("no adapter version of the folder takes the fields of generation {}: put one back", row.generation)))
}

/// With what is known of it; nothing of it is changed.
async fn parcel(house: &House, account: &Account, number: String) -> Result<Parcel, Refusal> {
    let known = house.store.watched(account, &number).await?;
    let stranger =
        || Parcel { key: ParcelKey(0), number, phone_tail: None, shipped_at: None, extra: Default::default(), before: Before::default() };
    Ok(known.unwrap_or_else(stranger))
}

/// No look's: replay, counts and incidents go by the interface.
fn named(exchanges: Vec<Exchange>, said: &Outcome) -> Vec<Exchange> {
    let mut named: Vec<_> = exchanges.into_iter().map(|exchange| Exchange { interface: PROOF, ..exchange }).collect();
    if let Some(last) = named.last_mut() {
        last.fault = said.as_ref().err().cloned();
    }
    named
}
