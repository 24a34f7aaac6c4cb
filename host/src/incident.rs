//! Faults that belong together, with what a person would ask for first: since when, which
//! outcome, what was answered, what is new in it, on which release.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::app::House;
use crate::fault::{Instant, Kind, Whose};
use crate::parcel::Account;
use crate::store::Recorded;
use crate::task::Explanation;

mod pulse;
mod shape;
mod watch;
mod words;

pub use shape::{News, Shape};
pub use watch::watch;
pub use words::headline;

use pulse::Pulse;

/// One carrier account in trouble, from its first failed look until all is well again.
#[derive(Debug, Clone)]
pub struct Incident {
    pub id: String,
    pub account: Account,
    pub since: Instant,
    pub opened_at: Instant,
    pub last_at: Instant,
    pub closed_at: Option<Instant>,
    /// Failed looks by outcome.
    pub looks: BTreeMap<String, u64>,
    /// Carriers that failed at the same time: many of them point at our own network.
    pub also: Vec<String>,
    pub evidence: Vec<Evidence>,
    /// What was announced that it may come of.
    pub explained: Vec<Explanation>,
}

/// The first look that ended so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub outcome: String,
    pub at: Instant,
    pub release: String,
    /// Where the exchange is kept, as long as it is; what was said stands only there.
    pub exchange: Option<i64>,
    /// `tracking`, `subscribe`, `session`; empty if there is no exchange.
    #[serde(default)]
    pub interface: String,
    /// What its answer has that the last good ones did not have, and the other way round.
    pub news: News,
}

/// How each account fares, in memory: what is open is on disk.
#[derive(Default)]
pub struct Incidents {
    pulses: Mutex<HashMap<Account, Pulse>>,
    trouble: Notify,
}

impl Incidents {
    /// Nothing is known of how anybody fares.
    pub fn forget(&self) {
        self.pulses.lock().expect("no panic inside").clear();
    }
}

/// Counts a look. A candidate's looks are its rollout's affair, and a push is no look.
pub fn note(house: &House, recorded: &Recorded) {
    let of_stable = || house.releases.stable(&recorded.account).is_some_and(|stable| stable.id() == recorded.release);
    if recorded.pushed || !of_stable() {
        return;
    }
    let failed: Vec<_> = recorded.failed.iter().copied().filter(|(_, kind)| is_trouble(*kind)).collect();
    let mut pulses = house.incidents.pulses.lock().expect("no panic inside");
    pulses.entry(recorded.account.clone()).or_default().beat(recorded.at, recorded.keys.len(), &failed);
    drop(pulses);
    if !failed.is_empty() {
        house.incidents.trouble.notify_one();
    }
}

/// What is not simply true of a parcel, or our own doing.
fn is_trouble(kind: Kind) -> bool {
    !matches!(kind, Kind::NoEvents | Kind::NotFound | Kind::Throttled)
}

/// One such look is enough: it is about the account, not about a parcel.
fn is_certain(kind: Kind) -> bool {
    kind.whose() == Whose::Account
}
