//! Whom a host believes about adapters: the policy as it is now, and what it has had before.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use posthouse_registry::{Digest, Distrust, Known, Package, Policy, Ring, folder};
use tracing::{error, info};

/// The policy file's word, or none.
pub struct Trust {
    /// None: whatever lies in the folder is loaded.
    policy: Option<Mutex<Kept>>,
    known: Mutex<Known>,
    news: Mutex<Vec<News>>,
}

/// A release that came.
#[derive(Debug, Clone)]
pub struct News {
    pub id: String,
    pub version: String,
    pub digest: Digest,
    pub ring: Ring,
}

struct Kept {
    file: PathBuf,
    /// Of the text that was read last, good or not.
    read: Digest,
    policy: Policy,
}

impl Trust {
    /// Whatever lies in the folder.
    pub fn unsigned() -> Self {
        Self { policy: None, known: Mutex::default(), news: Mutex::default() }
    }

    /// What this policy trusts and this host has not had in another form.
    pub fn open(file: PathBuf, known: Known) -> anyhow::Result<Self> {
        let policy = Policy::read(&file)?;
        let read = digest(&file);
        Ok(Self { policy: Some(Mutex::new(Kept { file, read, policy })), known: known.into(), news: Mutex::default() })
    }

    pub fn is_unsigned(&self) -> bool {
        self.policy.is_none()
    }

    /// How far a package may go, going by what stands beside its file.
    pub fn admit(&self, package: &Package, file: &Path) -> Result<Ring, Distrust> {
        let Some(kept) = &self.policy else { return Ok(Ring::Stable) };
        let signatures = folder::signatures(file).map_err(|why| Distrust::Garbled(why.to_string()))?;
        let trusted = kept.lock().expect("no panic inside").policy.admit(package, signatures.as_deref(), Timestamp::now())?;
        self.known.lock().expect("no panic inside").admit(package)?;
        Ok(trusted.ring)
    }

    /// From now on nothing older comes, and nothing else under this version.
    pub fn remember(&self, package: &Package, ring: Ring) {
        if self.is_unsigned() {
            return;
        }
        let (id, version, digest) = (package.manifest.id.clone(), package.manifest.version.clone(), package.digest);
        self.known.lock().expect("no panic inside").add(&id, &version, digest, ring);
        self.tell(vec![News { id, version, digest, ring }]);
    }

    /// What was remembered since this was asked last.
    pub fn news(&self) -> Vec<News> {
        std::mem::take(&mut *self.news.lock().expect("no panic inside"))
    }

    /// These are told again.
    pub fn tell(&self, news: Vec<News>) {
        self.news.lock().expect("no panic inside").extend(news);
    }

    /// Reads the file again if it changed. One that does not read changes nothing: trust is not lost
    /// by a slip of the pen, nor is it given.
    pub fn refresh(&self) -> bool {
        let Some(kept) = &self.policy else { return false };
        let mut kept = kept.lock().expect("no panic inside");
        let now = digest(&kept.file);
        if now == kept.read {
            return false;
        }
        kept.read = now;
        match Policy::read(&kept.file) {
            Ok(policy) => {
                info!("{} was read again", kept.file.display());
                kept.policy = policy;
                true
            }
            Err(why) => {
                error!("the policy stays what it was: {why}");
                false
            }
        }
    }
}

fn digest(file: &Path) -> Digest {
    Digest::of(&std::fs::read(file).unwrap_or_default())
}
