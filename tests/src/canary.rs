//! A host with one carrier and a folder of adapters, for tests of rollouts.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use posthouse::rollout::place;
use posthouse_registry::{Package, folder};
use posthouse_simulators::{Carrier, Pace, Parcel};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{self, Ran};
use crate::{Setup, TestHost, Town, order, until};

/// Looks so often that a test need not wait.
pub const OFTEN: &str = "tiers.A.every = '400ms'\nschedule.pushed_every = '400ms'";

/// A host that knows ZTO 1.0.0 only, the folder its adapters come from, and parcels that are out
/// for delivery.
pub async fn open(parcels: usize, more: &str) -> (Town, TestHost, TempDir, Vec<Arc<Parcel>>) {
    let town = Town::open().await;
    let adapters = tempfile::tempdir().unwrap();
    std::fs::copy(program::adapters().join("zto@1.0.0.wasm"), adapters.path().join("zto@1.0.0.wasm")).unwrap();
    let folder = format!("{more}\nadapters.folder = '{}'\nexchanges.sample = 1", adapters.path().display());
    // Another adapter's endpoint; its own must not be reached from here.
    let track = format!("carriers.zto.endpoints.track = {}", town.endpoints().await["zto"]["query"]);
    let host = Setup::carriers(&town).await.with(&folder).with(&track).start().await;
    let out = |parcel: &Arc<Parcel>| parcel.events.iter().position(|event| event.code == "派件").unwrap();
    // Some are signed for before they are out, as with the real ZTO; those are looked at seldom.
    let on_the_way = |parcel: &Arc<Parcel>| parcel.events[..out(parcel)].iter().all(|event| event.code != "签收");
    let shipped: Vec<_> = town.parcels(Carrier::Zto, parcels * 2, Pace::Held(0)).into_iter().filter(on_the_way).take(parcels).collect();
    for parcel in &shipped {
        town.sims.world.advance(parcel, u32::try_from(out(parcel)).unwrap() + 1);
    }
    for some in shipped.chunks(100) {
        host.register(&some.iter().map(order).collect::<Vec<_>>()).await;
    }
    until("all are read", async || (on(&host, "zto@1.0.0+1").await == parcels).then_some(())).await;
    (town, host, adapters, shipped)
}

/// Those of a rollout's slice.
pub fn slice<'n>(rollout: &str, carrier: &str, weight: u32, numbers: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
    numbers.filter(|number| place(rollout, carrier, number) < weight).map(str::to_owned).collect()
}

/// ZTO's package as it is built.
pub fn zto() -> Package {
    Package::read(std::fs::read(program::adapters().join("zto@1.0.0.wasm")).unwrap()).unwrap()
}

/// ZTO's adapter under another version, with another manifest.
pub fn put(folder: &Path, version: &str, change: impl Fn(String) -> String) {
    let zto = zto();
    let text = change(zto.manifest_text.replace("version = \"1.0.0\"", &format!("version = \"{version}\"")));
    let package = Package::read(program::with_manifest(&zto, &text)).unwrap();
    folder::put(folder, &package).unwrap();
}

/// How many parcels were last read by a release.
pub async fn on(host: &TestHost, release: &str) -> usize {
    let sql = "SELECT count(*) FROM parcels WHERE release = ? AND outcome = 'tracks'";
    let count: i64 = sqlx::query_scalar(sql).bind(release).fetch_one(&mut host.database().await).await.unwrap();
    usize::try_from(count).unwrap()
}

/// `posthouse rollout …`, on the host's machine: no key.
pub fn rollout(host: &TestHost, args: &[&str]) -> Ran {
    host.run(&[&["rollout", "--json"], args, &["--url", &host.url]].concat())
}

/// What a command says that did what it should.
#[track_caller]
pub fn done(ran: Ran) -> Value {
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

/// It did not, and says why.
#[track_caller]
pub fn refused(ran: &Ran, why: &str) {
    assert!(ran.code != 0 && ran.err.contains(why), "{why}: {ran:?}");
}

/// `posthouse rollout start zto …`.
pub fn start(host: &TestHost, args: &[&str]) -> Ran {
    rollout(host, &[&["start", "zto", "--reason", "a test"], args].concat())
}

/// A rollout as it stands.
pub fn state(host: &TestHost, id: &str) -> Value {
    done(rollout(host, &["status", id]))
}

/// Waits for it; why.
pub async fn aborted_by_the_host(host: &TestHost, id: &str) -> String {
    until("the host aborts it", async || (state(host, id)["state"] == "aborted").then_some(())).await;
    let history = done(rollout(host, &["history"]));
    let link = history["changes"].as_array().unwrap().iter().find(|c| c["act"] == "rollout.abort").unwrap().clone();
    assert_eq!(link["actor"], "host", "{history}");
    link["reason"].as_str().unwrap().to_owned()
}
