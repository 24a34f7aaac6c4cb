//! Where releases are kept for others: a folder, or any OCI registry. Both have the same list.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use jiff::Timestamp;

use crate::folder;
use crate::index::{BadIndex, Entry, Index};
use crate::oci::{Login, Oci, OciError};
use crate::package::{Digest, NotAnAdapter, Package};
use crate::policy::Policy;
use crate::signed::Signed;
use crate::statement::{Ring, Statement};

/// The list's file in a folder.
const INDEX: &str = "index.json";
/// A list is written again if somebody else wrote theirs at the same moment.
const TRIES: usize = 3;

/// A place for releases.
pub enum Store {
    Folder(PathBuf),
    Oci(Oci),
}

/// What came out of a store.
#[derive(Debug)]
pub struct Pulled {
    pub package: Package,
    pub signatures: Option<String>,
    pub entry: Entry,
}

/// How the list is signed when it changes.
#[derive(Clone, Copy)]
pub struct Seal<'a> {
    /// None: nobody signs it.
    pub by: Option<&'a SigningKey>,
    /// Whose list may be signed anew; none: anybody's.
    pub policy: Option<&'a Policy>,
    /// It is believed for so long.
    pub days: u32,
    pub now: Timestamp,
}

/// Why a store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Oci(#[from] OciError),
    #[error(transparent)]
    Index(#[from] BadIndex),
    #[error("{file}: {why}")]
    File { file: String, why: std::io::Error },
    #[error("{release}: {why}")]
    NotAnAdapter { release: String, why: NotAnAdapter },
    #[error("no {what} in {place}; there are: {others}")]
    Absent { what: String, place: String, others: String },
    #[error("{release} was taken back: {reason}; name the version to have it all the same")]
    Yanked { release: String, reason: String },
    #[error("{release} is there with other bytes ({there}): raise the version")]
    Taken { release: String, there: String },
    #[error("{release} should be {listed} and is {found}")]
    Mismatch { release: String, listed: String, found: String },
    #[error("somebody else changes the list of {place} all the time; try again")]
    Busy { place: String },
}

impl Store {
    /// `oci://HOST/PREFIX`, `oci+http://HOST/PREFIX`, or a folder.
    pub fn open(address: &str, login: Option<Login>) -> Result<Self, StoreError> {
        if address.starts_with("oci://") || address.starts_with("oci+http://") {
            return Ok(Self::Oci(Oci::open(address, login)?));
        }
        Ok(Self::Folder(address.into()))
    }

    /// The list; an empty one if nothing was published yet. Believed if `policy` says so and it is not
    /// older than what was `seen`.
    pub async fn index(&self, policy: Option<&Policy>, seen: Option<&Index>, now: Timestamp) -> Result<Index, StoreError> {
        Ok(match self.index_text().await? {
            Some(text) => Index::read(&text, policy, seen, now)?,
            // A list that was there does not go away by itself.
            None => match seen {
                Some(seen) => return Err(BadIndex::Old { found: 0, seen: seen.serial }.into()),
                None => Index::empty(),
            },
        })
    }

    /// Publishes a package with what stands beside it. The same bytes again: only the signatures.
    pub async fn publish(&self, package: &Package, signatures: Option<&Signed>, seal: Seal<'_>) -> Result<Index, StoreError> {
        self.is_free(package).await?;
        match self {
            Self::Folder(folder) => put(folder, package, signatures).map_err(|why| file(folder, why))?,
            Self::Oci(oci) => oci.publish(package, signatures.map(Signed::text).as_deref()).await?,
        }
        let ring = signatures.and_then(|signed| serde_json::from_str::<Statement>(&signed.statement).ok()).map_or(Ring::Stable, |s| s.ring);
        self.change(seal, |index| {
            index.add(package, ring);
            Ok(())
        })
        .await
    }

    /// Marks a release as one that nobody should begin to use. It stays where it is.
    pub async fn yank(&self, id: &str, version: &str, reason: &str, seal: Seal<'_>) -> Result<Index, StoreError> {
        self.change(seal, |index| if index.yank(id, version, reason) { Ok(()) } else { Err(self.absent(format!("{id}@{version}"), index)) })
            .await
    }

    /// Signs the list anew, so that it is believed longer.
    pub async fn renew(&self, seal: Seal<'_>) -> Result<Index, StoreError> {
        self.change(seal, |_| Ok(())).await
    }

