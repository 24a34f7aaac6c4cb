//! Configuration: every key has a default in `config.default.toml`, which is compiled in.
//!
//! Unknown keys fail, all mistakes are reported at once, and inside the house everything is typed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use ipnet::IpNet;
use posthouse_sdk::manifest::{Interface, Period, Tier, Window};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{alert, customer, sla};

const DEFAULTS: &str = include_str!("config.default.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub adapters: Adapters,
    pub vault: Vault,
    pub sandbox: Sandbox,
    pub fetch: Fetch,
    pub ocr: Ocr,
    pub browser: Browser,
    pub exchanges: Exchanges,
    pub schedule: Schedule,
    pub incidents: Incidents,
    pub notices: Notices,
    pub sla: sla::Settings,
    pub alerts: alert::Settings,
    pub customers: customer::Settings,
    pub judge: Judge,
    #[serde(default)]
    pub rollouts: Rollouts,
    pub tiers: BTreeMap<String, TierRow>,
    pub live: Live,
    pub webhooks: Webhooks,
    pub stream: Stream,
    #[serde(default)]
    pub carriers: BTreeMap<String, CarrierRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: SocketAddr,
    pub public_url: String,
    pub grace: Period,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub path: PathBuf,
    pub synchronous: Synchronous,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    Full,
    Normal,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adapters {
    pub folder: PathBuf,
    pub cache: PathBuf,
    pub policy: PathBuf,
    pub unsigned: bool,
    /// An address, or empty.
    pub registry: String,
    /// A file, or empty.
    pub login: PathBuf,
    pub sync: Period,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    pub key: PathBuf,
    pub credentials: PathBuf,
    /// The key itself, out of the environment. Never in a file of settings.
    #[serde(skip)]
    pub given: Option<SecretString>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    pub deadline: Period,
    pub instances: u32,
    pub hostcall_bytes: usize,
    pub roomy_deadline: Period,
    pub roomy_instances: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    pub connect: Period,
    pub whole: Period,
    pub user_agent: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ocr {
    pub workers: usize,
    pub limit: Period,
    /// Of 100.
    pub floor: u8,
    /// `posthouse`, of the same build.
    pub program: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Browser {
    pub path: PathBuf,
    pub sandbox: Walls,
    pub profiles: PathBuf,
    pub pages: usize,
    pub load: Period,
    pub wait: Period,
    pub whole: Period,
    pub page_bytes: u64,
    pub page_memory_mb: u64,
    pub memory_mb: u64,
    pub recycle: u64,
}

/// Chromium's own sandbox. Ours stands around it in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Walls {
    Auto,
    On,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchanges {
    pub sample: u32,
    pub keep: Period,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    pub in_flight: usize,
    pub lease: Period,
    pub backoff: Period,
    pub backoff_max: Period,
    pub pushed_every: Period,
    pub push_silence: Period,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incidents {
    pub window: Period,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    pub watch: bool,
    pub every: Period,
    pub failing_after: Period,
    pub pages: usize,
    pub again: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// Yuan.
    pub photo_from: u32,
    pub score: bool,
    pub learn_every: Period,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rollouts {
    /// ed25519 public keys in hex, by the signer's name.
    pub signers: BTreeMap<String, String>,
}

/// A tier's row of the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierRow {
    pub every: Period,
    pub sla: Period,
    pub quota: Vec<Window>,
    /// Parcels in one call at most; the manifest's number if left out.
    pub batch: Option<usize>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Live {
    pub wait: Period,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Networks of our own that letters may go to.
    pub allow: Vec<IpNet>,
    pub timeout: Period,
    /// Before each attempt but the first; after the last one a letter is dead.
    pub retries: Vec<Period>,
    /// Letters on their way to one webhook.
    pub in_flight: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    pub heartbeat: Period,
    pub patience: Period,
    pub readers: usize,
}

/// What an operator overrides for one carrier.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CarrierRow {
    pub every: Option<Period>,
    pub sla: Option<Period>,
    /// No: the contract has no pushes, and nothing is subscribed.
    pub push: Option<bool>,
    pub endpoints: BTreeMap<String, String>,
    pub quota: BTreeMap<Interface, Vec<Window>>,
}

/// How often and how fresh, for one carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub every: Duration,
    pub sla: Duration,
}

impl Config {
    /// Defaults, then the file, then `POSTHOUSE_SECTION__KEY`. Names without `__` are not settings.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            anyhow::ensure!(file.exists(), "no configuration at {}", file.display());
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment.merge(Env::prefixed("POSTHOUSE_").filter(|key| key.as_str().contains("__")).split("__"));
        figment.extract::<Self>().map_err(all_mistakes).context("the configuration is not right")
    }

    /// For tests and tools: the defaults with this TOML on top.
    pub fn with(toml: &str) -> anyhow::Result<Self> {
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(toml));
        figment.extract::<Self>().map_err(all_mistakes).context("the configuration is not right")
    }

    /// The tier's row.
    pub fn tier(&self, tier: Tier) -> &TierRow {
        let name = format!("{tier:?}");
        self.tiers.get(&name).expect("config.default.toml has every tier")
    }

    /// The pace of one carrier: its row, or its tier's.
    pub fn pace(&self, carrier: &str, tier: Tier) -> Pace {
        let (row, tier) = (self.carriers.get(carrier), self.tier(tier));
        let pick = |own: Option<Period>, tiers: Period| own.unwrap_or(tiers).0;
        Pace { every: pick(row.and_then(|r| r.every), tier.every), sla: pick(row.and_then(|r| r.sla), tier.sla) }
    }
}

impl Browser {
    /// Where profiles are: a folder that the browser's user may enter.
    pub fn folder(&self) -> PathBuf {
        if self.profiles.as_os_str().is_empty() { std::env::temp_dir() } else { self.profiles.clone() }
    }

    pub fn page_memory_bytes(&self) -> u64 {
        self.page_memory_mb << 20
    }

    pub fn memory_bytes(&self) -> u64 {
        self.memory_mb << 20
    }
}

fn all_mistakes(error: figment::Error) -> anyhow::Error {
    let lines: Vec<_> = error.into_iter().map(|e| e.to_string()).collect();
    anyhow::anyhow!("{}", lines.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_whole() {
        let config = Config::with("").unwrap();
        assert_eq!(config.pace("any", Tier::A).every, Duration::from_secs(300));
        assert_eq!(config.pace("any", Tier::B).sla, Duration::from_secs(45 * 60));
    }

    #[test]
    fn a_carrier_overrides_its_tier() {
        let config = Config::with("[carriers.acme]\nevery = '200ms'").unwrap();
        assert_eq!(config.pace("acme", Tier::A).every, Duration::from_millis(200));
        assert_eq!(config.pace("acme", Tier::A).sla, Duration::from_secs(600));
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = format!("{:#}", Config::with("[server]\ncolour = 'red'").unwrap_err());
        assert!(error.contains("colour"), "{error}");
    }
}
