//! Every look during a rollout is a trial. Stable reads what the candidate read, without a second
//! request: a difference in meaning counts like a fault.

use tracing::error;

use super::Finding;
use super::gate::read_again;
use super::meaning::{differences, word};
use crate::app::House;
use crate::converse;
use crate::fault::{Kind, Whose};
use crate::fetch::Exchange;
use crate::parcel::{Account, Outcome, ParcelKey, Purpose};
use crate::route::{Ring, Routed, Trial};
use crate::sandbox::types::Reply;
use crate::store::TrialRow;

/// A look's part in a rollout, to be counted once the look is stored.
pub struct Observed {
    trial: Trial,
    account: Account,
    release: String,
    parcels: Vec<ParcelKey>,
    rows: Vec<TrialRow>,
    /// Why the candidate must not be called again, whatever the figures say.
    broken: Option<String>,
}

/// Sees what a look says about the candidate, if it is part of a rollout.
pub fn observe(routed: &Routed, outcomes: &[Outcome], exchanges: &[Exchange]) -> Option<Observed> {
    let trial = routed.trial.clone().filter(|_| routed.due.purpose == Purpose::Look)?;
    let beside = match trial.ring {
        Ring::Candidate => beside(&trial, routed, exchanges),
        Ring::Stable => vec![],
    };
    let (rows, broken) = (rows(&trial, routed, outcomes, &beside), broken(&trial, routed, outcomes, &beside));
    let parcels = routed.due.parcels.iter().map(|p| p.key).collect();
    Some(Observed { trial, account: routed.due.account.clone(), release: routed.release.id(), parcels, rows, broken })
}

/// Counts it, and aborts the rollout if the candidate is worse.
pub async fn count(house: &House, observed: Observed) {
    if is_over(house, &observed) {
        // It was on its way when the candidate was aborted: stable has the last word.
        return take_back(house, observed).await;
    }
    conclude(house, &observed.trial, observed.rows, observed.broken).await;
}

/// Counts the rows, and aborts a candidate that is worse, or that must not be called again.
pub(super) async fn conclude(house: &House, trial: &Trial, rows: Vec<TrialRow>, broken: Option<String>) {
    if let Some(why) = &broken {
        // At once: it is counted after.
        abort(house, trial, why).await;
    }
    if let Some(why) = worse(house, trial, rows).await.filter(|_| broken.is_none()) {
        abort(house, trial, &why).await;
    }
}

/// Somebody may have been faster: then it is over already.
async fn abort(house: &House, trial: &Trial, why: &str) {
    if let Err(refused) = house.conduct.abort(house, &trial.rollout, why, "host").await {
        tracing::debug!("{} was not aborted again: {refused:?}", trial.rollout);
    }
}

/// A candidate's look after the candidate was taken away.
fn is_over(house: &House, observed: &Observed) -> bool {
    let Some(standing) = house.releases.of(&observed.account) else { return true };
    let runs = standing.candidate.as_ref().is_some_and(|c| c.rollout == observed.trial.rollout);
    observed.trial.ring == Ring::Candidate && !runs && standing.stable.id() != observed.release
}

async fn take_back(house: &House, observed: Observed) {
    match house.store.take_back(observed.parcels, observed.release, house.now()).await {
        Ok(()) => house.wakes.of(&observed.account).notify_waiters(),
        Err(why) => error!("parcels of the aborted {} wait for their usual turn: {why}", observed.trial.rollout),
    }
}

/// What stable makes of the candidate's answers, if there are any.
fn beside(trial: &Trial, routed: &Routed, exchanges: &[Exchange]) -> Vec<Outcome> {
    let replies: Vec<Reply> = exchanges.iter().filter(|e| e.interface == "tracking").filter_map(|e| e.reply.clone()).collect();
    if replies.is_empty() {
        // Perhaps nothing could be asked, by stable either.
        let task = converse::task(&routed.due.parcels, routed.now);
        let asked = trial.stable.adapter.ask_aside(&trial.stable.secrets, &task).0;
        return asked.err().map(|fault| vec![Err(fault); routed.due.parcels.len()]).unwrap_or_default();
    }
    read_again(&trial.stable.adapter, &trial.stable.secrets, &routed.due.parcels, routed.now, replies)
}

