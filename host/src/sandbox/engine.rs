//! The engine's settings and its clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

/// Memory that a slot keeps between calls instead of giving it back to the kernel: without it,
/// page faults are most of what a fresh instance costs. What is kept is cleared after every call,
/// so one large answer makes each later call dearer by as much.
const KEPT: usize = 1 << 20;
/// The same for a language's runtime, which touches this much to read a small answer.
const ROOMY_KEPT: usize = 16 << 20;
/// No manifest may ask for more (`limits.memory`).
const LARGEST_MEMORY: usize = 256 << 20;
const STACK: usize = 512 << 10;
/// An interpreter calls itself for each call of what it interprets.
const ROOMY_STACK: usize = 1 << 20;
/// Modules and tables of one component: a runtime is linked of many libraries.
const ROOMY_PARTS: u32 = 64;
const TICK: Duration = Duration::from_millis(5);

/// For code that was compiled to WebAssembly.
pub fn narrow(instances: u32, metered: bool) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances * 4)
        .total_memories(instances * 4)
        .total_tables(instances * 4)
        .max_memories_per_component(8)
        .max_memories_per_module(8)
        .max_tables_per_component(8)
        .linear_memory_keep_resident(KEPT)
        .table_keep_resident(64 << 10);
    build(pool, STACK, metered)
}

/// For code that is interpreted.
pub fn roomy(instances: u32, metered: bool) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances * ROOMY_PARTS)
        .total_memories(instances * 8)
        .total_tables(instances * 8)
        .max_memories_per_component(8)
        .max_memories_per_module(8)
        .max_tables_per_component(8)
        .table_elements(100_000)
        .linear_memory_keep_resident(ROOMY_KEPT)
        .table_keep_resident(1 << 20);
    build(pool, ROOMY_STACK, metered)
}

/// Threads and shared memory are not even compiled into this build.
fn build(mut pool: PoolingAllocationConfig, stack: usize, metered: bool) -> wasmtime::Result<Engine> {
    pool.max_memory_size(LARGEST_MEMORY).pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .epoch_interruption(true)
        .consume_fuel(metered)
        .max_wasm_stack(stack)
        // Same bytes in, same bytes out, on every machine.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        // A guest never waits, so nothing concurrent needs to be prepared for a call.
        .concurrency_support(false)
        .wasm_backtrace_max_frames(None)
        // Nobody asks where in a guest something happened, and it is a third of the code on disk.
        .generate_address_map(false)
        .native_unwind_info(false)
        .cranelift_opt_level(OptLevel::Speed);
    Engine::new(&config)
}

/// A length of time in ticks, at least two: the one that is running may be nearly over.
pub fn ticks(length: Duration) -> u64 {
    u64::try_from(length.as_millis().div_ceil(TICK.as_millis())).unwrap_or(u64::MAX).max(1) + 1
}

/// Advances the engine's clock. A thread of its own, so that a busy runtime cannot stop it.
pub struct Ticker {
    stop: Arc<AtomicBool>,
}

impl Ticker {
    pub fn start(engine: &Engine) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (engine, stopped) = (engine.weak(), stop.clone());
        let tick = move || {
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
            }
        };
        std::thread::Builder::new().name("ticker".into()).spawn(tick).expect("a thread at start");
        Self { stop }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
