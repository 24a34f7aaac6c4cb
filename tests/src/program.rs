//! The built program and packages, and the command line.

use std::path::{Path, PathBuf};
use std::process::Command;

use posthouse_registry::Package;
use posthouse_registry::package::SECTION;
use serde_json::Value;
use wasm_encoder::{CustomSection, Encode as _, Section as _};

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The line of JSON on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// `target/release`: the test's own executable lies in its `deps`.
fn release() -> PathBuf {
    let exe = std::env::current_exe().expect("a test has an executable");
    exe.ancestors().nth(2).expect("target/release/deps/test").to_owned()
}

fn built(path: PathBuf) -> PathBuf {
    assert!(path.exists(), "no {}: run `make build` first", path.display());
    path
}

pub fn posthouse() -> PathBuf {
    built(release().join("posthouse"))
}

/// The four carriers' packages.
pub fn adapters() -> PathBuf {
    built(release().with_file_name("adapters"))
}

/// The misbehaving guests' packages.
pub fn guest_adapters() -> PathBuf {
    built(release().with_file_name("guest-adapters"))
}

/// Packages in other languages than Rust.
pub fn language_adapters() -> PathBuf {
    built(release().with_file_name("language-adapters"))
}

/// Releases for stories.
pub fn scenario_adapters() -> PathBuf {
    built(release().with_file_name("scenario-adapters"))
}

/// A package with another manifest than the one it was checked with.
pub fn with_manifest(package: &Package, manifest: &str) -> Vec<u8> {
    let section = |text: &str| {
        let section = CustomSection { name: SECTION.into(), data: text.as_bytes().into() };
        let mut bytes = vec![section.id()];
        section.encode(&mut bytes);
        bytes
    };
    let component = package.bytes.strip_suffix(&section(&package.manifest_text)[..]).expect("the manifest is its end");
    [component, &section(manifest)].concat()
}

/// A guest's core module, before it is a package.
pub fn guest_module(name: &str) -> PathBuf {
    let file = format!("guests/wasm32-unknown-unknown/guest/posthouse_guest_{}.wasm", name.replace('-', "_"));
    built(release().with_file_name(file))
}

/// Compiled code, kept from one run of the tests to the next.
pub fn code_cache() -> PathBuf {
    release().with_file_name("test-code-cache")
}

/// A file or folder of the sources.
pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name(path)
}

/// `posthouse` without what the environment of the tests would tell it.
pub fn command() -> Command {
    let mut command = Command::new(posthouse());
    let ours = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("POSTHOUSE_"));
    ours.for_each(|name| _ = command.env_remove(name));
    command
}

/// Runs `posthouse` to its end.
pub fn run<A: AsRef<std::ffi::OsStr>>(args: &[A]) -> Ran {
    ran(command().args(args))
}

/// Runs a command to its end.
pub fn ran(command: &mut Command) -> Ran {
    let done = command.output().expect("posthouse starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
    Ran { code: done.status.code().unwrap_or(-1), out: text(done.stdout), err: text(done.stderr) }
}
