//! `posthouse adapter publish`, `pull`, `yank` and `renew`: releases in a folder or a registry that others read.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use posthouse_registry::store::{self, Pulled, Seal, Store};
use posthouse_registry::{Index, Policy, Signed, folder};
use serde_json::{Value, json};

use super::signing::read_key;
use super::{Context, adapter, print_json};
use crate::sandbox::Sandbox;
use crate::sync::login;
use crate::vault::Vault;

/// A place for releases.
#[derive(Debug, Args)]
pub struct Place {
    /// oci://HOST/PREFIX, oci+http://HOST/PREFIX or a folder; `adapters.registry` if left out.
    #[arg(long)]
    registry: Option<String>,
    /// A file with USER:PASSWORD; `adapters.login` if left out.
    #[arg(long)]
    login: Option<PathBuf>,
}

/// Who signs the list of releases.
#[derive(Debug, Args)]
pub struct Sealing {
    /// A signer's key. Without one the list is not signed.
    #[arg(long)]
    key: Option<PathBuf>,
    /// The list is believed for so long; `posthouse adapter renew` signs it anew.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

/// Publishes packages with their signatures, and adds them to the list.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter publish target/adapters/acme@1.0.0.wasm --registry oci://registry.example.com/adapters --key ann.key\n  posthouse adapter publish acme@1.0.0 --registry /srv/adapters --key ann.key"
)]
pub struct Publish {
    /// Files, or releases of the adapters folder.
    #[arg(required = true)]
    adapters: Vec<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    sealing: Sealing,
}

/// Fetches releases into the adapters folder, checks them by the policy and compiles them.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter pull acme --registry oci://registry.example.com/adapters\n  posthouse adapter pull acme@1.0.0\n  posthouse adapter pull --all"
)]
pub struct Pull {
    /// `acme` for the newest, or `acme@1.0.0`.
    #[arg(required_unless_present = "all")]
    adapters: Vec<String>,
    /// The newest of everything in the list.
    #[arg(long, conflicts_with = "adapters")]
    all: bool,
    /// Where they go; the configured adapters folder if left out.
    #[arg(long)]
    into: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Marks a release as one that nobody should begin to use. Hosts that are on it stay on it: see `revoke`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  posthouse adapter yank acme@1.0.1 --reason 'slower than 1.0.0' --key ann.key")]
pub struct Yank {
    release: String,
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    sealing: Sealing,
}

/// Signs the list of releases anew, before it ends.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  posthouse adapter renew --key ann.key --days 90")]
pub struct Renew {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    sealing: Sealing,
}

impl Place {
    pub fn open(&self, context: &Context) -> anyhow::Result<Store> {
        let config = &context.config.adapters;
        let address = self.registry.clone().unwrap_or_else(|| config.registry.clone());
        anyhow::ensure!(!address.is_empty(), "name the registry with --registry, or set adapters.registry");
        let file = self.login.clone().unwrap_or_else(|| config.login.clone());
        Ok(Store::open(&address, login(&file)?)?)
    }

    pub fn is_named(&self) -> bool {
        self.registry.is_some()
    }
}

impl Sealing {
    fn key(&self) -> anyhow::Result<Option<SigningKey>> {
        self.key.as_deref().map(read_key).transpose()
    }

    fn seal<'k>(&self, key: Option<&'k SigningKey>, policy: Option<&'k Policy>) -> Seal<'k> {
        Seal { by: key, policy, days: self.days, now: Timestamp::now() }
    }
}

impl Publish {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let (store, key, policy) = (self.place.open(context)?, self.sealing.key()?, policy(context)?);
        let mut rows = vec![];
        for adapter in &self.adapters {
            let (file, package) = adapter::located(context, adapter)?;
            let signed = folder::signatures(&file)?.map(|text| Signed::parse(&text)).transpose().map_err(anyhow::Error::msg)?;
            let index = store.publish(&package, signed.as_ref(), self.sealing.seal(key.as_ref(), policy.as_ref())).await?;
            let (release, digest, signatures) =
                (package.manifest.release(), package.digest.to_string(), signed.map_or(0, |s| s.signatures.len()));
            if !context.json {
                let signed = if signatures == 0 { "unsigned".into() } else { format!("{signatures} signatures") };
                println!("{release}  {}  {signed}, list {} of {}", &digest[..12], index.serial, store.place());
            }
            rows.push(json!({ "release": release, "digest": digest, "signatures": signatures, "serial": index.serial }));
        }
        if context.json { print_json(&json!({ "registry": store.place(), "published": rows })) } else { Ok(()) }
    }
}

