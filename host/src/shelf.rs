//! Loaded adapters: every version that is in use or was asked for, and the one each carrier is on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use posthouse_registry::{Package, folder};
use tracing::{error, warn};

use crate::sandbox::{Adapter, Sandbox};

/// A version that is loaded stays loaded: a rollout may go back to it at once.
pub struct Shelf {
    folder: PathBuf,
    sandbox: Sandbox,
    /// By release, such as `sf@1.0.0`.
    loaded: Mutex<BTreeMap<String, Arc<Adapter>>>,
    /// By carrier.
    current: ArcSwap<BTreeMap<String, Arc<Adapter>>>,
}

impl Shelf {
    /// The newest of each; one that does not load is left out and named.
    pub fn open(folder: PathBuf, sandbox: Sandbox) -> anyhow::Result<Self> {
        let found = folder::newest(&folder).with_context(|| format!("no adapters in {}", folder.display()))?;
        let shelf = Self { folder, sandbox, loaded: Mutex::default(), current: ArcSwap::default() };
        for (file, package) in found {
            match package.map_err(anyhow::Error::from).and_then(|package| shelf.load(&package)) {
                Ok(adapter) => shelf.set_current(adapter),
                Err(why) => error!("{} is left out: {why:#}", file.display()),
            }
        }
        Ok(shelf)
    }

    /// Every carrier and the adapter it is on.
    pub fn all(&self) -> Arc<BTreeMap<String, Arc<Adapter>>> {
        self.current.load_full()
    }

    pub fn set_current(&self, adapter: Arc<Adapter>) {
        self.current.rcu(|current| {
            let mut current = BTreeMap::clone(current);
            current.insert(adapter.manifest.id.clone(), adapter.clone());
            current
        });
    }

    /// A version of an adapter, from the folder if it is not loaded yet.
    pub fn version(&self, id: &str, version: &str) -> anyhow::Result<Arc<Adapter>> {
        if let Some(loaded) = self.loaded.lock().expect("no panic inside").get(&format!("{id}@{version}")) {
            return Ok(loaded.clone());
        }
        let package =
            folder::version(&self.folder, id, version).with_context(|| format!("no {id}@{version}.wasm in {}", self.folder.display()))?;
        self.load(&package?)
    }

    /// Every version of an adapter that the folder has and that loads.
    pub fn versions(&self, id: &str) -> Vec<Arc<Adapter>> {
        let found = folder::all(&self.folder).unwrap_or_default();
        let packages = found.into_iter().filter_map(|(_, package)| package.ok()).filter(|package| package.manifest.id == id);
        packages.filter_map(|package| self.version(id, &package.manifest.version).ok()).collect()
    }

    fn load(&self, package: &Package) -> anyhow::Result<Arc<Adapter>> {
        let adapter = self.sandbox.load(package)?;
        let release = adapter.manifest.release();
        let folder = self.folder.display();
        warn!(carrier.id = adapter.manifest.id, "`{release}` is unsigned: whoever can write {folder} decides what runs");
        self.loaded.lock().expect("no panic inside").insert(release, adapter.clone());
        Ok(adapter)
    }
}
