//! What operators say a carrier's code means, over every adapter's dictionary, at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::fault::Instant;
use crate::parcel::{Outcome, Track};

/// An operator's word on one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    pub carrier: String,
    pub code: String,
    pub status: &'static str,
    pub by: String,
    pub at: Instant,
    pub reason: String,
}

/// By carrier and code.
pub type Overrides = BTreeMap<(String, String), Override>;

/// Every override, swapped whole.
#[derive(Default)]
pub struct Dictionary {
    overrides: ArcSwap<Overrides>,
    turn: tokio::sync::Mutex<()>,
}

impl Dictionary {
    pub fn resume(&self, kept: Overrides) {
        self.overrides.store(Arc::new(kept));
    }

    pub fn all(&self) -> Arc<Overrides> {
        self.overrides.load_full()
    }

    /// What is stored and what is remembered change together while this is held.
    pub async fn alone(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    pub fn set(&self, word: Override) {
        self.change(|all| _ = all.insert((word.carrier.clone(), word.code.clone()), word.clone()));
    }

    pub fn unset(&self, carrier: &str, code: &str) {
        self.change(|all| _ = all.remove(&(carrier.to_owned(), code.to_owned())));
    }

    /// The outcomes as operators want them read. Releases are compared before this: both would be
    /// corrected alike.
    pub fn apply(&self, carrier: &str, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        let overrides = self.overrides.load();
        if !overrides.keys().any(|(of, _)| of == carrier) {
            return outcomes;
        }
        let meant = |code: &str| overrides.get(&(carrier.to_owned(), code.to_owned())).map(|word| word.status);
        outcomes.into_iter().map(|outcome| outcome.map(|track| corrected(track, meant))).collect()
    }

    fn change(&self, change: impl Fn(&mut Overrides)) {
        self.overrides.rcu(|all| {
            let mut all = Overrides::clone(all);
            change(&mut all);
            all
        });
    }
}

fn corrected(mut track: Track, meant: impl Fn(&str) -> Option<&'static str>) -> Track {
    for event in &mut track.events {
        if let Some(status) = meant(&event.code) {
            (event.status, event.unmapped) = (status, false);
        }
    }
    super::settled(track)
}
