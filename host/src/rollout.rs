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
mod shadow;
mod signed;
mod slice;
mod trial;

pub use conduct::{Conduct, Refusal, Wish, go_on};
pub use gate::{Named, Report};
pub use observe::{count, observe};
pub use plan::Plan;
pub use shadow::shadow;
pub use signed::{Signed, Statement};
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

/// What is known of a candidate in its present step.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub finding: Finding,
    /// Recorded answers that were counted besides the parcels that tried it.
    pub topped_up: u32,
}

impl Rollout {
    /// Live trials; where they are too few and only the code is new, recorded answers top them up.
    /// An old answer says nothing about a credential.
    pub fn standing(&self, arms: Arms) -> Standing {
        let live = Standing { finding: arms.finding(), topped_up: 0 };
        let (same_credential, tried) = (self.stable.1 == self.candidate.1, arms.candidate);
        // One failure is not drowned in old answers.
        if live.finding != Finding::InsufficientData || !same_credential || tried.failures > 0 || tried.trials < self.plan.least.max(1) {
            return live;
        }
        let failures = self.replayed.open(&self.plan.accepted).map(|found| found.count).sum::<u32>().min(self.replayed.read);
        let recorded = Arm { trials: self.replayed.read, failures, unanswered: 0 };
        Standing { finding: Arms { candidate: tried.with(recorded), ..arms }.finding(), topped_up: self.replayed.read }
    }

    /// Parts per million that try the candidate now.
    pub fn weight(&self) -> u32 {
        self.plan.weight(self.step)
    }
}
