//! A loaded adapter: its exports as plain functions from values to values.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Instant as Clock;

use posthouse_registry::{Digest, Package};
use posthouse_sdk::manifest::{Interface, Manifest};
use regex::Regex;
use wasmtime::component::{ComponentNamedList, InstancePre, Lift};

use super::Bounds;
use super::breaker::Breaker;
use super::call::{self, Call, Given, Notes, Signatures};
use super::export::{Export, Params};
use super::notices;
use super::pool::Gate;
use super::types::{Delivery, Event, Fault as GuestFault, OfOne, Pair, Reading, Receipt, Refusal, Reply, Task, Want};
use crate::fault::{Fault, Kind};
use crate::vault::Secrets;

/// An adapter version, ready to be called. Shared, immutable but for its breaker.
pub struct Adapter {
    pub manifest: Arc<Manifest>,
    pub digest: Digest,
    /// The manifest's patterns, compiled when first asked: that takes as long as loading the code.
    numbers: OnceLock<Vec<Regex>>,
    linked: Linked,
    bounds: Bounds,
    breaker: Breaker,
}

/// What a call needs of wasmtime: every export is looked up once, at load.
pub(super) struct Linked {
    pub pre: InstancePre<Call>,
    pub memory: usize,
    /// Before the room of those that are linked with WASI.
    pub gate: Option<Arc<Gate>>,
    ask: Claimed<Task, Want>,
    read: Claimed<(Task, Reply), Reading>,
    ask_subscription: Claimed<Task, Option<Want>>,
    read_subscription: Claimed<(Task, Reply), Vec<OfOne>>,
    ask_session: Claimed<Task, Want>,
    receive: Option<Export<Delivery, Result<Receipt, Refusal>>>,
    enter: Claimed<Vec<Pair>, Event>,
    pub list: Read<Vec<notices::Listed>>,
    pub notice: Read<notices::Listed>,
}

/// An export that may fault, if the manifest claims its interface.
type Claimed<P, R> = Option<Export<P, Result<R, GuestFault>>>;

/// An export of a bulletin: a source by name, and a page of it.
type Read<R> = Option<Export<(String, notices::Page), Result<R, notices::Fault>>>;

/// Which part of a look a call is. The breaker is asked before the first and satisfied only by
/// the last: an adapter whose `ask` works and whose `read` traps does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    First,
    Last,
    Whole,
    /// A replay: says nothing about whether the adapter works in traffic.
    Aside,
}

/// The result of a call and what it left besides.
pub type Asked<T> = (Result<T, Fault>, Notes);

impl Adapter {
    pub(super) fn new(package: &Package, pre: InstancePre<Call>, gate: Option<Arc<Gate>>, bounds: Bounds) -> wasmtime::Result<Self> {
        let manifest = Arc::new(package.manifest.clone());
        let linked = Linked {
            ask: claimed(&manifest, &pre, Interface::Tracking, "ask")?,
            read: claimed(&manifest, &pre, Interface::Tracking, "read")?,
            ask_subscription: claimed(&manifest, &pre, Interface::Subscribe, "ask")?,
            read_subscription: claimed(&manifest, &pre, Interface::Subscribe, "read")?,
            ask_session: claimed(&manifest, &pre, Interface::Session, "ask")?,
            receive: claimed(&manifest, &pre, Interface::Push, "receive")?,
            enter: claimed(&manifest, &pre, Interface::Entry, "enter")?,
            list: claimed(&manifest, &pre, Interface::Notices, "list")?,
            notice: claimed(&manifest, &pre, Interface::Notices, "notice")?,
            memory: manifest.limits.memory,
            gate,
            pre,
        };
        Ok(Self { manifest, digest: package.digest, numbers: OnceLock::new(), linked, bounds, breaker: Breaker::default() })
    }

    /// Whether a waybill number can be this carrier's.
    pub fn accepts(&self, number: &str) -> bool {
        let patterns = self.numbers.get_or_init(|| self.manifest.number_patterns());
        patterns.iter().any(|pattern| pattern.is_match(number))
    }

    /// `tracking.ask`.
    pub fn ask(&self, secrets: &Arc<Secrets>, task: &Task) -> Asked<Want> {
        self.call(secrets, task.into(), Part::First, |linked, store, instance| lookup(&linked.ask)?.call(store, instance, (task,)))
    }

    /// `tracking.read`.
    pub fn read(&self, secrets: &Arc<Secrets>, task: &Task, reply: &Reply) -> Asked<Reading> {
        self.call(secrets, task.into(), Part::Last, |linked, store, instance| lookup(&linked.read)?.call(store, instance, (task, reply)))
    }

    /// `tracking.read` of an answer that was read before, or that another release asked for.
    pub fn read_aside(&self, secrets: &Arc<Secrets>, task: &Task, reply: &Reply) -> Asked<Reading> {
        self.call(secrets, task.into(), Part::Aside, |linked, store, instance| lookup(&linked.read)?.call(store, instance, (task, reply)))
    }

    /// `tracking.ask` of parcels that another release asks about.
    pub fn ask_aside(&self, secrets: &Arc<Secrets>, task: &Task) -> Asked<Want> {
        self.call(secrets, task.into(), Part::Aside, |linked, store, instance| lookup(&linked.ask)?.call(store, instance, (task,)))
    }

