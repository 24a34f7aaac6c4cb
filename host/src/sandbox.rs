//! Runs adapters: the only place that knows wasmtime.
//!
//! Every call gets a fresh instance from a warm pool, a deadline, a memory cap and a bound on what
//! it may hand back; then the instance is gone. Calls are synchronous, because an adapter never
//! waits: nothing is suspended inside a guest, so requests in flight cost no guest memory.

use std::path::PathBuf;
use std::sync::Arc;

use posthouse_registry::Package;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::config;

mod adapter;
mod breaker;
mod bulletin;
mod cache;
mod call;
mod contract;
mod edge;
mod engine;
mod export;
mod imports;
mod pool;
mod wasi;

pub use adapter::{Adapter, Asked};
pub use call::{Notes, Signatures, aside};
pub use contract::{notices, types};
pub use edge::TARGET;

use pool::{Gate, Pool};

/// Loads adapters. One for the process.
pub struct Sandbox {
    narrow: Pool,
    roomy: Pool,
    /// Before the roomy pool.
    gate: Arc<Gate>,
    cache: Option<cache::Cache>,
}

/// What every call is held to besides its manifest's memory limit.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// In ticks of the engine's clock.
    pub deadline: u64,
    /// Bytes lifted out of a guest in one call, after unfolding.
    pub hostcall_bytes: usize,
    /// Counts what a call does; see [`Notes::fuel`].
    pub metered: bool,
}

/// Why a package cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{release}` does not load: {why}")]
pub struct DoesNotLoad {
    pub release: String,
    pub why: String,
}

impl Sandbox {
    /// `cache_key` proves that cached code is ours; see [`cache`].
    pub fn new(config: &config::Sandbox, cache: PathBuf, cache_key: [u8; 32]) -> anyhow::Result<Self> {
        Self::build(config, Some(cache::Cache::new(cache, cache_key)), false)
    }

    /// Compiles every time and keeps nothing: for commands that load one adapter.
    pub fn uncached(config: &config::Sandbox) -> anyhow::Result<Self> {
        Self::build(config, None, false)
    }

    /// Counts what every call does, which makes it slower: for an author's check.
    pub fn metered(config: &config::Sandbox) -> anyhow::Result<Self> {
        Self::build(config, None, true)
    }

    fn build(config: &config::Sandbox, cache: Option<cache::Cache>, metered: bool) -> anyhow::Result<Self> {
        let narrow = Pool::narrow(config, metered).map_err(does_not_start)?;
        let roomy = Pool::roomy(config, metered).map_err(does_not_start)?;
        Ok(Self { narrow, roomy, gate: Arc::new(Gate::new(config.roomy_instances)), cache })
    }

    /// Checks, compiles (or finds in the cache) and links an adapter, so that a call only has to run.
    /// Compiling a language's runtime takes many seconds.
    pub fn load(&self, package: &Package) -> Result<Arc<Adapter>, DoesNotLoad> {
        let refuse = |why: wasmtime::Error| DoesNotLoad { release: package.manifest.release(), why: format!("{why:#}") };
        aside(|| if package.needs_wasi() { self.roomy(package) } else { self.narrow(package) }).map(Arc::new).map_err(refuse)
    }

    fn narrow(&self, package: &Package) -> wasmtime::Result<Adapter> {
        let pre = self.narrow.link(&self.component(&self.narrow, package)?)?;
        Adapter::new(package, pre, None, self.narrow.bounds)
    }

    fn roomy(&self, package: &Package) -> wasmtime::Result<Adapter> {
        let pre = self.roomy.link_with_wasi(&self.component(&self.roomy, package)?)?;
        Adapter::new(package, pre, Some(self.gate.clone()), self.roomy.bounds)
    }

    fn component(&self, pool: &Pool, package: &Package) -> wasmtime::Result<Component> {
        match &self.cache {
            Some(cache) => cache.component(&pool.engine, package),
            None => compile(&pool.engine, package),
        }
    }
}

/// The manifest's word is checked here and not for cached code, which was made of the same bytes.
fn compile(engine: &Engine, package: &Package) -> wasmtime::Result<Component> {
    package.agrees().map_err(|why| wasmtime::Error::msg(why.to_string()))?;
    Component::new(engine, &package.bytes)
}

fn does_not_start(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("the sandbox does not start: {error:#}")
}
