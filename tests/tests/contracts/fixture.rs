//! The fixtures of a contract, and a host that runs them.

use std::path::{Path, PathBuf};

use posthouse_registry::{NotAnAdapter, Package, folder};
use posthouse_tests::{Setup, TestHost, program};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::carrier::Carrier;

/// Every account's `key`. Some of it must be escaped in a URL or in JSON.
pub const SECRET: &str = "s3cr+t/of&the\"acts";

/// One look at each parcel, and every exchange is kept. No act needs long to reach another limit.
const ONCE: &str = "sandbox.deadline = '2s'\nexchanges.sample = 1\n\
    schedule = { backoff = '1h', backoff_max = '1h', pushed_every = '1h' }\ntiers.A.every = '1h'";

/// The contracts that are released, by folder.
pub fn released() -> Vec<String> {
    let list = std::fs::read_to_string(program::source("wit/released.txt")).unwrap();
    let lines = list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split_once(' ').expect("DIGEST FOLDER").1.trim().to_owned()).collect()
}

/// The folders of a contract's fixtures.
pub fn of(contracts: &Path, version: &str) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(contracts.join(version)).into_iter().flatten();
    let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    if found.is_empty() {
        return Err(format!("released contract without fixtures: {version}"));
    }
    Ok(found)
}

/// A component of a contract, before it is a package.
pub struct Fixture {
    pub component: String,
    pub manifest: String,
}

impl Fixture {
    pub fn read(version: &str, name: &str) -> Self {
        let text = |file: &str| std::fs::read_to_string(program::source(&format!("tests/contracts/{version}/{name}/{file}"))).unwrap();
        Self { component: text("component.wat"), manifest: text("adapter.toml") }
    }

    /// The same adapter under another id.
    pub fn named(&self, id: &str) -> Self {
        let manifest = self.manifest.replacen("id = \"acts\"", &format!("id = \"{id}\""), 1);
        Self { component: self.component.clone(), manifest }
    }

    pub fn package(&self) -> Result<Package, NotAnAdapter> {
        Package::build(&wat::parse_str(&self.component).unwrap(), &self.manifest)
    }
}

/// A running host and the carrier of all its adapters.
pub struct Post {
    pub host: TestHost,
    pub carrier: Carrier,
    _adapters: TempDir,
}

impl Post {
    /// With these adapters, whose sessions do the act of each account's name, or none.
    pub async fn open(packages: &[Package], accounts: &[(String, String)]) -> Self {
        let carrier = Carrier::open().await;
        let adapters = tempfile::tempdir().unwrap();
        let endpoints = ["track", "token", "other"].map(|name| format!("{name} = '{}'", carrier.url(name))).join(", ");
        let mut setup = Setup::bare(adapters.path()).with(ONCE);
        for package in packages {
            folder::put(adapters.path(), package).unwrap();
            let id = &package.manifest.id;
            setup = setup.with(&format!("carriers.{id}.endpoints = {{ {endpoints} }}"));
            setup = setup.credential(id, "main", &fields("00"));
        }
        for (id, act) in accounts {
            setup = setup.credential(id, act, &fields(act));
        }
        Self { host: setup.start().await, carrier, _adapters: adapters }
    }

    /// A parcel by its id, once it was looked at.
    pub async fn looked_at(&self, id: &str) -> Value {
        let looked = async || Some(self.host.read(&format!("/v1/parcels/{id}")).await).filter(|parcel| !parcel["outcome"].is_null());
        posthouse_tests::until("it was looked at", looked).await
    }

    /// A parcel that was registered and looked at.
    pub async fn parcel(&self, order: Value) -> Value {
        let done = self.host.register(&[order]).await;
        self.looked_at(done["results"][0]["id"].as_str().unwrap()).await
    }

    /// A column of a parcel, for what no door tells.
    pub async fn ask(&self, sql: &'static str, of: &str) -> Option<String> {
        sqlx::query_scalar(sql).bind(of).fetch_optional(&mut self.host.database().await).await.unwrap()
    }
}

fn fields(act: &str) -> Value {
    json!({ "key": SECRET, "act": act })
}
