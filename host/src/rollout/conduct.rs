//! Starting, stepping, promoting and aborting: one at a time, on disk before it is published.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use uuid::Uuid;

use super::gate::{self, Report};
use super::slice::place;
use super::{Finding, Plan, Rollout, State};
use crate::app::House;
use crate::fault::{Kind, Whose};
use crate::pair;
use crate::parcel::Account;
use crate::route::{Candidate, Release};
use crate::store::{Act, NotStored};
use crate::task;

/// A signed plan is gone on with this often.
const GLANCE: Duration = Duration::from_secs(1);
/// Recorded answers that the gate reads.
const ANSWERS: u32 = 500;

/// Whoever conducts, conducts alone.
#[derive(Default)]
pub struct Conduct {
    turn: tokio::sync::Mutex<()>,
}

/// What an operator wants to try.
#[derive(Debug, Clone)]
pub struct Wish {
    pub account: Account,
    /// The account's own, if none is named.
    pub version: Option<String>,
    pub generation: Option<u32>,
    pub plan: Plan,
    /// Begin although recorded answers mean something else to the candidate.
    pub force: bool,
    pub reason: String,
}

/// Why nothing was changed.
#[derive(Debug)]
pub enum Refusal {
    Unknown(String),
    /// Somebody else was faster, or it is over.
    Conflict(String),
    Wrong(String),
    /// The gate found differences that nobody accepted.
    Blocked(Box<Report>),
    NotStored(NotStored),
}

impl From<NotStored> for Refusal {
    fn from(why: NotStored) -> Self {
        Self::NotStored(why)
    }
}

impl Conduct {
    /// Checks a candidate, lets it read what was recorded, and gives it its first slice.
    pub async fn start(&self, house: &House, wish: Wish, actor: &str) -> Result<Rollout, Refusal> {
        let account = wish.account.clone();
        let before = free(house, &account)?;
        // Reading hundreds of answers takes a while; an abort must not wait behind it.
        let replayed = self.replayed(house, &account, &before, &candidate(house, &wish, &before).await?).await?;
        if !wish.force && replayed.open(&wish.plan.accepted).next().is_some() {
            return Err(Refusal::Blocked(Box::new(replayed)));
        }
        let _alone = self.turn.lock().await;
        let stable = free(house, &account)?;
        if stable.id() != before.id() {
            return Err(Refusal::Conflict(format!("{account} went on to {} meanwhile; start again", stable.id())));
        }
        let candidate = candidate(house, &wish, &stable).await?;
        let now = house.now();
        let pair = |release: &Release| (release.adapter.manifest.version.clone(), release.secrets.generation);
        let mut rollout = Rollout {
            id: format!("ro_{}", Uuid::now_v7().simple()),
            account,
            stable: pair(&stable),
            candidate: pair(&candidate),
            state: State::Running,
            plan: wish.plan,
            step: 0,
            forced: None,
            replayed,
            started_at: now,
            stepped_at: now,
            ended_at: None,
            reason: wish.reason,
        };
        rollout.forced = forced(house, &rollout).await?;
        let act = act(actor, "rollout.start", &rollout, &rollout.reason);
        house.store.start_rollout(&rollout, act).await?;
        publish(house, &rollout, candidate);
        remedy(house, &rollout.account).await;
        Ok(rollout)
    }

    /// The next slice. Without `force`, only for a candidate that was found no worse.
    pub async fn step(&self, house: &House, id: &str, force: bool, reason: &str, actor: &str) -> Result<Rollout, Refusal> {
        let _alone = self.turn.lock().await;
        let (mut rollout, candidate) = running(house, id).await?;
        if rollout.plan.is_last(rollout.step) {
            return Err(Refusal::Conflict("this is the last step; promote it or abort it".into()));
        }
        self.good_enough(house, &rollout, force).await?;
        rollout.step += 1;
        rollout.forced = match rollout.forced.take() {
            Some(kept) => Some(kept),
            None => forced(house, &rollout).await?,
        };
        let act = act(actor, "rollout.step", &rollout, reason);
        house.store.step_rollout(&rollout.id, rollout.step, rollout.forced.clone(), act, house.now()).await?;
        publish(house, &rollout, candidate.release);
        remedy(house, &rollout.account).await;
        Ok(rollout)
    }

