//! Loaded adapters: every version that is in use or was asked for, and the one each carrier is on.
//! Readers of announcements have their place beside the carriers' and are never taken for them.
//!
//! Nothing is compiled, nor taken from the code cache, that the operator's policy does not trust.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use posthouse_registry::folder::{self, Named};
use posthouse_registry::package::is_older;
use posthouse_registry::{Distrust, NotAnAdapter, Package, Ring};
use posthouse_sdk::manifest::{Kind, Manifest};
use tracing::{error, warn};

use crate::sandbox::{self, Adapter, DoesNotLoad, Sandbox};

mod trust;

pub use trust::{News, Trust};

/// A version that is loaded stays loaded: a rollout may go back to it at once.
pub struct Shelf {
    folder: PathBuf,
    sandbox: Sandbox,
    trust: Trust,
    /// One at a time: a version that two ask for is compiled once.
    loading: Mutex<()>,
    /// By release, such as `sf@1.0.0`.
    loaded: Mutex<BTreeMap<String, Loaded>>,
    /// By carrier.
    current: Current,
    /// Readers of announcements, by id.
    bulletins: Current,
    /// What was not loaded, by file, as it was found last.
    refused: Mutex<BTreeMap<PathBuf, Refused>>,
}

type Current = ArcSwap<BTreeMap<String, Arc<Adapter>>>;

/// What is asked again when the policy changes.
struct Loaded {
    adapter: Arc<Adapter>,
    /// Without its bytes.
    package: Package,
    file: PathBuf,
}

/// A file that was left out.
#[derive(Debug, Clone)]
pub struct Refused {
    /// A stable word: `unsigned`, `older`.
    pub code: &'static str,
    pub why: String,
}

/// Why a release is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum NotLoaded {
    #[error("no {release}.wasm in {folder}")]
    Absent { release: String, folder: String },
    #[error("{file} cannot be read: {why}")]
    Unread { file: String, why: std::io::Error },
    #[error("{file}: {why}")]
    NotAnAdapter { file: String, why: NotAnAdapter },
    #[error("{release} is not trusted: {why}")]
    Untrusted { release: String, why: Distrust },
    #[error(transparent)]
    DoesNotLoad(#[from] DoesNotLoad),
}

impl NotLoaded {
    fn code(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "absent",
            Self::Unread { .. } => "unread",
            Self::NotAnAdapter { .. } => "not-an-adapter",
            Self::Untrusted { why, .. } => why.code(),
            Self::DoesNotLoad(_) => "does-not-load",
        }
    }

    /// The operator's word against it, if it is that; not a file that is lost or spoilt.
    pub fn taken_back(&self) -> Option<&Distrust> {
        match self {
            Self::Untrusted { why, .. } if why.is_the_policys() => Some(why),
            _ => None,
        }
    }
}

impl Shelf {
    /// The newest of each that is trusted and loads; what is left out is named.
    pub fn open(folder: PathBuf, sandbox: Sandbox, trust: Trust) -> anyhow::Result<Self> {
        let (loading, loaded, current, bulletins, refused) = Default::default();
        let shelf = Self { folder, sandbox, trust, loading, loaded, current, bulletins, refused };
        let names = folder::names(&shelf.folder).with_context(|| format!("no adapters in {}", shelf.folder.display()))?;
        if shelf.trust.is_unsigned() {
            warn!("adapters are loaded unsigned: whoever can write {} decides what runs", shelf.folder.display());
        }
        let mut by_id: BTreeMap<&str, Vec<&Named>> = BTreeMap::new();
        names.iter().for_each(|named| by_id.entry(&named.id).or_default().push(named));
        shelf.survey();
        for (id, versions) in by_id {
            if let Some(newest) = shelf.newest(id, &versions) {
                shelf.set_current(newest);
            }
        }
        Ok(shelf)
    }

    /// Remembers what the folder has, oldest versions first: what comes later must be newer. Nothing is
    /// compiled. What is refused here is named when somebody asks for it.
    pub fn survey(&self) {
        for named in sandbox::aside(|| folder::names(&self.folder)).unwrap_or_default() {
            let Ok(Ok(package)) = folder::open(&named.file) else { continue };
            if let Ok(ring) = self.trust.admit(&package, &named.file) {
                self.trust.remember(&package, ring);
            }
        }
    }

