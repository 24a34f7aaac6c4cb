//! A lane per account and purpose: it waits for quota and for room, takes what is due with the
//! earliest deadline, and starts a look. It never waits for the look to end.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use posthouse_sdk::manifest::Batch;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, warn};

use super::clock;
use super::quota::Quota;
use crate::alert;
use crate::app::House;
use crate::customer;
use crate::incident;
use crate::learn;
use crate::notice;
use crate::parcel::{Account, Due, Parcel, ParcelKey, Purpose};
use crate::permit;
use crate::pipeline;
use crate::publish;
use crate::recall;
use crate::rollout;
use crate::route::Standing;
use crate::sla;
use crate::store::NotStored;
use crate::sync;
use crate::task;

/// All lanes of the process.
#[derive(Clone)]
pub struct Lanes {
    stop: CancellationToken,
    running: TaskTracker,
}

/// Parcels taken at once from the store at most; bounds what an urgent one waits behind.
const CLAIM: usize = 256;
/// No more are taken than the quota lets start within this.
const AHEAD: Duration = Duration::from_secs(2);
/// A lane looks by itself at least this often, in case a wake-up was missed.
const IDLE: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

struct Lane {
    house: Arc<House>,
    account: Account,
    purpose: Purpose,
    room: Arc<Semaphore>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    running: TaskTracker,
}

