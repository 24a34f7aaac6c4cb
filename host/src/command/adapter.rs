//! `posthouse adapter`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use posthouse_registry::{Package, Policy, Signed, folder};
use posthouse_sdk::manifest::Kind;
use reqwest::Method;
use serde_json::{Value, json};

use super::build::Build;
use super::check::Check;
use super::new::New;
use super::publishing::{self, Place, Publish, Pull, Renew, Yank};
use super::record::Record;
use super::remote::Remote;
use super::replay::Replay;
use super::signing::{Key, Revoke, Sign, Trust};
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum AdapterCommand {
    /// Writes the beginnings of an adapter.
    New(New),
    /// Makes a package: a Rust crate, a core module or a component, with its manifest in it.
    Build(Build),
    /// Checks a package: contract, manifest, purity, recorded answers.
    Check(Check),
    /// Reads a recorded answer again and prints what it means.
    Replay(Replay),
    /// Asks a carrier once and writes what it said, without the people in it.
    Record(Record),
    /// Lists the adapters of the folder, or of a registry, and whether they are trusted.
    List(List),
    /// Makes a signer's key.
    Key(Key),
    /// Says whose signatures count.
    Trust(Trust),
    /// Signs packages.
    Sign(Sign),
    /// Publishes signed packages in a registry.
    Publish(Publish),
    /// Fetches releases from a registry.
    Pull(Pull),
    /// Takes a release out of the choice of a registry.
    Yank(Yank),
    /// Signs a registry's list of releases anew.
    Renew(Renew),
    /// Takes a release or a signer back, at once.
    Revoke(Revoke),
    /// Shows what was taken back while it was in use, and where its parcels went.
    Recalls(Recalls),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter list\n  posthouse adapter list --registry oci://registry.example.com/adapters --json"
)]
pub struct List {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  posthouse adapter recalls\n  posthouse adapter recalls rc_01… --json")]
pub struct Recalls {
    /// One of them, to see its parcels.
    id: Option<String>,
    /// `next` of the page before.
    #[arg(long, requires = "id")]
    cursor: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

impl AdapterCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        match self {
            Self::New(new) => new.run(&context)?,
            Self::Build(build) => return build.run(&context),
            Self::Check(check) => return check.run(&context).await,
            Self::Replay(replay) => return replay.run(&context),
            Self::Record(record) => record.run(&context).await?,
            Self::List(list) => return list.run(&context).await,
            Self::Key(key) => key.run(&context)?,
            Self::Trust(trust) => trust.run(&context)?,
            Self::Sign(sign) => sign.run(&context)?,
            Self::Publish(publish) => publish.run(&context).await?,
            Self::Pull(pull) => pull.run(&context).await?,
            Self::Yank(yank) => yank.run(&context).await?,
            Self::Renew(renew) => renew.run(&context).await?,
            Self::Revoke(revoke) => revoke.run(&context)?,
            Self::Recalls(recalls) => recalls.run(&context).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// An adapter by file, by release or by id.
pub(super) fn find(context: &Context, adapter: &str) -> anyhow::Result<Package> {
    Ok(located(context, adapter)?.1)
}

/// The same, and where it lies: in the configured folder, or where `build` puts it.
pub(super) fn located(context: &Context, adapter: &str) -> anyhow::Result<(PathBuf, Package)> {
    let file = PathBuf::from(adapter);
    if file.is_file() {
        let package = Package::read(std::fs::read(&file)?).with_context(|| format!("{adapter} is no adapter"))?;
        return Ok((file, package));
    }
    let folders = context.adapter_folders();
    let mut known = BTreeSet::new();
    for folder in &folders {
        let names = folder::names(folder)?;
        if let Some(named) = names.iter().rev().find(|named| named.id == adapter || named.release() == adapter) {
            let package = folder::read(&named.file)?.with_context(|| format!("{} is no adapter", named.file.display()))?;
            return Ok((named.file.clone(), package));
        }
        known.extend(names.into_iter().map(|named| named.id));
    }
    let known: Vec<_> = known.into_iter().collect();
    let folders: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
    anyhow::bail!("no adapter `{adapter}` in {}; there are: {}", folders.join(" or "), known.join(", "))
}

impl List {
    async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        if self.place.is_named() {
            return self.of_registry(context).await;
        }
        let folder = context.adapters()?;
        let policy = publishing::policy(context)?;
        let mut rows: Vec<Value> = vec![];
        for (file, package) in folder::all(&folder)? {
            rows.push(match package {
                Ok(package) => row(&package, &file, policy.as_ref())?,
                Err(why) => json!({ "file": file, "error": why.to_string() }),
            });
        }
        if context.json {
            print_json(&json!({ "folder": folder, "adapters": rows }))?;
        } else {
            rows.iter().for_each(show);
        }
        Ok(if rows.iter().any(|row| row["error"].is_string()) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    async fn of_registry(self, context: &Context) -> anyhow::Result<ExitCode> {
        let (place, rows) = publishing::listed(context, &self.place).await?;
        if context.json {
            print_json(&json!({ "registry": place, "adapters": rows }))?;
        } else {
            for row in &rows {
                let yanked = row["yanked"].as_str().map_or_else(String::new, |why| format!("  YANKED: {why}"));
                println!(
                    "{:<12} {:<8} {:<9}  {}{yanked}",
                    text(&row["id"]),
                    text(&row["version"]),
                    text(&row["ring"]),
                    &text(&row["digest"])[..12]
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(package: &Package, file: &Path, policy: Option<&Policy>) -> anyhow::Result<Value> {
    let manifest = &package.manifest;
    let signatures = folder::signatures(file)?;
    let count = signatures.as_deref().and_then(|text| Signed::parse(text).ok()).map_or(0, |signed| signed.signatures.len());
    let trusted = policy.map(|policy| policy.admit(package, signatures.as_deref(), Timestamp::now()));
    let (ring, signers, untrusted) = match trusted {
        None => (None, None, None),
        Some(Ok(trusted)) => (Some(trusted.ring), Some(trusted.signers), None),
        Some(Err(why)) => (None, None, Some(why.to_string())),
    };
    Ok(json!({
        "id": manifest.id, "version": manifest.version, "kind": format!("{:?}", manifest.kind).to_lowercase(),
        "tier": (manifest.kind != Kind::Bulletin).then(|| format!("{:?}", manifest.tier)), "names": [manifest.names.zh, manifest.names.en],
        "digest": package.digest.to_string(), "bytes": package.bytes.len(), "signed": count > 0, "signatures": count,
        "ring": ring, "signers": signers, "untrusted": untrusted,
    }))
}

fn show(row: &Value) {
    if let Some(why) = row["error"].as_str() {
        return println!("{}  NOT AN ADAPTER: {why}", text(&row["file"]));
    }
    let signers = || row["signers"].as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(", ");
    let words = match (row["untrusted"].as_str(), row["ring"].as_str()) {
        (Some(why), _) => format!("NOT TRUSTED: {why}"),
        (None, Some(ring)) => format!("{ring}, signed by {}", signers()),
        (None, None) if row["signed"] == true => format!("{} signatures, no policy", row["signatures"]),
        (None, None) => "unsigned".into(),
    };
    println!(
        "{:<12} {:<8} {}  {:>7} bytes  {}  {words}",
        text(&row["id"]),
        text(&row["version"]),
        row["tier"].as_str().map_or_else(|| text(&row["kind"]).to_owned(), |tier| format!("tier {tier}")),
        row["bytes"],
        &text(&row["digest"])[..12]
    );
}

impl Recalls {
    async fn run(self, context: &Context) -> anyhow::Result<()> {
        let told = match &self.id {
            None => self.remote.ask(context, Method::GET, &["recalls"], &[], None).await?,
            Some(id) => {
                let cursor = self.cursor.as_deref().map(|cursor| ("cursor", cursor));
                self.remote.ask(context, Method::GET, &["recalls", id, "parcels"], cursor.as_slice(), None).await?
            }
        };
        if context.json {
            return print_json(&told);
        }
        for recall in told["recalls"].as_array().into_iter().flatten() {
            println!("{}  {}  {}: {}", text(&recall["id"]), text(&recall["at"]), text(&recall["release"]), text(&recall["reason"]));
            for moved in recall["moved"].as_array().into_iter().flatten() {
                let to = moved["to"].as_str().unwrap_or("nothing: no release was there for them");
                println!("  {} parcels of {} {} to {to}", moved["parcels"], text(&moved["carrier"]), text(&moved["account"]));
            }
        }
        for parcel in told["parcels"].as_array().into_iter().flatten() {
            println!("{} {}  {}", text(&parcel["carrier"]), text(&parcel["number"]), parcel["to"].as_str().unwrap_or("-"));
        }
        if let Some(next) = told["next"].as_str() {
            println!("more with --cursor {next}");
        }
        Ok(())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
