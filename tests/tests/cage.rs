//! A hostile page reaches nothing, and no browser outlives its host.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use posthouse_simulators::{Carrier, Face, Internal, Pace};
use posthouse_tests::visits::{Process, allowed, are_gone, browsers};
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
    let parcels: Vec<_> = carriers.map(|carrier| town.parcel(carrier, Pace::Held(3))).into();
    carriers.iter().for_each(|carrier| town.face(*carrier, Face::Hostile(internal.addr)));
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        let carrier = parcel.carrier.name();
        let told = host.wait_for_outcome(carrier, &parcel.number, "tracks").await;
        assert_eq!(told["events"].as_array().unwrap().len(), 3, "{carrier}: {told}");
        // It is looked at again and again: what a page keeps must be gone by the next look.
        let seen = town.tally(parcel.carrier).pages.get();
        until("three more visits", async || (town.tally(parcel.carrier).pages.get() > seen + 3).then_some(())).await;
        assert_eq!(town.tally(parcel.carrier).remembered.get(), 0, "{carrier}: a visitor was known");
    }
    assert_eq!((internal.hits(), internal.connections(), internal.udp()), (vec![], 0, 0), "an internal service was reached");
    assert!(!host.log().contains(Internal::SECRET), "and its secret nowhere told");
    assert_eq!(left(&folder), 1, "one browser, one profile");
    let family = browsers(folder.path());
    host.stop().await;
    are_gone(&family, folder.path()).await;
    assert_eq!(left(&folder), 0, "a profile was left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_wants_all_memory_gets_its_share_and_the_others_go_on() {
    let town = Town::open().await;
    let (folder, setting) = profiles();
    let host = allowed(&town, &format!("{setting}\nbrowser.page_memory_mb = 400")).await;
    // Its rows come by script, which the attack is before.
    let (greedy, good) = (town.parcel(Carrier::Yunda, Pace::Held(2)), town.parcel(Carrier::Sto, Pace::Held(2)));
    town.face(Carrier::Yunda, Face::EndlessMemory);
    host.register(&[order(&greedy), order(&good)]).await;
    let mut largest = 0;
    until("it was looked at five times", async || {
        largest = browsers(folder.path()).iter().map(Process::resident_mb).fold(largest, u64::max);
        (town.tally(Carrier::Yunda).pages.get() >= 5).then_some(())
    })
    .await;
    // What it was refused is an error in its script, or its end.
    let told = host.wait_for("yunda", &greedy.number, "it ended", |p| p["outcome"].is_string()).await;
    assert!(["tracks", "unreadable", "unreachable"].contains(&told["outcome"].as_str().unwrap()), "{}", told["outcome"]);
    assert!((100..700).contains(&largest), "{largest} MB: its data may be 400");
    host.wait_for_outcome("sto", &good.number, "tracks").await;
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
    for process in &first {
        // They are our host's; one may have gone with another.
        let _ = rustix::process::kill_process(rustix::process::Pid::from_raw(process.pid).unwrap(), rustix::process::Signal::KILL);
    }
    town.sims.world.advance(&parcel, 1);
    host.wait_for("sto", &parcel.number, "the second event", |p| p["events"].as_array().is_some_and(|e| e.len() == 2)).await;
    let second = browsers(folder.path());
    assert!(second.iter().all(|process| !first.contains(process)), "another browser");
    host.stop().await;
    are_gone(&[first, second].concat(), folder.path()).await;
}

/// `POSTHOUSE_ORPHANS` says how often; five times in an ordinary run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_browser_outlives_its_host() {
    let times: usize = std::env::var("POSTHOUSE_ORPHANS").map_or(5, |n| n.parse().expect("a number"));
    let town = Town::open().await;
    let (folder, setting) = profiles();
    let mut host: TestHost = allowed(&town, &setting).await;
    let parcels = town.parcels(Carrier::Jt, 4, Pace::Held(3));
    town.face(Carrier::Sto, Face::Stalled);
    let stalled = town.parcel(Carrier::Sto, Pace::Complete);
    host.register(&parcels.iter().chain([&stalled]).map(order).collect::<Vec<_>>()).await;
    for round in 0..times {
        // In the middle of pages and, with J&T's, of reading what is drawn; at another moment each time.
        until("pages are being read", async || (browsers(folder.path()).len() > 4).then_some(())).await;
        tokio::time::sleep(Duration::from_millis(37 * (round as u64 % 11))).await;
        let family = browsers(folder.path());
        host.kill().await;
        are_gone(&family, folder.path()).await;
        host.restart().await;
    }
    host.stop().await;
    are_gone(&[], folder.path()).await;
    assert_eq!(left(&folder), 0, "profiles of killed hosts are swept at the next start, the last one's at its end");
}

/// `POSTHOUSE_PAGES_MINUTES` says how long; some seconds in an ordinary run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_flat_under_full_load() {
    let length = std::env::var("POSTHOUSE_PAGES_MINUTES")
        .map_or(Duration::from_secs(12), |n| Duration::from_secs(60 * n.parse::<u64>().expect("a number")));
    let town = Town::open().await;
    let (folder, setting) = profiles();
    let host = allowed(&town, &setting).await;
    // Without J&T, whose pages are the readers' load and not the browser's.
    let carriers = [Carrier::Sto, Carrier::Yunda, Carrier::Ems, Carrier::Jd, Carrier::Zjs, Carrier::Danniao];
    let parcels: Vec<_> = carriers.into_iter().flat_map(|carrier| town.parcels(carrier, 3, Pace::Held(3))).collect();
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    let seen = || carriers.iter().map(|carrier| town.tally(*carrier).pages.get()).sum::<u64>();
    let memory = || browsers(folder.path()).iter().map(Process::resident_mb).sum::<u64>();
    until("every parcel was looked at", async || (seen() > 40).then_some(())).await;
    let (before, begun, mut samples) = (seen(), std::time::Instant::now(), vec![]);
    while begun.elapsed() < length {
        samples.push(memory());
        // Two while one that has shown a thousand pages makes room for the next.
        assert!((1..=2).contains(&left(&folder)), "{} profiles", left(&folder));
        tokio::time::sleep(length / 60).await;
    }
    let (early, late) = samples.split_at(samples.len() / 2);
    let most = |of: &[u64]| of.iter().copied().max().unwrap_or(0);
    println!(
        "{} pages in {:?}; memory of all browsers, each half's most: {} MB, {} MB",
        seen() - before,
        begun.elapsed(),
        most(early),
        most(late)
    );
    assert!(most(late) < most(early) * 3 / 2 + 200, "{samples:?}");
    let family = browsers(folder.path());
    host.stop().await;
    are_gone(&family, folder.path()).await;
    assert_eq!(left(&folder), 0);
}