impl Pull {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let store = self.place.open(context)?;
        let into = self.into.clone().unwrap_or_else(|| context.config.adapters.folder.clone());
        let policy = policy(context)?;
        let config = &context.config.adapters;
        anyhow::ensure!(
            policy.is_some() || config.unsigned,
            "no policy in {}: `posthouse adapter trust` says whose adapters are wanted; or set POSTHOUSE_ADAPTERS__UNSIGNED=true",
            config.policy.display()
        );
        let now = Timestamp::now();
        let index = store.index(policy.as_ref(), Store::seen(&into).as_ref(), now).await?;
        let mut wanted: Vec<(String, Option<String>)> = self.adapters.iter().map(|name| split(name)).collect();
        if self.all {
            wanted = index.releases.iter().map(|entry| (entry.id.clone(), None)).collect();
            wanted.dedup();
        }
        let mut rows = vec![];
        for (id, version) in wanted {
            let Pulled { package, signatures, entry } = store.pull(&index, &id, version.as_deref()).await?;
            let release = package.manifest.release();
            if let Some(policy) = &policy {
                policy.admit(&package, signatures.as_deref(), now).with_context(|| format!("{release} is not trusted"))?;
            }
            let signed = signatures.map(|text| Signed::parse(&text)).transpose().map_err(anyhow::Error::msg)?;
            store::put(&into, &package, signed.as_ref())?;
            compile(context, &package)?;
            if !context.json {
                println!("{release}  {}  {}  {}", &entry.digest[..12], entry.ring, into.join(package.file_name()).display());
            }
            rows.push(json!({ "release": release, "digest": entry.digest, "ring": entry.ring, "file": into.join(package.file_name()) }));
        }
        Store::see(&into, &index)?;
        if context.json { print_json(&json!({ "registry": store.place(), "serial": index.serial, "pulled": rows })) } else { Ok(()) }
    }
}

/// Here and now, so that no start and no rollout waits for it.
fn compile(context: &Context, package: &posthouse_registry::Package) -> anyhow::Result<()> {
    let key = Vault::open(&context.config.vault)?.derive("code cache");
    let sandbox = Sandbox::new(&context.config.sandbox, context.config.adapters.cache.clone(), key)?;
    Ok(sandbox.load(package).map(drop)?)
}

impl Yank {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let (store, key, policy) = (self.place.open(context)?, self.sealing.key()?, policy(context)?);
        let (id, version) = split(&self.release);
        let version = version.context("name the version: acme@1.0.1")?;
        let index = store.yank(&id, &version, &self.reason, self.sealing.seal(key.as_ref(), policy.as_ref())).await?;
        told(context, &store, &index, &format!("{} is yanked", self.release))
    }
}

impl Renew {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let (store, key, policy) = (self.place.open(context)?, self.sealing.key()?, policy(context)?);
        let index = store.renew(self.sealing.seal(key.as_ref(), policy.as_ref())).await?;
        told(context, &store, &index, &format!("the list is good until {}", index.until))
    }
}

fn told(context: &Context, store: &Store, index: &Index, words: &str) -> anyhow::Result<()> {
    if context.json {
        return print_json(&json!({ "registry": store.place(), "serial": index.serial, "until": index.until }));
    }
    println!("{words}; list {} of {}", index.serial, store.place());
    Ok(())
}

/// The configured policy; none where adapters are loaded unsigned or nobody wrote one yet.
pub fn policy(context: &Context) -> anyhow::Result<Option<Policy>> {
    let config = &context.config.adapters;
    if config.unsigned || !config.policy.exists() {
        return Ok(None);
    }
    Ok(Some(Policy::read(&config.policy)?))
}

/// Rows of a list of releases.
pub async fn listed(context: &Context, place: &Place) -> anyhow::Result<(String, Vec<Value>)> {
    let store = place.open(context)?;
    let seen = Store::seen(&context.config.adapters.folder);
    let index = store.index(policy(context)?.as_ref(), seen.as_ref(), Timestamp::now()).await?;
    let row = |entry: &posthouse_registry::index::Entry| json!({ "id": entry.id, "version": entry.version, "ring": entry.ring, "digest": entry.digest, "yanked": entry.yanked });
    Ok((store.place(), index.releases.iter().map(row).collect()))
}

fn split(name: &str) -> (String, Option<String>) {
    name.split_once('@').map_or((name.to_owned(), None), |(id, version)| (id.to_owned(), Some(version.to_owned())))
}