    /// `subscribe.ask`.
    pub fn ask_subscription(&self, secrets: &Arc<Secrets>, task: &Task) -> Asked<Option<Want>> {
        self.call(secrets, task.into(), Part::First, |linked, store, instance| {
            lookup(&linked.ask_subscription)?.call(store, instance, (task,))
        })
    }

    /// `subscribe.read`.
    pub fn read_subscription(&self, secrets: &Arc<Secrets>, task: &Task, reply: &Reply) -> Asked<Vec<OfOne>> {
        self.call(secrets, task.into(), Part::Last, |linked, store, instance| {
            lookup(&linked.read_subscription)?.call(store, instance, (task, reply))
        })
    }

    /// `session.ask`.
    pub fn ask_session(&self, secrets: &Arc<Secrets>, task: &Task) -> Asked<Want> {
        self.call(secrets, task.into(), Part::First, |linked, store, instance| lookup(&linked.ask_session)?.call(store, instance, (task,)))
    }

    /// `entry.enter`: a person's row, which needs no secret. It is told no time, so that a row means today what
    /// it meant yesterday.
    pub fn enter(&self, row: &[Pair]) -> Asked<Event> {
        let row = row.to_vec();
        let given = Given { now: 0, seed: &[], signatures: Signatures::Checked };
        let none = Arc::new(Secrets::new(0, self.manifest.clone(), BTreeMap::new()));
        self.call(&none, given, Part::Aside, |linked, store, instance| lookup(&linked.enter)?.call(store, instance, (&row,)))
    }

    /// `push.receive`. A refusal is an answer too.
    pub fn receive(&self, secrets: &Arc<Secrets>, delivery: &Delivery, signatures: Signatures) -> Asked<Result<Receipt, Refusal>> {
        self.received(secrets, delivery, signatures, Part::Whole)
    }

    /// `push.receive` of what another release has received.
    pub fn receive_aside(&self, secrets: &Arc<Secrets>, delivery: &Delivery, signatures: Signatures) -> Asked<Result<Receipt, Refusal>> {
        self.received(secrets, delivery, signatures, Part::Aside)
    }

    fn received(&self, secrets: &Arc<Secrets>, delivery: &Delivery, signatures: Signatures, part: Part) -> Asked<Result<Receipt, Refusal>> {
        let given = Given { now: delivery.now, seed: &delivery.body, signatures };
        self.guarded(secrets, given, part, |linked, store, instance| lookup(&linked.receive)?.call(store, instance, (delivery,)))
    }

    fn call<T>(
        &self,
        secrets: &Arc<Secrets>,
        given: Given<'_>,
        part: Part,
        export: impl FnOnce(&Linked, &mut wasmtime::Store<Call>, &wasmtime::component::Instance) -> wasmtime::Result<Result<T, GuestFault>>,
    ) -> Asked<T> {
        let (result, notes) = self.guarded(secrets, given, part, export);
        let reported = |f: GuestFault| Fault::from_guest(&f.code, &secrets.masker().mask_text(&f.detail), f.retry_after, given.now);
        (result.and_then(|inner| inner.map_err(reported)), notes)
    }

    pub(super) fn guarded<T>(
        &self,
        secrets: &Arc<Secrets>,
        given: Given<'_>,
        part: Part,
        export: impl FnOnce(&Linked, &mut wasmtime::Store<Call>, &wasmtime::component::Instance) -> wasmtime::Result<T>,
    ) -> Asked<T> {
        if matches!(part, Part::First | Part::Whole) && !self.breaker.admits(Clock::now()) {
            let why = "the adapter failed repeatedly and rests before it is tried again";
            return (Err(Fault::new(Kind::Trap, why)), Notes::default());
        }
        let run = |store: &mut wasmtime::Store<Call>, instance: &wasmtime::component::Instance| export(&self.linked, store, instance);
        let (result, notes) = call::run(&self.linked, self.bounds, secrets, given, run);
        match &result {
            _ if part == Part::Aside => {}
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

/// An export, looked for only where the manifest claims it.
fn claimed<P: Params, R>(
    manifest: &Manifest,
    pre: &InstancePre<Call>,
    interface: Interface,
    function: &str,
) -> wasmtime::Result<Option<Export<P, R>>>
where
    (R,): ComponentNamedList + Lift,
{
    let name = match interface {
        Interface::Tracking => "posthouse:adapter/tracking@0.1.0",
        Interface::Subscribe => "posthouse:adapter/subscribe@0.1.0",
        Interface::Session => "posthouse:adapter/session@0.1.0",
        Interface::Push => "posthouse:adapter/push@0.1.0",
        Interface::Entry => "posthouse:adapter/entry@0.1.0",
        Interface::Notices => "posthouse:bulletin/notices@0.1.0",
    };
    manifest.has(interface).then(|| Export::find(pre, name, function)).transpose()
}

pub(super) fn lookup<T>(indices: &Option<T>) -> wasmtime::Result<&T> {
    indices.as_ref().ok_or_else(|| wasmtime::Error::msg("the manifest does not claim this interface"))
}
