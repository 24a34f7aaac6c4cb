//! `posthouse adapter build`: a crate, a module or a component becomes a package.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::Args;
use posthouse_registry::{Package, folder};
use serde_json::{Value, json};

use super::{Context, print_json};

/// Makes packages in the output folder, named ID@VERSION.wasm.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter build adapters/sf adapters/zto\n  posthouse adapter build --module my.wasm --manifest adapter.toml --out packages"
)]
pub struct Build {
    /// Folders of Rust crates with an adapter.toml.
    crates: Vec<PathBuf>,
    /// A core module or component in any language, instead of crates.
    #[arg(long, requires = "manifest", conflicts_with = "crates")]
    module: Option<PathBuf>,
    #[arg(long)]
    manifest: Option<PathBuf>,
    /// Where packages go.
    #[arg(long, default_value = "target/adapters")]
    out: PathBuf,
    /// Where cargo works; a folder of its own, because guests have a compiler of their own.
    #[arg(long, default_value = "target/guests")]
    target_dir: PathBuf,
}

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

impl Build {
    pub fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let packages = match (&self.module, &self.manifest) {
            (Some(module), Some(manifest)) => vec![package(module, manifest)?],
            _ => self.crates()?,
        };
        let mut rows: Vec<Value> = vec![];
        for package in packages {
            let file = folder::put(&self.out, &package)?;
            if !context.json {
                println!("{}  {} bytes  {}", file.display(), package.bytes.len(), package.digest);
            }
            rows.push(json!({ "file": file, "bytes": package.bytes.len(), "digest": package.digest.to_string() }));
        }
        if context.json {
            print_json(&json!({ "built": rows }))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// One run of cargo for all of them.
    fn crates(&self) -> anyhow::Result<Vec<Package>> {
        anyhow::ensure!(!self.crates.is_empty(), "name crates to build, or --module and --manifest; see --help");
        let names = self.crates.iter().map(|dir| crate_name(dir)).collect::<anyhow::Result<Vec<_>>>()?;
        let mut cargo = toolchain()?;
        cargo.current_dir(&self.crates[0]).args(["build", "--profile", "guest", "--target", TARGET]);
        cargo.arg("--target-dir").arg(std::path::absolute(&self.target_dir)?);
        cargo.args(PROFILE.iter().flat_map(|setting| ["--config", setting]));
        cargo.arg("--config").arg(format!("target.{TARGET}.rustflags={:?}", flags(&self.crates)?));
        cargo.args(names.iter().flat_map(|name| ["-p", name.as_str()]));
        let status = cargo.status().context("cargo does not start; install Rust from https://rustup.rs")?;
        anyhow::ensure!(status.success(), "cargo failed; its words are above");
        let built = self.target_dir.join(TARGET).join("guest");
        let wasm = |name: &String| built.join(format!("{}.wasm", name.replace('-', "_")));
        self.crates.iter().zip(&names).map(|(dir, name)| package(&wasm(name), &dir.join("adapter.toml"))).collect()
    }
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

fn package(module: &Path, manifest: &Path) -> anyhow::Result<Package> {
    let wasm = std::fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let text = std::fs::read_to_string(manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    Package::build(&wasm, &text).with_context(|| format!("{} with {}", module.display(), manifest.display()))
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
