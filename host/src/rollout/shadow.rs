//! A push is received by stable. For parcels of its slice the candidate reads it too, in shadow:
//! another meaning counts like a fault, and nothing of it is stored.

use posthouse_sdk::manifest::Interface;

use super::meaning::{differences, word};
use super::observe;
use crate::app::House;
use crate::fault::{Fault, Instant, Kind};
use crate::judge;
use crate::parcel::Account;
use crate::route::{Release, Ring, Standing, Trial};
use crate::sandbox::Signatures;
use crate::sandbox::types::{Delivery, OfOne, Receipt};
use crate::store::TrialRow;

/// Lets the candidate read what stable has read, if there is one and a parcel of its slice in it.
pub async fn shadow(house: &House, account: &Account, delivery: &Delivery, receipt: &Receipt, now: Instant) {
    let Some(standing) = house.releases.of(account) else { return };
    let Some(candidate) = &standing.candidate else { return };
    let (release, stable) = (&candidate.release, &standing.stable);
    let same = release.adapter.digest == stable.adapter.digest;
    let tried: Vec<&OfOne> = receipt.readings.iter().filter(|one| standing.tries(account, &one.number).is_some()).collect();
    if same || tried.is_empty() || !release.adapter.manifest.has(Interface::Push) {
        return;
    }
    let others = reading(release, delivery, now);
    let broken = others.as_ref().err().filter(|fault| matches!(fault.kind, Kind::Trap | Kind::Limit | Kind::Deadline)).cloned();
    let rows = tried.into_iter().map(|was| row(&standing, &candidate.accepted, was, &others, now));
    // A push that is read well proves no call: it counts against, never for.
    let rows = rows.filter(|row| row.failed).collect();
    let trial = Trial {
        ring: Ring::Candidate,
        rollout: candidate.rollout.clone(),
        step: candidate.step,
        stable: stable.clone(),
        accepted: candidate.accepted.clone(),
    };
    observe::conclude(house, &trial, rows, broken.map(|fault| format!("the candidate broke on a push: {fault}"))).await;
}

/// Whether it is the carrier's was checked by stable; with which key is the credential's affair.
fn reading(release: &Release, delivery: &Delivery, now: Instant) -> Result<Vec<OfOne>, Fault> {
    match release.adapter.receive_aside(&release.secrets, delivery, Signatures::Reported).0? {
        Ok(receipt) => Ok(receipt.readings),
        Err(refusal) => Err(Fault::from_guest(&refusal.fault.code, &refusal.fault.detail, None, now)),
    }
}

fn row(standing: &Standing, accepted: &[String], was: &OfOne, others: &Result<Vec<OfOne>, Fault>, now: Instant) -> TrialRow {
    let stable = judge::pushed(&standing.stable.adapter.manifest, was, now);
    let candidate = standing.candidate.as_ref().map_or(&standing.stable, |candidate| &candidate.release);
    let is = match others {
        Ok(each) => each.iter().find(|one| one.number == was.number).map(|one| judge::pushed(&candidate.adapter.manifest, one, now)),
        Err(fault) => Some(Err(fault.clone())),
    };
    let is = is.unwrap_or_else(|| Err(Fault::contract("the candidate leaves this number out of a push")));
    let difference = differences(&stable, &is).into_iter().map(|d| d.name).find(|name| !accepted.contains(name));
    let failed = difference.filter(|_| stable.is_ok()).map(|name| format!("push:{name}"));
    TrialRow {
        number: was.number.clone(),
        failed: failed.is_some(),
        unanswered: false,
        outcome: failed.unwrap_or_else(|| word(&is).into()),
    }
}
