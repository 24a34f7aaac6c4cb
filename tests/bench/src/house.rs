//! The real host, in this process, on files of its own.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use posthouse::app::House;
use posthouse::config::Config;
use posthouse::parcel::Account;
use posthouse::store::NewParcel;
use serde_json::Value;

use crate::Options;
use crate::carriers::Control;

/// Its files go with it.
pub struct Bench {
    pub house: Arc<House>,
    _folder: tempfile::TempDir,
}

/// How a host is set up.
pub struct Setup {
    pub synchronous: &'static str,
    /// The distance of looks.
    pub every: &'static str,
    pub in_flight: usize,
}

impl Bench {
    /// A host that knows ZTO only.
    pub async fn open(options: &Options, control: &Control, setup: Setup) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        credentials(&path("credentials.toml"), &control.get("accounts").await?)?;
        let endpoints = control.get("endpoints").await?;
        let adapters = std::path::absolute(options.adapters())?;
        let Setup { synchronous, every, in_flight } = setup;
        let config = Config::with(&format!(
            "database = {{ path = {:?}, synchronous = {synchronous:?} }}\n\
             adapters = {{ folder = {adapters:?}, cache = {:?}, unsigned = true }}\n\
             vault = {{ key = {:?}, credentials = {:?} }}\n\
             schedule.in_flight = {in_flight}\n\
             notices.watch = false\n\
             [carriers.zto]\nevery = {every:?}\nendpoints.query = {}\nquota.tracking = [\"1000000/1s\"]\n",
            path("posthouse.db"),
            path("cache"),
            path("vault.key"),
            path("credentials.toml"),
            endpoints["zto"]["query"],
        ))?;
        Ok(Self { house: House::open(config).await?, _folder: folder })
    }

    /// A host whose carriers are followed by people.
    pub async fn by_hand(options: &Options) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        let adapters = std::path::absolute(options.adapters())?;
        let config = Config::with(&format!(
            "webhooks.allow = ['127.0.0.0/8']\ndatabase.path = {:?}\nadapters = {{ folder = {adapters:?}, cache = {:?}, unsigned = true }}\nvault = {{ key = {:?}, credentials = {:?} }}\n\
             notices.watch = false",
            path("posthouse.db"),
            path("cache"),
            path("vault.key"),
            path("credentials.toml"),
        ))?;
        Ok(Self { house: House::open(config).await?, _folder: folder })
    }

    /// Parcels that are polled, not pushed.
    pub async fn register(&self, carrier: &str, numbers: &[String]) -> anyhow::Result<()> {
        let adapter = self.house.adapter(carrier).with_context(|| format!("`{carrier}` is not loaded"))?;
        let parcel = |number: &String| NewParcel {
            account: Account::new(carrier, "main"),
            number: number.clone(),
            phone_tail: None,
            shipped_at: None,
            extra: BTreeMap::new(),
            watched: true,
            subscribe: false,
            declared_value: None,
            notify: None,
            judging: self.house.judging(&adapter.manifest),
        };
        for some in numbers.chunks(500) {
            self.house.store.register(some.iter().map(parcel).collect(), self.house.now()).await?;
        }
        Ok(())
    }
}

fn credentials(path: &str, accounts: &Value) -> anyhow::Result<()> {
    let fields = accounts["zto"].as_object().cloned().unwrap_or_default();
    let mut text = String::from("[zto.main]\n");
    for (name, value) in fields {
        // Texts of JSON are texts of TOML.
        text.push_str(&format!("{name} = {value}\n"));
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(file.write_all(text.as_bytes())?)
}

/// Until `reached` says so, or a minute is over.
pub async fn until(what: &str, mut reached: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    for _ in 0..30_000 {
        if reached().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    anyhow::bail!("a minute was not enough: {what}")
}