impl Lanes {
    /// Starts a lane for every account that has a release, and for those that come later.
    pub fn start(house: &Arc<House>) -> Self {
        let lanes = Self { stop: CancellationToken::new(), running: TaskTracker::new() };
        lanes.running.spawn(open_lanes(house.clone(), lanes.clone()));
        lanes.running.spawn(clock::watch(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(watch_channels(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(rollout::go_on(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(incident::watch(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(learn::go_on(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(notice::watch(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(sync::watch(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(recall::watch(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(task::go_on(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(publish::deliver(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(alert::watch(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(customer::watch(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(sla::watch(house.clone(), lanes.stop.clone()));
        lanes.running.spawn(keep_house(house.clone(), lanes.stop.clone()));
        lanes
    }

    /// Stops taking parcels and waits for the looks that run, up to `grace`.
    pub async fn stop(&self, grace: Duration) {
        self.stop.cancel();
        self.running.close();
        if tokio::time::timeout(grace, self.running.wait()).await.is_err() {
            warn!("{} looks still ran after {grace:?}; their parcels are looked at after the restart", self.running.len());
        }
    }

    fn open(&self, house: &Arc<House>, account: &Account, purpose: Purpose) {
        let lane = Lane {
            house: house.clone(),
            account: account.clone(),
            purpose,
            room: Arc::new(Semaphore::new(house.config.schedule.in_flight)),
            wake: house.wakes.of(account),
            stop: self.stop.clone(),
            running: self.running.clone(),
        };
        self.running.spawn(lane.run());
    }
}

impl Lane {
    /// Quota first, then parcels: what is taken is looked at at once, the earliest deadline first.
    async fn run(self) {
        let mut granted = false;
        while !self.stop.is_cancelled() {
            if let Err(why) = self.step(&mut granted).await {
                error!(carrier.id = %self.account.carrier, "cannot claim parcels of {}: {why}", self.account);
                tokio::time::sleep(IDLE).await;
            }
        }
    }

    /// `granted`: a call was granted and not made yet; it is kept, never spent on nothing.
    async fn step(&self, granted: &mut bool) -> Result<(), NotStored> {
        let Some(standing) = self.house.releases.of(&self.account) else {
            self.rest(None).await;
            return Ok(());
        };
        if permit::hold(&self.house, &self.account).is_some() {
            // A clerk has them; whoever lets the page be read again wakes the lane.
            self.rest(None).await;
            return Ok(());
        }
        let next = self.house.store.next_due(&self.account, self.purpose, self.house.now()).await?;
        if next.is_none_or(|at| at > self.house.now()) {
            self.rest(next).await;
            return Ok(());
        }
        let quota = self.house.quota(&self.account, self.purpose.interface(), &standing.stable).await;
        if !*granted {
            tokio::select! {
                () = quota.ready() => *granted = true,
                () = self.stop.cancelled() => return Ok(()),
            }
        }
        let batch = match self.purpose {
            Purpose::Look => self.house.batch(&standing.stable),
            Purpose::Subscribe => Batch::default(),
        };
        let most = (quota.calls_within(AHEAD) * batch.size).clamp(batch.size, CLAIM.max(batch.size));
        let due = self.house.store.claim(&self.account, self.purpose, self.house.now(), self.lease_ms(), most).await?;
        if !due.is_empty() {
            *granted = false;
            self.start(due, &standing, &batch, &quota).await;
        }
        Ok(())
    }

    fn lease_ms(&self) -> i64 {
        i64::try_from(self.house.config.schedule.lease.0.as_millis()).unwrap_or(i64::MAX / 4)
    }

    /// Until something falls due, somebody wakes the lane, or it is stopped.
    async fn rest(&self, next: Option<i64>) {
        let wait = next.map_or(IDLE, |at| Duration::from_millis(u64::try_from(at - self.house.now()).unwrap_or(1).max(1)));
        tokio::select! {
            () = tokio::time::sleep(wait.min(IDLE)) => {}
            () = self.wake.notified() => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// The first batch has its quota; the others wait for theirs, or go back if that takes long.
    async fn start(&self, due: Vec<Parcel>, standing: &Standing, batch: &Batch, quota: &Quota) {
        let mut batches = by_release(&self.account, standing, due, batch).into_iter();
        let mut first = true;
        while let Some((tries, parcels)) = batches.next() {
            let room = self.room.clone().acquire_owned();
            let ready = async {
                if !std::mem::take(&mut first) {
                    tokio::time::timeout(self.house.config.schedule.lease.0 / 4, quota.ready()).await.ok()?;
                }
                room.await.ok()
            };
            let room = tokio::select! {
                room = ready => room,
                () = self.stop.cancelled() => None,
            };
            let Some(room) = room else {
                self.give_back(parcels.into_iter().chain(batches.flat_map(|(_, parcels)| parcels)).map(|p| p.key).collect()).await;
                return;
            };
            self.look(tries, parcels, room);
        }
    }

    fn look(&self, tries: Option<Arc<str>>, parcels: Vec<Parcel>, room: OwnedSemaphorePermit) {
        let (house, due) = (self.house.clone(), Due { account: self.account.clone(), purpose: self.purpose, tries, parcels });
        self.running.spawn(async move {
            if let Err(why) = pipeline::look(&house, due, Some(room)).await {
                error!("a look was not stored and will be repeated: {why}");
            }
        });
    }

    async fn give_back(&self, keys: Vec<ParcelKey>) {
        if let Err(why) = self.house.store.release(keys).await {
            error!("parcels could not be given back; their lease ends by itself: {why}");
        }
    }
}

/// Parcels that share a release and may share a call, each group as its own adapter batches.
fn by_release(account: &Account, standing: &Standing, due: Vec<Parcel>, batch: &Batch) -> Vec<(Option<Arc<str>>, Vec<Parcel>)> {
    let Some(candidate) = &standing.candidate else { return batches(due, batch).into_iter().map(|parcels| (None, parcels)).collect() };
    let (tried, others): (Vec<_>, Vec<_>) = due.into_iter().partition(|parcel| standing.tries(account, &parcel.number).is_some());
    let own = &candidate.release.adapter.manifest.batch;
    let tried =
        batches(tried, if batch.size > 1 { own } else { batch }).into_iter().map(|parcels| (Some(candidate.rollout.clone()), parcels));
    tried.chain(batches(others, batch).into_iter().map(|parcels| (None, parcels))).collect()
}

/// Groups parcels that may share a call, in the order of their deadlines.
fn batches(due: Vec<Parcel>, batch: &Batch) -> Vec<Vec<Parcel>> {
    let by_tail = batch.with.iter().any(|fact| fact == "phone-tail");
    let mut open: Vec<Vec<Parcel>> = vec![];
    for parcel in due {
        let fits = |b: &Vec<Parcel>| b.len() < batch.size && (!by_tail || b[0].phone_tail == parcel.phone_tail);
        match open.iter_mut().rev().find(|b| fits(b)) {
            Some(batch) => batch.push(parcel),
            None => open.push(vec![parcel]),
        }
    }
    open
}

/// A lane for each purpose that an account's release serves; a promoted one may serve another.
async fn open_lanes(house: Arc<House>, lanes: Lanes) {
    let mut opened = HashSet::new();
    while !lanes.stop.is_cancelled() {
        for (account, standing) in house.releases.all().iter() {
            for purpose in [Purpose::Look, Purpose::Subscribe] {
                if standing.stable.adapter.manifest.has(purpose.interface()) && opened.insert((account.clone(), purpose)) {
                    lanes.open(&house, account, purpose);
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(IDLE) => {}
            () = lanes.stop.cancelled() => {}
        }
    }
}

/// Drops what is older than it is kept, at start and every hour.
async fn keep_house(house: Arc<House>, stop: CancellationToken) {
    loop {
        match house.store.prune(house.now()).await {
            Ok(dropped) => tracing::debug!("{dropped} old exchanges dropped"),
            Err(why) => error!("old exchanges cannot be dropped: {why}"),
        }
        tokio::select! {
            () = tokio::time::sleep(HOUR) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Parcels that relied on pushes are looked at as soon as the pushes stop.
async fn watch_channels(house: Arc<House>, stop: CancellationToken) {
    for (account, standing) in house.releases.all().iter() {
        // After a start no channel is proven: nothing may rest on pushes that may not come.
        let every = house.pace(&standing.stable).every;
        let latest = house.now() + i64::try_from(every.as_millis()).unwrap_or(i64::MAX / 4);
        if let Err(why) = house.store.hint_subscribed(account, latest).await {
            error!("cannot bring forward the parcels of {account}: {why}");
        }
    }
    loop {
        tokio::select! {
            () = tokio::time::sleep(IDLE) => {}
            () = stop.cancelled() => return,
        }
        for account in house.channels.fallen_silent(house.now()) {
            warn!(carrier.id = %account.carrier, "pushes of {account} fell silent: its parcels are looked at now");
            match house.store.hint_subscribed(&account, house.now()).await {
                Ok(_) => house.wakes.of(&account).notify_waiters(),
                Err(why) => error!("cannot wake the parcels of {account}: {why}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parcel::Before;

    fn parcel(key: i64, tail: Option<&str>) -> Parcel {
        let before = Before::default();
        Parcel {
            key: ParcelKey(key),
            number: key.to_string(),
            phone_tail: tail.map(Into::into),
            shipped_at: None,
            extra: Default::default(),
            before,
        }
    }

    #[test]
    fn only_alike_parcels_share_a_call() {
        let due = vec![parcel(1, None), parcel(2, Some("1234")), parcel(3, None), parcel(4, Some("1234")), parcel(5, Some("9"))];
        let keys = |batch: &Batch| batches(due.clone(), batch).iter().map(|b| b.iter().map(|p| p.key.0).collect()).collect::<Vec<Vec<_>>>();
        assert_eq!(keys(&Batch { size: 2, with: vec!["phone-tail".into()] }), vec![vec![1, 3], vec![2, 4], vec![5]]);
        assert_eq!(keys(&Batch { size: 3, with: vec![] }), vec![vec![1, 2, 3], vec![4, 5]]);
        assert_eq!(keys(&Batch::default()).len(), 5);
    }
}
