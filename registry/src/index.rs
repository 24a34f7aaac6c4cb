//! The list of a store's releases: what there is, what is good for whom, what was taken back.
//!
//! It has a serial number and an end, and both are signed: an old list shown again is refused, and
//! so is one that nobody renewed.

use ed25519_dalek::SigningKey;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::package::{Package, order};
use crate::policy::{Distrust, Policy};
use crate::signed::Signed;
use crate::statement::Ring;

/// Everything a store has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// One more with every change.
    pub serial: u64,
    pub issued: Timestamp,
    /// It is believed until then.
    pub until: Timestamp,
    pub releases: Vec<Entry>,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub id: String,
    pub version: String,
    pub ring: Ring,
    /// SHA-256 of its file, in hex.
    pub digest: String,
    /// Why nobody should begin to use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
}

/// Why a list is not believed.
#[derive(Debug, thiserror::Error)]
pub enum BadIndex {
    #[error("the list of releases does not read: {0}")]
    Garbled(String),
    #[error("the list of releases is not trusted: {0}")]
    Untrusted(#[from] Distrust),
    #[error("the list of releases is an old one: number {found}, and number {seen} was seen before")]
    Old { found: u64, seen: u64 },
    #[error("the list of releases ended at {until}: `posthouse adapter renew` signs it anew")]
    Ended { until: Timestamp },
}

impl Index {
    /// The first words of what is signed.
    pub const CONTEXT: &str = "posthouse index v1";

    /// The first list of a store.
    pub fn empty() -> Self {
        Self { serial: 0, issued: Timestamp::UNIX_EPOCH, until: Timestamp::UNIX_EPOCH, releases: vec![] }
    }

    /// Reads a list and asks of it whatever `policy` does; `seen` is the one that was believed last.
    pub fn read(text: &str, policy: Option<&Policy>, seen: Option<&Self>, now: Timestamp) -> Result<Self, BadIndex> {
        let signed = Signed::parse(text).map_err(BadIndex::Garbled)?;
        let index: Self = serde_json::from_str(&signed.statement).map_err(|why| BadIndex::Garbled(why.to_string()))?;
        if let Some(policy) = policy {
            policy.admit_index(&signed, Self::CONTEXT)?;
        }
        if let Some(seen) = seen.filter(|seen| seen.serial > index.serial || (seen.serial == index.serial && **seen != index)) {
            return Err(BadIndex::Old { found: index.serial, seen: seen.serial });
        }
        if index.until < now {
            return Err(BadIndex::Ended { until: index.until });
        }
        Ok(index)
    }

    /// The list as it is kept, good for so many days from now.
    pub fn seal(mut self, by: Option<&SigningKey>, days: u32, now: Timestamp) -> (Self, String) {
        self.serial += 1;
        self.issued = now;
        self.until = now + SignedDuration::from_hours(24 * i64::from(days));
        let mut signed = Signed::new(serde_json::to_string(&self).expect("plain data"));
        if let Some(key) = by {
            signed.sign(Self::CONTEXT, key);
        }
        (self, signed.text())
    }

    /// Adds a release, or changes its ring; a yanked one stays yanked.
    pub fn add(&mut self, package: &Package, ring: Ring) {
        let manifest = &package.manifest;
        let yanked = self.entry(&manifest.id, &manifest.version).and_then(|entry| entry.yanked.clone());
        self.releases.retain(|entry| (&entry.id, &entry.version) != (&manifest.id, &manifest.version));
        let (id, version, digest) = (manifest.id.clone(), manifest.version.clone(), package.digest.to_string());
        self.releases.push(Entry { id, version, ring, digest, yanked });
        self.releases.sort_by(|a, b| (&a.id, order(&a.version)).cmp(&(&b.id, order(&b.version))));
    }

    /// A release.
    pub fn entry(&self, id: &str, version: &str) -> Option<&Entry> {
        self.releases.iter().find(|entry| entry.id == id && entry.version == version)
    }

    /// Marks a release as one that nobody should begin to use; false if there is none.
    pub fn yank(&mut self, id: &str, version: &str, reason: &str) -> bool {
        let found = self.releases.iter_mut().find(|entry| entry.id == id && entry.version == version);
        found.map(|entry| entry.yanked = Some(reason.to_owned())).is_some()
    }

    /// The newest release of an adapter that may become what an account stands on; a candidate only
    /// if there is nothing else.
    pub fn newest(&self, id: &str) -> Option<&Entry> {
        let good = |entry: &&Entry| entry.id == id && entry.yanked.is_none();
        let stable = |entry: &&Entry| good(entry) && entry.ring == Ring::Stable;
        self.releases.iter().rfind(stable).or_else(|| self.releases.iter().rfind(good))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed::public_of;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_old_list_an_ended_one_and_a_forged_one_are_refused() {
        let (now, ann, bob) = (at("2026-02-01T00:00:00Z"), SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
        let policy = Policy::parse(&format!("keys.ann = '{}'\nindex = {{ need = 1, of = ['ann'] }}", public_of(&ann))).unwrap();
        let (first, first_text) = Index::empty().seal(Some(&ann), 30, now);
        let (second, second_text) = first.clone().seal(Some(&ann), 30, now);
        let read = |text: &str, seen: Option<&Index>, now| Index::read(text, Some(&policy), seen, now);
        assert_eq!(read(&first_text, None, now).unwrap(), first);
        assert_eq!(read(&second_text, Some(&first), now).unwrap(), second);
        assert!(matches!(read(&first_text, Some(&second), now), Err(BadIndex::Old { found: 1, seen: 2 })));
        assert!(matches!(read(&second_text, None, at("2026-03-05T00:00:00Z")), Err(BadIndex::Ended { .. })));
        let (_, forged) = first.clone().seal(Some(&bob), 30, now);
        assert!(matches!(read(&forged, None, now), Err(BadIndex::Untrusted(Distrust::TooFew { .. }))));
        let (_, unsigned) = first.clone().seal(None, 30, now);
        assert!(read(&unsigned, None, now).is_err());
        assert!(Index::read(&unsigned, None, None, now).is_ok());
        let longer = second_text.replace("2026-03", "2036-03");
        assert!(matches!(read(&longer, None, now), Err(BadIndex::Untrusted(Distrust::WrongSignature { .. }))));
    }
}
