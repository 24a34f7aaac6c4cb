//! A carrier's limits are kept by us, not found out by being refused.

use posthouse_simulators::{Carrier, Limits, Pace};
use posthouse_tests::{Setup, Town, order, until};
use serde_json::{Value, json};

fn strict(carrier: Carrier, per_second: u64, per_day: Option<u64>) -> (Carrier, Limits) {
    (carrier, Limits { per_second: Some(per_second), per_day })
}

#[tokio::test]
async fn a_strict_carrier_never_has_to_refuse() {
    // A request may be late, so the carrier's second is wider than ours; without a quota there would be a hundred in it.
    let windows = [strict(Carrier::Sf, 20, Some(40)), strict(Carrier::Zto, 20, None)];
    let town = Town::with(|o| o.quotas.extend(windows)).await;
    let host = Setup::carriers(&town)
        .await
        .with("carriers.sf.quota = { tracking = ['5/1s', '40/1d'], subscribe = ['5/1s', '40/1d'] }")
        .with("carriers.zto.quota = { tracking = ['5/1s'], subscribe = ['5/1s'] }\ntiers.A.every = '100ms'")
        .start()
        .await;
    let parcels = [town.parcels(Carrier::Sf, 60, Pace::Held(2)), town.parcels(Carrier::Zto, 12, Pace::Held(2))].concat();
    host.register(&parcels.iter().map(order).collect::<Vec<Value>>()).await;
    for parcel in &parcels {
        host.wait_for_outcome(parcel.carrier.name(), &parcel.number, "tracks").await;
    }
    until("ZTO's second is full again and again", async || (town.tally(Carrier::Zto).queries.get() >= 24).then_some(())).await;
    for carrier in [Carrier::Sf, Carrier::Zto] {
        assert!(town.tally(carrier).refusals().is_empty(), "{carrier}: {:?}", town.tally(carrier).refusals());
    }
    let sf = town.tally(Carrier::Sf).queries.get();
    assert!((6..=40).contains(&sf), "ten parcels a call, and never more calls than a day has: {sf}");
    host.stop().await;
}

#[tokio::test]
async fn a_restart_grants_no_call_twice() {
    let town = Town::with(|o| o.quotas.push(strict(Carrier::Yto, 1000, Some(10)))).await;
    let mut host = Setup::carriers(&town)
        .await
        .with("carriers.yto.quota = { tracking = ['1000/1s', '10/1d'] }\ncarriers.yto.every = '50ms'")
        .start()
        .await;
    let parcel = town.parcel(Carrier::Yto, Pace::Held(2));
    host.register(&[order(&parcel)]).await;
    host.wait_for_outcome("yto", &parcel.number, "tracks").await;
    for _ in 0..8 {
        host.kill().await;
        host.restart().await;
        host.read("/v1/carriers").await;
    }
    assert!(town.tally(Carrier::Yto).refusals().is_empty(), "{:?}", town.tally(Carrier::Yto).refusals());
    host.stop().await;
}

#[tokio::test]
async fn a_refusal_is_taken_at_its_word_and_told() {
    let town = Town::with(|o| o.quotas.extend(Carrier::APIS.map(|c| strict(c, 1, None)))).await;
    let host = Setup::carriers(&town).await.start().await;
    let parcels = town.some_of_each(30, Pace::Held(2));
    for some in parcels.chunks(60) {
        host.register(&some.iter().map(order).collect::<Vec<_>>()).await;
    }
    for carrier in Carrier::APIS {
        until("a refusal is told", async || {
            let page = host.read(&format!("/v1/parcels?carrier={carrier}&outcome=throttled")).await;
            page["parcels"].as_array().filter(|p| !p.is_empty()).map(drop)
        })
        .await;
    }
    host.stop().await;
}

#[tokio::test]
async fn an_overload_is_a_figure_at_registration() {
    let town = Town::open().await;
    let host = Setup::carriers(&town)
        .await
        .with("carriers.sf = { every = '5m', sla = '10m', quota = { tracking = ['30/1s', '100/1d'] } }")
        // Nothing listens there, so nothing is ever subscribed: all are polled.
        .with("carriers.sf.endpoints.service = 'http://127.0.0.1:9/'")
        .start()
        .await;
    let parcels: Vec<Value> = town.parcels(Carrier::Sf, 101, Pace::Held(1)).iter().map(order).collect();
    let few = host.register(&parcels[..1]).await["capacity"][0].clone();
    assert_eq!((&few["carrier"], &few["over"]), (&json!("sf"), &json!(false)), "{few}");
    let many = host.register(&parcels[1..]).await["capacity"][0].clone();
    assert_eq!(
        (&many["over"], &many["polled"], &many["every_s"], &many["sla_s"]),
        (&json!(true), &json!(101), &json!(300), &json!(600)),
        "{many}"
    );
    assert!(many["budget"].as_u64().unwrap() < 101 && many["expected_every_s"].as_u64().unwrap() > 600, "{many}");
    host.stop().await;
}
