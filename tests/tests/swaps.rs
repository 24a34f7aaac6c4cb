//! A release is swapped under load: no call fails, no answer is half one release's and half another's,
//! and no look that begins after the swap is the old one's. `make soak` is the long form.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant, SystemTime};

use posthouse::config::Config;
use posthouse::fetch::Http;
use posthouse::parcel::{Account, Before, Due, Parcel, ParcelKey, Purpose};
use posthouse::route::{self, Candidate, Release, Releases, Standing};
use posthouse::sandbox::Sandbox;
use posthouse::sandbox::types::{self, Reading, Task, Want};
use posthouse::vault::Secrets;
use posthouse_registry::folder;
use posthouse_tests::{BOUND, Setup, TestHost, echo, until};
use serde_json::{Value, json};

/// Releases that take turns.
const RELEASES: usize = 12;
const WORKERS: usize = 4;
/// Swaps between two windows without any.
const AT_ONCE: usize = 10;

fn from_environment(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |n| n.parse().expect("a number"))
}

/// The release of a swap; the first is what stands before any.
fn nth(swap: usize) -> usize {
    1 + swap % RELEASES
}

/// The host's own look, without its store: pinned, asked, fetched, read.
struct Town {
    releases: Releases,
    account: Account,
    http: Http,
    sandbox: Sandbox,
    adapters: tempfile::TempDir,
    endpoints: Arc<BTreeMap<String, String>>,
    /// Swaps that began, and swaps that are published.
    begun: AtomicUsize,
    done: AtomicUsize,
    swapping: AtomicBool,
    ended: AtomicBool,
    looks: AtomicUsize,
}

/// What the looks of one worker took, without swaps and with them.
#[derive(Default)]
struct Took {
    looks: [Vec<Duration>; 2],
    calls: [Vec<Duration>; 2],
}

impl Town {
    async fn open() -> Arc<Self> {
        let config = Config::with("sandbox.deadline = '10s'").unwrap();
        let adapters = tempfile::tempdir().unwrap();
        (1..=RELEASES).for_each(|nth| echo::put(adapters.path(), nth));
        let carrier = echo::Echo::open().await;
        let town = Self {
            releases: Releases::default(),
            account: Account::new("echo", "main"),
            http: Http::new(&config.fetch).unwrap(),
            sandbox: Sandbox::new(&config.sandbox, adapters.path().join("cache"), [0x5e; 32]).unwrap(),
            adapters,
            endpoints: Arc::new([("track".to_owned(), carrier.url)].into()),
            begun: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            swapping: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            looks: AtomicUsize::new(0),
        };
        // Compiled once; from then on each load is from the sealed cache.
        (1..=RELEASES).for_each(|nth| drop(town.load(nth)));
        town.releases.publish(&town.account, &Standing { stable: town.load(nth(0)), candidate: None });
        Arc::new(town)
    }

    /// From the package's file, checked, found in the cache, verified and linked.
    fn load(&self, nth: usize) -> Release {
        let package = folder::version(self.adapters.path(), "echo", &echo::version(nth)).unwrap().unwrap();
        let adapter = self.sandbox.load(&package).unwrap();
        let secrets = Arc::new(Secrets::new(1, adapter.manifest.clone(), [].into()));
        Release { adapter, secrets, endpoints: self.endpoints.clone() }
    }

    /// As `rollout::Conduct` does it: how long loading took, and the switch itself.
    fn swap(&self) -> [Duration; 2] {
        let swap = self.begun.fetch_add(1, SeqCst) + 1;
        let loading = Instant::now();
        let release = self.load(nth(swap));
        let loaded = loading.elapsed();
        let candidate = Candidate { release, rollout: format!("ro_{swap}").into(), step: 0, weight: 1, forced: None, accepted: [].into() };
        self.releases.set_candidate(&self.account, &Some(candidate));
        let begun = Instant::now();
        self.releases.promote(&self.account);
        let switched = begun.elapsed();
        self.done.store(swap, SeqCst);
        [loaded, switched]
    }

