//! What a host has had: versions of a carrier's adapter only go up, and a version stays what it was.
//!
//! So neither an old list of releases nor an old file in the folder brings back an adapter whose
//! mistakes are known.

use std::collections::BTreeMap;

use crate::package::{Digest, Package, order};
use crate::policy::Distrust;

/// Every release that was ever loaded, with its bytes' digest.
#[derive(Debug, Clone, Default)]
pub struct Known(BTreeMap<String, BTreeMap<[u32; 3], Digest>>);

impl Known {
    /// Remembers a release.
    pub fn add(&mut self, id: &str, version: &str, digest: Digest) {
        self.0.entry(id.to_owned()).or_default().insert(order(version), digest);
    }

    /// Whether a package may come now: it is what was known, or newer than all of it.
    pub fn admit(&self, package: &Package) -> Result<(), Distrust> {
        let Some(known) = self.0.get(&package.manifest.id) else { return Ok(()) };
        let version = order(&package.manifest.version);
        match known.get(&version) {
            Some(had) if *had == package.digest => Ok(()),
            Some(had) => Err(Distrust::Replaced { had: had.to_string() }),
            None => match known.last_key_value() {
                Some((newest, _)) if *newest > version => Err(Distrust::Older { newest: self.name(&package.manifest.id, newest) }),
                _ => Ok(()),
            },
        }
    }

    fn name(&self, id: &str, [major, minor, patch]: &[u32; 3]) -> String {
        format!("{id}@{major}.{minor}.{patch}")
    }
}