    /// The candidate becomes stable. Without `force`, only if it was found no worse.
    pub async fn promote(&self, house: &House, id: &str, force: bool, reason: &str, actor: &str) -> Result<Rollout, Refusal> {
        let _alone = self.turn.lock().await;
        let (mut rollout, candidate) = running(house, id).await?;
        self.good_enough(house, &rollout, force).await?;
        house.shelf.may_stand_on(&candidate.release.adapter).map_err(|why| Refusal::Conflict(why.to_string()))?;
        let act = act(actor, "rollout.promote", &rollout, reason);
        rollout.state = State::Promoted;
        house.store.end_rollout(&rollout, State::Promoted, act, house.now()).await?;
        house.shelf.set_current(candidate.release.adapter.clone());
        house.releases.promote(&rollout.account);
        house.forget_quotas(&rollout.account);
        remedy(house, &rollout.account).await;
        info!(carrier.id = %rollout.account.carrier, "{} is promoted: {} is on {}@{}+{}", rollout.id, rollout.account, rollout.account.carrier, rollout.candidate.0, rollout.candidate.1);
        Ok(rollout)
    }

    /// Every parcel goes back to stable at once.
    pub async fn abort(&self, house: &House, id: &str, reason: &str, actor: &str) -> Result<Rollout, Refusal> {
        let _alone = self.turn.lock().await;
        let mut rollout = still_running(house, id).await?;
        // First nobody is sent to the candidate any more; what it left behind is stored after.
        house.releases.set_candidate(&rollout.account, &None);
        let act = act(actor, "rollout.abort", &rollout, reason);
        rollout.state = State::Aborted;
        house.store.end_rollout(&rollout, State::Aborted, act, house.now()).await?;
        house.wakes.of(&rollout.account).notify_waiters();
        warn!(carrier.id = %rollout.account.carrier, "{} is aborted by {actor}: {reason}", rollout.id);
        Ok(rollout)
    }

    /// After a start: rollouts that ran go on where they were.
    pub async fn resume(&self, house: &House) -> anyhow::Result<()> {
        for rollout in house.store.rollouts().await?.into_iter().filter(|r| r.state == State::Running) {
            let Some(standing) = house.releases.of(&rollout.account) else { continue };
            let wish = Wish {
                account: rollout.account.clone(),
                version: Some(rollout.candidate.0.clone()),
                generation: Some(rollout.candidate.1),
                plan: rollout.plan.clone(),
                force: false,
                reason: String::new(),
            };
            match candidate(house, &wish, &standing.stable).await {
                Ok(candidate) => publish(house, &rollout, candidate),
                Err(why) => {
                    let act = act("host", "rollout.abort", &rollout, "its candidate is not there any more");
                    house.store.end_rollout(&rollout, State::Aborted, act, house.now()).await?;
                    warn!(carrier.id = %rollout.account.carrier, "{} cannot go on: {why:?}", rollout.id);
                }
            }
        }
        Ok(())
    }

