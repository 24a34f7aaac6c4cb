//! `posthouse adapter key`, `trust`, `sign` and `revoke`: who vouches for adapters, and whom a host believes.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use posthouse_registry::signed::{is_public, key_of, new_key, public_of, secret_of};
use posthouse_registry::{Package, Policy, Ring, Signed, Statement, folder};
use serde_json::json;
use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::{Context, adapter, print_json};

/// Makes a signer's key: FILE, and the public half in FILE.pub.
#[derive(Debug, Args)]
#[command(after_help = "Keep the file where you sign, not on the host.\n\nExample:\n  posthouse adapter key --out ann.key")]
pub struct Key {
    #[arg(long)]
    out: PathBuf,
}

/// Writes into the policy who may sign.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter trust ann=ann.key.pub                                # ann alone, for every carrier\n  posthouse adapter trust ann=ann.key.pub bob=bob.key.pub --for sf --need 2\n  posthouse adapter trust ann=ann.key.pub --index                        # the registry's list must be signed, too"
)]
pub struct Trust {
    /// NAME=FILE or NAME=HEX: a signer's public key.
    #[arg(required = true, value_parser = split)]
    signers: Vec<(String, String)>,
    /// For this carrier; for every carrier without a row of its own if left out. Repeat it.
    #[arg(long = "for", value_name = "CARRIER")]
    carriers: Vec<String>,
    /// So many of them must sign.
    #[arg(long, default_value_t = 1)]
    need: usize,
    /// They sign a registry's list of releases.
    #[arg(long)]
    index: bool,
    /// The policy; the configured one if left out.
    #[arg(long)]
    policy: Option<PathBuf>,
}

/// Signs packages: the signatures stand beside each, in FILE.sig. A second signer adds to what is there.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter sign target/adapters/acme@1.0.0.wasm --key ann.key\n  posthouse adapter sign acme@1.0.0 --key ann.key --ring candidate      # may be tried, not stood on\n  posthouse adapter sign target/adapters/*.wasm --key ann.key"
)]
pub struct Sign {
    /// Files, or releases of the adapters folder.
    #[arg(required = true)]
    adapters: Vec<String>,
    #[arg(long)]
    key: PathBuf,
    /// How far it may go: what was signed before, else `stable`.
    #[arg(long, value_parser = ring)]
    ring: Option<Ring>,
    /// It is not loaded before this moment, such as 2026-12-01T00:00:00Z.
    #[arg(long)]
    not_before: Option<Timestamp>,
}

/// Takes a release or a signer back. A running host acts on it within a second and says which parcels moved.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter revoke sf@1.0.1 --reason 'reads 44 as delivered'\n  posthouse adapter revoke --signer bob --reason 'his laptop is gone'"
)]
pub struct Revoke {
    /// `sf@1.0.1`, or the digest of a file.
    #[arg(required_unless_present = "signer", conflicts_with = "signer")]
    release: Option<String>,
    /// A signer's name in the policy.
    #[arg(long)]
    signer: Option<String>,
    #[arg(long)]
    reason: String,
    /// The policy; the configured one if left out.
    #[arg(long)]
    policy: Option<PathBuf>,
}

fn split(text: &str) -> Result<(String, String), String> {
    let (name, key) = text.split_once('=').ok_or("write NAME=FILE or NAME=HEX")?;
    Ok((name.to_owned(), key.to_owned()))
}

fn ring(text: &str) -> Result<Ring, String> {
    match text {
        "stable" => Ok(Ring::Stable),
        "candidate" => Ok(Ring::Candidate),
        _ => Err("stable or candidate".into()),
    }
}

impl Key {
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let public = make_key(&self.out)?;
        let mut beside = self.out.clone().into_os_string();
        beside.push(".pub");
        std::fs::write(&beside, format!("{public}\n")).with_context(|| format!("cannot write {}", Path::new(&beside).display()))?;
        if context.json {
            return print_json(&json!({ "public": public, "file": self.out, "public_file": Path::new(&beside) }));
        }
        println!("{public}");
        Ok(())
    }
}

impl Trust {
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let file = self.policy.as_ref().unwrap_or(&context.config.adapters.policy);
        let mut policy = document(file)?;
        for (name, key) in &self.signers {
            table(&mut policy, &["keys"])?[name.as_str()] = value(public(key)?);
        }
        let of: Array = self.signers.iter().map(|(name, _)| name.as_str()).collect();
        let mut rows: Vec<Vec<&str>> = self.carriers.iter().map(|id| vec!["carriers", id]).collect();
        if self.index {
            rows.push(vec!["index"]);
        }
        if rows.is_empty() {
            rows.push(vec!["default"]);
        }
        for row in rows {
            let row = table(&mut policy, &row)?;
            row["need"] = value(i64::try_from(self.need)?);
            row["of"] = value(of.clone());
        }
        write(file, &policy)?;
        told(context, file, "trusts", &self.signers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "))
    }
}