    async fn look(&self, key: i64, took: &mut Took) {
        let window = usize::from(self.swapping.load(SeqCst));
        let published = self.done.load(SeqCst);
        let begun = Instant::now();
        let routed = route::pin(due(&self.account, key), &self.releases, 0).unwrap();
        let possible = published..=self.begun.load(SeqCst);
        let Release { adapter, secrets, endpoints } = &routed.release;
        let task = task(&routed.due);
        let asked = Instant::now();
        let Want::Http(request) = adapter.ask(secrets, &task).0.unwrap() else { panic!("it asks over HTTP") };
        took.calls[window].push(asked.elapsed());
        let reply = self.http.perform(&request, &adapter.manifest, secrets, endpoints, task.now).await.reply.unwrap();
        let read = Instant::now();
        let Reading::Tracks(tracks) = adapter.read(secrets, &task, &reply).0.unwrap() else { panic!("one round is enough") };
        took.calls[window].push(read.elapsed());
        took.looks[window].push(begun.elapsed());
        let said = &tracks[0].outcome.as_ref().unwrap().events[0].text;
        assert!(possible.clone().any(|swap| *said == echo::whole(nth(swap))), "{said} after {possible:?} swaps");
        self.looks.fetch_add(1, SeqCst);
    }

    async fn work(self: Arc<Self>, worker: usize) -> Took {
        let mut took = Took::default();
        while !self.ended.load(SeqCst) {
            self.look(1_000_000_000 + worker as i64, &mut took).await;
        }
        took
    }