    /// Nothing is started, promoted or retired while this is held.
    pub async fn alone(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    async fn go_on_with(&self, house: &House, id: &str) -> Result<(), Refusal> {
        let (rollout, _) = running(house, id).await?;
        let Some(signed) = &rollout.plan.auto else { return Ok(()) };
        signed.lets_go_on(&house.config.rollouts.signers, &rollout).map_err(Refusal::Wrong)?;
        let (actor, reason) = (format!("plan of {}", signed.signer), "no worse");
        let on = if rollout.plan.is_last(rollout.step) {
            self.promote(house, id, false, reason, &actor).await
        } else {
            self.step(house, id, false, reason, &actor).await
        };
        on.map(drop)
    }

    async fn good_enough(&self, house: &House, rollout: &Rollout, force: bool) -> Result<(), Refusal> {
        let arms = house.store.arms(&rollout.id, rollout.step).await?;
        let (finding, tried) = (rollout.standing(arms).finding, arms.candidate);
        if force {
            return Ok(());
        }
        if let Some(why) = task::hold(house, &rollout.account.carrier).await? {
            return Err(Refusal::Conflict(why));
        }
        if finding == Finding::NoWorse && tried.trials >= rollout.plan.least {
            return worse_readings(house, rollout).await?.map_or(Ok(()), |why| Err(Refusal::Conflict(why)));
        }
        Err(Refusal::Conflict(match finding {
            Finding::Worse => {
                format!("worse: of {} parcels {} failed and {} got no answer", tried.trials, tried.failures, tried.unanswered)
            }
            _ => format!(
                "insufficient-data: {} parcels tried, {} failed, {} are the least; wait for more, or force it and say why",
                tried.trials, tried.failures, rollout.plan.least
            ),
        }))
    }

    /// Nothing to compare if only the credential is new: an old answer says nothing about it.
    async fn replayed(&self, house: &House, account: &Account, stable: &Release, candidate: &Release) -> Result<Report, Refusal> {
        if stable.adapter.digest == candidate.adapter.digest {
            return Ok(Report::default());
        }
        let looks = house.store.old_looks(account, ANSWERS).await?;
        let (stable, candidate) = (stable.adapter.clone(), candidate.adapter.clone());
        let read = tokio::task::spawn_blocking(move || gate::replayed(&stable, &candidate, &looks)).await;
        read.map_err(|why| Refusal::Wrong(format!("the replay broke off: {why}")))
    }
}

/// What of the candidate's readings is worse than of stable's, each since it first read.
async fn worse_readings(house: &House, rollout: &Rollout) -> Result<Option<String>, Refusal> {
    let all = house.store.quality().await?;
    let of = |(version, generation): &(String, u32)| all.get(&format!("{}@{version}+{generation}", rollout.account.carrier));
    Ok(of(&rollout.candidate).zip(of(&rollout.stable)).and_then(|(candidate, stable)| candidate.worse_than(stable)))
}

/// Goes on with rollouts whose plan was signed for it. Whatever stands in the way, such as too little
/// data, is no news: it is asked again.
pub async fn go_on(house: Arc<House>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(GLANCE) => {}
            () = stop.cancelled() => return,
        }
        for candidate in house.releases.all().values().filter_map(|standing| standing.candidate.clone()) {
            if let Err(refusal) = house.conduct.go_on_with(&house, &candidate.rollout).await {
                debug!("{} stays where it is: {refusal:?}", candidate.rollout);
            }
        }
    }
}

/// The pair that was asked for, checked and loaded.
async fn candidate(house: &House, wish: &Wish, stable: &Release) -> Result<Release, Refusal> {
    let account = &wish.account;
    let version = wish.version.as_deref().unwrap_or(&stable.adapter.manifest.version);
    let generation = wish.generation.unwrap_or(stable.secrets.generation);
    if (version, generation) == (stable.adapter.manifest.version.as_str(), stable.secrets.generation) {
        return Err(Refusal::Wrong(format!("{} is what {account} stands on; name another version or generation", stable.id())));
    }
    let adapter = house.shelf.version(&account.carrier, version).map_err(|why| Refusal::Wrong(format!("{why:#}")))?;
    house.remember().await?;
    let rows = house.store.generations().await?;
    let row = rows.iter().find(|row| row.of() == *account && row.generation == generation);
    let fields = match row {
        Some(row) if row.retired_at.is_some() => return Err(Refusal::Wrong(format!("generation {generation} of {account} was retired"))),
        Some(row) => house.vault.open_fields(&row.sealed).map_err(|why| Refusal::Wrong(why.to_string()))?,
        None if generation == 1 && rows.iter().all(|row| row.of() != *account) => Default::default(),
        None => return Err(Refusal::Unknown(format!("no generation {generation} of {account}; see `posthouse credential list`"))),
    };
    pair::release(house, account, &adapter, generation, fields).await.map_err(|refused| Refusal::Wrong(refused.to_string()))
}

