//! What a host is started with: a configuration, credentials, a folder of adapters.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use posthouse_simulators::Carrier;
use posthouse_simulators::board::Board;
use serde_json::Value;
use tempfile::TempDir;
use toml::Table;

use crate::TestHost;
use crate::program;
use crate::simulated::Town;

/// Short paces, generous quotas and long bounds, for a machine that pauses: a test that is about one
/// of them names its own.
const PACES: &str = r#"
    server = { listen = "127.0.0.1:0", grace = "30s" }
    adapters = { unsigned = true }
    database = { synchronous = "normal" }
    fetch = { connect = "20s", whole = "40s" }
    live = { wait = "40s" }
    sandbox = { deadline = "10s" }
    schedule = { backoff = "200ms", backoff_max = "400ms", pushed_every = "300ms" }
    tiers.A = { every = "300ms", sla = "10s", quota = ["1000/1s"] }
    tiers.B = { every = "300ms", sla = "10s", quota = ["1000/1s"] }
    browser = { load = "40s", wait = "20s", whole = "60s" }
    ocr = { limit = "60s" }
    notices = { watch = false }
"#;

/// A host that is not started yet.
pub struct Setup {
    config: Table,
    credentials: Table,
    log: String,
    environment: Vec<(String, String)>,
}

impl Setup {
    /// A host with these adapters and no account.
    pub fn bare(adapters: &Path) -> Self {
        let mut config: Table = PACES.parse().expect("our own TOML");
        merge(&mut config, &nested(&["adapters"], one("folder", text(adapters))));
        Self { config, credentials: Table::new(), log: "info".into(), environment: vec![] }
    }

    /// A host with the four carriers that push, which are the town's.
    pub async fn carriers(town: &Town) -> Self {
        let mut setup = Self::bare(&program::adapters());
        let all = town.endpoints().await;
        for carrier in Carrier::APIS {
            let endpoints = &all[carrier.name()];
            let quota = toml::toml! { tracking = ["1000/1s"] subscribe = ["1000/1s"] session = ["1000/1s"] };
            for (key, value) in [("endpoints", table(endpoints)), ("quota", quota)] {
                merge(&mut setup.config, &nested(&["carriers", carrier.name()], one(key, value)));
            }
        }
        let accounts = serde_json::to_value(&town.sims.world.accounts).expect("plain data");
        for carrier in Carrier::APIS {
            setup = setup.credential(carrier.name(), "main", &accounts[carrier.name()]);
        }
        setup
    }

    /// A host with the seven whose pages are read, which are the town's. Nobody has allowed it yet.
    pub async fn pages(town: &Town) -> Self {
        let mut setup = Self::bare(&program::adapters());
        let all = town.endpoints().await;
        for carrier in Carrier::PAGES {
            merge(&mut setup.config, &nested(&["carriers", carrier.name()], one("endpoints", table(&all[carrier.name()]))));
        }
        setup
    }

    /// A host with bulletins and nothing else, which read this site.
    pub fn bulletins(folder: &Path, board: &Board) -> Self {
        let endpoints = [("deppon-bulletin", "site", "deppon"), ("spb-bulletin", "site", "spb"), ("jd-bulletin", "feed", "jd")];
        let mut setup = Self::bare(folder);
        for (bulletin, endpoint, site) in endpoints {
            merge(&mut setup.config, &nested(&["carriers", bulletin, "endpoints"], one(endpoint, board.url(site))));
        }
        setup
    }

    /// Changes the configuration.
    pub fn with(mut self, toml: &str) -> Self {
        merge(&mut self.config, &toml.parse().unwrap_or_else(|e| panic!("{e}: {toml}")));
        self
    }

    /// Adds or changes fields of an account's credential.
    pub fn credential(mut self, carrier: &str, account: &str, fields: &Value) -> Self {
        merge(&mut self.credentials, &nested(&[carrier, account], table(fields)));
        self
    }

    /// What the log shows: `debug`.
    pub fn log(mut self, filter: &str) -> Self {
        self.log = filter.into();
        self
    }

    /// A variable in the environment of the host and of the commands beside it.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts the host.
    pub async fn start(self) -> TestHost {
        TestHost::open(self.write(), self.log, self.environment).await
    }

    /// A folder with the files of it and no host.
    pub fn write(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| text(&folder.path().join(name));
        let mut config = self.config.clone();
        for (table, key, file) in
            [("database", "path", "posthouse.db"), ("vault", "key", "vault.key"), ("vault", "credentials", "credentials.toml")]
        {
            merge(&mut config, &nested(&[table], one(key, at(file))));
        }
        // Compiling four adapters takes seconds, and each test starts a host: they share a cache
        // of code, and so the vault key that proves it.
        let shared = nested(&["adapters"], one("cache", text(&program::code_cache())));
        config = merged(shared, &config);
        private(&folder.path().join("vault.key"), &"5e".repeat(32));
        fs::write(folder.path().join("posthouse.toml"), config.to_string()).expect("a file is written");
        private(&folder.path().join("credentials.toml"), &self.credentials.to_string());
        folder
    }
}

fn private(path: &Path, words: &str) {
    use std::io::Write as _;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).expect("a file is made");
    file.write_all(words.as_bytes()).expect("a file is written");
}

fn text(path: &Path) -> toml::Value {
    path.to_str().expect("our paths are UTF-8").into()
}

fn table(json: &Value) -> Table {
    Table::try_from(json).expect("plain data")
}

fn one(key: &str, value: impl Into<toml::Value>) -> Table {
    Table::from_iter([(key.to_owned(), value.into())])
}

/// A table inside others.
fn nested(path: &[&str], innermost: Table) -> Table {
    path.iter().rev().fold(innermost, |inner, name| one(name, inner))
}

fn merged(mut under: Table, over: &Table) -> Table {
    merge(&mut under, over);
    under
}

/// The second over the first, table by table.
fn merge(under: &mut Table, over: &Table) {
    for (name, value) in over {
        match (under.get_mut(name), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => merge(under, over),
            _ => _ = under.insert(name.clone(), value.clone()),
        }
    }
}
