//! Loading an adapter from the code cache against compiling it.

use posthouse::config::Config;
use posthouse::sandbox::Sandbox;

use crate::Options;
use crate::measure::{each, in_turns};
use crate::read::package;
use crate::report::{Figure, Goal, Side};

/// Loads in one turn; a compilation is a turn alone.
const LOADS: usize = 20;

pub fn figures(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let config = Config::with("")?;
    let folder = tempfile::tempdir()?;
    let package = package(options, "sf")?;
    let compiling = Sandbox::uncached(&config.sandbox)?;
    let cached = Sandbox::new(&config.sandbox, folder.path().to_owned(), [7; 32])?;
    cached.load(&package)?;
    let mut compile = || each(1, || drop(compiling.load(&package))) / 1e6;
    let mut load = || each(LOADS, || drop(cached.load(&package))) / 1e6;
    let both = in_turns(options.rounds, &mut [&mut compile, &mut load]);
    let what = "Sandbox::load of the SF adapter, linked and ready to call: compiled on all cores, against read from the code cache and \
                verified with its keyed hash. Milliseconds. Cranelift itself is built with opt-level 1, so compiling is slower than it could be.";
    let (ours, peer) = (Side::new("ms", both[0].clone()), Side::new("ms", both[1].clone()));
    Ok(vec![Figure::ratio("compiling against the code cache", what, ours, peer, Some(Goal::AtLeast(1000.0)))])
}