    async fn looks(&self, more: usize) {
        let enough = self.looks.load(SeqCst) + more;
        let (begun, bound) = (Instant::now(), BOUND + Duration::from_millis(20) * more as u32);
        while self.looks.load(SeqCst) < enough {
            assert!(begun.elapsed() < bound, "the workers do not look any more");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn due(account: &Account, key: i64) -> Due {
    let parcel = Parcel {
        key: ParcelKey(key),
        number: format!("E{key}"),
        phone_tail: None,
        shipped_at: None,
        extra: [].into(),
        before: Before::default(),
    };
    Due { account: account.clone(), purpose: Purpose::Look, tries: None, parcels: vec![parcel] }
}

fn task(due: &Due) -> Task {
    let number = due.parcels[0].number.clone();
    let parcel = types::Parcel { number, phone_tail: None, shipped_at: None, extra: vec![] };
    Task { parcels: vec![parcel], now: 1_700_000_000_000, nonce: vec![7; 16], round: 0, memo: vec![] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_no_call_fails_and_none_is_of_two_releases_or_of_an_old_one() {
    let swaps = from_environment("POSTHOUSE_SWAPS", 40);
    let per_swap = from_environment("POSTHOUSE_CALLS", 8_000) / swaps / 4;
    let town = Town::open().await;
    let workers: Vec<_> = (0..WORKERS).map(|worker| tokio::spawn(town.clone().work(worker))).collect();
    let (mut loads, mut switches) = (vec![], vec![]);
    while switches.len() < swaps {
        town.swapping.store(false, SeqCst);
        town.looks(per_swap * AT_ONCE).await;
        town.swapping.store(true, SeqCst);
        for _ in 0..AT_ONCE.min(swaps - switches.len()) {
            town.looks(per_swap).await;
            let own = town.clone();
            let [loaded, switched] = tokio::task::spawn_blocking(move || own.swap()).await.unwrap();
            loads.push(loaded);
            switches.push(switched);
        }
    }
    town.ended.store(true, SeqCst);
    let mut took = Took::default();
    for worker in workers {
        let own = worker.await.expect("no look failed, was mixed or stale");
        for window in [0, 1] {
            took.looks[window].extend(&own.looks[window]);
            took.calls[window].extend(&own.calls[window]);
        }
    }
    report(&mut took, [("loading", &mut loads), ("the switch", &mut switches)]);
    assert_eq!(switches.len(), swaps);
    assert!(took.calls.iter().all(|calls| calls.len() >= per_swap * swaps));
}

fn report(took: &mut Took, swaps: [(&str, &mut Vec<Duration>); 2]) {
    let calls: usize = took.calls.iter().map(Vec::len).sum();
    println!("{} swaps, {calls} calls: none failed, none mixed, none stale", swaps[0].1.len());
    for (what, [without, with]) in [("a call", &mut took.calls), ("a look", &mut took.looks)] {
        let [[half, most], [half_with, most_with]] = [without, with].map(|times| [0.5, 0.99].map(|part| quantile(times, part)));
        let more = most_with.div_duration_f64(most);
        println!("{what}: median {half:?} without swaps, {half_with:?} with; p99 {most:?} without, {most_with:?} with, {more:.3} ×");
    }
    for (what, times) in swaps {
        let [median, p99, longest] = [0.5, 0.99, 1.0].map(|part| quantile(times, part));
        println!("{what}: median {median:?}, p99 {p99:?}, longest {longest:?}");
    }
}

/// Of so many parts of them none takes longer.
fn quantile(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * part) as usize]
}

/// More than a lane takes at once: it always finds one that is due.
const PARCELS: i64 = 300;

/// A figure of the host's database.
async fn count(host: &TestHost, what: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {what}"));
    sqlx::query_scalar(sql).fetch_one(&mut host.database().await).await.unwrap()
}

async fn conduct(host: &TestHost, path: &str, word: Value) -> Value {
    let request = host.client.post(format!("{}/v1/rollouts{path}", host.url)).bearer_auth(&host.ops).json(&word);
    let reply = host.send(request).await;
    assert!(reply.status < 300, "{reply:?}");
    reply.json()
}

/// A slice tries it, then all are on it. When this returns, the promotion was answered.
async fn promote(host: &TestHost, nth: usize) -> u128 {
    // Each says something else, and so another event: that is what it is for.
    let accept = ["missing:10", "added:10"];
    let start = json!({ "carrier": "echo", "version": echo::version(nth), "steps": [300_000], "accept": accept, "reason": "a test" });
    let begun = conduct(host, "", start).await;
    conduct(host, &format!("/{}/promote", begun["id"].as_str().unwrap()), json!({ "force": true, "reason": "a test" })).await;
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_the_front_door_a_look_after_a_promotion_is_the_new_releases() {
    let promotions = from_environment("POSTHOUSE_PROMOTIONS", 12);
    let (carrier, adapters) = (echo::Echo::open().await, tempfile::tempdir().unwrap());
    echo::put(adapters.path(), nth(0));
    let config = format!(
        "carriers.echo = {{ every = '1ms', endpoints.track = '{}', quota.tracking = ['1000000/1s'] }}\nexchanges.sample = 100",
        carrier.url
    );
    let host = Setup::bare(adapters.path()).with(&config).start().await;
    (1..=RELEASES).for_each(|nth| echo::put(adapters.path(), nth));
    let parcels: Vec<_> = (0..PARCELS).map(|n| json!({ "carrier": "echo", "number": format!("E{}", 1_000_000_000 + n) })).collect();
    for some in parcels.chunks(100) {
        host.register(some).await;
    }
    for swap in 1..=promotions {
        let answered = promote(&host, nth(swap)).await;
        let after = format!("parcels WHERE as_of > {answered}");
        until("all are read again", async || (count(&host, &after).await == PARCELS).then_some(())).await;
        let new = format!("{after} AND release = 'echo@{}+1'", echo::version(nth(swap)));
        assert_eq!(count(&host, &new).await, PARCELS, "no look that began after the promotion is the old release's");
        let by_new = format!("events WHERE text = '{}'", echo::whole(nth(swap)));
        assert_eq!(count(&host, &by_new).await, PARCELS);
    }
    let whole: Vec<_> = (1..=RELEASES).map(|nth| format!("'{}'", echo::whole(nth))).collect();
    assert_eq!(count(&host, &format!("events WHERE text NOT IN ({})", whole.join(","))).await, 0, "no answer is of two releases");
    assert_eq!(count(&host, "exchanges WHERE outcome <> 'tracks'").await, 0, "no look failed");
    println!("{promotions} promotions, {} looks: none failed, none mixed, none stale", carrier.answered());
    host.stop().await;
}
