//! What confirmed deliveries teach about a carrier: how long it takes to tell of a signature, and so
//! how long one with a doubt waits.

use std::sync::Arc;
use std::time::Duration;

use posthouse_simulators::{Carrier, Pace, Parcel};
use posthouse_tests::{Setup, TestHost, Town, order, until};
use serde_json::Value;

const QUICK: (Carrier, f64) = (Carrier::Sf, 1.8);
const SLOW: (Carrier, f64) = (Carrier::Yto, 3.2);
const PARCELS: usize = 300;

#[tokio::test]
async fn two_carriers_are_told_apart_and_doubts_wait_accordingly() {
    let town = Town::open().await;
    let config = "judge.learn_every = '1s'
        carriers.sf = { push = false, every = '1s' }
        carriers.yto = { push = false, every = '1s' }";
    let host = Setup::carriers(&town).await.with(config).start().await;
    let mut parcels = vec![];
    for (carrier, hours) in [QUICK, SLOW] {
        assert_eq!(report(&host, carrier).await["learned_from"], Value::Null, "nothing is learned yet, and it says so");
        town.sims.world.desk(carrier).set_lag(Some(Duration::from_secs_f64(hours * 3600.0))).unwrap();
        parcels.extend(town.parcels(carrier, PARCELS, Pace::Held(2)));
    }
    for some in parcels.chunks(100) {
        host.register(&some.iter().map(order).collect::<Vec<_>>()).await;
    }
    for carrier in [QUICK.0, SLOW.0] {
        until("every parcel was looked at", async || (told(&host, carrier).await == PARCELS).then_some(())).await;
    }
    for parcel in &parcels {
        town.sims.world.advance(parcel, 100);
    }
    for (carrier, hours) in [QUICK, SLOW] {
        let learned = until("it is learned", async || {
            let delay = report(&host, carrier).await;
            (delay["learned_from"].as_u64().is_some_and(|count| count >= 200)).then_some(delay)
        })
        .await;
        let half = learned["half_s"].as_f64().unwrap() / 3600.0;
        assert!((hours * 0.75..=hours * 1.3).contains(&half), "{carrier}: {learned}");
    }
    let (quick, slow) = (wait(&town, &host, QUICK.0).await, wait(&town, &host, SLOW.0).await);
    assert!(quick * 1.4 < slow, "{quick} h and {slow} h");
    assert!((QUICK.1..QUICK.1 * 1.7).contains(&quick) && (SLOW.1..SLOW.1 * 1.7).contains(&slow), "{quick} h and {slow} h");
    host.stop().await;
}

async fn told(host: &TestHost, carrier: Carrier) -> usize {
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let page = host.read(&format!("/v1/parcels?carrier={carrier}&outcome=tracks&limit=200{cursor}")).await;
        count += page["parcels"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { return count };
        cursor = format!("&cursor={next}");
    }
}

async fn report(host: &TestHost, carrier: Carrier) -> Value {
    let told = host.read("/v1/carriers").await;
    let one = told["carriers"].as_array().unwrap().iter().find(|one| one["id"] == carrier.name()).unwrap().clone();
    one["delays"].as_array().unwrap().iter().find(|delay| delay["kind"] == "report").unwrap().clone()
}

/// How many hours a signature waits that was given in the moment the courier set out.
async fn wait(town: &Town, host: &TestHost, carrier: Carrier) -> f64 {
    let ends_so = |parcel: &Arc<Parcel>| {
        let [.., out, signed] = &parcel.events[..] else { return false };
        matches!((out.code, signed.code), ("44" | "204", "80") | ("SENT_SCAN", "SIGNED"))
    };
    let parcel = town.parcels(carrier, 20, Pace::Held(2)).into_iter().find(ends_so).expect("most lives end well");
    host.register(&[order(&parcel)]).await;
    let all = parcel.events.len();
    for (told, advance) in [(all - 1, all - 3), (all, 1)] {
        town.sims.world.advance(&parcel, u32::try_from(advance).unwrap());
        host.wait_for(carrier.name(), &parcel.number, "its events are told", |p| p["events"].as_array().unwrap().len() == told).await;
    }
    let view = host.parcel(carrier.name(), &parcel.number).await;
    assert_eq!(
        (&view["verdict"]["level"], &view["verdict"]["reasons"][0]["code"]),
        (&"provisional".into(), &"with-dispatch".into()),
        "{view}"
    );
    assert!(view["verdict"]["learned_from"].is_u64(), "{view}");
    let until: jiff::Timestamp = view["verdict"]["until"].as_str().unwrap().parse().unwrap();
    (until.as_millisecond() - jiff::Timestamp::now().as_millisecond()) as f64 / 3_600_000.0
}
