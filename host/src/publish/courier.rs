//! One webhook's courier: takes what is due, sends it, writes down what became of it.
//!
//! Each webhook has its own, with its own room, so one that hangs or fails hinders nobody else.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{Sent, Webhook, message};
use crate::app::House;
use crate::fault::Instant;
use crate::store::{Act, Attempt, DueLetter, Then, WebhookChange};

/// It looks by itself at least this often, in case a wake-up was missed.
const IDLE: Duration = Duration::from_secs(5);
/// Rest after the store failed.
const REST: Duration = Duration::from_secs(1);
/// An attempt is made a little later than told, so that many do not come at once.
const JITTER: f64 = 0.1;

pub(super) struct Courier {
    pub house: Arc<House>,
    pub hook: Webhook,
    /// Something was sorted for it.
    pub wake: Arc<Notify>,
    pub stop: CancellationToken,
}

/// What came back of a letter.
struct Back {
    letter: DueLetter,
    at: Instant,
    sent: Sent,
}

impl Courier {
    /// Until it is stopped, or the webhook is turned off. What is under way then is still written down.
    pub async fn run(self) {
        let turn = self.house.office.turn(&self.hook.id);
        let _turn = turn.lock().await;
        let room = self.house.config.webhooks.in_flight;
        let (give, mut take) = mpsc::channel::<Back>(room);
        let mut flying = HashSet::new();
        let mut backs = vec![];
        // Nothing is sent before this: the receiver asked for a pause.
        let mut pause = 0;
        loop {
            let resting = self.stop.is_cancelled();
            if resting && flying.is_empty() {
                return;
            }
            let wait = if resting { IDLE } else { self.send_due(&mut flying, room, pause, &give).await };
            tokio::select! {
                // Marks first: what was answered must not be sent again.
                biased;
                _ = take.recv_many(&mut backs, room) => self.mark(&mut backs, &mut flying, &mut pause).await,
                () = self.wake.notified() => {}
                () = self.stop.cancelled(), if !resting => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Starts what is due and fits; says how long nothing else is.
    async fn send_due(&self, flying: &mut HashSet<i64>, room: usize, pause: Instant, give: &mpsc::Sender<Back>) -> Duration {
        let now = self.house.now();
        if now < pause {
            return after(now, pause);
        }
        // Those under way are still on the pile.
        let due = match self.house.store.due_letters(&self.hook.id, now, room + flying.len()).await {
            Ok(due) => due,
            Err(why) => {
                error!("letters for {} are not read: {why}", self.hook.id);
                return REST;
            }
        };
        for letter in due {
            if flying.len() < room && flying.insert(letter.letter.key) {
                self.fly(letter, give.clone());
            }
        }
        match self.house.store.next_letter(&self.hook.id, now).await {
            Ok(next) => next.map_or(IDLE, |at| after(now, at)),
            Err(_) => REST,
        }
    }

    fn fly(&self, letter: DueLetter, give: mpsc::Sender<Back>) {
        let (house, url, keys) = (self.house.clone(), self.hook.url.clone(), self.hook.keys.clone());
        tokio::spawn(async move {
            let at = house.now();
            let message = message(house.store.mark_of_outbox(), &letter);
            let sent = house.office.post.send(&url, &keys, &message, at).await;
            // The courier is gone: the host is ending, and the letter is sent again after the start.
            let _ = give.send(Back { letter, at, sent }).await;
        });
    }

    async fn mark(&self, backs: &mut Vec<Back>, flying: &mut HashSet<i64>, pause: &mut Instant) {
        let now = self.house.now();
        let mut gone = false;
        let mut hopeless = false;
        let attempts: Vec<Attempt> = backs
            .iter()
            .map(|back| {
                let then = self.then(back);
                gone |= back.sent.status == Some(410);
                hopeless |= then == Then::Dead && self.nothing_arrived(back);
                if let (Some(429 | 503), Some(after)) = (back.sent.status, back.sent.retry_after) {
                    *pause = (*pause).max(now + millis(after));
                }
                if then == Then::Delivered {
                    self.house.office.took_one(&self.hook.id, back.at);
                }
                count(&self.hook.id, back, then);
                Attempt {
                    event: back.letter.letter.key,
                    at: back.at,
                    status: back.sent.status,
                    took_ms: back.sent.took_ms,
                    detail: back.sent.failure.clone(),
                    then,
                }
            })
            .collect();
        // Sent and answered, and it must be known: the store is asked until it answers.
        while let Err(why) = self.house.store.mark(&self.hook.id, attempts.clone()).await {
            error!("deliveries to {} are not marked yet: {why}", self.hook.id);
            if self.stop.is_cancelled() {
                break;
            }
            tokio::time::sleep(REST).await;
        }
        for back in backs.drain(..) {
            flying.remove(&back.letter.letter.key);
        }
        if gone {
            self.turn_off("the receiver says that it is gone (HTTP 410)").await;
        } else if hopeless {
            self.turn_off("a letter ran out of attempts, and none arrived since its first").await;
        }
    }

    fn then(&self, back: &Back) -> Then {
        let config = &self.house.config.webhooks;
        let now = self.house.now();
        match &back.sent {
            Sent { failure: None, .. } => Then::Delivered,
            // It waits: whoever turns the webhook on again finds it.
            Sent { status: Some(410), .. } => Then::Again(now),
            sent => match config.retries.get(back.letter.attempts as usize) {
                None => Then::Dead,
                Some(wait) => {
                    let wait = wait.0.mul_f64(1.0 + JITTER * rand::random::<f64>());
                    Then::Again(now + millis(wait.max(sent.retry_after.unwrap_or_default())))
                }
            },
        }
    }

    fn nothing_arrived(&self, back: &Back) -> bool {
        let first = back.letter.first_at.unwrap_or(back.at);
        self.house.office.last_good(&self.hook.id).or(self.hook.good_at).is_none_or(|good| good < first)
    }

    async fn turn_off(&self, why: &str) {
        if self.stop.is_cancelled() {
            // Another courier has it by now, perhaps to another address.
            return;
        }
        warn!(webhook.id = %self.hook.id, "{} ({}) is turned off: {why}", self.hook.name, self.hook.id);
        let act = Act { actor: "host".into(), act: "webhook.off", subject: self.hook.id.clone(), reason: why.into(), evidence: None };
        let change = WebhookChange::Off(why.to_owned());
        if let Err(why) = self.house.store.change_webhook(&self.hook.id, change, act, self.house.now()).await {
            error!("{} is not turned off yet: {why}", self.hook.id);
        }
        self.stop.cancel();
        self.house.office.changed();
    }
}

fn count(webhook: &str, back: &Back, then: Then) {
    let outcome = match then {
        Then::Delivered => "delivered",
        Then::Again(_) => "failed",
        Then::Dead => "dead",
    };
    metrics::counter!("posthouse_deliveries_total", "webhook" => webhook.to_owned(), "outcome" => outcome).increment(1);
    if then == Then::Delivered {
        let waited = (back.at - back.letter.letter.at).max(0) as f64 / 1000.0;
        metrics::histogram!("posthouse_delivery_seconds", "webhook" => webhook.to_owned()).record(waited);
    }
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 4)
}

fn after(now: Instant, at: Instant) -> Duration {
    Duration::from_millis(u64::try_from(at - now).unwrap_or(0)).clamp(Duration::from_millis(1), IDLE)
}
