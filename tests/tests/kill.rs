//! Nothing that was acknowledged is lost, whenever the process is killed.
//!
//! Three of the carriers push: ZTO and Deppon are looked at once and then tell everything by push,
//! SF's pushes are hints that lead to looks. YTO is polled. `make soak` is the long form.

use std::sync::Arc;
use std::time::{Duration, Instant};

use posthouse_simulators::{Carrier, Pace, Parcel};
use posthouse_tests::{BOUND, Setup, TestHost, Town, order, until};
use reqwest::Method;
use serde_json::{Value, json};

/// Longest time between a start and the next kill.
const LIFE: Duration = Duration::from_millis(1200);

fn from_environment(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |n| n.parse().expect("a number"))
}

fn ats(events: &[Value]) -> Vec<&str> {
    events.iter().map(|e| e["at"].as_str().unwrap()).collect()
}

/// What is told of a parcel that is not what its carrier shows.
async fn differs(town: &Town, host: &TestHost, parcel: &Arc<Parcel>) -> Option<String> {
    let (told, truth) = (host.parcel(parcel.carrier.name(), &parcel.number).await, town.truth(parcel));
    let (found, expected) = (ats(told["events"].as_array().unwrap()), ats(&truth));
    (found != expected)
        .then(|| format!("{} {}: found {found:?}, expected {expected:?}, outcome {}", parcel.carrier, parcel.number, told["outcome"]))
}

async fn is_exact(town: &Town, host: &TestHost, parcels: &[Arc<Parcel>]) {
    let mut wrong = vec![];
    for parcel in parcels {
        wrong.extend(differs(town, host, parcel).await);
    }
    let shown = &wrong[..wrong.len().min(10)];
    assert!(wrong.is_empty(), "{} of {} parcels are wrong, such as {shown:#?}", wrong.len(), parcels.len());
}

async fn count(host: &TestHost, what: &str) -> usize {
    let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {what}")))
        .fetch_one(&mut host.database().await)
        .await
        .unwrap();
    usize::try_from(count).unwrap()
}

/// Registers all, although the host may die over it: what was not acknowledged is sent again.
async fn register(host: &mut TestHost, parcels: &[Arc<Parcel>]) {
    let chunks: Vec<Vec<Value>> = parcels.chunks(100).map(|some| some.iter().map(order).collect()).collect();
    for (nth, chunk) in chunks.iter().enumerate() {
        let request = host.request(Method::POST, "/v1/parcels").json(&json!({ "parcels": chunk }));
        if nth == 1 {
            let answer = tokio::spawn(request.send());
            tokio::task::yield_now().await;
            host.kill().await;
            let _ = answer.await.expect("a request does not panic");
            host.restart().await;
        }
        host.register(chunk).await;
    }
}

/// Kills the host at moments that differ, while answers and pushes come in.
async fn kill_again_and_again(town: &Town, host: &mut TestHost, kills: usize) {
    let moved = || Carrier::APIS.map(|c| town.tally(c)).iter().map(|t| t.queries.get() + t.push.accepted.get()).sum::<u64>();
    for nth in 0..kills {
        let (begun, before, enough) = (Instant::now(), moved(), 20 + (nth as u64 * 67) % 400);
        until("the host works, or its time is over", async || (moved() >= before + enough || begun.elapsed() > LIFE).then_some(())).await;
        host.kill().await;
        host.restart().await;
        town.push_to(host).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_it_loses_nothing_and_doubles_nothing() {
    let (kills, count_of_parcels) = (from_environment("POSTHOUSE_KILLS", 6), from_environment("POSTHOUSE_PARCELS", 300));
    let town = Town::with(|o| (o.speed, o.push_tries) = (0.0, 100_000)).await;
    let parcels = town.some_of_each(count_of_parcels / 4, Pace::Story);
    let polled_every = 400.max(2 * parcels.len());
    let mut host = Setup::carriers(&town)
        .await
        .with("schedule.pushed_every = '1h'\ncarriers.zto.every = '1h'\ncarriers.deppon.every = '1h'\ncarriers.sf.every = '1h'")
        // No subscription: nothing listens there.
        .with(&format!("carriers.yto.every = '{polled_every}ms'\ncarriers.yto.endpoints.subscribe = 'http://127.0.0.1:9/'"))
        .with("schedule.backoff_max = '1s'\ndatabase.synchronous = 'full'")
        .start()
        .await;
    town.push_to(&host).await;
    register(&mut host, &parcels).await;
    assert_eq!(count(&host, "parcels").await, parcels.len());
    town.push_to(&host).await;
    until("all are read once and subscribed", async || {
        let missing = count(&host, "parcels WHERE as_of IS NULL OR (subscribed_at IS NULL AND carrier <> 'yto')").await;
        (missing == 0).then_some(())
    })
    .await;

    let longest = parcels.iter().filter_map(|p| p.events.last()).map(|e| e.step.offset).max().unwrap();
    town.sims.world.set_speed(f64::from(longest) / (LIFE.as_secs_f64() * kills as f64));
    kill_again_and_again(&town, &mut host, kills).await;
    let all = |p: &Arc<Parcel>| p.visible(town.sims.world.story()).len() == p.events.len();
    until("the story is told", async || parcels.iter().all(all).then_some(())).await;

    let truth: usize = parcels.iter().map(|p| p.events.len()).sum();
    let begun = Instant::now();
    // Many pushes wait for their turn when the host was down; each is stored before it is answered.
    let bound = BOUND + Duration::from_millis(120) * u32::try_from(parcels.len()).unwrap();
    while count(&host, "events").await < truth && begun.elapsed() < bound {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    is_exact(&town, &host, &parcels).await;
    // A look at what was pushed finds the same events in better words, and no new ones.
    for parcel in &parcels {
        assert_eq!(host.get(&format!("/v1/track/{}/{}", parcel.carrier, parcel.number)).await.status, 200);
    }
    is_exact(&town, &host, &parcels).await;
    for carrier in [Carrier::Sf, Carrier::Zto, Carrier::Deppon] {
        let push = &town.tally(carrier).push;
        assert!(push.accepted.get() > 0 && push.given_up.get() == 0, "{carrier}: {}", json!(push));
    }
    println!("{kills} kills, {} parcels, {truth} events: none lost, none doubled", parcels.len());
    host.stop().await;
}
