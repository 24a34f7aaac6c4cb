//! `posthouse doctor`: what is set up, what is missing, what to do about it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use posthouse_registry::{Distrust, Package, Policy, folder};
use posthouse_sdk::manifest::Kind;
use serde_json::{Value, json};

use super::{Context, memory, print_json};
use crate::fetch::{browser, ocr};
use crate::store::Store;
use crate::vault::{Credentials, VARIABLE, Vault};

/// Checks the vault, the database, the adapters and the credentials; exits 1 if something is wrong.
#[derive(Debug, Args)]
pub struct Doctor {}

struct Finding {
    what: String,
    good: bool,
    words: String,
}

impl Doctor {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let (hidden, words) = memory::is_hidden()?;
        let mut findings = vec![Finding { what: "core dumps are off".into(), good: hidden, words }];
        let vault = Vault::open(&context.config.vault).map(Arc::new);
        findings.push(key(&context, vault.as_deref()));
        if let Ok(vault) = vault {
            let opened = Store::open(&context.config.database, &context.config.exchanges, vault).await;
            findings.push(finding("database", opened.as_ref().map(|_| context.config.database.path.display().to_string())));
            if let Ok(store) = opened {
                let keys = store.keys().await?.iter().filter(|k| k.revoked_at.is_none()).count();
                let words = format!("{keys} live; `posthouse key create --name hub` makes one");
                findings.push(Finding { what: "API keys".into(), good: keys > 0, words });
                store.close().await;
            }
        }
        adapters(&context, &mut findings);
        findings.push(browser(&context));
        findings.push(text_recognition());
        let good = findings.iter().all(|f| f.good);
        if context.json {
            let rows: Vec<Value> = findings.iter().map(|f| json!({ "what": f.what, "good": f.good, "words": f.words })).collect();
            print_json(&json!({ "good": good, "findings": rows }))?;
        } else {
            findings.iter().for_each(|f| println!("{} {:<28} {}", if f.good { "ok " } else { "BAD" }, f.what, f.words));
        }
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn key(context: &Context, vault: Result<&Vault, &anyhow::Error>) -> Finding {
    let config = &context.config.vault;
    let place = if config.given.is_some() { VARIABLE.to_owned() } else { config.key.display().to_string() };
    match vault {
        Ok(vault) if vault.is_rotating() => {
            let words = format!("{place}: a rotation is not done; stop the host and run `posthouse vault rotate` again");
            Finding { what: "vault key".into(), good: false, words }
        }
        found => finding("vault key", found.map(|vault| format!("{}, from {place}", vault.name()))),
    }
}

/// Never wrong by itself: only carriers that are read from their page need it.
fn browser(context: &Context) -> Finding {
    let words = match browser::program(&context.config.browser) {
        Ok(program) => program.display().to_string(),
        Err(why) => format!("not there, so public pages cannot be read: {why}"),
    };
    Finding { what: "browser".into(), good: true, words }
}

/// Never wrong by itself: only an adapter that reads pictures needs it.
fn text_recognition() -> Finding {
    let words = ocr::found().unwrap_or_else(|why| format!("not there, so fields that are drawn cannot be read: {why}"));
    Finding { what: "text recognition".into(), good: true, words }
}

fn finding<T: AsRef<str>, E: std::fmt::Display>(what: &str, result: Result<T, E>) -> Finding {
    let (good, words) = match result {
        Ok(words) => (true, words.as_ref().to_owned()),
        Err(why) => (false, format!("{why:#}")),
    };
    Finding { what: what.into(), good, words }
}

fn adapters(context: &Context, findings: &mut Vec<Finding>) {
    let found = context.adapters().and_then(|f| Ok(folder::newest(&f)?));
    let credentials = Credentials::read(&context.config.vault.credentials);
    findings.push(finding("credentials file", credentials.as_ref().map(|_| context.config.vault.credentials.display().to_string())));
    let credentials = credentials.unwrap_or_default();
    let packages = match found {
        Ok(packages) => packages,
        Err(why) => return findings.push(finding::<String, _>("adapters", Err(why))),
    };
    let policy = match policy(context) {
        Ok((policy, words)) => {
            findings.push(Finding { what: "policy".into(), good: true, words });
            policy
        }
        Err(why) => return findings.push(finding::<String, _>("policy", Err(why))),
    };
    for (file, package) in packages {
        let Ok(package) = package.map_err(|why| findings.push(finding::<String, _>(&file.display().to_string(), Err(why)))) else {
            continue;
        };
        let trusted = trusted(&package, &file, policy.as_ref());
        let manifest = Arc::new(package.manifest);
        let what = if manifest.kind == Kind::Bulletin { "bulletin".into() } else { format!("tier {:?}", manifest.tier) };
        findings.push(finding(&manifest.release(), trusted.map(|words| format!("{what}, {words}"))));
        for account in credentials.accounts(&manifest.id) {
            let checked = credentials.for_account(account, &manifest).map(|_| "credential is whole");
            findings.push(finding(&format!("account {account}"), checked));
        }
    }
}

/// As `serve` takes it: a missing one is no mistake only where adapters are loaded unsigned.
fn policy(context: &Context) -> anyhow::Result<(Option<Policy>, String)> {
    let config = &context.config.adapters;
    if config.unsigned {
        return Ok((None, "adapters are loaded unsigned (adapters.unsigned)".into()));
    }
    let policy = Policy::read(&config.policy)?;
    Ok((Some(policy), config.policy.display().to_string()))
}

fn trusted(package: &Package, file: &Path, policy: Option<&Policy>) -> Result<String, Distrust> {
    let Some(policy) = policy else { return Ok("unsigned".into()) };
    let signatures = folder::signatures(file).map_err(|why| Distrust::Garbled(why.to_string()))?;
    let trusted = policy.admit(package, signatures.as_deref(), Timestamp::now())?;
    Ok(format!("{}, signed by {}", trusted.ring, trusted.signers.join(", ")))
}