    /// A release that the list names: the newest, or a version even if it was taken back.
    pub async fn pull(&self, index: &Index, id: &str, version: Option<&str>) -> Result<Pulled, StoreError> {
        let what = || version.map_or_else(|| id.to_owned(), |version| format!("{id}@{version}"));
        let entry = match version {
            Some(version) => index.entry(id, version),
            None => index.newest(id),
        };
        let yanked = || index.releases.iter().rev().find(|e| e.id == id).and_then(|e| Some((e, e.yanked.clone()?)));
        let entry = match (entry, yanked()) {
            (Some(entry), _) => entry,
            (None, Some((entry, reason))) if version.is_none() => {
                return Err(StoreError::Yanked { release: format!("{id}@{}", entry.version), reason });
            }
            (None, _) => return Err(self.absent(what(), index)),
        };
        let release = format!("{id}@{}", entry.version);
        let (bytes, signatures) = match self {
            Self::Folder(folder) => {
                let at = folder::at(folder, id, &entry.version).map_err(|why| file(folder, why))?;
                let bytes = std::fs::read(&at).map_err(|why| file(&at, why))?;
                (bytes, folder::signatures(&at).map_err(|why| file(&at, why))?)
            }
            Self::Oci(oci) => {
                let pulled = oci.pull(id, &entry.version).await?;
                (pulled.package, pulled.signatures)
            }
        };
        let found = Digest::of(&bytes).to_string();
        if found != entry.digest {
            return Err(StoreError::Mismatch { release, listed: entry.digest.clone(), found });
        }
        let package = Package::open(bytes).map_err(|why| StoreError::NotAnAdapter { release, why })?;
        Ok(Pulled { package, signatures, entry: entry.clone() })
    }

    /// What the list of a folder was when it was believed last.
    pub fn seen(folder: &Path) -> Option<Index> {
        let text = std::fs::read_to_string(folder.join(SEEN)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Remembers a list that was believed, beside what came by it.
    pub fn see(folder: &Path, index: &Index) -> Result<(), StoreError> {
        let at = folder.join(SEEN);
        folder::write(&at, &serde_json::to_vec(index).expect("plain data")).map_err(|why| file(&at, why))
    }

    /// For people.
    pub fn place(&self) -> String {
        match self {
            Self::Folder(folder) => folder.display().to_string(),
            Self::Oci(oci) => oci.to_string(),
        }
    }

    async fn index_text(&self) -> Result<Option<String>, StoreError> {
        match self {
            Self::Oci(oci) => Ok(oci.index().await?),
            Self::Folder(folder) => match std::fs::read_to_string(folder.join(INDEX)) {
                Ok(text) => Ok(Some(text)),
                Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(why) => Err(file(&folder.join(INDEX), why)),
            },
        }
    }

    async fn put_index(&self, text: &str) -> Result<(), StoreError> {
        match self {
            Self::Oci(oci) => Ok(oci.put_index(text).await?),
            Self::Folder(folder) => folder::write(&folder.join(INDEX), text.as_bytes()).map_err(|why| file(&folder.join(INDEX), why)),
        }
    }

    /// Changes the list and looks whether the change is there. A registry cannot compare and swap, so of two
    /// that publish in the same moment one may have to publish again.
    async fn change(&self, seal: Seal<'_>, change: impl Fn(&mut Index) -> Result<(), StoreError>) -> Result<Index, StoreError> {
        for _ in 0..TRIES {
            let mut index = match self.index_text().await? {
                // An ended list may be renewed, and one that somebody forged may not.
                Some(text) => Index::read(&text, seal.policy, None, Timestamp::UNIX_EPOCH)?,
                None => Index::empty(),
            };
            change(&mut index)?;
            let (index, text) = index.seal(seal.by, seal.days, seal.now);
            self.put_index(&text).await?;
            if self.index_text().await?.as_deref() == Some(text.as_str()) {
                return Ok(index);
            }
        }
        Err(StoreError::Busy { place: self.place() })
    }

    async fn is_free(&self, package: &Package) -> Result<(), StoreError> {
        let Some(text) = self.index_text().await? else { return Ok(()) };
        let index = Index::read(&text, None, None, Timestamp::UNIX_EPOCH)?;
        match index.entry(&package.manifest.id, &package.manifest.version) {
            Some(entry) if entry.digest != package.digest.to_string() => {
                Err(StoreError::Taken { release: package.manifest.release(), there: entry.digest.clone() })
            }
            _ => Ok(()),
        }
    }

    fn absent(&self, what: String, index: &Index) -> StoreError {
        let others: Vec<_> = index.releases.iter().map(|entry| format!("{}@{}", entry.id, entry.version)).collect();
        let others = if others.is_empty() { "none".into() } else { others.join(", ") };
        StoreError::Absent { what, place: self.place(), others }
    }
}

/// The list that was believed last, in the folder that is filled from a store.
const SEEN: &str = "index.seen.json";

/// Signatures first: a file is never there without them.
pub fn put(folder: &Path, package: &Package, signatures: Option<&Signed>) -> std::io::Result<()> {
    if let Some(signatures) = signatures {
        folder::put_signatures(&folder.join(package.file_name()), signatures)?;
    }
    folder::put(folder, package).map(drop)
}

fn file(at: &Path, why: std::io::Error) -> StoreError {
    StoreError::File { file: at.display().to_string(), why }
}
