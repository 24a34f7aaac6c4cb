//! A lane per account and purpose: it waits for quota and for room, takes what is due with the
//! earliest deadline, and starts a look. It never waits for the look to end.

use std::sync::Arc;
use std::time::Duration;

use posthouse_sdk::manifest::{Batch, Interface};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, warn};

use crate::app::House;
use crate::parcel::{Account, Due, Parcel, ParcelKey, Purpose};
use crate::pipeline;

/// All lanes of the process.
pub struct Lanes {
    stop: CancellationToken,
    running: TaskTracker,
}

/// Parcels taken at once from the store; bounds what an urgent one waits behind.
const CLAIM: usize = 256;
/// A lane looks by itself at least this often, in case a wake-up was missed.
const IDLE: Duration = Duration::from_secs(1);

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
    /// Starts a lane for every account that has a release.
    pub fn start(house: &Arc<House>) -> Self {
        let lanes = Self { stop: CancellationToken::new(), running: TaskTracker::new() };
        for (account, release) in house.releases.all().iter() {
            let manifest = &release.adapter.manifest;
            if manifest.has(Interface::Tracking) {
                lanes.open(house, account, Purpose::Look);
            }
            if manifest.has(Interface::Subscribe) {
                lanes.open(house, account, Purpose::Subscribe);
            }
        }
        let watch = watch_channels(house.clone(), lanes.stop.clone());
        lanes.running.spawn(watch);
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
    async fn run(self) {
        while !self.stop.is_cancelled() {
            match self.claim().await {
                Ok(due) if !due.is_empty() => self.start(due).await,
                Ok(_) => self.rest().await,
                Err(why) => {
                    error!(carrier.id = %self.account.carrier, "cannot claim parcels of {}: {why}", self.account);
                    tokio::time::sleep(IDLE).await;
                }
            }
        }
    }

    async fn claim(&self) -> Result<Vec<Parcel>, crate::store::NotStored> {
        let lease = i64::try_from(self.house.config.schedule.lease.0.as_millis()).unwrap_or(i64::MAX / 4);
        self.house.store.claim(&self.account, self.purpose, self.house.now(), lease, CLAIM).await
    }

    /// Until something falls due, somebody wakes the lane, or it is stopped.
    async fn rest(&self) {
        let next = self.house.store.next_due(&self.account).await.ok().flatten();
        let wait = next.map_or(IDLE, |at| Duration::from_millis(u64::try_from(at - self.house.now()).unwrap_or(1).max(1)));
        tokio::select! {
            () = tokio::time::sleep(wait.min(IDLE)) => {}
            () = self.wake.notified() => {}
            () = self.stop.cancelled() => {}
        }
    }

    async fn start(&self, due: Vec<Parcel>) {
        let Some(release) = self.house.releases.of(&self.account) else { return };
        let interface = match self.purpose {
            Purpose::Look => Interface::Tracking,
            Purpose::Subscribe => Interface::Subscribe,
        };
        let batch = match self.purpose {
            Purpose::Look => release.adapter.manifest.batch.clone(),
            Purpose::Subscribe => Batch::default(),
        };
        let quota = self.house.quota(&self.account, interface, &release).await;
        let mut batches = batches(due, &batch).into_iter();
        for parcels in batches.by_ref() {
            let room = self.room.clone().acquire_owned();
            let granted = async {
                quota.ready().await;
                room.await
            };
            let room = tokio::select! {
                room = granted => room.expect("never closed"),
                () = self.stop.cancelled() => {
                    self.give_back(parcels.iter().map(|p| p.key).collect()).await;
                    break;
                }
            };
            let (house, due) = (self.house.clone(), Due { account: self.account.clone(), purpose: self.purpose, parcels });
            self.running.spawn(async move {
                if let Err(why) = pipeline::look(&house, due).await {
                    error!("a look was not stored and will be repeated: {why}");
                }
                drop(room);
            });
        }
        self.give_back(batches.flatten().map(|p| p.key).collect()).await;
    }

    async fn give_back(&self, keys: Vec<ParcelKey>) {
        if keys.is_empty() {
            return;
        }
        if let Err(why) = self.house.store.release(keys).await {
            error!("parcels could not be given back; their lease ends by itself: {why}");
        }
    }
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

/// Parcels that relied on pushes are looked at as soon as the pushes stop.
async fn watch_channels(house: Arc<House>, stop: CancellationToken) {
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
        Parcel { key: ParcelKey(key), number: key.to_string(), phone_tail: tail.map(Into::into), shipped_at: None, extra: Default::default(), before }
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
