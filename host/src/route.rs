//! Which adapter version, which credential: decided once, pinned by value.
//!
//! Nobody downstream looks up "the current" one. A change is made whole and published in one step;
//! calls that run end on what they began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use posthouse_sdk::manifest::Tier;
use serde::Serialize;

use crate::fault::{Fault, Instant, Kind};
use crate::parcel::{Account, Due};
use crate::rollout::place;
use crate::sandbox::Adapter;
use crate::vault::{Captured, Secrets};

/// Adapter version and credential generation, together.
#[derive(Debug, Clone)]
pub struct Release {
    pub adapter: Arc<Adapter>,
    pub secrets: Arc<Secrets>,
    /// The operator's endpoints, by name.
    pub endpoints: Arc<BTreeMap<String, String>>,
}

/// One of the two releases an account may have at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ring {
    Stable,
    Candidate,
}

/// What an account is on.
#[derive(Debug, Clone)]
pub struct Standing {
    pub stable: Release,
    pub candidate: Option<Candidate>,
}

/// A release that some of the parcels try.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub release: Release,
    /// The rollout's id.
    pub rollout: Arc<str>,
    pub step: u32,
    /// Its slice, in parts per million.
    pub weight: u32,
    /// A parcel that is in it although its place is not: the slice would be nobody.
    pub forced: Option<Arc<str>>,
    /// Differences in meaning that an operator accepted.
    pub accepted: Arc<[String]>,
}

/// Parcels with everything they will be handled by.
#[derive(Debug, Clone)]
pub struct Routed {
    pub due: Due,
    pub release: Release,
    /// The rollout that this look is part of.
    pub trial: Option<Trial>,
    /// When the quota was granted; the guest's clock.
    pub now: Instant,
}

/// A look's part in a rollout.
#[derive(Debug, Clone)]
pub struct Trial {
    pub ring: Ring,
    pub rollout: Arc<str>,
    pub step: u32,
    /// Reads what the candidate read.
    pub stable: Release,
    pub accepted: Arc<[String]>,
}

/// What each account is on, swapped whole.
#[derive(Default)]
pub struct Releases {
    by_account: ArcSwap<BTreeMap<Account, Standing>>,
}

impl Release {
    /// The source this account is asked at: who has a contract need not read the public page.
    pub fn tier(&self) -> Tier {
        let manifest = &self.adapter.manifest;
        if manifest.page.is_some() && self.secrets.are_given() { Tier::A } else { manifest.tier }
    }

    /// Whether it reads the carrier's public page.
    pub fn reads_pages(&self) -> bool {
        self.adapter.manifest.page.is_some() && self.tier() == Tier::B
    }

    /// `sf@1.0.0+1`.
    pub fn id(&self) -> String {
        format!("{}+{}", self.adapter.manifest.release(), self.secrets.generation)
    }
}

impl Standing {
    /// The rollout whose candidate a parcel tries, if it is in the slice. The same for a whole
    /// rollout, and a growing slice only adds to it.
    pub fn tries(&self, account: &Account, number: &str) -> Option<Arc<str>> {
        let tries = |c: &&Candidate| c.forced.as_deref() == Some(number) || place(&c.rollout, &account.carrier, number) < c.weight;
        self.candidate.as_ref().filter(tries).map(|c| c.rollout.clone())
    }

    fn releases(&mut self) -> impl Iterator<Item = &mut Release> {
        std::iter::once(&mut self.stable).chain(self.candidate.as_mut().map(|c| &mut c.release))
    }
}

impl Releases {
    /// All of them now.
    pub fn all(&self) -> Arc<BTreeMap<Account, Standing>> {
        self.by_account.load_full()
    }

    /// What an account is on now.
    pub fn of(&self, account: &Account) -> Option<Standing> {
        self.by_account.load().get(account).cloned()
    }

    /// The stable release of an account.
    pub fn stable(&self, account: &Account) -> Option<Release> {
        self.by_account.load().get(account).map(|standing| standing.stable.clone())
    }

    /// Publishes what an account is on, in one step.
    pub fn publish(&self, account: &Account, standing: &Standing) {
        self.change(account, |_| Some(standing.clone()));
    }

    /// Leaves an account without a release: nothing is asked for it.
    pub fn withdraw(&self, account: &Account) {
        self.by_account.rcu(|releases| {
            let mut releases = BTreeMap::clone(releases);
            releases.remove(account);
            releases
        });
    }

    /// Changes the candidate of an account and leaves its stable release as it is by then.
    pub fn set_candidate(&self, account: &Account, candidate: &Option<Candidate>) {
        self.change(account, |standing| Some(Standing { stable: standing?.stable.clone(), candidate: candidate.clone() }));
    }

    /// The candidate, as it is by then, becomes stable.
    pub fn promote(&self, account: &Account) {
        self.change(account, |standing| Some(Standing { stable: standing?.candidate.clone()?.release, candidate: None }));
    }

    /// Fresh tokens of a generation, for every release that uses it.
    pub fn renew(&self, account: &Account, generation: u32, fresh: &BTreeMap<String, Captured>) {
        self.change(account, |standing| {
            let mut standing = standing?.clone();
            for release in standing.releases().filter(|r| r.secrets.generation == generation) {
                release.secrets = Arc::new(release.secrets.with_captured(fresh.clone()));
            }
            Some(standing)
        });
    }

    fn change(&self, account: &Account, change: impl Fn(Option<&Standing>) -> Option<Standing>) {
        self.by_account.rcu(|releases| {
            let mut releases = BTreeMap::clone(releases);
            if let Some(standing) = change(releases.get(account)) {
                releases.insert(account.clone(), standing);
            }
            releases
        });
    }
}

/// Chooses the release for parcels that fell due, and pins it by value. If the candidate they were
/// gathered for is not there any more, they are stable's.
pub fn pin(due: Due, releases: &Releases, now: Instant) -> Result<Routed, Fault> {
    let held = || Fault::new(Kind::Host, format!("no adapter with a credential for {}", due.account));
    let Standing { stable, candidate } = releases.of(&due.account).ok_or_else(held)?;
    let Some(candidate) = candidate else { return Ok(Routed { due, release: stable, trial: None, now }) };
    let Candidate { release, rollout, step, accepted, .. } = candidate;
    let ring = if due.tries.as_ref() == Some(&rollout) { Ring::Candidate } else { Ring::Stable };
    let trial = Trial { ring, rollout, step, stable: stable.clone(), accepted };
    let release = if ring == Ring::Candidate { release } else { stable };
    Ok(Routed { due, release, trial: Some(trial), now })
}
