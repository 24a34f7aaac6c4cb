//! The words of the field as types: parcel, event, track, account.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use posthouse_sdk::manifest::Interface;
use posthouse_sdk::state::Step;
use serde::{Deserialize, Serialize};

use crate::fault::{Fault, Instant};

/// A carrier and one of our accounts with it: the owner of credentials and quotas.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    pub carrier: Arc<str>,
    pub name: Arc<str>,
}

/// A parcel's row. Small, and ours alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ParcelKey(pub i64);

/// What is known of a parcel before anything is asked.
#[derive(Debug, Clone)]
pub struct Parcel {
    pub key: ParcelKey,
    pub number: String,
    pub phone_tail: Option<String>,
    pub shipped_at: Option<Instant>,
    pub extra: BTreeMap<String, String>,
    /// What the last look left behind.
    pub before: Before,
}

/// The state a look starts from.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// Digest of the last reading; an equal one changes nothing.
    pub reading: Option<[u8; 16]>,
    pub status: Option<String>,
    /// Faults in a row.
    pub faults: u32,
    /// How many tail looks were done.
    pub tail: u32,
    pub subscribed: bool,
    /// A push or a person asked for this look.
    pub hinted: bool,
    /// False: looked at once on request.
    pub watched: bool,
    /// The last look ended with a track.
    pub told: bool,
    pub release: Option<String>,
    /// The end it is in was believed from then on.
    pub believed_from: Option<Instant>,
    pub said: Said,
}

/// What people told us of a parcel, and what it is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// The newest word on whether it arrived.
    pub word: Option<Word>,
    /// A picture of the delivery is attached.
    pub photo: bool,
    /// Declared value in fen, if the hub gave one.
    pub value: Option<u64>,
}

/// Whether it arrived, by somebody who can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    CustomerConfirms,
    CustomerDenies,
    ClerkConfirms,
    ClerkDenies,
}

/// Parcels of one account that fall due together, are of one release and may share a call.
#[derive(Debug, Clone)]
pub struct Due {
    pub account: Account,
    pub purpose: Purpose,
    /// The rollout whose candidate they try.
    pub tries: Option<Arc<str>>,
    pub parcels: Vec<Parcel>,
}

/// Why the carrier is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    Look,
    Subscribe,
}

/// One scan, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub at: Instant,
    pub code: String,
    pub status: &'static str,
    /// The dictionary did not know the code; the wording decided.
    pub unmapped: bool,
    /// It takes a delivery or a hand-over back.
    pub revokes: bool,
    pub text: String,
    pub place: Option<String>,
    /// How often one answer told it; carriers repeat scans.
    pub times: u32,
}

/// An event and how we know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    pub event: Event,
    pub identity: Identity,
    pub source: Source,
    /// Events of the same instant that an answer told before it.
    pub after: Vec<Identity>,
    /// When we learned of it.
    pub received_at: Instant,
}

/// What makes an event this event and no other.
pub type Identity = [u8; 16];

/// Who told us, the best word first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The carrier's whole answer.
    Look,
    /// The carrier's push.
    Push,
    /// A person's row.
    Clerk,
}

/// Somebody signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub at: Instant,
    pub by: Option<String>,
}

/// A judged answer about one parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Ascending by time, ties in the carrier's order.
    pub events: Vec<Event>,
    /// The carrier told them one after the other, up or down.
    pub in_order: bool,
    /// Raw text of events that could not be read.
    pub odd: Vec<String>,
    pub signed: Option<Signed>,
    pub status: Option<&'static str>,
    pub extra: Vec<(String, String)>,
    pub digest: [u8; 16],
}

/// What came back for one parcel.
pub type Outcome = Result<Track, Fault>;

impl Purpose {
    /// The interface that serves it; quotas are counted by interface.
    pub fn interface(self) -> Interface {
        match self {
            Self::Look => Interface::Tracking,
            Self::Subscribe => Interface::Subscribe,
        }
    }
}

impl Account {
    pub fn new(carrier: &str, name: &str) -> Self {
        Self { carrier: carrier.into(), name: name.into() }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.carrier, self.name)
    }
}

impl Event {
    /// As the state of its parcel sees it.
    pub fn step(&self) -> Step<'static> {
        Step { status: self.status, revokes: self.revokes, unmapped: self.unmapped }
    }

    /// Time, code, text, place.
    pub fn identity(&self) -> Identity {
        let mut hash = blake3::Hasher::new();
        hash.update(&self.at.to_le_bytes());
        for part in [&self.code, &self.text, self.place.as_ref().unwrap_or(&String::new())] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        short(&hash)
    }
}

/// The first half of a hash: enough to tell things apart.
pub fn short(hash: &blake3::Hasher) -> [u8; 16] {
    hash.finalize().as_bytes()[..16].try_into().expect("a hash has 32 bytes")
}
