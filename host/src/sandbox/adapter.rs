//! A loaded adapter: its exports as plain functions from values to values.

use std::sync::Arc;
use std::time::Instant as Clock;

use posthouse_registry::{Digest, Package};
use posthouse_sdk::manifest::{Interface, Manifest};
use regex::Regex;
use wasmtime::component::InstancePre;

use super::Bounds;
use super::breaker::Breaker;
use super::call::{self, Call, Notes, Signatures};
use super::contract::exports::posthouse::adapter::{push, session, subscribe, tracking};
use super::types::{Delivery, Fault as GuestFault, OfOne, Reading, Receipt, Refusal, Reply, Task, Want};
use crate::fault::{Fault, Instant, Kind};
use crate::vault::Secrets;

/// An adapter version, ready to be called. Shared, immutable but for its breaker.
pub struct Adapter {
    pub manifest: Arc<Manifest>,
    pub digest: Digest,
    /// The manifest's patterns, compiled.
    pub numbers: Vec<Regex>,
    linked: Linked,
    bounds: Bounds,
    breaker: Breaker,
}

/// What a call needs of wasmtime: every export is looked up once, at load.
pub(super) struct Linked {
    pub pre: InstancePre<Call>,
    pub memory: usize,
    tracking: Option<tracking::GuestIndices>,
    subscribe: Option<subscribe::GuestIndices>,
    session: Option<session::GuestIndices>,
    push: Option<push::GuestIndices>,
}

/// Which part of a look a call is. The breaker is asked before the first and satisfied only by
/// the last: an adapter whose `ask` works and whose `read` traps does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    First,
    Last,
    Whole,
}

/// The result of a call and what it left besides.
pub type Asked<T> = (Result<T, Fault>, Notes);

impl Adapter {
    pub(super) fn new(package: &Package, pre: InstancePre<Call>, bounds: Bounds) -> wasmtime::Result<Self> {
        let manifest = Arc::new(package.manifest.clone());
        let linked = Linked {
            tracking: manifest.has(Interface::Tracking).then(|| tracking::GuestIndices::new(&pre)).transpose()?,
            subscribe: manifest.has(Interface::Subscribe).then(|| subscribe::GuestIndices::new(&pre)).transpose()?,
            session: manifest.has(Interface::Session).then(|| session::GuestIndices::new(&pre)).transpose()?,
            push: manifest.has(Interface::Push).then(|| push::GuestIndices::new(&pre)).transpose()?,
            memory: manifest.limits.memory,
            pre,
        };
        let numbers = manifest.number_patterns();
        Ok(Self { manifest, digest: package.digest, numbers, linked, bounds, breaker: Breaker::default() })
    }

    /// Whether a waybill number can be this carrier's.
    pub fn accepts(&self, number: &str) -> bool {
        self.numbers.iter().any(|pattern| pattern.is_match(number))
    }

    /// `tracking.ask`.
    pub fn ask(&self, secrets: &Arc<Secrets>, task: &Task) -> Asked<Want> {
        self.call(secrets, task.now, Part::First, |linked, store, instance| {
            lookup(&linked.tracking)?.load(&mut *store, instance)?.call_ask(store, task)
        })
    }

    /// `tracking.read`.
    pub fn read(&self, secrets: &Arc<Secrets>, task: &Task, reply: &Reply) -> Asked<Reading> {
        self.call(secrets, task.now, Part::Last, |linked, store, instance| {
            lookup(&linked.tracking)?.load(&mut *store, instance)?.call_read(store, task, reply)
        })
    }

    /// `subscribe.ask`.
    pub fn ask_subscription(&self, secrets: &Arc<Secrets>, task: &Task) -> Asked<Option<Want>> {
        self.call(secrets, task.now, Part::First, |linked, store, instance| {
            lookup(&linked.subscribe)?.load(&mut *store, instance)?.call_ask(store, task)
        })
    }

    /// `subscribe.read`.
    pub fn read_subscription(&self, secrets: &Arc<Secrets>, task: &Task, reply: &Reply) -> Asked<Vec<OfOne>> {
        self.call(secrets, task.now, Part::Last, |linked, store, instance| {
            lookup(&linked.subscribe)?.load(&mut *store, instance)?.call_read(store, task, reply)
        })
    }

    /// `session.ask`.
    pub fn ask_session(&self, secrets: &Arc<Secrets>, task: &Task) -> Asked<Want> {
        self.call(secrets, task.now, Part::First, |linked, store, instance| {
            lookup(&linked.session)?.load(&mut *store, instance)?.call_ask(store, task)
        })
    }

    /// `push.receive`. A refusal is an answer too.
    pub fn receive(&self, secrets: &Arc<Secrets>, delivery: &Delivery, signatures: Signatures) -> Asked<Result<Receipt, Refusal>> {
        self.guarded(secrets, signatures, Part::Whole, |linked, store, instance| {
            lookup(&linked.push)?.load(&mut *store, instance)?.call_receive(store, delivery)
        })
    }

    fn call<T>(
        &self,
        secrets: &Arc<Secrets>,
        now: Instant,
        part: Part,
        export: impl FnOnce(&Linked, &mut wasmtime::Store<Call>, &wasmtime::component::Instance) -> wasmtime::Result<Result<T, GuestFault>>,
    ) -> Asked<T> {
        let (result, notes) = self.guarded(secrets, Signatures::Checked, part, export);
        let reported = |f: GuestFault| Fault::from_guest(&f.code, &secrets.masker().mask_text(&f.detail), f.retry_after, now);
        (result.and_then(|inner| inner.map_err(reported)), notes)
    }

    fn guarded<T>(
        &self,
        secrets: &Arc<Secrets>,
        signatures: Signatures,
        part: Part,
        export: impl FnOnce(&Linked, &mut wasmtime::Store<Call>, &wasmtime::component::Instance) -> wasmtime::Result<T>,
    ) -> Asked<T> {
        if part != Part::Last && !self.breaker.admits(Clock::now()) {
            let why = "the adapter failed repeatedly and rests before it is tried again";
            return (Err(Fault::new(Kind::Trap, why)), Notes::default());
        }
        let run = |store: &mut wasmtime::Store<Call>, instance: &wasmtime::component::Instance| export(&self.linked, store, instance);
        let (result, notes) = call::run(&self.linked, self.bounds, secrets, signatures, run);
        match &result {
            Err(fault) if matches!(fault.kind, Kind::Trap | Kind::Limit | Kind::Deadline) => self.breaker.failed(Clock::now()),
            _ if part != Part::First => self.breaker.worked(),
            _ => {}
        }
        (result, notes)
    }
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Adapter({})", self.manifest.release())
    }
}

fn lookup<T>(indices: &Option<T>) -> wasmtime::Result<&T> {
    indices.as_ref().ok_or_else(|| wasmtime::Error::msg("the manifest does not claim this interface"))
}
