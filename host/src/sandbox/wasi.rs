//! WASI for adapters that bring a language's runtime: all of it is there, and nothing can be reached by it.
//!
//! The clock stands at `task.now`, randomness is a function of `task.nonce`, the environment is empty, there are
//! no files and no network, and what is printed is logged. Whatever is not written down here ends the call that
//! uses it. By hand and not by `wasmtime-wasi`: that one is asynchronous and exists to give authority.

use blake3::{Hasher, OutputReader};
use wasmtime::component::{Component, ComponentType, Linker, LinkerInstance, Lower, Resource};
use wasmtime::{Result, StoreContextMut};

use super::call::{Call, Exited};

/// Longest line that is put together before it is cut.
const LINE: usize = 1 << 10;
/// Randomness handed out at once; no runtime asks for more.
const RANDOM: u64 = 64 << 10;
/// Every look at the monotonic clock finds it later by this, so that who waits for it ends. Nanoseconds.
const STEP: u64 = 1000;

/// All resources are of one type, because none of them holds anything.
type Handle = Resource<()>;

const OUT: u32 = 1;
const ERR: u32 = 2;

/// What one call can see.
pub struct World {
    /// Milliseconds.
    now: i64,
    looked: u64,
    random: OutputReader,
    /// Begun lines of stdout and stderr.
    begun: [Vec<u8>; 2],
}

impl World {
    pub fn new(now: i64, seed: &[u8]) -> Self {
        let random = Hasher::new_derive_key("posthouse wasi:random").update(seed).finalize_xof();
        Self { now, looked: 0, random, begun: [vec![], vec![]] }
    }

    fn instant(&self) -> Datetime {
        // Before 1970 there are no parcels.
        let millis = u64::try_from(self.now).unwrap_or(0);
        Datetime { seconds: millis / 1000, nanoseconds: (millis % 1000) as u32 * 1_000_000 }
    }

    fn monotonic(&mut self) -> u64 {
        self.looked += 1;
        self.looked * STEP
    }

    fn random(&mut self, bytes: u64) -> Result<Vec<u8>> {
        wasmtime::ensure!(bytes <= RANDOM, "over {RANDOM} random bytes at once");
        let mut random = vec![0; bytes as usize];
        self.random.fill(&mut random);
        Ok(random)
    }

    fn random_u64(&mut self) -> u64 {
        let mut random = [0; 8];
        self.random.fill(&mut random);
        u64::from_le_bytes(random)
    }
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

#[derive(ComponentType, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[expect(dead_code, reason = "part of the type")]
    Failed(Handle),
    #[component(name = "closed")]
    Closed,
}

/// Defines what the component imports of WASI, under the version it names.
pub fn define(linker: &mut Linker<Call>, component: &Component) -> Result<()> {
    let names = component.component_type();
    let names: Vec<String> = names.imports(component.engine()).map(|(name, _)| name.to_owned()).collect();
    for name in names.iter().filter(|name| name.starts_with("wasi:")) {
        let at = &mut linker.instance(name)?;
        match name.split('@').next().unwrap_or_default() {
            "wasi:cli/environment" => environment(at),
            "wasi:cli/exit" => at.func_wrap("exit", |_, (_,): (Result<(), ()>,)| -> Result<()> { Err(wasmtime::Error::new(Exited)) }),
            "wasi:cli/stdin" => at.func_wrap("get-stdin", |_, ()| Ok((Handle::new_own(0),))),
            "wasi:cli/stdout" => at.func_wrap("get-stdout", |_, ()| Ok((Handle::new_own(OUT),))),
            "wasi:cli/stderr" => at.func_wrap("get-stderr", |_, ()| Ok((Handle::new_own(ERR),))),
            "wasi:cli/terminal-stdin" => terminal(at, "get-terminal-stdin"),
            "wasi:cli/terminal-stdout" => terminal(at, "get-terminal-stdout"),
            "wasi:cli/terminal-stderr" => terminal(at, "get-terminal-stderr"),
            "wasi:clocks/monotonic-clock" => monotonic_clock(at),
            "wasi:clocks/wall-clock" => wall_clock(at),
            "wasi:filesystem/preopens" => at.func_wrap("get-directories", |_, ()| Ok((Vec::<(Handle, String)>::new(),))),
            "wasi:io/streams" => streams(at),
            "wasi:random/insecure" => random(at, "get-insecure-random-bytes", "get-insecure-random-u64"),
            "wasi:random/insecure-seed" => insecure_seed(at),
            "wasi:random/random" => random(at, "get-random-bytes", "get-random-u64"),
            _ => Ok(()),
        }?;
    }
    linker.define_unknown_imports_as_traps(component)
}

