//! Who may sign what: the operator's file of trusted keys, with m of n for each carrier.
//!
//! Asked at every load, before a byte is compiled. It says no with the cause that helps most.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use crate::package::{Digest, Package};
use crate::signed::{self, Signed};
use crate::statement::{Ring, Statement, world};

/// `policy.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// A signer's name and public key in hex.
    #[serde(default)]
    keys: BTreeMap<String, String>,
    /// For every carrier without a row of its own.
    default: Option<Row>,
    #[serde(default)]
    carriers: BTreeMap<String, Row>,
    /// Who signs the list of a registry's releases. Without it an unsigned list is taken.
    index: Option<Row>,
    #[serde(default)]
    revoked: Revoked,
}

/// So many of these.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    need: usize,
    of: Vec<String>,
}

/// Each with its reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoked {
    /// By the signer's name.
    #[serde(default)]
    keys: BTreeMap<String, String>,
    /// By release (`sf@1.0.1`) or by the file's digest.
    #[serde(default)]
    releases: BTreeMap<String, String>,
}

/// A package that may be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    pub ring: Ring,
    /// Names of the signers that counted.
    pub signers: Vec<String>,
}

/// Why a package is not loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    #[error("nobody signed it: `posthouse adapter sign` writes its signatures beside it")]
    Unsigned,
    #[error("its signatures do not read: {0}")]
    Garbled(String),
    #[error("its manifest is not the one that was signed: {found} instead of {signed}")]
    ManifestChanged { signed: String, found: String },
    #[error("its bytes are not those that were signed: {found} instead of {signed}")]
    BytesChanged { signed: String, found: String },
    #[error("it was signed for `{signed}` and says it is for `{found}`")]
    AnotherCarrier { signed: String, found: String },
    #[error("it was signed as version {signed} and says it is {found}")]
    AnotherVersion { signed: String, found: String },
    #[error("it was signed for the contract {signed} and says it is for {found}")]
    AnotherWorld { signed: String, found: String },
    #[error("the signature of `{key}` is wrong")]
    WrongSignature { key: String },
    #[error("the key of `{key}` was revoked: {reason}")]
    RevokedKey { key: String, reason: String },
    #[error("it was revoked: {reason}")]
    RevokedRelease { reason: String },
    #[error("`{key}` may not sign for `{carrier}`")]
    NotItsSigner { key: String, carrier: String },
    #[error("{have} of the {need} signatures that `{carrier}` needs; its signers are {of}")]
    TooFew { carrier: String, need: usize, have: usize, of: String },
    #[error("it was signed for the ring `candidate` only: it may be tried and not be stood on; sign it with --ring stable")]
    OnlyCandidate,
    #[error("it is not to be loaded before {from}")]
    NotYet { from: Timestamp },
    #[error("it is older than {newest}, which this host has had: versions only go up")]
    Older { newest: String },
    #[error("this host has had other bytes under the same version: {had}")]
    Replaced { had: String },
}

impl Distrust {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Garbled(_) => "garbled-signatures",
            Self::ManifestChanged { .. } => "manifest-changed",
            Self::BytesChanged { .. } => "bytes-changed",
            Self::AnotherCarrier { .. } => "another-carrier",
            Self::AnotherVersion { .. } => "another-version",
            Self::AnotherWorld { .. } => "another-world",
            Self::WrongSignature { .. } => "wrong-signature",
            Self::RevokedKey { .. } => "revoked-key",
            Self::RevokedRelease { .. } => "revoked-release",
            Self::NotItsSigner { .. } => "not-its-signer",
            Self::TooFew { .. } => "too-few-signatures",
            Self::OnlyCandidate => "only-candidate",
            Self::NotYet { .. } => "not-yet",
            Self::Older { .. } => "older",
            Self::Replaced { .. } => "replaced",
        }
    }
}

impl Distrust {
    /// Whether the policy speaks against signers or a release, and not the file against itself.
    pub fn is_the_policys(&self) -> bool {
        matches!(self, Self::RevokedKey { .. } | Self::RevokedRelease { .. } | Self::NotItsSigner { .. } | Self::TooFew { .. })
    }
}

/// Why a policy file is none.
#[derive(Debug, thiserror::Error)]
pub enum BadPolicy {
    #[error("cannot read {file}: {why}")]
    Unread { file: String, why: std::io::Error },
    #[error("{file} is no policy:\n{why}")]
    Wrong { file: String, why: String },
}

