//! The real host, on a free port, with everything it keeps in one folder.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::carriers::Carriers;
use crate::process::Process;

pub struct Host {
    pub address: String,
    /// What a hub would hold.
    pub hub_key: String,
    /// Sees the addresses that carriers push to.
    pub ops_key: String,
    process: Process,
}

impl Host {
    pub async fn start(program: &Path, folder: &Path, carriers: &Carriers) -> anyhow::Result<Self> {
        // Pushes need the address before the host listens. Nobody else is likely to take it now.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("http://127.0.0.1:{port}");
        credentials(folder, carriers).await?;
        let config = folder.join("posthouse.toml");
        std::fs::write(&config, toml::to_string(&settings(folder, port, carriers).await?)?)?;
        let config = config.to_str().context("a folder whose name is not UTF-8")?;
        let hub_key = key(program, config, folder, "hub").await?;
        let ops_key = key(program, config, folder, "ops").await?;
        let mut process = Process::start(program, &["serve", "--json", "--with-parent", "--config", config], folder)?;
        process.says().await?;
        Ok(Self { address, hub_key, ops_key, process })
    }

    pub fn still_runs(&mut self) -> anyhow::Result<()> {
        self.process.still_runs()
    }

    pub async fn end(self) {
        self.process.end().await;
    }
}

async fn key(program: &Path, config: &str, folder: &Path, role: &str) -> anyhow::Result<String> {
    let arguments = ["key", "create", "--name", "demo", "--role", role, "--json", "--config", config];
    let mut process = Process::start(program, &arguments, folder)?;
    let said = process.says().await?;
    process.end().await;
    said["key"].as_str().map(str::to_owned).with_context(|| format!("no key in {said}"))
}

/// A story day lasts half a minute here, so looks and promises are shorter than in earnest.
async fn settings(folder: &Path, port: u16, carriers: &Carriers) -> anyhow::Result<Value> {
    let carrier = |(id, endpoints): (String, BTreeMap<String, String>)| {
        let quota = json!({ "tracking": ["100/1s"], "subscribe": ["100/1s"] });
        (id, json!({ "every": "3s", "sla": "15s", "endpoints": endpoints, "quota": quota }))
    };
    let rows: BTreeMap<_, _> = carriers.endpoints().await?.into_iter().map(carrier).collect();
    Ok(json!({
        "server": { "listen": format!("127.0.0.1:{port}"), "public_url": format!("http://127.0.0.1:{port}"), "grace": "2s" },
        "database": { "path": folder.join("posthouse.db") },
        "adapters": { "cache": folder.join("cache") },
        "vault": { "key": folder.join("vault.key"), "credentials": folder.join("credentials.toml") },
        "schedule": { "backoff": "1s", "pushed_every": "10s", "push_silence": "20s" },
        "carriers": rows,
    }))
}

async fn credentials(folder: &Path, carriers: &Carriers) -> anyhow::Result<()> {
    let accounts = carriers.accounts().await?;
    let main = |(carrier, fields): (String, BTreeMap<String, String>)| (carrier, BTreeMap::from([("main", fields)]));
    let tables: BTreeMap<_, _> = accounts.into_iter().map(main).collect();
    let path = folder.join("credentials.toml");
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(file.write_all(toml::to_string(&tables)?.as_bytes())?)
}