impl Sign {
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let key = read_key(&self.key)?;
        let mut rows = vec![];
        for adapter in &self.adapters {
            let (file, package) = adapter::located(context, adapter)?;
            let signed = self.signed(&package, folder::signatures(&file)?.as_deref(), &key);
            let beside = folder::put_signatures(&file, &signed)?;
            if !context.json {
                println!("{}  {} signed by {}", beside.display(), package.manifest.release(), signed.signatures.len());
            }
            rows.push(json!({ "file": beside, "release": package.manifest.release(), "digest": package.digest.to_string(),
                "signatures": signed.signatures.len() }));
        }
        if context.json { print_json(&json!({ "signed": rows })) } else { Ok(()) }
    }

    /// The statement that is there, if it says what is wanted; then this is one more signature under it.
    fn signed(&self, package: &Package, before: Option<&str>, key: &SigningKey) -> Signed {
        let before = before.and_then(|text| Signed::parse(text).ok());
        let said: Option<Statement> = before.as_ref().and_then(|signed| serde_json::from_str(&signed.statement).ok());
        let ring = self.ring.or(said.as_ref().map(|said| said.ring)).unwrap_or(Ring::Stable);
        let not_before = self.not_before.or(said.as_ref().map(|said| said.not_before)).unwrap_or(Timestamp::UNIX_EPOCH);
        let statement = Statement::of(package, ring, not_before);
        let mut signed = match before {
            Some(signed) if said.as_ref() == Some(&statement) => signed,
            _ => Signed::new(statement.text()),
        };
        signed.sign(Statement::CONTEXT, key);
        signed
    }
}

impl Revoke {
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let file = self.policy.as_ref().unwrap_or(&context.config.adapters.policy);
        let mut policy = document(file)?;
        let (kind, name) = match (&self.signer, &self.release) {
            (Some(signer), _) => ("keys", signer),
            (None, Some(release)) => ("releases", release),
            (None, None) => anyhow::bail!("name a release, or a signer with --signer"),
        };
        let digest = name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
        let release = name.split_once('@').is_some_and(|(_, version)| version.split('.').count() == 3);
        anyhow::ensure!(kind == "keys" || digest || release, "`{name}` is neither a release such as sf@1.0.1 nor a file's digest");
        table(&mut policy, &["revoked", kind])?[name.as_str()] = value(&self.reason);
        write(file, &policy)?;
        told(context, file, "does not trust", name)
    }
}

fn public(text: &str) -> anyhow::Result<String> {
    let file = Path::new(text);
    let key = if file.is_file() { std::fs::read_to_string(file)?.trim().to_owned() } else { text.to_owned() };
    anyhow::ensure!(
        is_public(&key),
        "`{text}` is neither a public key in hex nor a file with one: `posthouse adapter key` writes FILE.pub"
    );
    Ok(key)
}

fn document(file: &Path) -> anyhow::Result<DocumentMut> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            "# Whom this host believes about adapters. See docs/operations.md.\n".into()
        }
        Err(why) => return Err(why).with_context(|| format!("cannot read {}", file.display())),
    };
    text.parse().with_context(|| format!("{} is no TOML", file.display()))
}

/// A table in others; made if it is not there.
fn table<'d>(document: &'d mut DocumentMut, path: &[&str]) -> anyhow::Result<&'d mut Table> {
    path.iter().try_fold(document.as_table_mut(), |table, name| {
        let inner = table.entry(name).or_insert_with(|| Item::Table(Table::new()));
        inner.as_table_mut().with_context(|| format!("`{name}` is no table in the policy"))
    })
}

/// Checked before it is written: a host must never find a policy that does not read.
fn write(file: &Path, policy: &DocumentMut) -> anyhow::Result<()> {
    Policy::parse(&policy.to_string()).map_err(|why| anyhow::anyhow!("{why}"))?;
    let fresh = file.with_extension("toml.tmp");
    std::fs::write(&fresh, policy.to_string()).with_context(|| format!("cannot write {}", fresh.display()))?;
    Ok(std::fs::rename(&fresh, file)?)
}

fn told(context: &Context, file: &Path, does: &str, whom: &str) -> anyhow::Result<()> {
    if context.json {
        return print_json(&json!({ "policy": file, "changed": whom }));
    }
    println!("{} {does} {whom}", file.display());
    Ok(())
}

/// The public half, in hex. The file must not be there yet.
pub(super) fn make_key(out: &Path) -> anyhow::Result<String> {
    let key = new_key();
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let file = file.as_mut().map_err(|why| anyhow::anyhow!("{}: {why}", out.display()))?;
    file.write_all(secret_of(&key).as_bytes())?;
    Ok(public_of(&key))
}

/// A key that [`make_key`] wrote.
pub(super) fn read_key(file: &Path) -> anyhow::Result<SigningKey> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    key_of(&text).with_context(|| format!("{} is no signer's key: make one with `posthouse adapter key`", file.display()))
}
