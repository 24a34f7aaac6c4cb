//! Where instances live: an engine with its memory, its clock and its bounds.
//!
//! There are two. What is compiled to WebAssembly runs in the narrow one, on the thread that serves. What brings
//! a language's runtime with it (and therefore imports WASI) is ten times as large and as slow: it runs in the
//! roomy one, few at a time, where it keeps no serving thread.

use std::sync::{Condvar, Mutex};

use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};

use super::call::Call;
use super::engine::{self, Ticker};
use super::{Bounds, contract, wasi};
use crate::config;

/// An engine and what is linked in it.
pub struct Pool {
    pub engine: Engine,
    pub bounds: Bounds,
    linker: Linker<Call>,
    _ticker: Ticker,
}

impl Pool {
    pub fn narrow(config: &config::Sandbox, metered: bool) -> wasmtime::Result<Self> {
        let bounds = Bounds { deadline: engine::ticks(config.deadline.0), hostcall_bytes: config.hostcall_bytes, metered };
        Self::new(engine::narrow(config.instances, metered)?, bounds)
    }

    pub fn roomy(config: &config::Sandbox, metered: bool) -> wasmtime::Result<Self> {
        let bounds = Bounds { deadline: engine::ticks(config.roomy_deadline.0), hostcall_bytes: config.hostcall_bytes, metered };
        Self::new(engine::roomy(config.roomy_instances, metered)?, bounds)
    }

    fn new(engine: Engine, bounds: Bounds) -> wasmtime::Result<Self> {
        let mut linker = Linker::new(&engine);
        contract::Carrier::add_to_linker::<_, HasSelf<Call>>(&mut linker, |call| call)?;
        let ticker = Ticker::start(&engine);
        Ok(Self { engine, bounds, linker, _ticker: ticker })
    }

    /// With our imports and nothing else.
    pub fn link(&self, component: &Component) -> wasmtime::Result<InstancePre<Call>> {
        self.linker.instantiate_pre(component)
    }

    /// With our imports and a WASI without authority.
    pub fn link_with_wasi(&self, component: &Component) -> wasmtime::Result<InstancePre<Call>> {
        let mut linker = self.linker.clone();
        wasi::define(&mut linker, component)?;
        linker.instantiate_pre(component)
    }
}

/// Lets so many in at a time; the others wait. Not async: who waits here keeps no serving thread.
pub struct Gate {
    free: Mutex<u32>,
    given_back: Condvar,
}

impl Gate {
    pub fn new(places: u32) -> Self {
        Self { free: Mutex::new(places), given_back: Condvar::new() }
    }

    pub fn enter(&self) -> Inside<'_> {
        let free = self.free.lock().expect("no panic inside");
        *self.given_back.wait_while(free, |free| *free == 0).expect("no panic inside") -= 1;
        Inside(self)
    }
}

/// A place, given back when dropped.
pub struct Inside<'a>(&'a Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().expect("no panic inside") += 1;
        self.0.given_back.notify_one();
    }
}
