//! What is kept, for how long, and what of it is believed.

use std::fs;
use std::path::PathBuf;

use posthouse_registry::Package;
use posthouse_simulators::{Carrier, Mood, Pace, sign};
use posthouse_tests::{Setup, TestHost, Town, order, program, until};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

const SELDOM: &str = "tiers.A.every = '1h'\nschedule = { pushed_every = '1h', backoff = '1h', backoff_max = '1h' }";

async fn count(host: &TestHost, of: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {of}"));
    sqlx::query_scalar(sql).fetch_one(&mut host.database().await).await.unwrap()
}

/// Compiled code in a folder, by name.
fn compiled(folder: &TempDir) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn compiled_code_that_this_host_did_not_write_is_compiled_anew() {
    let town = Town::open().await;
    let cache = tempfile::tempdir().unwrap();
    let mut host = Setup::carriers(&town).await.with(&format!("{SELDOM}\nadapters.cache = '{}'", cache.path().display())).start().await;
    let files = compiled(&cache);
    let honest: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    let [first, second, third, fourth, ..] = &honest[..] else { panic!("one for each carrier: {files:?}") };
    let flipped = |at: usize| first.iter().enumerate().map(|(n, byte)| if n == at { byte ^ 1 } else { *byte }).collect::<Vec<_>>();
    let whole = flipped(first.len() / 2);
    for (nth, forged) in [whole, third.clone(), second[..100].to_vec(), vec![]].iter().enumerate() {
        assert_ne!(forged, &honest[nth]);
        fs::write(&files[nth], forged).unwrap();
    }
    assert!(!fourth.is_empty());
    host.kill().await;
    host.restart().await;
    let told = host.log().lines().filter(|line| line.contains("was not written by this host")).count();
    assert_eq!(told, 3, "a file too short for a seal is only absent: {}", host.tail());
    assert_eq!(
        compiled(&cache).iter().map(|file| fs::read(file).unwrap().len()).collect::<Vec<_>>(),
        honest.iter().map(Vec::len).collect::<Vec<_>>()
    );
    for parcel in town.some_of_each(1, Pace::Complete) {
        host.register(&[order(&parcel)]).await;
        host.wait_for_outcome(parcel.carrier.name(), &parcel.number, "tracks").await;
    }
    host.stop().await;
}

#[tokio::test]
async fn exchanges_end_when_their_time_is_over_and_tracks_stay() {
    let town = Town::open().await;
    let mut host = Setup::carriers(&town).await.with(&format!("{SELDOM}\nexchanges.keep = '1ms'")).start().await;
    let parcel = town.parcel(Carrier::Yto, Pace::Complete);
    host.register(&[order(&parcel)]).await;
    host.wait_for("yto", &parcel.number, "it is read and subscribed", |p| p["outcome"] == "tracks" && p["subscribed"] == true).await;
    assert!(count(&host, "exchanges").await >= 2 && count(&host, "exchange_parcels").await >= 2);
    host.kill().await;
    host.restart().await;
    until("what is old is dropped", async || (count(&host, "exchanges").await == 0).then_some(())).await;
    assert_eq!((count(&host, "exchange_parcels").await, count(&host, "outbox").await), (0, 0));
    let told = host.parcel("yto", &parcel.number).await;
    assert_eq!(told["events"].as_array().unwrap().len(), parcel.events.len());
    host.stop().await;
}

#[tokio::test]
async fn an_erased_parcel_leaves_no_push_behind() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.with(SELDOM).start().await;
    town.mood(Carrier::Zto, Mood::Http500);
    let parcel = town.parcel(Carrier::Zto, Pace::Held(1));
    let data = json!({ "billCode": parcel.number, "action": "ARRIVAL", "actionTime": "2026-01-20 06:22:03", "desc": "快件已到达", "city": "温州市" }).to_string();
    let secret = &town.sims.world.accounts.zto.app_secret;
    let url = host.push_url("zto").await;
    let push = async |body: &str| {
        let digest = sign::zto(body.as_bytes(), secret);
        let sent = host.send(host.client.post(&url).form(&[("data", body), ("data_digest", &digest)])).await;
        assert_eq!(sent.json()["statusCode"], "200", "{sent:?}");
    };
    push(&data).await;
    let registered = host.register(&[order(&parcel)]).await;
    push(&data.replace("06:22:03", "07:00:00")).await;
    assert_eq!(host.parcel("zto", &parcel.number).await["events"].as_array().unwrap().len(), 2, "before and after");
    let id = registered["results"][0]["id"].as_str().unwrap();
    assert_eq!(host.send(host.request(Method::DELETE, &format!("/v1/parcels/{id}"))).await.status, 204);
    for table in ["exchanges WHERE interface = 'push'", "early_pushes", "events", "exchange_parcels"] {
        assert_eq!(count(&host, table).await, 0, "{table}");
    }
    host.stop().await;
}

#[tokio::test]
async fn a_signed_parcel_is_looked_at_a_few_times_more_and_then_left_alone() {
    let town = Town::open().await;
    let folder = tempfile::tempdir().unwrap();
    let zto = Package::read(fs::read(program::adapters().join("zto@1.0.0.wasm")).unwrap()).unwrap();
    let soon = format!("{}\n[tail]\nlooks = [\"100ms\", \"200ms\"]\n", zto.manifest_text);
    fs::write(folder.path().join("zto@1.0.0.wasm"), program::with_manifest(&zto, &soon)).unwrap();
    let host = Setup::carriers(&town).await.with(&format!("adapters.folder = '{}'", folder.path().display())).start().await;
    let parcel = town.parcel(Carrier::Zto, Pace::Complete);
    host.register(&[order(&parcel)]).await;
    let left = host.wait_for("zto", &parcel.number, "it is left alone", |p| p["outcome"] == "tracks" && p["next_look"].is_null()).await;
    assert_eq!(left["events"].as_array().unwrap().len(), parcel.events.len());
    assert_eq!(town.tally(Carrier::Zto).queries.get(), 3, "once, and two times more");
    host.stop().await;
}