type At<'a, 'b> = &'a mut LinkerInstance<'b, Call>;
type Now<'a> = StoreContextMut<'a, Call>;

fn environment(at: At<'_, '_>) -> Result<()> {
    at.func_wrap("get-environment", |_, ()| Ok((Vec::<(String, String)>::new(),)))?;
    at.func_wrap("get-arguments", |_, ()| Ok((Vec::<String>::new(),)))?;
    at.func_wrap("initial-cwd", |_, ()| Ok((None::<String>,)))
}

fn terminal(at: At<'_, '_>, name: &str) -> Result<()> {
    at.func_wrap(name, |_, ()| Ok((None::<Handle>,)))
}

fn wall_clock(at: At<'_, '_>) -> Result<()> {
    at.func_wrap("now", |mut now: Now<'_>, ()| Ok((now.data_mut().world().instant(),)))?;
    at.func_wrap("resolution", |_, ()| Ok((Datetime { seconds: 0, nanoseconds: 1_000_000 },)))
}

fn monotonic_clock(at: At<'_, '_>) -> Result<()> {
    at.func_wrap("now", |mut now: Now<'_>, ()| Ok((now.data_mut().world().monotonic(),)))?;
    at.func_wrap("resolution", |_, ()| Ok((STEP,)))
}

fn random(at: At<'_, '_>, bytes: &str, number: &str) -> Result<()> {
    at.func_wrap(bytes, |mut now: Now<'_>, (many,): (u64,)| Ok((now.data_mut().world().random(many)?,)))?;
    at.func_wrap(number, |mut now: Now<'_>, ()| Ok((now.data_mut().world().random_u64(),)))
}

fn insecure_seed(at: At<'_, '_>) -> Result<()> {
    let seed = |mut now: Now<'_>, ()| {
        let world = now.data_mut().world();
        Ok(((world.random_u64(), world.random_u64()),))
    };
    // The later versions of 0.2 have the second name.
    at.func_wrap("insecure-seed", seed)?;
    at.func_wrap("get-insecure-seed", seed)
}

/// Standard input is at its end; standard output and error are lines of the adapter's log.
fn streams(at: At<'_, '_>) -> Result<()> {
    for read in ["read", "blocking-read"] {
        let end = |_: Now<'_>, (_, _): (Handle, u64)| Ok((Err::<Vec<u8>, _>(StreamError::Closed),));
        at.func_wrap(&format!("[method]input-stream.{read}"), end)?;
    }
    let room = |_: Now<'_>, (_,): (Handle,)| Ok((Ok::<_, StreamError>(LINE as u64),));
    at.func_wrap("[method]output-stream.check-write", room)?;
    for write in ["write", "blocking-write-and-flush"] {
        let print = |mut now: Now<'_>, (to, bytes): (Handle, Vec<u8>)| {
            print(now.data_mut(), to.rep(), &bytes);
            Ok((Ok::<_, StreamError>(()),))
        };
        at.func_wrap(&format!("[method]output-stream.{write}"), print)?;
    }
    for flush in ["flush", "blocking-flush"] {
        let done = |_: Now<'_>, (_,): (Handle,)| Ok((Ok::<_, StreamError>(()),));
        at.func_wrap(&format!("[method]output-stream.{flush}"), done)?;
    }
    Ok(())
}

fn print(call: &mut Call, to: u32, bytes: &[u8]) {
    let (level, nth) = if to == ERR { ("warn", 1) } else { ("info", 0) };
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        let begun = &mut call.world().begun[nth];
        begun.extend(piece.iter().take(LINE.saturating_sub(begun.len())));
        if piece.ends_with(b"\n") {
            let line = std::mem::take(begun);
            call.log(level, String::from_utf8_lossy(&line).trim_end());
        }
    }
}

/// Logs the lines that were begun and not ended.
pub fn end_lines(call: &mut Call) {
    for to in [OUT, ERR] {
        let nth = (to - 1) as usize;
        if call.wasi.as_ref().is_some_and(|world| !world.begun[nth].is_empty()) {
            print(call, to, b"\n");
        }
    }
}
