//! How far an adapter is from its limits.

use std::sync::Arc;

use posthouse_registry::Package;
use posthouse_sdk::manifest::Interface;
use serde::Serialize;

use super::File;
use crate::config;
use crate::replay;
use crate::sandbox::types::Reading;
use crate::sandbox::{Adapter, Notes, Signatures};

/// Used and allowed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Share {
    pub used: u64,
    pub budget: u64,
}

/// The dearest call of all recorded ones.
#[derive(Debug, Clone, Serialize)]
pub struct Limits {
    /// Bytes of the package.
    pub size: Share,
    /// Bytes of all memories in one call; the budget is the manifest's `limits.memory`.
    pub memory: Share,
    /// Instructions in one call. The host stops a call by the clock; this is what a slow core does
    /// in half of that time, counted so that it is the same on every machine.
    pub fuel: Share,
}

/// A component in Rust is a tenth of it.
const SIZE: u64 = 2 << 20;
/// With a language's runtime in it.
const ROOMY_SIZE: u64 = 64 << 20;
/// Instructions of a slow core in a second, compiled.
const PACE: u64 = 1_000_000_000;

impl Limits {
    /// Before anything was called.
    pub fn of(package: &Package, config: &config::Sandbox) -> Self {
        let (size, deadline) = if package.needs_wasi() { (ROOMY_SIZE, config.roomy_deadline) } else { (SIZE, config.deadline) };
        let deadline = u64::try_from(deadline.0.as_millis()).unwrap_or(u64::MAX);
        Self {
            size: Share { used: package.bytes.len() as u64, budget: size },
            memory: Share { used: 0, budget: package.manifest.limits.memory as u64 },
            fuel: Share { used: 0, budget: PACE / 1000 * deadline / 2 },
        }
    }

    /// Calls a metered adapter with every recorded answer.
    pub fn measure(&mut self, metered: &Adapter, files: &[File], findings: &mut Vec<String>) {
        for file in files {
            for notes in calls(metered, file) {
                self.memory.used = self.memory.used.max(notes.memory as u64);
                self.fuel.used = self.fuel.used.max(notes.fuel.unwrap_or(0));
            }
        }
        for (what, share) in [("size", self.size), ("memory", self.memory), ("fuel", self.fuel)] {
            if share.used > share.budget {
                findings.push(format!("{what}: {} of {}", share.used, share.budget));
            }
        }
    }
}

/// Every call that a recorded file gives rise to.
fn calls(adapter: &Adapter, file: &File) -> Vec<Notes> {
    let recorded = &file.recorded;
    let secrets = Arc::new(replay::secrets(adapter, recorded));
    match recorded.interface.as_str() {
        "tracking" if adapter.manifest.has(Interface::Tracking) => {
            let mut task = replay::task(recorded);
            let (asked, notes) = adapter.ask_aside(&secrets, &task);
            let mut all = vec![notes];
            if asked.is_ok() {
                for (round, reply) in (0u8..3).zip(&recorded.replies) {
                    task.round = round;
                    let (read, notes) = adapter.read_aside(&secrets, &task, &replay::reply(reply.reply()));
                    all.push(notes);
                    let Ok(Reading::More((_, memo))) = read else { break };
                    task.memo = memo;
                }
            }
            all
        }
        "push" if adapter.manifest.has(Interface::Push) => {
            let delivery = replay::delivery(recorded);
            delivery.map(|delivery| adapter.receive_aside(&secrets, &delivery, Signatures::Reported).1).into_iter().collect()
        }
        "entry" if adapter.manifest.has(Interface::Entry) => vec![adapter.enter(&replay::row(recorded)).1],
        _ => vec![],
    }
}
