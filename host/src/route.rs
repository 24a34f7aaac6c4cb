//! Which adapter version, which credential: decided once, pinned by value.
//!
//! Nobody downstream looks up "the current" one. A change is made whole and published in one step;
//! calls that run end on what they began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::fault::{Fault, Instant, Kind};
use crate::parcel::{Account, Due};
use crate::sandbox::Adapter;
use crate::vault::Secrets;

/// Adapter version and credential generation, together.
#[derive(Debug, Clone)]
pub struct Release {
    pub adapter: Arc<Adapter>,
    pub secrets: Arc<Secrets>,
    /// The operator's endpoints, by name.
    pub endpoints: Arc<BTreeMap<String, String>>,
}

/// Parcels with everything they will be handled by.
#[derive(Debug, Clone)]
pub struct Routed {
    pub due: Due,
    pub release: Release,
    /// When the quota was granted; the guest's clock.
    pub now: Instant,
}

/// The release of each account, swapped whole.
#[derive(Default)]
pub struct Releases {
    by_account: ArcSwap<BTreeMap<Account, Release>>,
}

impl Release {
    /// `sf@1.0.0+1`.
    pub fn id(&self) -> String {
        format!("{}+{}", self.adapter.manifest.release(), self.secrets.generation)
    }
}

impl Releases {
    /// All of them now.
    pub fn all(&self) -> Arc<BTreeMap<Account, Release>> {
        self.by_account.load_full()
    }

    /// The one an account is on now.
    pub fn of(&self, account: &Account) -> Option<Release> {
        self.by_account.load().get(account).cloned()
    }

    /// Publishes an account's release in one step.
    pub fn publish(&self, account: &Account, release: &Release) {
        self.by_account.rcu(|releases| {
            let mut releases = BTreeMap::clone(releases);
            releases.insert(account.clone(), release.clone());
            releases
        });
    }
}

/// Chooses the release for parcels that fell due, and pins it by value.
pub fn pin(due: Due, releases: &Releases, now: Instant) -> Result<Routed, Fault> {
    let held = || Fault::new(Kind::Host, format!("no adapter with a credential for {}", due.account));
    let release = releases.of(&due.account).ok_or_else(held)?;
    Ok(Routed { due, release, now })
}
