//! Fills the adapters folder from a registry. The folder is all a host needs: without the registry it
//! goes on with what it has.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use posthouse_registry::index::Entry;
use posthouse_registry::oci::Login;
use posthouse_registry::store::{self, Store};
use posthouse_registry::{Index, Policy, Signed, Statement, folder};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::app::House;
use crate::config;
use crate::pair;
use crate::vault;

/// Asks for new releases from time to time.
pub async fn watch(house: Arc<House>, stop: CancellationToken) {
    if house.config.adapters.registry.is_empty() {
        return;
    }
    loop {
        tokio::select! {
            () = tokio::time::sleep(house.config.adapters.sync.0) => {}
            () = stop.cancelled() => return,
        }
        if fill(&house.config.adapters).await > 0 {
            house.shelf.survey();
            pair::again(&house).await;
        }
    }
}

/// Fetches what the folder lacks; how many came. What does not come is told, and stops nothing.
pub async fn fill(config: &config::Adapters) -> usize {
    match fetched(config).await {
        Ok(came) => came,
        Err(why) => {
            warn!("no new releases from the registry, what is in {} goes on: {why:#}", config.folder.display());
            0
        }
    }
}

async fn fetched(config: &config::Adapters) -> anyhow::Result<usize> {
    let store = Store::open(&config.registry, login(&config.login)?)?;
    let policy = if config.unsigned { None } else { Some(Policy::read(&config.policy)?) };
    let now = Timestamp::now();
    let index = store.index(policy.as_ref(), Store::seen(&config.folder).as_ref(), now).await?;
    let mut came = 0;
    for entry in index.releases.iter().filter(|entry| entry.yanked.is_none() && lacks(&config.folder, entry)) {
        match one(config, &store, &index, entry, policy.as_ref(), now).await {
            Ok(()) => came += 1,
            // The others are no worse for it.
            Err(why) => warn!(carrier.id = entry.id, "{}@{} of {} is left there: {why:#}", entry.id, entry.version, store.place()),
        }
    }
    Store::see(&config.folder, &index)?;
    Ok(came)
}

/// Whether the folder has not what the list names: the file, or signatures for this ring.
fn lacks(folder: &Path, entry: &Entry) -> bool {
    let Ok(file) = folder::at(folder, &entry.id, &entry.version) else { return false };
    let said = |text: String| serde_json::from_str::<Statement>(&Signed::parse(&text).ok()?.statement).ok();
    let ring = folder::signatures(&file).ok().flatten().and_then(said).map(|statement| statement.ring);
    !file.exists() || ring.is_some_and(|ring| ring != entry.ring)
}

async fn one(
    config: &config::Adapters,
    store: &Store,
    index: &Index,
    entry: &Entry,
    policy: Option<&Policy>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let Entry { id, version, .. } = entry;
    let pulled = store.pull(index, id, Some(version)).await?;
    if let Some(policy) = policy {
        policy.admit(&pulled.package, pulled.signatures.as_deref(), now)?;
    }
    let signed = pulled.signatures.map(|text| Signed::parse(&text)).transpose().map_err(anyhow::Error::msg)?;
    store::put(&config.folder, &pulled.package, signed.as_ref())?;
    info!(carrier.id = id, "{id}@{version} came from {}", store.place());
    Ok(())
}

/// What a file says of who asks; nothing if there is none.
pub fn login(file: &Path) -> anyhow::Result<Option<Login>> {
    if file.as_os_str().is_empty() {
        return Ok(None);
    }
    vault::private(file)?;
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let (user, password) = text.trim().split_once(':').with_context(|| format!("{} should hold USER:PASSWORD", file.display()))?;
    Ok(Some(Login { user: user.to_owned(), password: password.to_owned().into() }))
}
