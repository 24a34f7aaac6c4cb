//! Loading an adapter from the code cache against compiling it, both with the signatures beside it checked.

use std::path::Path;

use anyhow::Context as _;
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use posthouse::config::Config;
use posthouse::sandbox::Sandbox;
use posthouse_registry::signed::public_of;
use posthouse_registry::{Policy, Ring, Signed, Statement, folder};

use crate::Options;
use crate::measure::{each, in_turns};
use crate::read::package;
use crate::report::{Figure, Goal, Side};

/// Loads in one turn; a compilation is a turn alone.
const LOADS: usize = 20;

pub fn figures(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let config = Config::with("")?;
    let dir = tempfile::tempdir()?;
    let package = package(options, "sf")?;
    let file = folder::put(dir.path(), &package)?;
    let (key, other) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
    let mut signed = Signed::new(Statement::of(&package, Ring::Stable, Timestamp::UNIX_EPOCH).text());
    signed.sign(Statement::CONTEXT, &key);
    signed.sign(Statement::CONTEXT, &other);
    folder::put_signatures(&file, &signed)?;
    let keys = format!("keys = {{ ann = '{}', bob = '{}' }}", public_of(&key), public_of(&other));
    let policy = Policy::parse(&format!("{keys}\ndefault = {{ need = 2, of = ['ann', 'bob'] }}")).map_err(anyhow::Error::msg)?;
    let compiling = Sandbox::uncached(&config.sandbox)?;
    let cached = Sandbox::new(&config.sandbox, dir.path().join("cache"), [7; 32])?;
    load(&cached, &policy, &file)?;
    let mut compile = || each(1, || load(&compiling, &policy, &file).expect("it loads")) / 1e6;
    let mut cache = || each(LOADS, || load(&cached, &policy, &file).expect("it loads")) / 1e6;
    let both = in_turns(options.rounds, &mut [&mut compile, &mut cache]);
    let what = "The SF adapter from its file, with two signatures, to being linked and ready to call: compiled on all cores, against read \
                from the code cache and verified with its keyed hash. Milliseconds. Cranelift itself is built with opt-level 1, so compiling \
                is slower than it could be.";
    let (ours, peer) = (Side::new("ms", both[0].clone()), Side::new("ms", both[1].clone()));
    Ok(vec![Figure::ratio("compiling against the code cache", what, ours, peer, Some(Goal::AtLeast(100.0)))])
}

/// As a host does it: the file, its signatures, the policy, the code.
fn load(sandbox: &Sandbox, policy: &Policy, file: &Path) -> anyhow::Result<()> {
    let package = folder::open(file)?.context("an adapter")?;
    policy.admit(&package, folder::signatures(file)?.as_deref(), Timestamp::now())?;
    sandbox.load(&package).map(drop).context("it loads")
}
