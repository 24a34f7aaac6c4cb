//! Credentials in a file: what the vault begins with, as generation 1 of each account.
//!
//! ```toml
//! [acme.main]
//! customer-code = "C001"
//! key = "…"
//! ```
//!
//! And the one check of a credential's fields against what an adapter declares.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use posthouse_sdk::manifest::Manifest;
use secrecy::{ExposeSecret, SecretString};

use super::mask::SHORTEST;
use super::secrets::Secrets;
use crate::parcel::Account;

/// A credential's fields, by name.
pub type Fields = BTreeMap<String, SecretString>;

/// Every account's fields, unchecked until an adapter says what they are.
#[derive(Default)]
pub struct Credentials {
    accounts: BTreeMap<Account, Fields>,
}

/// Why an account cannot be used. Names fields, never values.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("credential of {account}: {why}")]
pub struct Refused {
    pub account: String,
    pub why: String,
}

impl Credentials {
    /// Reads the file, which only its owner may read. No file means no accounts.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        super::private(path)?;
        let text = std::fs::read_to_string(path)?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    /// Parses `[carrier.account]` tables. The error shows no line of the file: it holds secrets.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        type Raw = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;
        let raw: Raw = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(0, |s| text[..s.start.min(text.len())].lines().count());
            anyhow::anyhow!("not `[carrier.account]` tables of text fields (near line {line})")
        })?;
        let mut accounts = BTreeMap::new();
        for (carrier, named) in raw {
            for (name, fields) in named {
                let fields = fields.into_iter().map(|(k, v)| (k, SecretString::from(v))).collect();
                accounts.insert(Account::new(&carrier, &name), fields);
            }
        }
        Ok(Self { accounts })
    }

    /// One account's fields out of such a file, or out of plain `name = "value"` lines (or their JSON).
    pub fn one(text: &str, carrier: &str, account: &str) -> anyhow::Result<Fields> {
        let flat: Option<BTreeMap<String, String>> = toml::from_str(text).ok().or_else(|| serde_json::from_str(text).ok());
        match flat {
            Some(values) => Ok(values.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect()),
            None => Ok(Self::parse(text)?.accounts.remove(&Account::new(carrier, account)).unwrap_or_default()),
        }
    }

    /// The accounts of a carrier.
    pub fn accounts(&self, carrier: &str) -> impl Iterator<Item = &Account> {
        self.accounts.keys().filter(move |a| &*a.carrier == carrier)
    }

    /// Every account and its fields.
    pub fn all(&self) -> impl Iterator<Item = (&Account, &Fields)> {
        self.accounts.iter()
    }

    /// An account's secrets as the first generation.
    pub fn for_account(&self, account: &Account, manifest: &Arc<Manifest>) -> Result<Secrets, Refused> {
        check(account, 1, self.accounts.get(account).cloned().unwrap_or_default(), manifest)
    }
}

/// A generation's secrets, if they are what the adapter's manifest declares.
pub fn check(account: &Account, generation: u32, given: Fields, manifest: &Arc<Manifest>) -> Result<Secrets, Refused> {
    let mistakes = mistakes(&given, manifest);
    if mistakes.is_empty() {
        return Ok(Secrets::new(generation, manifest.clone(), given));
    }
    Err(Refused { account: account.to_string(), why: mistakes.join("; ") })
}

fn mistakes(given: &Fields, manifest: &Manifest) -> Vec<String> {
    let mut found = vec![];
    for (name, value) in given {
        match manifest.credential.get(name) {
            None => found.push(format!("`{name}` is not a field of `{}`", manifest.id)),
            Some(field) if field.captured => found.push(format!("`{name}` is fetched, not given")),
            Some(field) if !field.public && value.expose_secret().len() < SHORTEST => {
                found.push(format!("`{name}` is shorter than {SHORTEST} bytes, too short to be hidden in answers"));
            }
            Some(_) => {}
        }
    }
    let missing = manifest.credential.iter().filter(|(name, f)| !f.optional && !f.captured && !given.contains_key(*name));
    found.extend(missing.map(|(name, _)| format!("`{name}` is missing")));
    found
}
