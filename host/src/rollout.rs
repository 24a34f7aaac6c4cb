//! A candidate release beside the stable one: who tries it, whether it is worse, and who decides.
//!
//! The host may abort by itself, and nothing else; going on is a person's word.

use serde::Serialize;

use crate::fault::Instant;
use crate::parcel::Account;

mod conduct;
mod gate;
mod meaning;
mod observe;
mod plan;
mod slice;
mod trial;

pub use conduct::{Conduct, Refusal, Wish};
pub use gate::{Named, Report};
pub use observe::{count, observe};
pub use plan::Plan;
pub use slice::{WHOLE, place};
pub use trial::{Arm, Finding, compare};

/// A rollout, from its start to its end.
#[derive(Debug, Clone)]
pub struct Rollout {
    pub id: String,
    pub account: Account,
    /// Adapter version and credential generation.
    pub stable: (String, u32),
    pub candidate: (String, u32),
    pub state: State,
    pub plan: Plan,
    pub step: u32,
    /// The one parcel of a slice that would be nobody.
    pub forced: Option<String>,
    pub replayed: Report,
    pub started_at: Instant,
    pub stepped_at: Instant,
    pub ended_at: Option<Instant>,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Running,
    Promoted,
    Aborted,
}

/// Both arms of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Arms {
    pub stable: Arm,
    pub candidate: Arm,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Promoted => "promoted",
            Self::Aborted => "aborted",
        }
    }

    pub fn parse(word: &str) -> Self {
        match word {
            "running" => Self::Running,
            "promoted" => Self::Promoted,
            _ => Self::Aborted,
        }
    }
}

impl Arms {
    pub fn finding(self) -> Finding {
        compare(self.candidate, self.stable)
    }
}

impl Rollout {
    /// Parts per million that try the candidate now.
    pub fn weight(&self) -> u32 {
        self.plan.weight(self.step)
    }
}