impl Policy {
    /// Reads and checks a file.
    pub fn read(file: &Path) -> Result<Self, BadPolicy> {
        let name = || file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|why| BadPolicy::Unread { file: name(), why })?;
        Self::parse(&text).map_err(|why| BadPolicy::Wrong { file: name(), why })
    }

    /// All mistakes at once, one on each line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut policy: Self = toml::from_str(text).map_err(|why| why.to_string())?;
        policy.keys.values_mut().for_each(|key| key.make_ascii_lowercase());
        let mut wrong = vec![];
        if policy.index.as_ref().is_some_and(|row| row.need > 1) {
            wrong.push("index.need is more than 1: a list carries one signature".into());
        }
        for (name, key) in &policy.keys {
            if !signed::is_public(key) {
                wrong.push(format!("keys.{name} is no ed25519 public key in hex"));
            }
        }
        let of_carriers = policy.carriers.iter().map(|(id, row)| (format!("carriers.{id}"), row));
        let others = [("default", &policy.default), ("index", &policy.index)];
        let others = others.into_iter().filter_map(|(name, row)| Some((name.to_owned(), row.as_ref()?)));
        for (name, row) in others.chain(of_carriers) {
            if row.need == 0 || row.need > row.of.len() {
                wrong.push(format!("{name}.need is {}, and there are {} signers in `of`", row.need, row.of.len()));
            }
            wrong.extend(row.of.iter().filter(|key| !policy.keys.contains_key(*key)).map(|key| format!("{name}.of: no key `{key}`")));
        }
        let unknown = policy.revoked.keys.keys().filter(|key| !policy.keys.contains_key(*key));
        wrong.extend(unknown.map(|key| format!("revoked.keys.{key}: no key `{key}`; leave revoked keys in `keys`")));
        if wrong.is_empty() { Ok(policy) } else { Err(wrong.join("\n")) }
    }

    /// Whether a package may be loaded, going by the signatures that stand beside it.
    pub fn admit(&self, package: &Package, signatures: Option<&str>, now: Timestamp) -> Result<Trusted, Distrust> {
        let signed = Signed::parse(signatures.ok_or(Distrust::Unsigned)?).map_err(Distrust::Garbled)?;
        let statement: Statement = serde_json::from_str(&signed.statement).map_err(|why| Distrust::Garbled(why.to_string()))?;
        says_the_same(&statement, package)?;
        self.is_revoked(package)?;
        let signers = self.signers(&signed, Statement::CONTEXT, &statement.id, self.row(&statement.id))?;
        if now < statement.not_before {
            return Err(Distrust::NotYet { from: statement.not_before });
        }
        Ok(Trusted { ring: statement.ring, signers })
    }

    /// Whether a list of releases was signed by whom it should be.
    pub(crate) fn admit_index(&self, signed: &Signed, context: &str) -> Result<(), Distrust> {
        match &self.index {
            None => Ok(()),
            Some(_) => self.signers(signed, context, "index", self.index.as_ref()).map(drop),
        }
    }

    /// Whether these bytes or this version were revoked, whoever signed them.
    fn is_revoked(&self, package: &Package) -> Result<(), Distrust> {
        let by = [package.manifest.release(), package.digest.to_string()];
        let reason = by.iter().find_map(|name| self.revoked.releases.get(name));
        reason.map_or(Ok(()), |reason| Err(Distrust::RevokedRelease { reason: reason.clone() }))
    }

    fn row(&self, carrier: &str) -> Option<&Row> {
        self.carriers.get(carrier).or(self.default.as_ref())
    }

    /// The signers that count, if there are enough of them.
    fn signers(&self, signed: &Signed, context: &str, carrier: &str, row: Option<&Row>) -> Result<Vec<String>, Distrust> {
        let of: &[String] = row.map_or(&[], |row| &row.of);
        let (mut good, mut others) = (vec![], None);
        for signature in &signed.signatures {
            // Who is not in the file is nobody here, whatever they signed.
            let Some((name, _)) = self.keys.iter().find(|(_, key)| **key == signature.key) else { continue };
            if !signed.holds(context, signature) {
                return Err(Distrust::WrongSignature { key: name.clone() });
            }
            if let Some(reason) = self.revoked.keys.get(name) {
                others = Some(Distrust::RevokedKey { key: name.clone(), reason: reason.clone() });
            } else if !of.contains(name) {
                others.get_or_insert(Distrust::NotItsSigner { key: name.clone(), carrier: carrier.to_owned() });
            } else if !good.contains(name) {
                good.push(name.clone());
            }
        }
        let need = row.map_or(1, |row| row.need);
        if good.len() >= need {
            return Ok(good);
        }
        let too_few = || Distrust::TooFew { carrier: carrier.to_owned(), need, have: good.len(), of: of.join(", ") };
        Err(others.unwrap_or_else(too_few))
    }
}

fn says_the_same(statement: &Statement, package: &Package) -> Result<(), Distrust> {
    let manifest = &package.manifest;
    let differ = |signed: &String, found: &str| (signed != found).then(|| (signed.clone(), found.to_owned()));
    if let Some((signed, found)) = differ(&statement.id, &manifest.id) {
        return Err(Distrust::AnotherCarrier { signed, found });
    }
    if let Some((signed, found)) = differ(&statement.version, &manifest.version) {
        return Err(Distrust::AnotherVersion { signed, found });
    }
    if let Some((signed, found)) = differ(&statement.world, &world(package)) {
        return Err(Distrust::AnotherWorld { signed, found });
    }
    if let Some((signed, found)) = differ(&statement.manifest, &Digest::of(package.manifest_text.as_bytes()).to_string()) {
        return Err(Distrust::ManifestChanged { signed, found });
    }
    if let Some((signed, found)) = differ(&statement.component, &package.digest.to_string()) {
        return Err(Distrust::BytesChanged { signed, found });
    }
    Ok(())
}
