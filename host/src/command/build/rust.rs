//! Crates, by one run of cargo for all of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use posthouse_registry::Package;

const TARGET: &str = "wasm32-unknown-unknown";
/// Small, fast, reproducible. A small stack: an adapter reads flat answers, and fresh memory costs.
const PROFILE: &[&str] = &[
    "profile.guest.inherits='release'",
    "profile.guest.opt-level=3",
    "profile.guest.lto=true",
    "profile.guest.codegen-units=1",
    "profile.guest.panic='abort'",
    "profile.guest.strip=true",
    "profile.guest.debug=false",
    "profile.guest.incremental=false",
];
const FLAGS: &[&str] = &["-Clink-arg=-zstack-size=131072", "-Ctarget-feature=+simd128,+bulk-memory"];

/// Packages of these crates, built below this folder.
pub fn packages(crates: &[PathBuf], target: &Path) -> anyhow::Result<Vec<Package>> {
    let Some(first) = crates.first() else { return Ok(vec![]) };
    let names = crates.iter().map(|dir| crate_name(dir)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut cargo = toolchain()?;
    cargo.current_dir(first).args(["build", "--profile", "guest", "--target", TARGET]);
    cargo.arg("--target-dir").arg(std::path::absolute(target)?);
    cargo.args(PROFILE.iter().flat_map(|setting| ["--config", setting]));
    cargo.arg("--config").arg(format!("target.{TARGET}.rustflags={:?}", flags(crates)?));
    cargo.args(names.iter().flat_map(|name| ["-p", name.as_str()]));
    let status = cargo.status().context("cargo does not start; install Rust from https://rustup.rs")?;
    anyhow::ensure!(status.success(), "cargo failed; its words are above");
    let built = target.join(TARGET).join("guest");
    let wasm = |name: &String| built.join(format!("{}.wasm", name.replace('-', "_")));
    crates.iter().zip(&names).map(|(dir, name)| super::package(&wasm(name), &dir.join("adapter.toml"))).collect()
}

/// The compiler's flags. Where sources lie on this machine is not told, so that the same sources give
/// the same bytes in any directory.
fn flags(crates: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let mut places: Vec<(PathBuf, &str)> = home.map(|home| (home, "/cargo")).into_iter().collect();
    // Cargo names what is in the workspace by a relative path, and only that.
    for (dir, path) in crates.iter().flat_map(|dir| paths(dir).into_iter().map(move |path| (dir, path))) {
        let at = std::fs::canonicalize(dir.join(&path)).with_context(|| format!("no {path} beside {}", dir.display()))?;
        places.push((at, "/path"));
    }
    places.dedup();
    let remapped = places.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    Ok(FLAGS.iter().map(|flag| (*flag).to_owned()).chain(remapped).collect())
}

/// Crates beside this one that it is built with.
fn paths(dir: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(dir.join("Cargo.toml")).unwrap_or_default();
    let manifest: toml::Table = toml::from_str(&text).unwrap_or_default();
    let dependencies = manifest.get("dependencies").and_then(|d| d.as_table());
    let path = |dependency: &toml::Value| Some(dependency.get("path")?.as_str()?.to_owned());
    dependencies.into_iter().flat_map(|d| d.values().filter_map(path)).collect()
}

fn crate_name(dir: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(dir.join("Cargo.toml")).with_context(|| format!("no Cargo.toml in {}", dir.display()))?;
    let manifest: toml::Table = toml::from_str(&text)?;
    let name = manifest.get("package").and_then(|p| p.get("name")).and_then(|n| n.as_str());
    Ok(name.with_context(|| format!("no package in {}/Cargo.toml", dir.display()))?.to_owned())
}

/// The installed wasm target; else Debian's compiler and the sources of std.
fn toolchain() -> anyhow::Result<Command> {
    let libs = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    if libs.is_ok_and(|out| Path::new(String::from_utf8_lossy(&out.stdout).trim()).is_dir()) {
        return Ok(Command::new("cargo"));
    }
    let sources = Path::new("/usr/lib/rustlib/src/rust/library/std").is_dir()
        || Path::new("/usr/src/rustc-web").is_dir()
        || Path::new("/usr/lib/rustlib/src").is_dir();
    anyhow::ensure!(
        Path::new("/usr/bin/rustc").exists() && sources,
        "no compiler for {TARGET}: run `rustup target add {TARGET}`, or on Debian `apt-get install rustc-web cargo-web rust-web-src rust-web-llvm lld-22`"
    );
    let mut cargo = Command::new("/usr/bin/cargo");
    cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1").args(["-Zbuild-std=std,panic_abort"]);
    Ok(cargo)
}
