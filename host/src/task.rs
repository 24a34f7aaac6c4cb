//! From a notice to what is to be done: a task with a deadline, what it will break, and what stands
//! ready against it. Live traffic has a say too: what an answer's header or address announces.

use serde::{Deserialize, Serialize};

use crate::app::House;
use crate::fault::Instant;
use crate::notice::rules::Reading;
use crate::parcel::Account;
use crate::store::NotStored;

mod go_on;
mod impact;
mod signs;
mod tell;

pub use go_on::go_on;
pub use impact::{Hit, Impact, Proposal, impact};
pub use signs::{Sign, Signs};
pub use tell::taken;

/// Something somebody has to see to.
#[derive(Debug, Clone)]
pub struct Task {
    pub key: i64,
    pub id: String,
    /// The announcement; none: a sign in live traffic.
    pub notice: Option<String>,
    /// Carriers it is about; none: everybody.
    pub carriers: Vec<String>,
    /// Of its most important reading, or of the sign: `sunset`, `redirect` …
    pub kind: String,
    pub title: String,
    pub url: Option<String>,
    pub readings: Vec<Reading>,
    pub due_at: Option<Instant>,
    pub until_at: Option<Instant>,
    pub raised_at: Instant,
    /// Its announcement was edited.
    pub changed_at: Instant,
    pub acked: Option<Acked>,
}

/// Who took it, and what for.
#[derive(Debug, Clone)]
pub struct Acked {
    pub at: Instant,
    pub by: String,
    pub reason: String,
}

/// An announcement as an incident's explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    pub task: String,
    pub notice: Option<String>,
    pub title: String,
    pub kind: String,
    pub due_at: Option<Instant>,
    pub url: Option<String>,
}

const DAY: Instant = 86_400_000;
/// An incident that begins so long after a change came true, or so long before, may come of it.
const AFTER: Instant = 7 * DAY;
const BEFORE: Instant = DAY;

impl Task {
    /// Whether trouble of a carrier that began then may come of it.
    fn explains(&self, carrier: &str, since: Instant) -> bool {
        let about = self.carriers.is_empty() || self.carriers.iter().any(|own| own == carrier);
        let from = self.due_at.unwrap_or(self.raised_at);
        let until = self.until_at.unwrap_or(from).max(from);
        about && self.kind != "holiday" && since >= from - BEFORE && since <= until + AFTER
    }
}

/// What was announced that may be why an account is in trouble since then.
pub async fn explanations(house: &House, account: &Account, since: Instant) -> Result<Vec<Explanation>, NotStored> {
    let near = house.store.tasks_between(since - BEFORE - AFTER, since + BEFORE + AFTER).await?;
    let of = |task: Task| Explanation {
        task: task.id,
        notice: task.notice,
        title: task.title,
        kind: task.kind,
        due_at: task.due_at,
        url: task.url,
    };
    Ok(near.into_iter().filter(|task| task.explains(&account.carrier, since)).map(of).collect())
}

/// Why a rollout of a carrier waits: a candidate is not judged while the carrier itself is down.
pub async fn hold(house: &House, carrier: &str) -> Result<Option<String>, NotStored> {
    let now = house.now();
    let near = house.store.tasks_between(now - DAY, now).await?;
    let is_out = |task: &Task| {
        task.kind == "outage"
            && (task.carriers.is_empty() || task.carriers.iter().any(|own| own == carrier))
            && task.due_at.is_some_and(|at| at <= now)
            && task.until_at.is_none_or(|until| now < until)
    };
    Ok(near
        .into_iter()
        .find(is_out)
        .map(|task| format!("the carrier announced an outage ({}: {}); wait, or force it and say why", task.id, task.title)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_explains_what_begins_around_it() {
        let task = |carriers: &[&str], due_at, until_at| Task {
            key: 1,
            id: "tk_1".into(),
            notice: None,
            carriers: carriers.iter().map(|c| (*c).into()).collect(),
            kind: "auth-change".into(),
            title: String::new(),
            url: None,
            readings: vec![],
            due_at,
            until_at,
            raised_at: 0,
            changed_at: 0,
            acked: None,
        };
        let due = task(&["acme"], Some(100 * DAY), None);
        for (since, explains) in [(98 * DAY, false), (99 * DAY, true), (100 * DAY, true), (107 * DAY, true), (108 * DAY, false)] {
            assert_eq!(due.explains("acme", since), explains, "{since}");
        }
        assert!(!due.explains("other", 100 * DAY) && task(&[], Some(100 * DAY), None).explains("other", 100 * DAY));
        assert!(task(&[], Some(10 * DAY), Some(30 * DAY)).explains("acme", 36 * DAY));
    }
}
