//! The sorting office: looks through the outbox once and puts each letter on the pile of every
//! webhook that wants it; couriers take it from there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::error;

use super::courier::Courier;
use super::webhook::BY_HAND;
use super::{Post, Webhook};
use crate::alert::{self, AlertKind, Severity, Subject};
use crate::app::House;
use crate::fault::Instant;
use crate::store::{Letter, NotStored};

/// Letters sorted at once.
const SOME: u32 = 500;
/// It looks by itself at least this often, in case a wake-up was missed.
const IDLE: Duration = Duration::from_secs(5);

/// What couriers and streams share.
pub struct Office {
    pub post: Post,
    /// For readers of the stream.
    pub seats: Arc<Semaphore>,
    /// The newest letter's place, for whoever reads along.
    newest: watch::Sender<i64>,
    /// Somebody changed a webhook.
    changes: Notify,
    /// When each webhook last took a letter, since the start.
    good: Mutex<HashMap<String, Instant>>,
    /// The couriers that run.
    wakes: Mutex<HashMap<String, Arc<Notify>>>,
    ending: CancellationToken,
    /// One courier at a time for each: the next one waits for what the last has under way.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// A courier that runs.
struct Sent {
    wake: Arc<Notify>,
    stop: CancellationToken,
    hook: Webhook,
}

impl Office {
    pub fn new(post: Post, readers: usize) -> Self {
        Self {
            post,
            seats: Arc::new(Semaphore::new(readers)),
            newest: watch::channel(0).0,
            changes: Notify::new(),
            good: Mutex::default(),
            wakes: Mutex::default(),
            ending: CancellationToken::new(),
            turns: Mutex::default(),
        }
    }

    /// The webhooks are read anew.
    pub fn changed(&self) {
        self.changes.notify_one();
    }

    /// Hears of new letters.
    pub fn newest(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }

    /// A webhook's courier looks at its pile.
    pub fn wake(&self, webhook: &str) {
        if let Some(wake) = self.wakes.lock().expect("no panic inside").get(webhook) {
            wake.notify_one();
        }
    }

    /// No more is told: the host ends, and readers would keep it from ending.
    pub fn close(&self) {
        self.ending.cancel();
    }

    pub fn closed(&self) -> tokio_util::sync::WaitForCancellationFuture<'_> {
        self.ending.cancelled()
    }

    pub fn last_good(&self, webhook: &str) -> Option<Instant> {
        self.good.lock().expect("no panic inside").get(webhook).copied()
    }

    pub(super) fn turn(&self, webhook: &str) -> Arc<tokio::sync::Mutex<()>> {
        self.turns.lock().expect("no panic inside").entry(webhook.to_owned()).or_default().clone()
    }

    pub fn took_one(&self, webhook: &str, at: Instant) {
        self.good.lock().expect("no panic inside").insert(webhook.to_owned(), at);
    }
}

/// Sorts and delivers until it is stopped, and until what was under way then is marked.
pub async fn deliver(house: Arc<House>, stop: CancellationToken) {
    let mut commits = house.store.commits();
    let (mut couriers, running) = (HashMap::new(), TaskTracker::new());
    let mut changed = true;
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        if changed {
            match house.store.webhooks().await {
                Ok(hooks) => {
                    if let Err(why) = tell(&house, &hooks).await {
                        error!("nobody is alerted to webhooks that are off: {why}");
                    }
                    hire(&house, hooks, &mut couriers, &running, &stop);
                }
                Err(why) => error!("webhooks are not read: {why}"),
            }
        }
        let more = round(&house, &mut couriers).await.unwrap_or_else(|why| {
            error!("letters are not sorted yet: {why}");
            false
        });
        changed = tokio::select! {
            biased;
            () = stop.cancelled() => false,
            () = house.office.changes.notified() => true,
            () = std::future::ready(()), if more => false,
            _ = commits.changed() => false,
            () = tokio::time::sleep(IDLE) => true,
        };
    }
    running.close();
    running.wait().await;
}