/// The stable release of an account that tries nothing.
fn free(house: &House, account: &Account) -> Result<Release, Refusal> {
    let standing =
        house.releases.of(account).ok_or_else(|| Refusal::Unknown(format!("no release for {account}; see `posthouse doctor`")))?;
    match standing.candidate {
        None => Ok(standing.stable),
        Some(running) => {
            Err(Refusal::Conflict(format!("{} tries {} already; promote or abort it first", running.rollout, running.release.id())))
        }
    }
}

async fn still_running(house: &House, id: &str) -> Result<Rollout, Refusal> {
    let rollout =
        house.store.rollout(id).await?.ok_or_else(|| Refusal::Unknown(format!("no rollout `{id}`; see `posthouse rollout status`")))?;
    if rollout.state != State::Running {
        return Err(Refusal::Conflict(format!("{id} is {} already", rollout.state.as_str())));
    }
    Ok(rollout)
}

async fn running(house: &House, id: &str) -> Result<(Rollout, Candidate), Refusal> {
    let rollout = still_running(house, id).await?;
    let candidate = house.releases.of(&rollout.account).and_then(|standing| standing.candidate).filter(|c| *c.rollout == *rollout.id);
    let gone = || Refusal::Conflict(format!("{id} has no candidate any more; abort it"));
    Ok((rollout, candidate.ok_or_else(gone)?))
}

/// The parcel with the lowest place, if the slice would be nobody.
async fn forced(house: &House, rollout: &Rollout) -> Result<Option<String>, Refusal> {
    let numbers = house.store.numbers(&rollout.account).await?;
    let placed = numbers.into_iter().map(|number| (place(&rollout.id, &rollout.account.carrier, &number), number));
    Ok(placed.min().filter(|(place, _)| *place >= rollout.weight()).map(|(_, number)| number))
}

fn publish(house: &House, rollout: &Rollout, release: Release) {
    let candidate = Candidate {
        rollout: Arc::from(rollout.id.as_str()),
        step: rollout.step,
        weight: rollout.weight(),
        forced: rollout.forced.as_deref().map(Arc::from),
        accepted: rollout.plan.accepted.clone().into(),
        release,
    };
    info!(carrier.id = %rollout.account.carrier, "{}: {} ppm of {} try {}", rollout.id, candidate.weight, rollout.account, candidate.release.id());
    house.releases.set_candidate(&rollout.account, &Some(candidate));
}

/// A release may be the remedy: parcels that wait because of the credential or the adapter are
/// looked at now. The slice's; everybody's after a promotion.
async fn remedy(house: &House, account: &Account) {
    let ours = |kind: &&Kind| matches!(kind.whose(), Whose::Account | Whose::Adapter);
    let outcomes: Vec<&str> = Kind::ALL.iter().filter(ours).map(|kind| kind.code()).collect();
    let Some(standing) = house.releases.of(account) else { return };
    let looked = async {
        let waiting = house.store.failing(account, &outcomes).await?;
        let gets_it = |number: &str| standing.candidate.is_none() || standing.tries(account, number).is_some();
        let keys = waiting.into_iter().filter(|(_, number)| gets_it(number)).map(|(key, _)| key).collect();
        house.store.look_now(keys, house.now()).await
    };
    match looked.await {
        Ok(()) => house.wakes.of(account).notify_waiters(),
        Err(why) => warn!(carrier.id = %account.carrier, "parcels that failed wait for their usual turn: {why}"),
    }
}

fn act(actor: &str, act: &'static str, rollout: &Rollout, reason: &str) -> Act {
    // Without its number: the audit outlives the parcel.
    let forced = if rollout.forced.is_some() { "; the slice would be nobody, one parcel is forced in" } else { "" };
    let subject = format!("{} {} {}@{}+{}", rollout.id, rollout.account, rollout.account.carrier, rollout.candidate.0, rollout.candidate.1);
    Act { actor: actor.into(), act, subject, reason: format!("{reason}{forced}"), evidence: Some(rollout.replayed.digest()) }
}
