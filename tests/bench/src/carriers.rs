//! The simulated carriers, as a process of their own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use reqwest::Client;
use serde_json::{Value, json};

/// Killed when dropped.
pub struct Carriers {
    pub control: Control,
    child: Child,
}

/// Their control interface.
#[derive(Clone)]
pub struct Control {
    pub address: String,
    client: Client,
}

impl Carriers {
    /// Must be called on a thread that outlives them: they end with it.
    pub fn start(program: &Path) -> anyhow::Result<Self> {
        let quotas = ["sf", "zto", "yto", "deppon"].map(|carrier| format!("--quota={carrier}=0/0"));
        let mut child = Command::new(program)
            .args(quotas)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}: run `make build`", program.display()))?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped above")).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).context("the simulators did not start")?;
        let address = said["control"].as_str().context("no control address")?.to_owned();
        Ok(Self { control: Control::at(&address)?, child })
    }
}

impl Drop for Carriers {
    fn drop(&mut self) {
        // It may be gone already; it is reaped either way.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Control {
    pub fn at(address: &str) -> anyhow::Result<Self> {
        Ok(Self { address: address.to_owned(), client: Client::builder().no_proxy().build()? })
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.client.get(format!("{}/{path}", self.address)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    pub async fn post(&self, path: &str, wish: Value) -> anyhow::Result<Value> {
        let answer = self.client.post(format!("{}/{path}", self.address)).json(&wish).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Numbers of new ZTO parcels, each with five events and more to come.
    pub async fn ship(&self, count: usize) -> anyhow::Result<Vec<String>> {
        let made = self.post("parcels", json!({ "carrier": "zto", "count": count, "events": 5 })).await?;
        let parcels = made["parcels"].as_array().context("no parcels were made")?;
        Ok(parcels.iter().filter_map(|p| p["number"].as_str()).map(str::to_owned).collect())
    }

    /// Requests that ZTO received. Refused ones would spoil a figure, so they are an error.
    pub async fn requests(&self) -> anyhow::Result<u64> {
        let stats = self.get("stats").await?;
        anyhow::ensure!(stats["zto"]["refused"] == 0, "the simulator refused requests: {}", stats["zto"]);
        stats["zto"]["requests"].as_u64().context("no figures of zto")
    }
}
