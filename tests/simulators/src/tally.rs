//! What happened, in figures.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::Serialize;

/// Counts of one carrier.
#[derive(Debug, Default)]
pub struct Tally {
    pub requests: Count,
    pub queries: Count,
    pub subscribes: Count,
    pub tokens: Count,
    pub moods: Count,
    pub subscriptions: Count,
    /// Pages that were asked for, whatever they showed.
    pub pages: Count,
    /// What pages fetched of their own.
    pub lookups: Count,
    /// One origin serves all pages, so each fetch counts for each carrier.
    pub robots: Count,
    /// Visitors who still had what a hostile page gave them earlier.
    pub remembered: Count,
    pub push: Pushes,
    refusals: Mutex<BTreeMap<&'static str, u64>>,
    user_agent: Mutex<Option<String>>,
}

#[derive(Debug, Default, Serialize)]
pub struct Pushes {
    /// Events that appeared on subscribed parcels.
    pub due: Count,
    /// Requests made, repetitions included.
    pub sent: Count,
    pub accepted: Count,
    /// Answered, but not as the carrier requires.
    pub refused: Count,
    /// Not answered, or no target was named.
    pub failed: Count,
    pub given_up: Count,
}

#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Count(AtomicU64);

/// One carrier's counts at one moment.
#[derive(Serialize)]
pub struct Figures<'a> {
    requests: &'a Count,
    queries: &'a Count,
    subscribes: &'a Count,
    tokens: &'a Count,
    moods: &'a Count,
    subscriptions: &'a Count,
    pages: &'a Count,
    lookups: &'a Count,
    robots: &'a Count,
    remembered: &'a Count,
    user_agent: Option<String>,
    pushes: &'a Pushes,
    refusals: BTreeMap<&'static str, u64>,
    refused: u64,
    parcels: usize,
}

impl Count {
    pub fn one(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Tally {
    pub fn refuse(&self, reason: &'static str) {
        *self.refusals.lock().expect("counting does not panic").entry(reason).or_default() += 1;
    }

    pub fn refusals(&self) -> BTreeMap<&'static str, u64> {
        self.refusals.lock().expect("counting does not panic").clone()
    }

    /// Who looked at a page last, as it called itself.
    pub fn user_agent(&self) -> Option<String> {
        self.user_agent.lock().expect("noting does not panic").clone()
    }

    pub fn visited_by(&self, user_agent: Option<&str>) {
        *self.user_agent.lock().expect("noting does not panic") = user_agent.map(str::to_owned);
    }

    pub fn figures(&self, parcels: usize) -> Figures<'_> {
        let refusals = self.refusals();
        Figures {
            requests: &self.requests,
            queries: &self.queries,
            subscribes: &self.subscribes,
            tokens: &self.tokens,
            moods: &self.moods,
            subscriptions: &self.subscriptions,
            pages: &self.pages,
            lookups: &self.lookups,
            robots: &self.robots,
            remembered: &self.remembered,
            user_agent: self.user_agent(),
            pushes: &self.push,
            refused: refusals.values().sum(),
            refusals,
            parcels,
        }
    }
}
