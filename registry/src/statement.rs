//! What is signed of an adapter: these bytes are this release of this carrier, in this ring, from
//! this moment on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::package::{Digest, Package, interface};

/// Said of one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Statement {
    /// SHA-256 of the whole file, in hex.
    pub component: String,
    /// SHA-256 of the manifest in it, in hex.
    pub manifest: String,
    /// The contract it was made for: `posthouse:adapter/carrier@0.1.0`, `posthouse:bulletin/bulletin@0.1.0`.
    pub world: String,
    /// The carrier or channel it is for.
    pub id: String,
    /// `MAJOR.MINOR.PATCH`.
    pub version: String,
    pub ring: Ring,
    /// It is not loaded before.
    pub not_before: Timestamp,
}

/// How far a release may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ring {
    /// It may be tried by a rollout, and not be promoted.
    Candidate,
    /// It may become what an account stands on.
    Stable,
}

impl Statement {
    /// The first words of what is signed.
    pub const CONTEXT: &str = "posthouse adapter v1";

    /// Of a package.
    pub fn of(package: &Package, ring: Ring, not_before: Timestamp) -> Self {
        let manifest = &package.manifest;
        Self {
            component: package.digest.to_string(),
            manifest: Digest::of(package.manifest_text.as_bytes()).to_string(),
            world: world(package),
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            ring,
            not_before,
        }
    }

    /// The bytes that are signed.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("plain data")
    }
}

/// The contract of a package, by its full name.
pub fn world(package: &Package) -> String {
    let kind = format!("{:?}", package.manifest.kind).to_lowercase();
    interface(&package.manifest, &kind)
}

impl std::fmt::Display for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Candidate => "candidate",
            Self::Stable => "stable",
        })
    }
}
