//! A Python module, by componentize-py: CPython with the module already imported.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use posthouse_registry::Package;
use posthouse_sdk::manifest::Manifest;

use super::{manifest_text, still, world};

/// The module with the classes that the world asks for.
const ENTRY: &str = "adapter";

/// The package of a folder with a `requirements.txt` and an `adapter.py`.
pub fn package(folder: &Path, tools: &Path) -> anyhow::Result<Package> {
    let text = manifest_text(&folder.join("adapter.toml"))?;
    let work = tempfile::tempdir()?;
    let wit = world::write(work.path(), &Manifest::parse(&text)?)?;
    let out = work.path().join("out.wasm");
    let mut python = still::tool(&still::there(tools.join("python/bin/componentize-py"))?, work.path());
    // No packages but the adapter's own modules: a site's would be found by the folder's name and time.
    python.env("VIRTUAL_ENV", work.path().join("none")).env("LD_PRELOAD", still::library(tools)?);
    python.arg("--wit-path").arg(wit).args(["--world", world::WORLD, "--quiet", "componentize", ENTRY]);
    python.arg("--python-path").arg(modules(folder, work.path())?).arg("--output").arg(&out);
    still::run(python, "run setup/languages.sh first")?;
    Package::build(&fs::read(out)?, &text).with_context(|| folder.display().to_string())
}

/// The modules by themselves: what else lies in the folder would be listed in the component.
fn modules(folder: &Path, work: &Path) -> anyhow::Result<std::path::PathBuf> {
    let source = work.join("source");
    fs::create_dir(&source)?;
    for file in fs::read_dir(folder)? {
        let file = file?.path();
        if let (Some(name), true) = (file.file_name(), file.extension().is_some_and(|e| e == "py")) {
            fs::copy(&file, source.join(name))?;
        }
    }
    Ok(source)
}