    /// Every carrier and the adapter it is on: no channels, no bulletins.
    pub fn carriers(&self) -> BTreeMap<String, Arc<Adapter>> {
        let all = self.all();
        let carriers = all.iter().filter(|(_, adapter)| adapter.manifest.kind == Kind::Carrier);
        carriers.map(|(id, adapter)| (id.clone(), adapter.clone())).collect()
    }

    /// Every package and the version it is on.
    pub fn all(&self) -> Arc<BTreeMap<String, Arc<Adapter>>> {
        self.current.load_full()
    }

    /// Every reader of announcements, in the version that is used from the next look on.
    pub fn bulletins(&self) -> Arc<BTreeMap<String, Arc<Adapter>>> {
        self.bulletins.load_full()
    }

    pub fn set_current(&self, adapter: Arc<Adapter>) {
        let place = if adapter.manifest.kind == Kind::Bulletin { &self.bulletins } else { &self.current };
        place.rcu(|current| {
            let mut current = BTreeMap::clone(current);
            current.insert(adapter.manifest.id.clone(), adapter.clone());
            current
        });
    }

    /// A version of an adapter, from the folder if it is not loaded yet.
    pub fn version(&self, id: &str, version: &str) -> Result<Arc<Adapter>, NotLoaded> {
        let release = format!("{id}@{version}");
        if let Some(loaded) = self.loaded(&release) {
            return Ok(loaded);
        }
        sandbox::aside(|| {
            let _alone = self.loading.lock().expect("no panic inside");
            if let Some(loaded) = self.loaded(&release) {
                return Ok(loaded);
            }
            let file = folder::at(&self.folder, id, version).ok().filter(|file| file.exists());
            let absent = || NotLoaded::Absent { release, folder: self.folder.display().to_string() };
            self.load(&file.ok_or_else(absent)?)
        })
    }

    fn loaded(&self, release: &str) -> Option<Arc<Adapter>> {
        self.loaded.lock().expect("no panic inside").get(release).map(|loaded| loaded.adapter.clone())
    }

    /// Every version of an adapter that the folder has and that loads.
    pub fn versions(&self, id: &str) -> Vec<Arc<Adapter>> {
        self.names(id).iter().filter_map(|named| self.version(id, &named.version).ok()).collect()
    }

    /// The manifests of an adapter's versions, oldest first; nothing is loaded, nothing is trusted.
    pub fn manifests(&self, id: &str) -> Vec<Manifest> {
        let open = |named: &Named| folder::open(&named.file).ok()?.ok().map(|package| package.manifest);
        self.names(id).iter().filter_map(open).collect()
    }

    /// Whether an account may come to stand on an adapter: its signers' word, as it is by now.
    pub fn may_stand_on(&self, adapter: &Adapter) -> Result<(), NotLoaded> {
        let release = adapter.manifest.release();
        let loaded = self.loaded.lock().expect("no panic inside");
        let Some(Loaded { package, file, .. }) = loaded.get(&release) else { return Ok(()) };
        let untrusted = |why| NotLoaded::Untrusted { release: release.clone(), why };
        match self.trust.admit(package, file).map_err(untrusted)? {
            Ring::Stable => Ok(()),
            Ring::Candidate => Err(untrusted(Distrust::OnlyCandidate)),
        }
    }

    /// What was left out, and why.
    pub fn refused(&self) -> Vec<(PathBuf, Refused)> {
        self.refused.lock().expect("no panic inside").iter().map(|(file, why)| (file.clone(), why.clone())).collect()
    }

    /// Releases that came since this was asked last, to be remembered.
    pub fn news(&self) -> Vec<News> {
        self.trust.news()
    }

    /// They could not be stored: they are told again.
    pub fn tell(&self, news: Vec<News>) {
        self.trust.tell(news);
    }

