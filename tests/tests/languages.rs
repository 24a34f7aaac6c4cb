//! Adapters in JavaScript and Python: they read what the Rust adapters of their carriers read, in a real host, too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};

use posthouse::config::Config;
use posthouse::replay;
use posthouse::sandbox::types::{OfOne, Parcel, Reading, Task, Track};
use posthouse::sandbox::{Adapter, Sandbox};
use posthouse::vault::Vault;
use posthouse_registry::Package;
use posthouse_sdk::replay::{Meaning, Recorded};
use posthouse_simulators::{Carrier, Pace};
use posthouse_tests::{Setup, Town, order, program, until};
use serde_json::{Value, json};

/// A carrier's adapter in Rust, and in another language.
struct Both {
    carrier: &'static str,
    rust: Arc<Adapter>,
    other: Arc<Adapter>,
}

/// Compiled once, into the cache that the hosts of these tests have, too.
static BOTH: LazyLock<[Both; 2]> = LazyLock::new(|| {
    let folder = Setup::bare(&program::adapters()).write();
    let config = Config::load(Some(&folder.path().join("posthouse.toml"))).unwrap();
    let key = Vault::open(&config.vault).unwrap().derive("code cache");
    let sandbox = Sandbox::new(&config.sandbox, config.adapters.cache, key).unwrap();
    // Its clock ends with it.
    let sandbox: &'static Sandbox = Box::leak(Box::new(sandbox));
    let load = |folder: PathBuf, carrier| sandbox.load(&package(&folder, carrier)).unwrap();
    ["yto", "zto"].map(|carrier| Both {
        carrier,
        rust: load(program::adapters(), carrier),
        other: load(program::language_adapters(), carrier),
    })
});

fn file(folder: &Path, carrier: &str) -> PathBuf {
    folder.join(format!("{carrier}@1.0.0.wasm"))
}

fn package(folder: &Path, carrier: &str) -> Package {
    Package::read(fs::read(file(folder, carrier)).unwrap()).unwrap()
}

fn recorded(carrier: &str) -> impl Iterator<Item = (PathBuf, Recorded)> {
    let files = fs::read_dir(program::source(&format!("adapters/{carrier}/recorded"))).unwrap();
    files.map(|file| file.unwrap().path()).map(|path| (path.clone(), Recorded::load(&path).unwrap()))
}

/// Everything but the wording of a fault, which is for people.
fn told(meaning: Meaning) -> Value {
    let mut told = json!(meaning);
    if let Some(fault) = told["fault"].as_object_mut() {
        fault.remove("detail");
    }
    told
}

fn task(recorded: &Recorded) -> Task {
    let posthouse_sdk::Task { parcels, now, nonce, round, memo } = recorded.task(0, vec![]);
    let parcel = |p: posthouse_sdk::Parcel| Parcel { number: p.number, phone_tail: p.phone_tail, shipped_at: p.shipped_at, extra: vec![] };
    Task { parcels: parcels.into_iter().map(parcel).collect(), now, nonce, round, memo }
}

#[test]
fn every_recorded_answer_reads_to_the_same_json() {
    for Both { carrier, rust, other } in &*BOTH {
        let mut read = 0;
        for (path, recorded) in recorded(carrier) {
            let of = |adapter| replay::recorded(adapter, &recorded).unwrap().map(|found| told(found.meaning));
            let expected = of(rust);
            assert_eq!(of(other), expected, "{}", path.display());
            read += usize::from(expected.is_some());
        }
        assert!(read >= 20, "{carrier}: {read}");
    }
}

/// Facts that no meaning tells, such as weights, included.
#[test]
fn every_recorded_task_asks_and_reads_the_same() {
    for Both { carrier, rust, other } in &*BOTH {
        for (path, recorded) in recorded(carrier).filter(|(_, recorded)| recorded.interface != "push") {
            let (task, secrets) = (task(&recorded), Arc::new(replay::secrets(rust, &recorded)));
            let subscribes = recorded.interface == "subscribe";
            let wants = |adapter: &Adapter| match subscribes {
                true => adapter.ask_subscription(&secrets, &task).0.unwrap(),
                false => Some(adapter.ask(&secrets, &task).0.unwrap()),
            };
            assert_eq!(wants(other), wants(rust), "{}", path.display());
            let reply = replay::reply(recorded.replies[0].reply());
            let reads = |adapter: &Adapter| {
                let each = match subscribes {
                    true => adapter.read_subscription(&secrets, &task, &reply).0,
                    false => adapter.read(&secrets, &task, &reply).0.map(tracks),
                };
                each.map(codes_only).map_err(|fault| fault.kind)
            };
            assert_eq!(reads(other), reads(rust), "{}", path.display());
        }
    }
}

