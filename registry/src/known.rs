//! What a host has had: versions of a carrier's adapter only go up, and a version stays what it was.
//!
//! So neither an old list of releases nor an old file in the folder brings back an adapter whose
//! mistakes are known. A candidate raises nothing: a correction of what is stable may come after it.

use std::collections::BTreeMap;

use crate::package::{Digest, Package, order};
use crate::policy::Distrust;
use crate::statement::Ring;

/// Every release that was ever trusted, with its bytes' digest.
#[derive(Debug, Clone, Default)]
pub struct Known(BTreeMap<String, BTreeMap<[u32; 3], (Digest, Ring)>>);

impl Known {
    /// Remembers a release. What was stable once stays so.
    pub fn add(&mut self, id: &str, version: &str, digest: Digest, ring: Ring) {
        let known = self.0.entry(id.to_owned()).or_default().entry(order(version)).or_insert((digest, ring));
        *known = (digest, known.1.max(ring));
    }

    /// Whether a package may come now: it is what was known, or newer than all that was stable.
    pub fn admit(&self, package: &Package) -> Result<(), Distrust> {
        let Some(known) = self.0.get(&package.manifest.id) else { return Ok(()) };
        let version = order(&package.manifest.version);
        match known.get(&version) {
            Some((had, _)) if *had == package.digest => Ok(()),
            Some((had, _)) => Err(Distrust::Replaced { had: had.to_string() }),
            None => match known.iter().rfind(|(_, (_, ring))| *ring == Ring::Stable) {
                Some((newest, _)) if *newest > version => Err(Distrust::Older { newest: name(&package.manifest.id, newest) }),
                _ => Ok(()),
            },
        }
    }
}

fn name(id: &str, [major, minor, patch]: &[u32; 3]) -> String {
    format!("{id}@{major}.{minor}.{patch}")
}
