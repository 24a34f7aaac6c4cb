//! Every act by every way into tracking, subscribe and session, each a parcel of its own.

use std::collections::BTreeSet;

use crate::acts::{IN_CODE, TOLD, WANTED};

/// Failures in a row that a breaker does not mind.
const PATIENCE: usize = 4;

/// What is told wrongly whatever is told: a session's want too.
const OF_ANY_RESULT: &[u32] = &[76, 77, 79, 80, 81];

/// A parcel that is registered, and what must come of it.
pub struct Try {
    pub what: String,
    pub carrier: String,
    pub account: String,
    /// `G`, the carrier's code, a serial number, the act of the subscription, that of the look.
    pub number: String,
    /// Of the subscription, where it is one.
    pub outcome: &'static str,
    pub subscribes: bool,
    /// To `track` and to `token`.
    pub requests: (usize, usize),
}

/// Every way into tracking, subscribe and session.
#[derive(Default)]
pub struct Tries {
    pub all: Vec<Try>,
    failing: usize,
}

impl Tries {
    pub fn every() -> Self {
        let mut tries = Self::default();
        for act in IN_CODE {
            let goes_on = usize::from(act.outcome == "tracks");
            tries.look(act.number, act.outcome, goes_on);
            tries.look(act.number + 20, act.outcome, 1);
            tries.subscribe(act.number, act.outcome, goes_on);
            tries.subscribe(act.number + 20, act.outcome, 1);
            tries.session(act.number, act.outcome, goes_on);
        }
        for act in WANTED {
            tries.look(act.number, act.outcome, act.requests);
            tries.subscribe(act.number, act.outcome, act.requests);
            // Its endpoint is another, where no secret may go at all.
            tries.session(act.number, if act.number == 50 { "contract" } else { act.outcome }, act.requests);
        }
        for act in TOLD.iter().filter(|act| act.number > 0) {
            tries.look(act.number, act.look, act.requests);
            tries.subscribe(act.number, act.subscription, 1);
            if OF_ANY_RESULT.contains(&act.number) {
                tries.session(act.number, act.look, 0);
            }
        }
        // `read` is over; its component is let tidy up.
        tries.look(20, "trap", 1);
        tries
    }

    fn look(&mut self, act: u32, outcome: &'static str, requests: usize) {
        self.push(format!("look {act:02}"), format!("00{act:02}"), outcome, (requests, 0));
    }

    /// Its parcel is looked at as well, and that goes well.
    fn subscribe(&mut self, act: u32, outcome: &'static str, requests: usize) {
        self.push(format!("subscription {act:02}"), format!("{act:02}00"), outcome, (requests + 1, 0));
    }

    /// The look calls for a token, again with the one that it got.
    fn session(&mut self, act: u32, outcome: &'static str, requests: usize) {
        let (outcome, looks) = if outcome == "tracks" { ("token-expired", 2) } else { (outcome, 1) };
        self.push(format!("session {act:02}"), "0078".into(), outcome, (looks, requests));
    }

    /// Those that fail in themselves share an adapter with few, or its breaker would end the others.
    fn push(&mut self, what: String, acts: String, outcome: &'static str, requests: (usize, usize)) {
        let fails = ["deadline", "limit", "trap"].contains(&outcome);
        let carrier = if fails { format!("acts-{}", self.failing / PATIENCE) } else { "acts".into() };
        self.failing += usize::from(fails);
        let account = what.strip_prefix("session ").unwrap_or("main").to_owned();
        let number = format!("G10{:04}{acts}", self.all.len());
        self.all.push(Try { subscribes: what.starts_with("sub"), what, carrier, account, number, outcome, requests });
    }

    pub fn adapters(&self) -> BTreeSet<&str> {
        self.all.iter().map(|one| one.carrier.as_str()).collect()
    }

    pub fn accounts(&self) -> Vec<(String, String)> {
        let named = self.all.iter().filter(|one| one.account != "main");
        named.map(|one| (one.carrier.clone(), one.account.clone())).collect()
    }
}
