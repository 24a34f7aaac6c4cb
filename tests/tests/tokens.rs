//! A refresh token that rotates: it is good for one use, and used once more it locks the account. So
//! the host fetches once for all, before the end, and keeps a token before it uses it.

use std::time::{Instant, SystemTime};

use posthouse_registry::{Package, folder};
use posthouse_simulators::{Carrier, Options, Pace, Rotation, V32Token};
use posthouse_tests::{BOUND, Setup, TestHost, Town, leaks, order, program, until};
use tempfile::TempDir;

const PARCELS: usize = 60;

struct Post {
    town: Town,
    host: TestHost,
    adapters: TempDir,
}

impl Post {
    /// A host whose only carrier is Deppon of the rotating kind, with every parcel read.
    async fn open(change: impl FnOnce(&mut Options), config: &str) -> Self {
        let town = Town::with(change).await;
        town.sims.world.change_deppon(V32Token::Rotating, std::time::Duration::ZERO);
        let adapters = tempfile::tempdir().unwrap();
        std::fs::copy(program::scenario_adapters().join("deppon@3.2.2.wasm"), adapters.path().join("deppon@3.2.2.wasm")).unwrap();
        let folder = format!("adapters.folder = '{}'\ntiers.A.every = '100ms'\n{config}", adapters.path().display());
        let account = town.sims.world.accounts.deppon_v32.credential(V32Token::Rotating);
        let host = Setup::carriers(&town).await.credential("deppon", "main", &account).with(&folder).log("trace").start().await;
        let post = Self { town, host, adapters };
        let parcels = post.town.parcels(Carrier::Deppon, PARCELS, Pace::Held(2));
        post.host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
        post.all_are_read_again().await;
        post
    }

    /// By looks that begin from now on.
    async fn all_are_read_again(&self) {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
        let read = format!("parcels WHERE outcome = 'tracks' AND as_of > {now}");
        until("all are read again", async || (self.count(&read).await == PARCELS).then_some(())).await;
    }

    async fn count(&self, what: &str) -> usize {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {what}"));
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut self.host.database().await).await.unwrap();
        usize::try_from(count).unwrap()
    }

    fn rotation(&self) -> Rotation {
        self.town.sims.world.v32.rotation()
    }

    /// Nothing was fetched but what was needed: one token for the app key, the others each for the
    /// refresh token before it, and none while the one before was still good for long.
    #[track_caller]
    fn is_in_order(&self) {
        let Rotation { granted, early, locked, .. } = self.rotation();
        assert_eq!((granted, early, locked), (1, 0, false), "{:?}", self.rotation());
    }

    /// What an operator types; it must do what it says.
    #[track_caller]
    fn types(&self, words: &[&str]) -> serde_json::Value {
        let ran = self.host.run(&[words, &["--reason", "a test", "--json", "--url", &self.host.url]].concat());
        assert_eq!(ran.code, 0, "{words:?}: {ran:?}");
        ran.json()
    }
}

/// As [`until`], without a pause: the host is to be met in the act.
async fn at_once(what: &str, come: impl Fn() -> bool) {
    let begun = Instant::now();
    while !come() {
        assert!(begun.elapsed() < BOUND, "never came true: {what}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_workers_fetches_a_token_before_the_old_one_ends() {
    let post = Post::open(|options| options.token_seconds = 20, "").await;
    until("two more tokens", async || (post.rotation().refreshed >= 2).then_some(())).await;
    post.all_are_read_again().await;
    post.is_in_order();
    // One that was on its way while another look used the new token is refused, and asks again.
    assert_eq!(post.rotation().ended, 0, "no request carried a token that had ended");
    post.host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_killed_over_a_refresh_has_the_token_that_it_used() {
    let kills: u64 = std::env::var("POSTHOUSE_KILLS").map_or(12, |n| n.parse().expect("a number"));
    let mut post = Post::open(|_| {}, "").await;
    for nth in 0..kills {
        let (refreshed, queries) = (post.rotation().refreshed, post.town.tally(Carrier::Deppon).queries.get());
        post.town.sims.world.v32.expire_token();
        at_once("a token is fetched", || post.rotation().refreshed > refreshed).await;
        // From an answer that is still on its way to many looks with the new token: the old one has ended.
        let used = [0, 1, 0, 2, 20, 1][nth as usize % 6];
        at_once("it is used", || post.town.tally(Carrier::Deppon).queries.get() >= queries + used).await;
        post.host.kill().await;
        assert!(!post.rotation().locked, "kill {nth}");
        post.host.restart().await;
        post.all_are_read_again().await;
    }
    post.is_in_order();
    assert_eq!(post.count("exchanges WHERE outcome = 'credential-rejected'").await, 0);
    println!("{kills} kills, {:?}", post.rotation());
    post.host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_of_the_same_generation_shares_the_token() {
    let post = Post::open(|_| {}, "").await;
    let package = Package::read(std::fs::read(post.adapters.path().join("deppon@3.2.2.wasm")).unwrap()).unwrap();
    let text = package.manifest_text.replace("version = \"3.2.2\"", "version = \"3.2.3\"");
    folder::put(post.adapters.path(), &Package::read(program::with_manifest(&package, &text)).unwrap()).unwrap();
    for expired in 1..=5 {
        // It may be paired before, during or after the refresh.
        post.town.sims.world.v32.expire_token();
        let id = post.types(&["rollout", "start", "deppon", "--version", "3.2.3", "--steps", "500000"])["id"].clone();
        post.all_are_read_again().await;
        post.town.sims.world.v32.expire_token();
        post.all_are_read_again().await;
        post.is_in_order();
        assert_eq!(post.rotation().refreshed, 2 * expired);
        post.types(&["rollout", "abort", id.as_str().unwrap()]);
    }
    post.host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_account_is_asked_for_a_token_once() {
    let post = Post::open(|_| {}, "schedule.backoff = '1h'\nschedule.backoff_max = '1h'").await;
    post.town.sims.world.v32.lock();
    until("all are refused", async || (post.count("parcels WHERE outcome = 'credential-rejected'").await == PARCELS).then_some(())).await;
    let refusals = post.town.tally(Carrier::Deppon).refusals();
    assert!(refusals["3002-token"] >= PARCELS as u64, "{refusals:?}");
    assert_eq!(refusals["3002-locked"], 1, "{refusals:?}");
    post.host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_token_is_found_anywhere_it_does_not_belong() {
    let post = Post::open(|_| {}, "exchanges.sample = 1").await;
    for _ in 0..3 {
        post.town.sims.world.v32.expire_token();
        post.all_are_read_again().await;
    }
    assert_eq!(post.count("tokens").await, 2, "both are kept, sealed");
    let issued = post.town.sims.world.v32.issued();
    assert_eq!(issued.len(), 8);
    let tokens: Vec<_> = issued.into_iter().enumerate().map(|(nth, token)| (format!("token {nth}"), token)).collect();
    leaks::nowhere(&post.host, &tokens).await;
    post.host.stop().await;
}
