//! Ask, fetch, read: at most three rounds, and once more after a token was refreshed.

use std::time::Duration;

use posthouse_sdk::manifest::Interface;

use crate::app::House;
use crate::fault::{Fault, Kind};
use crate::fetch::{Asked, Exchange};
use crate::parcel::{Parcel, Purpose};
use crate::route::{Release, Routed};
use crate::sandbox::types::{self, OfOne, Pair, Reading, Task, Want};
use crate::session;

/// Everything said, and what the adapter made of it.
pub struct Told {
    pub exchanges: Vec<Exchange>,
    pub reading: Result<Vec<OfOne>, Fault>,
}

const ROUNDS: u8 = 3;
/// A request older than this is not sent.
const OLDEST: Duration = Duration::from_secs(30);
const LONGEST_MEMO: usize = 4 << 10;

struct Talk<'a> {
    house: &'a House,
    routed: &'a Routed,
    release: Release,
    exchanges: Vec<Exchange>,
}

/// One conversation about the parcels that fell due together.
pub async fn with_carrier(house: &House, routed: &Routed) -> Told {
    let mut talk = Talk { house, routed, release: routed.release.clone(), exchanges: vec![] };
    let reading = talk.reading().await;
    Told { exchanges: talk.exchanges, reading }
}

impl Talk<'_> {
    async fn reading(&mut self) -> Result<Vec<OfOne>, Fault> {
        if self.release.secrets.wants_session(self.routed.now) {
            self.refresh().await?;
        }
        let first = self.rounds().await;
        if !token_expired(&first) || !self.release.adapter.manifest.has(Interface::Session) {
            return first;
        }
        self.refresh().await?;
        self.granted().await?;
        self.rounds().await
    }

    /// Quota for one more request of this look. What would wait longer is asked anew later: a
    /// signed timestamp must not age in a queue.
    async fn granted(&self) -> Result<(), Fault> {
        let due = &self.routed.due;
        let quota = self.house.quota(&due.account, due.purpose.interface(), &self.release).await;
        let waited = tokio::time::timeout(OLDEST, quota.ready()).await;
        waited.map_err(|_| Fault::new(Kind::Throttled, "our own quota leaves no room for a further request"))
    }

    async fn refresh(&mut self) -> Result<(), Fault> {
        let (exchange, renewed) = session::renew(self.house, &self.routed.due.account, &self.release).await;
        self.exchanges.extend(exchange);
        self.release = renewed?;
        Ok(())
    }

    async fn rounds(&mut self) -> Result<Vec<OfOne>, Fault> {
        let mut task = task(&self.routed.due.parcels, self.house.now());
        let Some(mut want) = self.ask(&task)? else { return Ok(subscribed(&self.routed.due.parcels)) };
        for round in 0..ROUNDS {
            if round > 0 {
                self.granted().await?;
            }
            task.round = round;
            self.fetch(want, round, task.now).await?;
            match self.read(&task)? {
                Reading::Tracks(each) => return Ok(each),
                Reading::More((_, memo)) if memo.len() > LONGEST_MEMO => return Err(Fault::new(Kind::Limit, "a memo over 4 KiB")),
                Reading::More((next, memo)) => {
                    want = next;
                    task.memo = memo;
                }
            }
        }
        Err(Fault::contract("the adapter asks more than three times"))
    }

    fn ask(&mut self, task: &Task) -> Result<Option<Want>, Fault> {
        let Release { adapter, secrets, .. } = &self.release;
        let (result, notes) = match self.routed.due.purpose {
            Purpose::Look => {
                let (want, notes) = adapter.ask(secrets, task);
                (want.map(Some), notes)
            }
            Purpose::Subscribe => adapter.ask_subscription(secrets, task),
        };
        if let Err(fault) = &result {
            let unsent = Exchange::new(self.name(), 0, task.now);
            self.exchanges.push(Exchange { fault: Some(fault.clone()), log: notes.log, ..unsent });
        }
        result
    }

    async fn fetch(&mut self, want: Want, round: u8, now: i64) -> Result<(), Fault> {
        let mut exchange = Exchange::new(self.name(), round, now);
        let result = match want {
            Want::Page(page) => match self.house.permits.hold(&self.routed.due.account.carrier) {
                Some(hold) => Err(hold.fault()),
                None => {
                    let Release { adapter, endpoints, .. } = &self.release;
                    let fetched = self.house.pages.perform(&page, &adapter.manifest, endpoints).await;
                    exchange.request = Some(Asked::Page(page));
                    exchange.answered(fetched).map(drop)
                }
            },
            Want::Http(request) => {
                let Release { adapter, secrets, endpoints } = &self.release;
                let fetched = self.house.http.perform(&request, &adapter.manifest, secrets, endpoints, now).await;
                exchange.request = Some(Asked::Http(request));
                exchange.answered(fetched).map(drop)
            }
        };
        exchange.fault = result.as_ref().err().cloned();
        self.exchanges.push(exchange);
        result
    }

    fn read(&mut self, task: &Task) -> Result<Reading, Fault> {
        let exchange = self.exchanges.last_mut().expect("fetched above");
        let reply = exchange.reply.as_ref().expect("an answered exchange has its reply");
        let Release { adapter, secrets, .. } = &self.release;
        let (result, notes) = match self.routed.due.purpose {
            Purpose::Look => adapter.read(secrets, task, reply),
            Purpose::Subscribe => {
                let (each, notes) = adapter.read_subscription(secrets, task, reply);
                (each.map(Reading::Tracks), notes)
            }
        };
        exchange.log.extend(notes.log);
        exchange.fault = result.as_ref().err().cloned();
        result
    }

    fn name(&self) -> &'static str {
        match self.routed.due.purpose {
            Purpose::Look => "tracking",
            Purpose::Subscribe => "subscribe",
        }
    }
}

fn token_expired(reading: &Result<Vec<OfOne>, Fault>) -> bool {
    match reading {
        Err(fault) => fault.kind == Kind::TokenExpired,
        Ok(each) => each.iter().any(|one| one.outcome.as_ref().is_err_and(|f| f.code == Kind::TokenExpired.code())),
    }
}

/// The adapter says that these need no subscription.
fn subscribed(parcels: &[Parcel]) -> Vec<OfOne> {
    let track = |number: &String| types::Track { number: number.clone(), events: vec![], signed: None, odd: vec![], extra: vec![] };
    parcels.iter().map(|p| OfOne { number: p.number.clone(), outcome: Ok(track(&p.number)) }).collect()
}

/// What the guest is told: its parcels, the clock, sixteen random bytes.
pub fn task(parcels: &[Parcel], now: i64) -> Task {
    let parcel = |p: &Parcel| types::Parcel {
        number: p.number.clone(),
        phone_tail: p.phone_tail.clone(),
        shipped_at: p.shipped_at,
        extra: p.extra.iter().map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect(),
    };
    Task { parcels: parcels.iter().map(parcel).collect(), now, nonce: rand::random::<[u8; 16]>().to_vec(), round: 0, memo: vec![] }
}