    /// Carriers that nothing was on the shelf for, and for which the folder has something by now; and
    /// bulletins of a newer version, which nothing but the next look stands on.
    pub fn look_again(&self) {
        let names = folder::names(&self.folder).unwrap_or_default();
        let (all, bulletins) = (self.all(), self.bulletins());
        let ids: BTreeSet<&str> = names.iter().map(|named| named.id.as_str()).filter(|id| !all.contains_key(*id)).collect();
        for id in ids {
            let has = bulletins.get(id).map(|adapter| adapter.manifest.version.as_str());
            let newer = |named: &&Named| named.id == id && has.is_none_or(|has| is_older(has, &named.version));
            let versions: Vec<&Named> = names.iter().filter(newer).collect();
            if let Some(newest) = self.newest(id, &versions) {
                self.set_current(newest);
            }
        }
    }

    /// Reads the policy again if its file changed, and names what is loaded and not trusted any more. What
    /// became of the files does not matter: their bytes were trusted when they were loaded.
    pub fn distrusted(&self) -> Option<Vec<(String, Distrust)>> {
        if !self.trust.refresh() {
            return None;
        }
        let loaded = self.loaded.lock().expect("no panic inside");
        let against = |l: &Loaded| self.trust.admit(&l.package, &l.file).err().filter(Distrust::is_the_policys);
        Some(loaded.iter().filter_map(|(release, l)| Some((release.clone(), against(l)?))).collect())
    }

    /// Takes a release off the shelf; what its carrier is on then, if there is anything.
    pub fn take_off(&self, release: &str) -> Option<Arc<Adapter>> {
        let gone = self.loaded.lock().expect("no panic inside").remove(release)?;
        let id = gone.package.manifest.id;
        let names = self.names(&id);
        let next = self.newest(&id, &names.iter().filter(|named| named.release() != release).collect::<Vec<_>>());
        match &next {
            Some(adapter) => self.set_current(adapter.clone()),
            None => {
                for place in [&self.current, &self.bulletins] {
                    place.rcu(|current| {
                        let mut current = BTreeMap::clone(current);
                        current.remove(&id);
                        current
                    });
                }
            }
        }
        next
    }

    fn names(&self, id: &str) -> Vec<Named> {
        let all = folder::names(&self.folder).unwrap_or_default();
        all.into_iter().filter(|named| named.id == id).collect()
    }

    /// The highest version that an account may stand on.
    fn newest(&self, id: &str, versions: &[&Named]) -> Option<Arc<Adapter>> {
        versions.iter().rev().find_map(|named| match self.version(id, &named.version) {
            Ok(adapter) => self.may_stand_on(&adapter).is_ok().then_some(adapter),
            Err(why) => {
                error!("{} is left out: {why:#}", named.file.display());
                None
            }
        })
    }

    fn load(&self, file: &Path) -> Result<Arc<Adapter>, NotLoaded> {
        let loaded = self.checked(file);
        let mut refused = self.refused.lock().expect("no panic inside");
        match &loaded {
            Ok(_) => refused.remove(file),
            Err(why) => refused.insert(file.to_owned(), Refused { code: why.code(), why: format!("{why:#}") }),
        };
        loaded
    }

    /// Signatures first: nothing of an untrusted file is looked at but its manifest.
    fn checked(&self, file: &Path) -> Result<Arc<Adapter>, NotLoaded> {
        let name = || file.display().to_string();
        let package = folder::open(file).map_err(|why| NotLoaded::Unread { file: name(), why })?;
        let mut package = package.map_err(|why| NotLoaded::NotAnAdapter { file: name(), why })?;
        let release = package.manifest.release();
        let ring = self.trust.admit(&package, file).map_err(|why| NotLoaded::Untrusted { release: release.clone(), why })?;
        let adapter = self.sandbox.load(&package)?;
        self.trust.remember(&package, ring);
        let unknown = adapter.manifest.unknown_statuses();
        if !unknown.is_empty() {
            warn!(carrier.id = adapter.manifest.id, "`{release}` is written for a newer host: {}", unknown.join("; "));
        }
        package.bytes = vec![];
        let loaded = Loaded { adapter: adapter.clone(), package, file: file.to_owned() };
        self.loaded.lock().expect("no panic inside").insert(release, loaded);
        Ok(adapter)
    }
}
