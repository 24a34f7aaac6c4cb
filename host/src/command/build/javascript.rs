//! An ES module, by componentize-js: SpiderMonkey with the module's beginning already run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use posthouse_registry::Package;
use posthouse_sdk::manifest::Manifest;
use serde_json::Value;

use super::{manifest_text, still, world};

/// Its name in the component, and so in the stacks of its errors.
const ENTRY: &str = "adapter.js";
/// It can reach nobody, so a `fetch` would only be a way to fail. Clocks, randomness and printing stay: a date
/// is then the task's, and an error says what it was.
const DISABLED: [&str; 2] = ["http", "fetch-event"];

/// The package of a folder with a `package.json`, whose `main` is the adapter.
pub fn package(folder: &Path, tools: &Path) -> anyhow::Result<Package> {
    let text = manifest_text(&folder.join("adapter.toml"))?;
    let work = tempfile::tempdir()?;
    let wit = world::write(work.path(), &Manifest::parse(&text)?)?;
    let source = work.path().join("source");
    fs::create_dir(&source)?;
    fs::copy(main(folder)?, source.join(ENTRY)).with_context(|| format!("the `main` of {}", folder.display()))?;
    let modules = tools.join("javascript/node_modules/@bytecodealliance");
    let out = work.path().join("out.wasm");
    let mut node = still::tool(Path::new("node"), work.path());
    node.current_dir(&source).arg(still::there(modules.join("componentize-js/src/cli.js"))?).arg(ENTRY);
    node.arg("--wit").arg(wit).args(["--world-name", world::WORLD, "--disable"]).args(DISABLED);
    node.arg("--wizer-bin").arg(wizer(work.path(), &modules, tools)?).arg("--out").arg(&out);
    still::run(node, "install Node.js 20 or newer")?;
    Package::build(&fs::read(out)?, &text).with_context(|| folder.display().to_string())
}

fn main(folder: &Path) -> anyhow::Result<PathBuf> {
    let file = folder.join("package.json");
    let package: Value = serde_json::from_str(&fs::read_to_string(&file)?).with_context(|| file.display().to_string())?;
    Ok(folder.join(package["main"].as_str().unwrap_or(ENTRY)))
}

/// In wizer's place: wizer with everything still, and with folders whose names do not tell where it ran. The names
/// are arguments of the engine's and stay in the memory that is kept.
fn wizer(work: &Path, modules: &Path, tools: &Path) -> anyhow::Result<PathBuf> {
    let wizer = still::there(modules.join(format!("wizer-{}/wizer", platform())))?;
    let script = format!(
        "#!/bin/sh\n\
         set -eu\n\
         for argument; do\n\
         shift\n\
         case $argument in --dir=*) argument=--mapdir=/sources::${{argument#--dir=}} ;; esac\n\
         set -- \"$@\" \"$argument\"\n\
         done\n\
         printf '%s' '--initializer-script-path /sources/initializer.js --strip-path-prefix / {ENTRY}' |\n\
         env -u PWD -u OLDPWD -u SHLVL -u _ LD_PRELOAD='{}' '{}' \"$@\"\n",
        still::library(tools)?.display(),
        wizer.display(),
    );
    let path = work.join("wizer");
    fs::write(&path, script)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
    Ok(path)
}

/// As npm names it.
fn platform() -> &'static str {
    if cfg!(target_arch = "aarch64") { "linux-arm64" } else { "linux-x64" }
}
