//! One call: its state, its limits, and what an error of it means.

use std::sync::Arc;

use tokio::runtime::{Handle, RuntimeFlavor};
use wasmtime::{ResourceLimiter, Store, Trap};

use super::Bounds;
use super::adapter::Linked;
use super::types::Task;
use super::wasi::{self, World};
use crate::fault::{Fault, Instant, Kind};
use crate::vault::Secrets;

/// Lines and bytes a guest may log in one call.
const LOG_LINES: usize = 16;
const LOG_BYTES: usize = 256;

/// What a call leaves besides its result.
#[derive(Debug, Default, Clone)]
pub struct Notes {
    /// Masked and bounded.
    pub log: Vec<String>,
    /// Whether a signature was checked, and whether it was right.
    pub verified: Option<bool>,
    /// Bytes of all its memories.
    pub memory: usize,
    /// Instructions it ran, if the sandbox counts them.
    pub fuel: Option<u64>,
}

/// The state of one call; imports see nothing else.
pub struct Call {
    pub secrets: Arc<Secrets>,
    /// Older generations that a push may still be signed with.
    pub believe: bool,
    pub notes: Notes,
    /// A use of a secret that the manifest does not declare.
    pub misuse: Option<String>,
    /// For an adapter that is linked with WASI.
    pub wasi: Option<Box<World>>,
    memory: MemoryCap,
}

/// Counts all memories of an instance together.
struct MemoryCap {
    left: usize,
}

/// Raised inside wasmtime when a guest asks for more than it may have.
#[derive(Debug)]
struct OverLimit(&'static str);

impl std::fmt::Display for OverLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "over its limit of {}", self.0)
    }
}

impl std::error::Error for OverLimit {}

/// Raised inside wasmtime when a language's runtime gives up.
#[derive(Debug)]
pub struct Exited;

impl std::fmt::Display for Exited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the adapter ended itself")
    }
}

impl std::error::Error for Exited {}

impl ResourceLimiter for MemoryCap {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        match self.left.checked_sub(desired.saturating_sub(current)) {
            Some(left) => self.left = left,
            None => return Err(wasmtime::Error::new(OverLimit("memory"))),
        }
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > 100_000 {
            return Err(wasmtime::Error::new(OverLimit("table elements")));
        }
        Ok(true)
    }
}

impl Call {
    fn new(secrets: Arc<Secrets>, linked: &Linked, given: Given<'_>) -> Self {
        let wasi = linked.gate.is_some().then(|| Box::new(World::new(given.now, given.seed)));
        let memory = MemoryCap { left: linked.memory };
        Self { secrets, believe: given.signatures == Signatures::Reported, notes: Notes::default(), misuse: None, wasi, memory }
    }

    pub fn world(&mut self) -> &mut World {
        self.wasi.as_mut().expect("whatever is linked with WASI is called with a world")
    }

    /// Keeps a guest's line, if there is room.
    pub fn log(&mut self, level: &str, text: &str) {
        if self.notes.log.len() < LOG_LINES {
            let cut: String = text.chars().take(LOG_BYTES).collect();
            let level = if ["debug", "info", "warn"].contains(&level) { level } else { "info" };
            self.notes.log.push(format!("{level}: {}", self.secrets.masker().mask_text(&cut)));
        }
    }
}

/// How much a signature check counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signatures {
    Checked,
    /// A replay reads on after a wrong one, and reports it.
    Reported,
}

/// What a call is told besides its arguments.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The only clock.
    pub now: Instant,
    /// All randomness is made of this.
    pub seed: &'a [u8],
    pub signatures: Signatures,
}

impl<'a> From<&'a Task> for Given<'a> {
    fn from(task: &'a Task) -> Self {
        Self { now: task.now, seed: &task.nonce, signatures: Signatures::Checked }
    }
}

/// Runs one export in an instance of its own. What needs room waits for it and computes long: it
/// does so where nobody else is kept waiting.
pub(super) fn run<T>(
    linked: &Linked,
    bounds: Bounds,
    secrets: &Arc<Secrets>,
    given: Given<'_>,
    export: impl FnOnce(&mut Store<Call>, &wasmtime::component::Instance) -> wasmtime::Result<T>,
) -> (Result<T, Fault>, Notes) {
    let Some(gate) = &linked.gate else { return run_here(linked, bounds, secrets, given, export) };
    aside(|| {
        let _inside = gate.enter();
        run_here(linked, bounds, secrets, given, export)
    })
}

/// Does what takes long without keeping a thread that serves.
pub fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        // Nobody is served here: a command's own thread, or a test's.
        _ => work(),
    }
}

fn run_here<T>(
    linked: &Linked,
    bounds: Bounds,
    secrets: &Arc<Secrets>,
    given: Given<'_>,
    export: impl FnOnce(&mut Store<Call>, &wasmtime::component::Instance) -> wasmtime::Result<T>,
) -> (Result<T, Fault>, Notes) {
    let call = Call::new(secrets.clone(), linked, given);
    let mut store = Store::new(linked.pre.engine(), call);
    store.limiter(|call| &mut call.memory);
    store.set_epoch_deadline(bounds.deadline);
    store.set_hostcall_fuel(bounds.hostcall_bytes);
    if bounds.metered {
        store.set_fuel(u64::MAX).expect("a metered engine takes fuel");
    }
    let result = linked.pre.instantiate(&mut store).and_then(|instance| export(&mut store, &instance));
    let fuel = bounds.metered.then(|| u64::MAX - store.get_fuel().unwrap_or(u64::MAX));
    let mut call = store.into_data();
    call.notes.memory = linked.memory - call.memory.left;
    call.notes.fuel = fuel;
    wasi::end_lines(&mut call);
    let result = match (result, call.misuse) {
        (_, Some(misuse)) => Err(Fault::contract(misuse)),
        (Ok(value), None) => Ok(value),
        (Err(error), None) => Err(classify(&error)),
    };
    (result, call.notes)
}

/// The one place where wasmtime's errors become ours.
fn classify(error: &wasmtime::Error) -> Fault {
    if let Some(over) = error.downcast_ref::<OverLimit>() {
        return Fault::new(Kind::Limit, over.to_string());
    }
    if let Some(exited) = error.downcast_ref::<Exited>() {
        return Fault::new(Kind::Trap, exited.to_string());
    }
    let words = format!("{error:#}");
    if let Some((_, import)) = words.split_once("unknown import: ") {
        return Fault::contract(format!("an adapter may not use {}", import.trim_end_matches(" has not been defined")));
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Fault::new(Kind::Deadline, "ran longer than a call may"),
        Some(Trap::StackOverflow) => Fault::new(Kind::Limit, "over its limit of stack"),
        Some(trap) => Fault::new(Kind::Trap, trap.to_string()),
        None if words.contains("fuel") => Fault::new(Kind::Limit, "over its limit of bytes handed to the host"),
        None if words.contains("maximum concurrent") => Fault::new(Kind::Host, words),
        None => Fault::contract(words),
    }
}
