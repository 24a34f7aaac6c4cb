//! The simulated carriers: started, steered and asked over their control interface.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::process::Process;

/// Story seconds in a second: most lives take between half a minute and two.
const SPEED: &str = "2400";

pub struct Carriers {
    pub address: String,
    control: String,
    client: Client,
    process: Process,
}

/// What a carrier counted.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct Counts {
    pub requests: u64,
    pub pushes: Pushes,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct Pushes {
    pub accepted: u64,
}

type Tables = BTreeMap<String, BTreeMap<String, String>>;

impl Carriers {
    pub async fn start(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        // A day of the story is half a minute, so SF's 3,000 calls a day are not the demo's.
        let mut process = Process::start(program, &["--speed", SPEED, "--quota", "sf=100/0"], folder)?;
        let said = process.says().await?;
        let text = |name: &str| said[name].as_str().map(str::to_owned).with_context(|| format!("no `{name}` in {said}"));
        let (address, control) = (format!("http://{}", text("listen")?), text("control")?);
        let client = Client::builder().no_proxy().build()?;
        Ok(Self { address, control, client, process })
    }

    /// The credential of our one account with each carrier.
    pub async fn accounts(&self) -> anyhow::Result<Tables> {
        self.get("accounts").await
    }

    pub async fn endpoints(&self) -> anyhow::Result<Tables> {
        self.get("endpoints").await
    }

    pub async fn counts(&self) -> anyhow::Result<BTreeMap<String, Counts>> {
        self.get("stats").await
    }

    /// Makes parcels whose lives begin now; returns their numbers.
    pub async fn ship(&self, carrier: &str, count: usize) -> anyhow::Result<Vec<String>> {
        let made = self.post("parcels", json!({ "carrier": carrier, "count": count })).await?;
        let parcels = made["parcels"].as_array().context("no parcels were made")?;
        Ok(parcels.iter().filter_map(|p| p["number"].as_str()).map(str::to_owned).collect())
    }

    pub async fn push_to(&self, carrier: &str, url: &str) -> anyhow::Result<()> {
        self.post("push-target", json!({ "carrier": carrier, "url": url })).await.map(drop)
    }

    pub async fn end(self) {
        self.process.end().await;
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self.client.get(format!("{}/{path}", self.control)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    async fn post(&self, path: &str, wish: Value) -> anyhow::Result<Value> {
        let answer = self.client.post(format!("{}/{path}", self.control)).json(&wish).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }
}
