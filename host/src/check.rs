//! What an author wants to know before publishing: does it keep the contract, does it always say the
//! same, does it still mean what it meant, how far is it from its limits, what should not be in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use posthouse_registry::Package;
use posthouse_sdk::manifest::{CredentialField, Use};
use posthouse_sdk::replay::Recorded;
use serde::Serialize;

use crate::config;
use crate::replay;
use crate::sandbox::{Adapter, Sandbox};
use crate::vault::Secrets;

mod dictionary;
mod golden;
mod limits;
mod names;
mod purity;
mod scan;

pub use dictionary::Dictionary;
pub use limits::Limits;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    pub release: String,
    /// What must be mended.
    pub findings: Vec<String>,
    /// What is worth a look.
    pub notes: Vec<String>,
    /// Recorded answers that were read.
    pub replayed: usize,
    /// Calls that were compared with each other.
    pub runs: usize,
    pub limits: Limits,
    pub dictionary: Dictionary,
    pub bytes: usize,
}

/// A recorded file, by its name.
pub struct File {
    pub name: String,
    pub recorded: Recorded,
}

/// Checks a package, with recorded answers or without.
pub fn check(config: &config::Sandbox, package: &Package, recorded: Option<&Path>) -> anyhow::Result<Report> {
    let files = recorded.map_or_else(|| Ok(vec![]), files)?;
    let adapter = Sandbox::uncached(config)?.load(package)?;
    let metered = Sandbox::metered(config)?.load(package)?;
    let mut report = Report {
        release: package.manifest.release(),
        findings: package.manifest.unknown_statuses(),
        notes: vec![],
        replayed: 0,
        runs: 0,
        limits: Limits::of(package, config),
        dictionary: Dictionary::default(),
        bytes: package.bytes.len(),
    };
    names::check(package, &adapter, &files, &mut report);
    purity::check(&adapter, &files, &mut report);
    for file in &files {
        let Some(found) = replay::recorded(&adapter, &file.recorded)? else { continue };
        report.replayed += 1;
        report.findings.extend(golden::differs(file, &found.meaning));
        report.dictionary.saw(&found.meaning);
    }
    report.limits.measure(&metered, &files, &mut report.findings);
    report.dictionary.conclude(&package.manifest, &mut report.notes);
    scan::check(package, &files, recorded, &mut report);
    Ok(report)
}

fn files(folder: &Path) -> anyhow::Result<Vec<File>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|f| f.map(|f| f.path())).collect::<Result<_, _>>()?;
    paths.retain(|file| file.extension().is_some_and(|e| e == "json"));
    paths.sort();
    let load = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(File { name, recorded: Recorded::load(&path).map_err(anyhow::Error::msg)? })
    };
    paths.into_iter().map(load).collect()
}

/// A key that seals has a form: the Base64 of sixteen bytes.
const SEALING: &str = "YW5vdGhlci1rZXktMTYtYg==";

/// A second credential: every secret another one, what is public the same.
fn others(adapter: &Adapter, file: &File) -> Arc<Secrets> {
    let manifest = &adapter.manifest;
    let given = &file.recorded.credential;
    let other = |(name, field): (&String, &CredentialField)| {
        // As `replay::secrets` has it: without a credential each field is its own name.
        let own = if given.is_empty() { name.clone() } else { given.get(name)?.clone() };
        let seals = field.uses.iter().any(|used| matches!(used, Use::Seal(_) | Use::Open(_)));
        let value = match field.public {
            true => own,
            false if seals => SEALING.into(),
            false => format!("another-{name}-entirely"),
        };
        Some((name.clone(), value.into()))
    };
    let fields = manifest.credential.iter().filter(|(_, field)| !field.captured).filter_map(other).collect();
    Arc::new(Secrets::new(1, manifest.clone(), fields))
}
