//! The real host, on a free port, with everything it keeps in one folder.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, ensure};
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
    program: PathBuf,
    config: PathBuf,
}

/// The tiers' rows, shorter than in earnest: a story day is half a minute, or a quarter of an hour.
pub struct Pace {
    pub every: String,
    pub sla: String,
    pub backoff: String,
    pub backoff_max: String,
    pub pushed_every: String,
    pub push_silence: String,
    pub window: String,
    /// The adapters' folder; the built ones if left out.
    pub adapters: Option<PathBuf>,
    /// A carrier that does not push to us.
    pub without_push: Option<&'static str>,
}

impl Host {
    pub async fn start(program: &Path, folder: &Path, carriers: &Carriers, pace: &Pace) -> anyhow::Result<Self> {
        // Pushes need the address before the host listens. Nobody else is likely to take it now.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("http://127.0.0.1:{port}");
        credentials(folder, carriers).await?;
        let file = folder.join("posthouse.toml");
        std::fs::write(&file, toml::to_string(&settings(folder, port, carriers, pace).await?)?)?;
        let config = file.to_str().context("a folder whose name is not UTF-8")?;
        let hub_key = key(program, config, folder, "hub").await?;
        let ops_key = key(program, config, folder, "ops").await?;
        let mut process = Process::start(program, &["serve", "--json", "--with-parent", "--config", config], folder)?;
        process.says().await?;
        Ok(Self { address, hub_key, ops_key, process, program: program.to_owned(), config: file })
    }

    /// What an operator types on the host's machine.
    pub async fn run(&self, words: &[&str]) -> anyhow::Result<Value> {
        let mut command = tokio::process::Command::new(&self.program);
        command.args(words).args(["--json", "--url", &self.address, "--config"]).arg(&self.config);
        let ran = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
        ensure!(ran.status.success(), "`posthouse {}`: {}", words.join(" "), String::from_utf8_lossy(&ran.stderr));
        serde_json::from_slice(&ran.stdout).with_context(|| format!("what `posthouse {}` says", words.join(" ")))
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

async fn settings(folder: &Path, port: u16, carriers: &Carriers, pace: &Pace) -> anyhow::Result<Value> {
    let carrier = |(id, endpoints): (String, BTreeMap<String, String>)| {
        let push = pace.without_push != Some(&*id);
        let row = json!({ "every": pace.every, "sla": pace.sla, "push": push, "endpoints": endpoints });
        if endpoints.contains_key("page") {
            // Of tier B: as much rarer than the others as in earnest, and one page a second.
            let of_pages = json!({ "every": "20s", "sla": "60s", "quota": { "tracking": ["1/1s"] } });
            return (id, with(row, of_pages));
        }
        let quota = json!({ "quota": { "tracking": ["100/1s"], "subscribe": ["100/1s"] } });
        (id, with(row, quota))
    };
    let rows: BTreeMap<_, _> = carriers.endpoints().await?.into_iter().map(carrier).collect();
    let mut adapters = json!({ "cache": folder.join("cache"), "unsigned": true });
    if let Some(folder) = &pace.adapters {
        adapters["folder"] = json!(folder);
    }
    Ok(json!({
        "server": { "listen": format!("127.0.0.1:{port}"), "public_url": format!("http://127.0.0.1:{port}"), "grace": "2s" },
        "database": { "path": folder.join("posthouse.db") },
        "adapters": adapters,
        "vault": { "key": folder.join("vault.key"), "credentials": folder.join("credentials.toml") },
        "schedule": {
            "backoff": pace.backoff, "backoff_max": pace.backoff_max,
            "pushed_every": pace.pushed_every, "push_silence": pace.push_silence,
        },
        "incidents": { "window": pace.window },
        // The bulletins name real sites.
        "notices": { "watch": false },
        "carriers": rows,
    }))
}

fn with(mut row: Value, more: Value) -> Value {
    if let (Some(row), Value::Object(more)) = (row.as_object_mut(), more) {
        row.extend(more);
    }
    row
}

/// Of the carriers that have no page: the others' are read as anybody's.
async fn credentials(folder: &Path, carriers: &Carriers) -> anyhow::Result<()> {
    let accounts = carriers.accounts().await?;
    let main = |(carrier, fields): (String, BTreeMap<String, String>)| (carrier, BTreeMap::from([("main", fields)]));
    let endpoints = carriers.endpoints().await?;
    let has_page = |carrier: &String| endpoints.get(carrier).is_some_and(|named| named.contains_key("page"));
    let tables: BTreeMap<_, _> = accounts.into_iter().filter(|(carrier, _)| !has_page(carrier)).map(main).collect();
    let path = folder.join("credentials.toml");
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(file.write_all(toml::to_string(&tables)?.as_bytes())?)
}