fn tracks(read: Reading) -> Vec<OfOne> {
    match read {
        Reading::Tracks(each) => each,
        Reading::More(_) => panic!("it asks again"),
    }
}

/// What was read, with a fault's code alone.
fn codes_only(each: Vec<OfOne>) -> Vec<Result<Track, String>> {
    each.into_iter().map(|one| one.outcome.map_err(|fault| fault.code)).collect()
}

#[test]
fn they_need_wasi_and_are_checked_like_any_other() {
    for Both { carrier, rust, other } in &*BOTH {
        let package = package(&program::language_adapters(), carrier);
        assert!(package.needs_wasi());
        assert_eq!(other.manifest.interfaces, rust.manifest.interfaces);
        assert_eq!(other.manifest.status, rust.manifest.status, "{carrier}: the dictionary is the carrier's");
    }
}

#[test]
#[ignore = "half a minute: part of `make soak`"]
fn the_same_source_makes_the_same_bytes_in_another_folder() {
    let elsewhere = tempfile::tempdir().unwrap();
    let sources = program::source("tests/languages");
    let copied = Command::new("cp").arg("-r").args([&sources, &elsewhere.path().join("moved")]).status().unwrap();
    assert!(copied.success());
    let (tools, out) = (program::language_adapters().with_file_name("languages"), elsewhere.path().join("out"));
    let folders = ["yto-js", "zto-python"].map(|name| elsewhere.path().join("moved").join(name));
    let mut build = program::command();
    build.args(["adapter", "build"]).args(&folders).arg("--tools").arg(tools).arg("--out").arg(&out);
    let ran = program::ran(&mut build);
    assert_eq!(ran.code, 0, "{ran:?}");
    for carrier in ["yto", "zto"] {
        assert_eq!(package(&out, carrier).digest, package(&program::language_adapters(), carrier).digest, "{carrier}");
    }
}

#[tokio::test]
async fn a_host_looks_and_takes_pushes_with_them() {
    // Their code is in the cache once this is there.
    LazyLock::force(&BOTH);
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(program::adapters()).unwrap().map(|file| file.unwrap().path()) {
        std::os::unix::fs::symlink(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    for carrier in ["yto", "zto"] {
        let at = file(folder.path(), carrier);
        fs::remove_file(&at).unwrap();
        std::os::unix::fs::symlink(file(&program::language_adapters(), carrier), at).unwrap();
    }
    let town = Town::open().await;
    let setup =
        Setup::carriers(&town).await.with(&format!("adapters.folder = '{}'\nschedule.pushed_every = '1h'", folder.path().display()));
    let host = setup.with("tiers.A.every = '1h'\nsandbox.roomy_deadline = '10s'").start().await;
    town.push_to(&host).await;
    for carrier in [Carrier::Yto, Carrier::Zto] {
        let parcel = town.parcel(carrier, Pace::Held(2));
        host.register(&[order(&parcel)]).await;
        let name = carrier.name();
        host.wait_for(name, &parcel.number, "it is read and subscribed", |p| !p["outcome"].is_null() && p["subscribed"] == true).await;
        town.sims.world.advance(&parcel, 100);
        let all = |p: &Value| p["events"].as_array().unwrap().len() == parcel.events.len();
        let told = host.wait_for(name, &parcel.number, "all of its events", all).await;
        assert_eq!(told["outcome"], "tracks", "{told}");
        let pushes = &town.tally(carrier).push;
        until("all pushes are accepted", async || (pushes.accepted.get() == pushes.due.get()).then_some(())).await;
        assert!(town.tally(carrier).refusals().is_empty() && pushes.refused.get() == 0, "{carrier}");
    }
    host.stop().await;
}

#[test]
#[ignore = "a minute and a half: part of `make soak`"]
fn a_scaffold_in_each_language_passes_its_own_check() {
    let desk = tempfile::tempdir().unwrap();
    let tools = program::language_adapters().with_file_name("languages").display().to_string();
    let done = |args: &[&str]| {
        let ran = program::ran(program::command().current_dir(desk.path()).args(args).arg("--json"));
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        ran.json()
    };
    for language in ["javascript", "python"] {
        let id = format!("acme-{language}");
        done(&["adapter", "new", &id, "--language", language]);
        done(&["adapter", "build", &id, "--tools", &tools]);
        let checked = done(&["adapter", "check", &id]);
        assert_eq!((&checked["good"], &checked["replayed"]), (&json!(true), &json!(1)), "{checked}");
    }
}
