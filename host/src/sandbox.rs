//! Runs adapters: the only place that knows wasmtime.
//!
//! Every call gets a fresh instance from a warm pool, a deadline, a memory cap and a bound on what
//! it may hand back; then the instance is gone. Calls are synchronous, because an adapter never
//! waits: nothing is suspended inside a guest, so requests in flight cost no guest memory.

use std::path::PathBuf;
use std::sync::Arc;

use posthouse_registry::Package;
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::config;

mod adapter;
mod breaker;
mod cache;
mod call;
mod contract;
mod edge;
mod engine;
mod export;
mod imports;

pub use adapter::{Adapter, Asked};
pub use call::{Notes, Signatures};
pub use contract::types;
pub use edge::TARGET;

use call::Call;

/// Loads adapters. One for the process.
pub struct Sandbox {
    engine: Engine,
    linker: Linker<Call>,
    cache: Option<cache::Cache>,
    bounds: Bounds,
    _ticker: engine::Ticker,
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
        let engine = engine::build(config.instances, metered).map_err(does_not_start)?;
        let mut linker = Linker::new(&engine);
        contract::Carrier::add_to_linker::<_, HasSelf<Call>>(&mut linker, |call| call).map_err(does_not_start)?;
        let ticker = engine::Ticker::start(&engine);
        let bounds = Bounds { deadline: engine::ticks(config.deadline.0), hostcall_bytes: config.hostcall_bytes, metered };
        Ok(Self { cache, engine, linker, bounds, _ticker: ticker })
    }

    /// Checks, compiles (or finds in the cache) and links an adapter, so that a call only has to run.
    pub fn load(&self, package: &Package) -> Result<Arc<Adapter>, DoesNotLoad> {
        let refuse = |why: wasmtime::Error| DoesNotLoad { release: package.manifest.release(), why: format!("{why:#}") };
        let component = match &self.cache {
            Some(cache) => cache.component(&self.engine, package),
            None => compile(&self.engine, package),
        };
        let component = component.map_err(refuse)?;
        self.link(package, &component).map(Arc::new).map_err(refuse)
    }

    fn link(&self, package: &Package, component: &Component) -> wasmtime::Result<Adapter> {
        Adapter::new(package, self.linker.instantiate_pre(component)?, self.bounds)
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
