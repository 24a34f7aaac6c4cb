//! `posthouse adapter build`: a folder in one of three languages, a module or a component becomes a package.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use posthouse_registry::{Package, folder};
use serde_json::{Value, json};

use super::{Context, print_json};

mod javascript;
mod python;
mod rust;
mod still;
mod world;

/// Makes packages in the output folder, named ID@VERSION.wasm.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter build adapters/sf adapters/zto\n  posthouse adapter build tests/languages/yto-js\n  posthouse adapter build --module my.wasm --manifest adapter.toml --out packages"
)]
pub struct Build {
    /// Folders with an adapter.toml, and a Cargo.toml, package.json or requirements.txt.
    folders: Vec<PathBuf>,
    /// A core module or component in any language, instead of folders.
    #[arg(long, requires = "manifest", conflicts_with = "folders")]
    module: Option<PathBuf>,
    #[arg(long)]
    manifest: Option<PathBuf>,
    /// Where packages go.
    #[arg(long, default_value = "target/adapters")]
    out: PathBuf,
    /// Where cargo works; a folder of its own, because guests have a compiler of their own.
    #[arg(long, default_value = "target/guests")]
    target_dir: PathBuf,
    /// Where setup/languages.sh has put what JavaScript and Python are built with.
    #[arg(long, default_value = "target/languages")]
    tools: PathBuf,
}

/// How a folder is built, by the file in it that names what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Rust,
    JavaScript,
    Python,
}

impl Language {
    fn of(folder: &Path) -> anyhow::Result<Self> {
        let marks = [
            ("Cargo.toml", Self::Rust),
            ("package.json", Self::JavaScript),
            ("requirements.txt", Self::Python),
            ("pyproject.toml", Self::Python),
        ];
        let found = marks.into_iter().find(|(mark, _)| folder.join(mark).is_file());
        let (_, language) = found.with_context(|| format!("no Cargo.toml, package.json or requirements.txt in {}", folder.display()))?;
        Ok(language)
    }
}

impl Build {
    pub fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let packages = match (&self.module, &self.manifest) {
            (Some(module), Some(manifest)) => vec![package(module, manifest)?],
            _ => self.built()?,
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

    fn built(&self) -> anyhow::Result<Vec<Package>> {
        anyhow::ensure!(!self.folders.is_empty(), "name folders to build, or --module and --manifest; see --help");
        let mut of: Vec<(PathBuf, Language)> = vec![];
        for folder in &self.folders {
            of.push((std::path::absolute(folder)?, Language::of(folder)?));
        }
        let in_language = |wanted| of.iter().filter(move |(_, language)| *language == wanted).map(|(folder, _)| folder);
        let crates: Vec<PathBuf> = in_language(Language::Rust).cloned().collect();
        let mut packages = rust::packages(&crates, &self.target_dir)?;
        let tools = std::path::absolute(&self.tools)?;
        for folder in in_language(Language::JavaScript) {
            packages.push(javascript::package(folder, &tools)?);
        }
        for folder in in_language(Language::Python) {
            packages.push(python::package(folder, &tools)?);
        }
        Ok(packages)
    }
}

fn package(module: &Path, manifest: &Path) -> anyhow::Result<Package> {
    let wasm = std::fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    Package::build(&wasm, &manifest_text(manifest)?).with_context(|| format!("{} with {}", module.display(), manifest.display()))
}

fn manifest_text(manifest: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(manifest).with_context(|| format!("cannot read {}", manifest.display()))
}
