//! Everything that is built once at start. No globals.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use posthouse_registry::folder;
use posthouse_sdk::manifest::Interface;
use tokio::sync::{Notify, broadcast};
use tracing::{info, warn};

use crate::config::Config;
use crate::fault::Instant;
use crate::fetch::Http;
use crate::parcel::Account;
use crate::route::{Release, Releases};
use crate::sandbox::{Adapter, Sandbox};
use crate::schedule::{Channels, Quota, Quotas};
use crate::session::Sessions;
use crate::store::{Recorded, Store, within};
use crate::vault::{Credentials, Secrets, Vault};

/// The house and what stands in it. Shared by lanes and API.
pub struct House {
    pub config: Arc<Config>,
    pub vault: Arc<Vault>,
    pub store: Store,
    pub sandbox: Sandbox,
    pub http: Http,
    /// The highest version of every adapter, with or without an account.
    pub adapters: BTreeMap<String, Arc<Adapter>>,
    pub releases: Releases,
    pub channels: Channels,
    pub sessions: Sessions,
    pub wakes: Wakes,
    pub news: broadcast::Sender<Recorded>,
    quotas: Quotas,
}

/// Wakes a lane before its time.
#[derive(Default)]
pub struct Wakes(Mutex<HashMap<Account, Arc<Notify>>>);

impl Wakes {
    pub fn of(&self, account: &Account) -> Arc<Notify> {
        self.0.lock().expect("no panic inside").entry(account.clone()).or_default().clone()
    }
}

impl House {
    /// Opens the vault and the store, loads adapters and pairs them with credentials.
    pub async fn open(config: Config) -> anyhow::Result<Arc<Self>> {
        let config = Arc::new(config);
        let vault = Arc::new(Vault::open(&config.vault.key)?);
        let store = Store::open(&config.database, &config.exchanges, vault.clone()).await?;
        let sandbox = Sandbox::new(&config.sandbox, config.adapters.cache.clone(), vault.derive("code cache"))?;
        let adapters = load_adapters(&config, &sandbox)?;
        let house = Self {
            http: Http::new(&config.fetch)?,
            releases: Releases::default(),
            channels: Channels::new(config.schedule.push_silence.0),
            sessions: Sessions::default(),
            wakes: Wakes::default(),
            news: broadcast::channel(4096).0,
            quotas: Quotas::new(config.clone()),
            adapters,
            vault,
            store,
            sandbox,
            config,
        };
        house.pair().await?;
        Ok(Arc::new(house))
    }

    /// The only clock: milliseconds since the Unix epoch, UTC.
    pub fn now(&self) -> Instant {
        jiff::Timestamp::now().as_millisecond()
    }

    /// The quota of an account's interface; counts of before a restart are read once.
    pub async fn quota(&self, account: &Account, interface: Interface, release: &Release) -> Quota {
        if let Some(made) = self.quotas.made(account, interface) {
            return made;
        }
        let (now, name) = (self.now(), format!("{interface:?}").to_lowercase());
        let hours = self.store.spent(account, &name, now).await.unwrap_or_else(|why| {
            warn!("calls made before the restart are not known: {why}");
            vec![(now / 3_600_000, u32::MAX)]
        });
        self.quotas.of(account, interface, &release.adapter.manifest, |length: Duration| within(&hours, length, now))
    }

    /// The windows that hold for a carrier's interface.
    pub fn windows<'a>(&'a self, adapter: &'a Adapter, interface: Interface) -> &'a [posthouse_sdk::manifest::Window] {
        self.quotas.windows(&adapter.manifest, interface)
    }

    /// A release for every account whose credential its adapter accepts.
    async fn pair(&self) -> anyhow::Result<()> {
        let credentials = Credentials::read(&self.config.vault.credentials)?;
        for (carrier, adapter) in &self.adapters {
            let endpoints = self.config.carriers.get(carrier).map(|row| row.endpoints.clone()).unwrap_or_default();
            let named: Vec<_> = credentials.accounts(carrier).cloned().collect();
            let accounts = if named.is_empty() && needs_nothing(adapter) { vec![Account::new(carrier, "main")] } else { named };
            for account in accounts {
                match credentials.for_account(&account, &adapter.manifest) {
                    Ok(secrets) => self.release(&account, adapter, secrets, endpoints.clone()).await,
                    Err(refused) => warn!(carrier.id = carrier, "{refused}; nothing is asked for this account"),
                }
            }
        }
        Ok(())
    }

    async fn release(&self, account: &Account, adapter: &Arc<Adapter>, secrets: Secrets, endpoints: BTreeMap<String, String>) {
        let secrets = Arc::new(secrets);
        let captured = self.store.tokens(account, &secrets).await.unwrap_or_else(|why| {
            warn!(carrier.id = %account.carrier, "tokens of {account} cannot be read and are fetched anew: {why}");
            BTreeMap::new()
        });
        let secrets = if captured.is_empty() { secrets } else { Arc::new(secrets.with_captured(captured)) };
        let release = Release { adapter: adapter.clone(), secrets, endpoints: Arc::new(endpoints) };
        info!(carrier.id = %account.carrier, release.id = release.id(), "{account} is on {}", release.id());
        self.releases.publish(account, &release);
    }
}

fn needs_nothing(adapter: &Adapter) -> bool {
    adapter.manifest.credential.values().all(|field| field.optional)
}

/// The newest of each; one that does not load is left out and named.
fn load_adapters(config: &Config, sandbox: &Sandbox) -> anyhow::Result<BTreeMap<String, Arc<Adapter>>> {
    let path = &config.adapters.folder;
    let found = folder::newest(path).with_context(|| format!("no adapters in {}", path.display()))?;
    let mut adapters = BTreeMap::new();
    for (file, package) in found {
        let loaded = package.map_err(anyhow::Error::from).and_then(|package| Ok(sandbox.load(&package)?));
        match loaded {
            Ok(adapter) => {
                warn!(
                    carrier.id = adapter.manifest.id,
                    "`{}` is unsigned: whoever can write {} decides what runs",
                    adapter.manifest.release(),
                    path.display()
                );
                adapters.insert(adapter.manifest.id.clone(), adapter);
            }
            Err(why) => tracing::error!("{} is left out: {why:#}", file.display()),
        }
    }
    Ok(adapters)
}