/// One that the host turned off is an alert until somebody turns it on, or takes it away.
async fn tell(house: &House, hooks: &[Webhook]) -> Result<(), NotStored> {
    let key = |hook: &Webhook| format!("webhook:{}", hook.id);
    let off: Vec<&Webhook> = hooks.iter().filter(|hook| hook.off_why.as_deref().is_some_and(|why| why != BY_HAND)).collect();
    for hook in &off {
        let (name, id, why) = (&hook.name, &hook.id, hook.off_why.as_deref().unwrap_or_default());
        let subject = Subject {
            key: key(hook),
            kind: AlertKind::Webhook,
            severity: Severity::Critical,
            carrier: None,
            account: None,
            headline: (
                format!("Webhook“{name}”（{id}）已自动停用，对方未能接收；事件已保留，恢复后请执行 posthouse webhook on {id}"),
                format!("webhook {name} ({id}) is turned off: {why}; what happens is kept for it, until posthouse webhook on {id}"),
            ),
            detail: serde_json::json!({ "webhook": id, "why": why }),
        };
        alert::raise(house, subject).await?;
    }
    alert::recover_others(house, AlertKind::Webhook, |of| off.iter().any(|hook| key(hook) == of)).await
}

/// A courier for each webhook that is on; one whose address or keys are others now gets another.
fn hire(house: &Arc<House>, hooks: Vec<Webhook>, couriers: &mut HashMap<String, Sent>, running: &TaskTracker, stop: &CancellationToken) {
    let on: HashMap<String, Webhook> =
        hooks.into_iter().filter(|hook| hook.off_why.is_none()).map(|hook| (hook.id.clone(), hook)).collect();
    couriers.retain(|id, courier| {
        let stays = !courier.stop.is_cancelled() && on.get(id).is_some_and(|hook| courier.hook.sends_as(hook));
        if !stays {
            courier.stop.cancel();
        }
        stays
    });
    for (id, hook) in on {
        if let Some(courier) = couriers.get_mut(&id) {
            // Its place in the outbox is known better here than it was in the store.
            courier.hook.wants = hook.wants;
            continue;
        }
        let (wake, stop) = (Arc::new(Notify::new()), stop.child_token());
        let courier = Courier { house: house.clone(), hook: hook.clone(), wake: wake.clone(), stop: stop.clone() };
        house.office.wakes.lock().expect("no panic inside").insert(id.clone(), wake.clone());
        running.spawn(courier.run());
        couriers.insert(id, Sent { wake, stop, hook });
    }
}

/// One look at the outbox for each webhook. True if there may be more.
async fn round(house: &House, couriers: &mut HashMap<String, Sent>) -> Result<bool, NotStored> {
    let (_, newest) = house.store.outbox_ends().await?;
    house.office.newest.send_if_modified(|known| std::mem::replace(known, newest) != newest);
    let mut more = false;
    // Most stand at the same place: it is read once.
    let mut read: Option<(i64, Vec<Letter>)> = None;
    for (id, courier) in couriers {
        let from = courier.hook.sorted;
        if from >= newest {
            continue;
        }
        if read.as_ref().is_none_or(|(at, _)| *at != from) {
            read = Some((from, house.store.letters(from, SOME).await?));
        }
        let letters = read.as_ref().map(|(_, letters)| letters.as_slice()).unwrap_or_default();
        // The last ones may be gone with their parcels.
        let is_part = letters.len() == SOME as usize;
        let last = letters.last().map_or(from, |last| last.key);
        let to = if is_part { last } else { last.max(newest) };
        let wanted: Vec<i64> = letters.iter().filter(|letter| courier.hook.takes(letter)).map(|letter| letter.key).collect();
        let any = !wanted.is_empty();
        if house.store.sort(id, from, to, wanted, house.now()).await? {
            courier.hook.sorted = to;
        } else {
            // Changed behind our back: it is read anew.
            courier.stop.cancel();
            house.office.changed();
        }
        if any {
            courier.wake.notify_one();
        }
        more |= is_part;
    }
    Ok(more)
}
