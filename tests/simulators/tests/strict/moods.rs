use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};

use crate::town::Town;

async fn ask(town: &Town) -> reqwest::Result<Response> {
    town.client.post(town.sims.url("/zto/zto.merchant.waybill.track.query")).body("{}").send().await
}

async fn in_mood(town: &Town, mood: Value) {
    let mut wish = json!({ "carrier": "zto", "next": 1 });
    wish.as_object_mut().unwrap().extend(mood.as_object().unwrap().clone());
    town.control("/mood", wish).await;
}

#[tokio::test]
async fn each_mood_spoils_so_many_answers_and_then_passes() {
    let town = Town::open().await;
    let whole = ask(&town).await.unwrap().bytes().await.unwrap();

    for (mood, status) in [("http500", 500), ("http503", 503)] {
        in_mood(&town, json!({ "mood": mood })).await;
        assert_eq!(ask(&town).await.unwrap().status(), status);
    }
    in_mood(&town, json!({ "mood": "truncate" })).await;
    assert_eq!(ask(&town).await.unwrap().bytes().await.unwrap(), whole[..whole.len() / 2]);
    in_mood(&town, json!({ "mood": "cut" })).await;
    assert!(ask(&town).await.unwrap().bytes().await.is_err(), "the connection breaks");
    in_mood(&town, json!({ "mood": "garbage" })).await;
    assert!(std::str::from_utf8(&ask(&town).await.unwrap().bytes().await.unwrap()).is_err());
    in_mood(&town, json!({ "mood": "html" })).await;
    assert!(ask(&town).await.unwrap().text().await.unwrap().starts_with("<!DOCTYPE html>"));
    in_mood(&town, json!({ "mood": "huge", "bytes": 1_000_000 })).await;
    assert_eq!(ask(&town).await.unwrap().bytes().await.unwrap().len(), 1_000_000);
    in_mood(&town, json!({ "mood": "slow", "ms": 50 })).await;
    let began = std::time::Instant::now();
    assert_eq!(ask(&town).await.unwrap().bytes().await.unwrap(), whole);
    assert!(began.elapsed() >= Duration::from_millis(50));

    assert_eq!(ask(&town).await.unwrap().bytes().await.unwrap(), whole, "the mood has passed");
    assert_eq!(town.get("/control/stats").await["zto"]["moods"], 8);
}

#[tokio::test]
async fn a_hanging_carrier_answers_nobody_until_it_is_gone() {
    let town = Town::open().await;
    in_mood(&town, json!({ "mood": "hang" })).await;
    let mut first = std::pin::pin!(ask(&town));
    loop {
        tokio::select! {
            _ = &mut first => panic!("it answered"),
            stats = town.get("/control/stats") => if stats["zto"]["moods"] == 1 { break },
        }
    }
    assert_eq!(ask(&town).await.unwrap().status(), 200, "one request hangs, not the carrier");
    tokio::select! {
        biased;
        _ = &mut first => panic!("it answered"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn a_mood_belongs_to_one_carrier() {
    let town = Town::open().await;
    town.control("/mood", json!({ "carrier": "sf", "mood": "http503" })).await;
    assert_eq!(ask(&town).await.unwrap().status(), 200);
    let sf = || town.client.post(town.sims.url("/sf/std/service")).send();
    assert_eq!((sf().await.unwrap().status(), sf().await.unwrap().status()), (503.try_into().unwrap(), 503.try_into().unwrap()));
}
