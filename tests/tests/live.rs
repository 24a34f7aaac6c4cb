//! Asking about a parcel now.

use std::time::Duration;

use posthouse_simulators::{Carrier, Mood, Pace};
use posthouse_tests::{Setup, Town, order, until};

#[tokio::test]
async fn twenty_who_ask_at_once_share_one_request() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.start().await;
    let parcel = town.parcel(Carrier::Yto, Pace::Complete);
    town.mood(Carrier::Yto, Mood::Slow(Duration::from_secs(5)));
    let path = format!("/v1/track/yto/{}", parcel.number);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let request = host.request(reqwest::Method::GET, &path);
        asking.spawn(async move { request.send().await.unwrap().json::<serde_json::Value>().await.unwrap() });
    }
    for told in asking.join_all().await {
        assert_eq!((&told["outcome"], told["events"].as_array().unwrap().len()), (&"tracks".into(), parcel.events.len()), "{told}");
    }
    assert_eq!(town.tally(Carrier::Yto).requests.get(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_slow_carrier_is_waited_for_and_then_asked_to_come_back_for() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.with("live.wait = '200ms'").start().await;
    let parcel = town.parcel(Carrier::Deppon, Pace::Complete);
    town.mood(Carrier::Deppon, Mood::Slow(Duration::from_secs(8)));
    let reply = host.get(&format!("/v1/track/deppon/{}", parcel.number)).await;
    assert_eq!((reply.status, reply.retry_after.is_some()), (202, true), "{reply:?}");
    let early = reply.json();
    assert!(early["outcome"].is_null() && early["events"].as_array().unwrap().is_empty(), "{early}");
    let path = format!("/v1/parcels/{}", early["id"].as_str().unwrap());
    let told = until("the look's result", async || Some(host.read(&path).await).filter(|p| p["outcome"] == "tracks")).await;
    assert_eq!(told["events"].as_array().unwrap().len(), parcel.events.len());
    assert_eq!(town.tally(Carrier::Deppon).requests.get(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_number_nobody_registered_is_told_and_not_watched() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.start().await;
    for carrier in Carrier::APIS {
        let parcel = town.parcel(carrier, Pace::Complete);
        let reply = host.get(&format!("/v1/track/{carrier}/{}", parcel.number)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let told = reply.json();
        assert_eq!(
            (told["events"].as_array().unwrap().len(), &told["next_look"]),
            (parcel.events.len(), &serde_json::Value::Null),
            "{told}"
        );
        host.get(&format!("/v1/parcels/by-number/{carrier}/{}", parcel.number)).await.is_problem(404, "not-found");
        assert_eq!(town.tally(carrier).subscribes.get(), 0);
    }
    assert!(host.read("/v1/parcels").await["parcels"].as_array().unwrap().is_empty());
    host.stop().await;
}

#[tokio::test]
async fn a_number_that_was_asked_about_can_be_registered_later() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.start().await;
    let parcel = town.parcel(Carrier::Zto, Pace::Held(2));
    let asked = host.read(&format!("/v1/track/zto/{}", parcel.number)).await;
    let registered = host.register(&[order(&parcel)]).await;
    assert_eq!(registered["results"][0]["id"], asked["id"]);
    town.sims.world.advance(&parcel, 1);
    host.wait_for("zto", &parcel.number, "it is watched and subscribed", |p| {
        p["events"].as_array().unwrap().len() == 3 && p["subscribed"] == true
    })
    .await;
    host.stop().await;
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_before_the_carrier_hears_of_it() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.start().await;
    host.get("/v1/track/nobody/123").await.is_problem(400, "unknown-carrier");
    host.get("/v1/track/sf/not-a-number").await.is_problem(400, "bad-number");
    host.get("/v1/track/sf/SF1234567890123?account=other").await.is_problem(400, "no-account");
    assert_eq!(town.tally(Carrier::Sf).requests.get(), 0);
    host.stop().await;
}
