//! `posthouse adapter`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use posthouse_registry::{Package, folder};
use serde_json::{Value, json};

use super::build::Build;
use super::check::Check;
use super::replay::Replay;
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum AdapterCommand {
    /// Makes a package: a Rust crate, a core module or a component, with its manifest in it.
    Build(Build),
    /// Checks a package: contract, manifest, purity, recorded answers.
    Check(Check),
    /// Reads a recorded answer again and prints what it means.
    Replay(Replay),
    /// Lists the adapters of the folder.
    List,
}

impl AdapterCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        match self {
            Self::Build(build) => build.run(&context),
            Self::Check(check) => check.run(&context).await,
            Self::Replay(replay) => replay.run(&context),
            Self::List => list(&context),
        }
    }
}

/// An adapter by file or by id.
pub(super) fn find(context: &Context, adapter: &str) -> anyhow::Result<Package> {
    let file = PathBuf::from(adapter);
    if file.is_file() {
        let bytes = std::fs::read(&file)?;
        return Package::read(bytes).with_context(|| format!("{adapter} is no adapter"));
    }
    let folder = context.adapters()?;
    let mut known = vec![];
    for (_, package) in folder::newest(&folder)? {
        let Ok(package) = package else { continue };
        if package.manifest.id == adapter || package.manifest.release() == adapter {
            return Ok(package);
        }
        known.push(package.manifest.id);
    }
    anyhow::bail!("no adapter `{adapter}` in {}; there are: {}", folder.display(), known.join(", "))
}

fn list(context: &Context) -> anyhow::Result<ExitCode> {
    let folder = context.adapters()?;
    let mut rows: Vec<Value> = vec![];
    let mut good = true;
    for (file, package) in folder::all(&folder)? {
        match package {
            Ok(p) => rows.push(json!({
                "id": p.manifest.id, "version": p.manifest.version, "tier": format!("{:?}", p.manifest.tier), "names": [p.manifest.names.zh, p.manifest.names.en],
                "digest": p.digest.to_string(), "bytes": p.bytes.len(), "signed": false,
            })),
            Err(why) => {
                good = false;
                rows.push(json!({ "file": file, "error": why.to_string() }));
            }
        }
    }
    if context.json {
        print_json(&json!({ "folder": folder, "adapters": rows }))?;
    } else {
        for row in &rows {
            match row["error"].as_str() {
                Some(why) => println!("{}  NOT AN ADAPTER: {why}", row["file"].as_str().unwrap_or_default()),
                None => println!(
                    "{:<12} {:<8} tier {}  {:>7} bytes  {}  unsigned",
                    row["id"].as_str().unwrap_or_default(),
                    row["version"].as_str().unwrap_or_default(),
                    row["tier"].as_str().unwrap_or_default(),
                    row["bytes"],
                    &row["digest"].as_str().unwrap_or_default()[..12]
                ),
            }
        }
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
