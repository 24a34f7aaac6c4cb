//! Everything that is built once at start. No globals.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posthouse_sdk::manifest::{Batch, Interface, Kind, Manifest, Window};
use tokio::sync::{Notify, broadcast};
use tracing::warn;

use crate::alert::Alerts;
use crate::config::{Config, Pace};
use crate::fault::Instant;
use crate::fetch::{Http, Pages};
use crate::flood::Floods;
use crate::incident::Incidents;
use crate::judge::{Delays, Dictionary, Judging, Skews};
use crate::notice::Notices;
use crate::pair;
use crate::parcel::Account;
use crate::permit::{self, Permits};
use crate::publish::{Office, Post};
use crate::rollout::Conduct;
use crate::route::{Release, Releases};
use crate::sandbox::{Adapter, Sandbox};
use crate::schedule::{Channels, Quota, Quotas};
use crate::session::Sessions;
use crate::shelf::{Shelf, Trust};
use crate::sla::Sla;
use crate::store::{NotStored, Recorded, Store, within};
use crate::sync;
use crate::task::Signs;
use crate::vault::Vault;

/// The house and what stands in it. Shared by lanes and API.
pub struct House {
    pub config: Arc<Config>,
    pub vault: Arc<Vault>,
    pub store: Store,
    pub http: Http,
    pub pages: Pages,
    /// Which carriers' pages may be read.
    pub permits: Permits,
    pub shelf: Shelf,
    pub releases: Releases,
    pub channels: Channels,
    pub sessions: Sessions,
    pub conduct: Conduct,
    pub incidents: Incidents,
    pub notices: Notices,
    /// What operators say codes mean.
    pub dictionary: Dictionary,
    /// What was learned of carriers' delays.
    pub delays: Arc<Delays>,
    pub skews: Skews,
    pub floods: Floods,
    pub office: Office,
    /// What live traffic announces.
    pub signs: Signs,
    pub alerts: Alerts,
    pub sla: Sla,
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
        let vault = Arc::new(Vault::open(&config.vault)?);
        let store = Store::open(&config.database, &config.exchanges, vault.clone()).await?;
        if !config.adapters.registry.is_empty() {
            sync::fill(&config.adapters).await;
        }
        let sandbox = Sandbox::new(&config.sandbox, config.adapters.cache.clone(), vault.derive("code cache"))?;
        let house = Self {
            http: Http::new(&config.fetch)?,
            pages: Pages::new(&config),
            permits: Permits::default(),
            releases: Releases::default(),
            channels: Channels::new(config.schedule.push_silence.0),
            sessions: Sessions::default(),
            conduct: Conduct::default(),
            incidents: Incidents::default(),
            notices: Notices::default(),
            dictionary: Dictionary::default(),
            delays: Arc::default(),
            skews: Skews::default(),
            floods: Floods::default(),
            office: Office::new(Post::new(&config.webhooks, &config.fetch.user_agent)?, config.stream.readers),
            signs: Signs::default(),
            alerts: Alerts::new(&config)?,
            sla: Sla::default(),
            wakes: Wakes::default(),
            news: broadcast::channel(4096).0,
            quotas: Quotas::default(),
            shelf: Shelf::open(config.adapters.folder.clone(), sandbox, trust(&config, &store).await?)?,
            vault,
            store,
            config,
        };
        permit::resume(&house).await?;
        house.dictionary.resume(house.store.overrides().await?);
        house.delays.resume(house.store.delays().await?);
        pair::pair(&house).await?;
        house.remember().await?;
        house.conduct.resume(&house).await?;
        Ok(Arc::new(house))
    }

    /// Stores which adapters were loaded, so that nothing older comes after them.
    pub async fn remember(&self) -> Result<(), NotStored> {
        let news = self.shelf.news();
        let stored = self.store.remember(news.clone(), self.now()).await;
        if stored.is_err() {
            self.shelf.tell(news);
        }
        stored
    }

    /// The only clock: milliseconds since the Unix epoch, UTC.
    pub fn now(&self) -> Instant {
        jiff::Timestamp::now().as_millisecond()
    }

    /// The adapter a carrier is on, with or without an account.
    pub fn adapter(&self, carrier: &str) -> Option<Arc<Adapter>> {
        self.shelf.all().get(carrier).filter(|adapter| adapter.manifest.kind == Kind::Carrier).cloned()
    }

    /// What tracks of this adapter are judged by, now.
    pub fn judging(&self, manifest: &Arc<Manifest>) -> Judging {
        let photo_from = Some(u64::from(self.config.judge.photo_from) * 100).filter(|from| *from > 0);
        Judging { manifest: manifest.clone(), photo_from, delays: self.delays.clone() }
    }

    /// The quota of an account's interface; counts of before a restart are read once.
    pub async fn quota(&self, account: &Account, interface: Interface, release: &Release) -> Quota {
        if release.reads_pages() {
            // A visitor is one visitor, whichever account's parcels it looks for.
            return self.quotas.of(&Account::new(&account.carrier, "*"), interface, self.windows(release, interface), |_| 0);
        }
        if let Some(made) = self.quotas.made(account, interface) {
            return made;
        }
        let (now, name) = (self.now(), format!("{interface:?}").to_lowercase());
        let hours = self.store.spent(account, &name, now).await.unwrap_or_else(|why| {
            warn!("calls made before the restart are not known: {why}");
            vec![(now / 3_600_000, u32::MAX)]
        });
        self.quotas.of(account, interface, self.windows(release, interface), |length: Duration| within(&hours, length, now))
    }

    /// After a promotion: another manifest may have other windows. What was spent is read again.
    pub fn forget_quotas(&self, account: &Account) {
        self.quotas.forget(account);
    }

    /// The windows that hold for an account's interface: the operator's, the manifest's, or the
    /// tier's. A manifest's are its API's; a public page has the tier's.
    pub fn windows<'a>(&'a self, release: &'a Release, interface: Interface) -> &'a [Window] {
        let manifest = &release.adapter.manifest;
        let own = self.config.carriers.get(&manifest.id).and_then(|row| row.quota.get(&interface));
        let of_api = || manifest.quota.get(&interface).filter(|_| !release.reads_pages());
        own.or_else(of_api).unwrap_or(&self.config.tier(release.tier()).quota)
    }

    /// How often and how fresh, for an account.
    pub fn pace(&self, release: &Release) -> Pace {
        self.config.pace(&release.adapter.manifest.id, release.tier())
    }

    /// What may share a call.
    pub fn batch(&self, release: &Release) -> Batch {
        let own = &release.adapter.manifest.batch;
        let most = self.config.tier(release.tier()).batch.unwrap_or(own.size);
        Batch { size: own.size.min(most), with: own.with.clone() }
    }
}

/// Nothing unsigned is loaded by mistake: that has to be said.
async fn trust(config: &Config, store: &Store) -> anyhow::Result<Trust> {
    let policy = &config.adapters.policy;
    if config.adapters.unsigned {
        return Ok(Trust::unsigned());
    }
    anyhow::ensure!(
        policy.exists(),
        "no policy in {}: `posthouse adapter trust` writes one; or load adapters unsigned with POSTHOUSE_ADAPTERS__UNSIGNED=true",
        policy.display()
    );
    Trust::open(policy.clone(), store.known().await?)
}
