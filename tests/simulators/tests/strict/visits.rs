//! Who looked, how often, and what the origin says about it.

use posthouse_simulators::{Carrier, Limits, Pace};
use serde_json::json;

use crate::town::{PAGES, Town};

#[tokio::test]
async fn visits_lookups_and_visitors_are_counted() {
    let town = Town::open().await;
    let page = town.sims.url("/ems/queryList?mailNum=1");
    town.client.get(&page).header("user-agent", "a reader").send().await.unwrap();
    town.client.get(&page).header("cookie", "a=b; parcel-visitor=1").header("user-agent", "another").send().await.unwrap();
    town.client.post(town.sims.url("/ems/apple/getMailNoRoutes")).json(&json!({})).send().await.unwrap();
    town.client.post(town.sims.url("/ems/remembered")).send().await.unwrap();
    let stats = town.get("/control/stats").await;
    let ems = &stats["ems"];
    assert_eq!((&ems["pages"], &ems["lookups"], &ems["requests"]), (&json!(2), &json!(1), &json!(3)));
    assert_eq!((&ems["user_agent"], &ems["remembered"]), (&json!("another"), &json!(2)));
    assert_eq!((&stats["sto"]["pages"], &stats["sto"]["user_agent"]), (&json!(0), &json!(null)));
}

#[tokio::test]
async fn robots_allow_until_they_are_told_otherwise() {
    let town = Town::open().await;
    let robots = async || town.client.get(town.sims.url("/robots.txt")).send().await.unwrap();
    assert_eq!(robots().await.text().await.unwrap(), "User-agent: *\nAllow: /\n");
    town.control("/robots", json!({ "text": "User-agent: *\nDisallow: /sto/\n" })).await;
    assert!(robots().await.text().await.unwrap().contains("Disallow: /sto/"));
    town.control("/robots", json!({ "text": "", "status": 503 })).await;
    assert_eq!(robots().await.status(), 503);
    let stats = town.get("/control/stats").await;
    assert_eq!((&stats["sto"]["robots"], &stats["danniao"]["robots"], &stats["sf"]["robots"]), (&json!(3), &json!(3), &json!(0)));
}

#[tokio::test]
async fn who_looks_too_often_is_told_so() {
    let town = Town::open().await;
    let parcel = town.parcel(Carrier::Sto, Pace::Complete);
    let turned_away = async || town.page(Carrier::Sto, &parcel.number).await.contains("访问过于频繁");
    for _ in 0..30 {
        assert!(!turned_away().await, "pages are free");
    }
    // A quota counts what was asked before it was set.
    town.sims.world.set_limits(Carrier::Sto, Limits { per_second: None, per_day: Some(32) });
    assert_eq!([turned_away().await, turned_away().await, turned_away().await], [false, false, true]);
    assert_eq!(town.refusals(Carrier::Sto)["too-often"], 1);
    town.control("/quota", json!({ "carrier": "sto", "per_second": 0, "per_day": 0 })).await;
    assert!(!turned_away().await);
}

#[tokio::test]
async fn another_method_or_path_finds_nothing() {
    let town = Town::open().await;
    for (_, path) in PAGES {
        let url = town.sims.url(path);
        assert_eq!(town.client.post(&url).send().await.unwrap().status(), 404, "{path}");
        let longer = url.replace('?', "/more?");
        assert_eq!(town.client.get(&longer).send().await.unwrap().status(), 404, "{longer}");
    }
    for path in ["/ems/apple/getMailNoRoutes", "/jd/trackQuery/trace", "/zjs/api/tracking.jspx"] {
        assert_eq!(town.client.get(town.sims.url(path)).send().await.unwrap().status(), 404, "{path}");
    }
    let lookup = town.sims.url("/danniao/logisticsDetails/lpcPackPubQuery");
    assert_eq!(town.client.post(lookup).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_mood_comes_over_a_page_too() {
    let town = Town::open().await;
    let whole = town.visit(Carrier::Sto, "1").await.bytes().await.unwrap();
    for (mood, status) in [("http503", 503), ("truncate", 200)] {
        town.control("/mood", json!({ "carrier": "sto", "mood": mood, "next": 1 })).await;
        let response = town.visit(Carrier::Sto, "1").await;
        assert_eq!(response.status(), status);
        assert!(response.bytes().await.unwrap().len() <= whole.len() / 2);
    }
    town.control("/mood", json!({ "carrier": "sto", "mood": "cut", "next": 1 })).await;
    assert!(town.visit(Carrier::Sto, "1").await.bytes().await.is_err());
}
