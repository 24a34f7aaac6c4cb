//! Announcements of carriers and of the regulator: what will change is known before it breaks something.
//!
//! A *bulletin* is an adapter that reads a site's pages. The host looks at every source it names, at
//! least every half hour, at the price of one conditional request where nothing changed. What is new
//! or edited is kept in every version and read in the same look.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use posthouse_sdk::manifest::Announcement;
use tokio::sync::OwnedMutexGuard;

use crate::app::House;
use crate::fault::Instant;
use crate::fetch::Validators;
use crate::sandbox::Adapter;

mod address;
pub mod delay;
mod find;
mod look;
pub mod rules;
mod state;
pub mod text;
pub mod told;
mod watch;

pub use look::{look, resume};
pub use state::{Changed, announce_state, state};
pub use watch::watch;

/// A page or feed of a bulletin that is on the shelf.
#[derive(Debug, Clone)]
pub struct Source {
    /// `acme-bulletin.open`
    pub id: String,
    pub reader: Arc<Adapter>,
    nth: usize,
}

/// What is known of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub source: String,
    pub first_at: Instant,
    pub looked_at: Instant,
    /// The last look that was read, or found nothing changed.
    pub ok_at: Option<Instant>,
    pub next_at: Instant,
    /// The bulletin's version that read the list last.
    pub release: String,
    pub validators: Validators,
    /// `read`, `not-modified`, or a fault's code.
    pub outcome: String,
    pub detail: Option<String>,
    pub failing_since: Option<Instant>,
    pub stopped_at: Option<Instant>,
    /// When its newest announcement was published, or seen.
    pub newest_at: Option<Instant>,
    pub looks: i64,
    pub not_modified: i64,
    /// As it was told last, by [`announce_state`].
    pub told: (State, Instant),
}

/// How a source is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Not looked at yet.
    New,
    Good,
    /// Nothing new for longer than usual.
    Silent,
    /// No look has been good for hours.
    Failing,
    /// It turned us away or asked for a person.
    Stopped,
}

/// Looks that run: one at a time for a source.
#[derive(Default)]
pub struct Notices(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Notices {
    async fn alone(&self, source: &str) -> OwnedMutexGuard<()> {
        let own = self.0.lock().expect("no panic inside").entry(source.to_owned()).or_default().clone();
        own.lock_owned().await
    }
}

impl State {
    pub const ALL: [Self; 5] = [Self::New, Self::Good, Self::Silent, Self::Failing, Self::Stopped];

    /// The word in the API, the log and the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Good => "good",
            Self::Silent => "silent",
            Self::Failing => "failing",
            Self::Stopped => "stopped",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

impl Source {
    /// What the manifest says of it.
    pub fn says(&self) -> &Announcement {
        &self.reader.manifest.announcements[self.nth]
    }

    /// The one carrier it announces for; none: everybody, or several.
    pub fn carrier(&self) -> Option<&str> {
        match self.says().about.0.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    pub fn release(&self) -> String {
        self.reader.manifest.release()
    }
}

/// Every source of every bulletin on the shelf.
pub fn sources(house: &House) -> Vec<Source> {
    let of = |reader: &Arc<Adapter>| {
        let id = |says: &Announcement| format!("{}.{}", reader.manifest.id, says.name);
        let named = reader.manifest.announcements.iter().enumerate();
        named.map(|(nth, says)| Source { id: id(says), reader: reader.clone(), nth }).collect::<Vec<_>>()
    };
    house.shelf.bulletins().values().flat_map(of).collect()
}

/// One of them, by its id.
pub fn source(house: &House, id: &str) -> Option<Source> {
    sources(house).into_iter().find(|source| source.id == id)
}
