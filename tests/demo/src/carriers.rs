//! The simulated carriers: started, steered and asked over their control interface.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

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

/// An event as its carrier shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    pub at: jiff::Timestamp,
}

#[derive(Deserialize)]
struct Truth {
    parcels: Vec<Shown>,
}

#[derive(Deserialize)]
struct Shown {
    number: String,
    events: Vec<Event>,
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

    /// Story seconds in a second, for the parcels' lives.
    pub async fn speed(&self, speed: u32) -> anyhow::Result<()> {
        self.post("speed", json!({ "speed": speed })).await.map(drop)
    }

    /// Everything that every carrier shows now, by number.
    pub async fn truth(&self) -> anyhow::Result<BTreeMap<String, Vec<Event>>> {
        let truth: Truth = self.get("truth").await?;
        Ok(truth.parcels.into_iter().map(|parcel| (parcel.number, parcel.events)).collect())
    }

    /// Deppon is out for a while, and speaks "V3.2" from then on.
    pub async fn change_deppon(&self, token: &str, outage: Duration) -> anyhow::Result<()> {
        self.post("deppon/v32", json!({ "token": token, "outage_ms": outage.as_millis() as u64 })).await.map(drop)
    }

    /// When it first refused somebody's key.
    pub async fn deppon_refused(&self) -> anyhow::Result<Option<jiff::Timestamp>> {
        let stats: Value = self.get("stats").await?;
        let at = stats["deppon"]["v32"]["first_refusal_ms"].as_i64();
        Ok(at.map(jiff::Timestamp::from_millisecond).transpose()?)
    }

    /// The credential it wants since then.
    pub async fn new_deppon(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let accounts: BTreeMap<String, Value> = self.get("accounts").await?;
        let fields = accounts.get("deppon_v32").context("Deppon has not changed")?;
        Ok(serde_json::from_value(fields.clone())?)
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
