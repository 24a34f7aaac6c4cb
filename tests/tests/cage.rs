//! A hostile page reaches nothing, and no browser outlives its host.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use posthouse_simulators::{Carrier, Face, Internal, Pace};
use posthouse_tests::visits::{allowed, browsers, no_browsers};
use posthouse_tests::{TestHost, Town, order, until};
use tempfile::TempDir;

/// A folder that the browser's user may enter, and the setting that names it.
fn profiles() -> (TempDir, String) {
    let folder = tempfile::Builder::new().prefix("profiles-").permissions(PermissionsExt::from_mode(0o755)).tempdir().unwrap();
    let setting = format!("browser.profiles = '{}'", folder.path().display());
    (folder, setting)
}

fn left(folder: &TempDir) -> usize {
    std::fs::read_dir(folder.path()).unwrap().count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_page_reaches_nothing_and_is_read_all_the_same() {
    let town = Town::open().await;
    let (folder, setting) = profiles();
    let host = allowed(&town, &setting).await;
    let internal = Internal::start().await.unwrap();
    let carriers = [Carrier::Sto, Carrier::Yunda, Carrier::Danniao, Carrier::Jd];
    let parcels: Vec<_> = carriers.map(|carrier| town.parcel(carrier, Pace::Complete)).into();
    carriers.iter().for_each(|carrier| town.face(*carrier, Face::Hostile(internal.addr)));
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        let carrier = parcel.carrier.name();
        let told = host.wait_for_outcome(carrier, &parcel.number, "tracks").await;
        assert_eq!(told["events"].as_array().unwrap().len(), parcel.events.len(), "{carrier}: {told}");
        // It is looked at again and again: what a page keeps must be gone by the next look.
        let seen = town.tally(parcel.carrier).pages.get();
        until("three more visits", async || (town.tally(parcel.carrier).pages.get() > seen + 3).then_some(())).await;
        assert_eq!(town.tally(parcel.carrier).remembered.get(), 0, "{carrier}: a visitor was known");
    }
    assert_eq!((internal.hits(), internal.connections(), internal.udp()), (vec![], 0, 0), "an internal service was reached");
    assert!(!host.log().contains(Internal::SECRET), "and its secret nowhere told");
    assert_eq!(left(&folder), 1, "one browser, one profile");
    host.stop().await;
    no_browsers(folder.path()).await;
    assert_eq!(left(&folder), 0, "a profile was left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_takes_all_memory_ends_and_the_others_go_on() {
    let town = Town::open().await;
    let host = allowed(&town, "browser = { page_memory_mb = 400, wait = '20s' }").await;
    let (greedy, good) = (town.parcel(Carrier::Sto, Pace::Complete), town.parcel(Carrier::Yunda, Pace::Complete));
    town.face(Carrier::Sto, Face::EndlessMemory);
    host.register(&[order(&greedy), order(&good)]).await;
    let told = host.wait_for("sto", &greedy.number, "it ended", |p| p["outcome"].is_string()).await;
    assert!(["unreadable", "unreachable"].contains(&told["outcome"].as_str().unwrap()), "{told}");
    host.wait_for_outcome("yunda", &good.number, "tracks").await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_is_killed_is_replaced() {
    let town = Town::open().await;
    let (folder, setting) = profiles();
    let host = allowed(&town, &setting).await;
    let parcel = town.parcel(Carrier::Sto, Pace::Held(1));
    host.register(&[order(&parcel)]).await;
    host.wait_for_outcome("sto", &parcel.number, "tracks").await;
    let first = browsers(folder.path());
    assert!(!first.is_empty());
    for pid in &first {
        // They are our host's; one may have gone with another.
        let _ = rustix::process::kill_process(rustix::process::Pid::from_raw(*pid).unwrap(), rustix::process::Signal::KILL);
    }
    town.sims.world.advance(&parcel, 1);
    host.wait_for("sto", &parcel.number, "the second event", |p| p["events"].as_array().is_some_and(|e| e.len() == 2)).await;
    assert!(browsers(folder.path()).iter().all(|pid| !first.contains(pid)), "another browser");
    host.stop().await;
    no_browsers(folder.path()).await;
}

/// `POSTHOUSE_ORPHANS` says how often; five times in an ordinary run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_browser_outlives_its_host() {
    let times: usize = std::env::var("POSTHOUSE_ORPHANS").map_or(5, |n| n.parse().expect("a number"));
    let town = Town::open().await;
    let (folder, setting) = profiles();
    let mut host: TestHost = allowed(&town, &setting).await;
    let parcels = town.parcels(Carrier::Jt, 4, Pace::Complete);
    town.face(Carrier::Sto, Face::Stalled);
    let stalled = town.parcel(Carrier::Sto, Pace::Complete);
    host.register(&parcels.iter().chain([&stalled]).map(order).collect::<Vec<_>>()).await;
    for round in 0..times {
        // In the middle of pages and, with J&T's, of reading what is drawn.
        until("pages are being read", async || (browsers(folder.path()).len() > 2).then_some(())).await;
        tokio::time::sleep(Duration::from_millis(37 * (round as u64 % 11))).await;
        host.kill().await;
        no_browsers(folder.path()).await;
        host.restart().await;
    }
    host.stop().await;
    no_browsers(folder.path()).await;
    assert_eq!(left(&folder), 0, "profiles of killed hosts are swept at the next start, the last one's at its end");
}
