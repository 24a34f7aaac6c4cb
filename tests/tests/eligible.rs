//! Whether a page is one that can be read: checked on pages that were kept.

use posthouse_simulators::{Carrier, Face, Pace};
use posthouse_tests::visits::{allowed, page};
use posthouse_tests::{TestHost, Town, order, program};
use serde_json::Value;
use tempfile::TempDir;

/// Kept pages of three parcels.
async fn snapshots(town: &Town, host: &TestHost, carrier: Carrier) -> TempDir {
    let parcels = town.parcels(carrier, 3, Pace::Held(4));
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        host.wait_for_outcome(carrier.name(), &parcel.number, "tracks").await;
    }
    let folder = tempfile::tempdir().unwrap();
    let written = page(host, &["snapshots", carrier.name(), "--out", folder.path().to_str().unwrap()]);
    assert_eq!(written["written"], 3, "{written}");
    folder
}

/// `posthouse adapter check --snapshots`, and whether it said that all is well.
fn checked(host: &TestHost, carrier: Carrier, folder: &TempDir, record: &[&str]) -> (bool, Value) {
    let adapter = program::adapters().join(format!("{carrier}@1.0.0.wasm"));
    let words =
        ["adapter", "check", adapter.to_str().unwrap(), "--snapshots", folder.path().to_str().unwrap(), "--json", "--url", &host.url];
    let ran = host.run(&[&words[..], record].concat());
    assert!(ran.code < 2 && !ran.out.is_empty(), "{ran:?}");
    (ran.code == 0, ran.json())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stable_pages_are_eligible_and_the_result_is_shown() {
    let town = Town::open().await;
    let host = allowed(&town, "").await;
    for carrier in [Carrier::Sto, Carrier::Jd, Carrier::Danniao, Carrier::Jt] {
        let folder = snapshots(&town, &host, carrier).await;
        let (good, found) = checked(&host, carrier, &folder, &["--record"]);
        assert!(good, "{carrier}: {found}");
        assert!(found["page"].as_str().unwrap().starts_with("eligible: "), "{found}");
        let listed = page(&host, &["show", carrier.name()]);
        assert_eq!(listed["checked"]["found"], found["page"], "{listed}");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_changes_or_is_not_whole_is_not_eligible() {
    let town = Town::open().await;
    // A page that is not what it was is waited for in vain.
    let host = allowed(&town, "browser.wait = '8s'").await;
    let folder = snapshots(&town, &host, Carrier::Sto).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let at = town.endpoints().await["sto"]["page"].as_str().unwrap().to_owned();
    for (face, why) in [(Face::Renamed, "layout-changed"), (Face::Paged, "not-eligible"), (Face::Login, "challenge")] {
        let parcel = town.parcel(Carrier::Sto, Pace::Complete);
        town.face(Carrier::Sto, face);
        let html = client.get(&at).query(&[("wen", &parcel.number)]).send().await.unwrap().text().await.unwrap();
        town.face(Carrier::Sto, Face::Normal);
        let file = folder.path().join(format!("{}.html", parcel.number));
        std::fs::write(&file, html).unwrap();
        let (good, found) = checked(&host, Carrier::Sto, &folder, &[]);
        let named = found["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|f| f.as_str().unwrap().contains(&parcel.number) && f.to_string().contains(why));
        assert!(!good && named, "{face:?}: {found}");
        std::fs::remove_file(file).unwrap();
    }
    // Two say nothing about stability.
    let one = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(one).unwrap();
    let words = ["adapter", "check", "sto", "--snapshots", folder.path().to_str().unwrap(), "--json"];
    let ran = host.run(&words);
    assert!(ran.code != 0 && ran.err.contains("at least 3"), "{ran:?}");
    host.stop().await;
}