/// The sandbox itself ended the candidate where stable goes on: no statistics needed.
fn broken(trial: &Trial, routed: &Routed, outcomes: &[Outcome], beside: &[Outcome]) -> Option<String> {
    if trial.ring != Ring::Candidate {
        return None;
    }
    let hard = |outcome: &Outcome| {
        outcome.as_ref().err().filter(|f| matches!(f.kind, Kind::Trap | Kind::Limit | Kind::Deadline | Kind::Contract)).cloned()
    };
    let fault = if beside.is_empty() {
        // Stable does ask, or there would be a fault of its own beside it.
        outcomes.iter().find_map(hard).filter(|_| trial.stable.adapter.digest != routed.release.adapter.digest)
    } else {
        outcomes.iter().zip(beside).find_map(|(outcome, stable)| hard(outcome).filter(|_| hard(stable).is_none()))
    };
    fault.map(|fault| format!("the candidate broke where stable does not: {fault}"))
}

fn rows(trial: &Trial, routed: &Routed, outcomes: &[Outcome], beside: &[Outcome]) -> Vec<TrialRow> {
    let row = |(nth, outcome): (usize, &Outcome)| {
        let failed = failure(trial, outcome, beside.get(nth));
        let number = routed.due.parcels[nth].number.clone();
        TrialRow {
            number,
            failed: failed.is_some(),
            unanswered: is_silence(outcome),
            outcome: failed.unwrap_or_else(|| word(outcome).into()),
        }
    };
    let mut rows: Vec<TrialRow> = outcomes.iter().enumerate().map(row).collect();
    // A call that fails whole fails once; the next such call is another failure.
    let is_the_calls =
        |outcome: &Outcome| outcome.as_ref().is_err_and(|f| f.kind.counts() || matches!(f.kind, Kind::Unreachable | Kind::CarrierError));
    if rows.len() > 1 && outcomes.iter().all(is_the_calls) && rows.iter().all(|row| row.outcome == rows[0].outcome) {
        rows.truncate(1);
        rows[0].number = format!("{} and {} more at {}", rows[0].number, outcomes.len() - 1, routed.now);
    }
    rows
}

/// The carrier's affair, unless one release hears it more often than the other.
fn is_silence(outcome: &Outcome) -> bool {
    let kinds = [Kind::NoEvents, Kind::NotFound, Kind::Unreachable, Kind::CarrierError];
    outcome.as_ref().is_err_and(|fault| kinds.contains(&fault.kind))
}

/// What counts against a release: a fault of its own, or another meaning than stable's. Not an
/// answer that stable's adapter cannot read either; that the carrier refuses the credential is in
/// the answer, and whoever reads it reads that.
fn failure(trial: &Trial, outcome: &Outcome, stable: Option<&Outcome>) -> Option<String> {
    let fault = outcome.as_ref().err().filter(|fault| fault.kind.counts());
    let Some(stable) = stable else { return fault.map(|fault| fault.kind.code().to_owned()) };
    if word(stable) == word(outcome) && fault.is_some_and(|fault| fault.kind.whose() == Whose::Adapter) {
        return None;
    }
    let counts = stable.as_ref().err().is_some_and(|fault| fault.kind.counts());
    let other = || differences(stable, outcome).into_iter().map(|d| d.name).find(|name| !trial.accepted.contains(name));
    fault.map(|fault| fault.kind.code().to_owned()).or_else(|| if counts { None } else { other() })
}

async fn worse(house: &House, trial: &Trial, rows: Vec<TrialRow>) -> Option<String> {
    match house.store.try_parcels(&trial.rollout, trial.step, trial.ring, rows, house.now()).await {
        Ok(arms) if arms.finding() == Finding::Worse => Some(format!(
            "worse: of {} parcels {} failed and {} got no answer; of stable's {}, {} and {}",
            arms.candidate.trials,
            arms.candidate.failures,
            arms.candidate.unanswered,
            arms.stable.trials,
            arms.stable.failures,
            arms.stable.unanswered
        )),
        Ok(_) => None,
        Err(why) => {
            error!("a trial of {} was not counted: {why}", trial.rollout);
            None
        }
    }
}
