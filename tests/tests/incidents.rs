//! Faults that belong together are one incident, with what a person would ask for first.

use posthouse_simulators::{Carrier, Mood, Pace};
use posthouse_tests::{Setup, TestHost, Town, order, until};
use serde_json::{Value, json};

const PARCELS: usize = 6;

/// A host whose parcels are all read, and no trouble.
async fn calm(town: &Town) -> TestHost {
    let host = Setup::carriers(town).await.with("incidents.window = '5s'\nexchanges.sample = 1").start().await;
    let parcels = town.some_of_each(PARCELS, Pace::Held(2));
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        let quiet = |p: &Value| p["outcome"] == "tracks" && p["subscribed"] == true;
        host.wait_for(parcel.carrier.name(), &parcel.number, "it is read and subscribed", quiet).await;
    }
    assert_eq!(incidents(&host, "").await, Vec::<Value>::new());
    host
}

/// What an operator types.
fn asks(host: &TestHost, words: &[&str]) -> Value {
    let ran = host.run(&[&["incident"], words, &["--json", "--url", &host.url]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

/// As a monitor asks, again and again.
async fn incidents(host: &TestHost, query: &str) -> Vec<Value> {
    let request = host.client.get(format!("{}/v1/incidents{query}", host.url)).bearer_auth(&host.ops);
    host.send(request).await.json()["incidents"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_carriers_outage_is_one_incident_until_it_is_over() {
    let town = Town::open().await;
    let mut host = calm(&town).await;
    town.mood(Carrier::Yto, Mood::Http503);
    let found = until("it is an incident", async || {
        let open = incidents(&host, "?open=true").await;
        let compared = |i: &Value| i["evidence"][0]["compared_with"].as_u64() > Some(0);
        open.into_iter().find(|incident| incident["looks"]["carrier-error"].as_u64() >= Some(3) && compared(incident))
    })
    .await;
    assert_eq!((&found["carrier"], &found["account"], &found["also"]), (&json!("yto"), &json!("main"), &json!([])), "{found}");
    assert!(
        found["headline"]["zh"].as_str().unwrap().contains("圆通") && found["since"].as_str() <= found["opened_at"].as_str(),
        "{found}"
    );
    let shown = asks(&host, &["show", found["id"].as_str().unwrap()]);
    let evidence = &shown["evidence"][0];
    assert_eq!((&evidence["outcome"], &evidence["release"]), (&json!("carrier-error"), &json!("yto@1.0.0+1")), "{shown}");
    assert_eq!(evidence["exchange"]["status"], 503, "{shown}");
    assert!(evidence["compared_with"].as_u64() > Some(0), "{shown}");
    assert!(evidence["answer_changed"].as_array().unwrap().contains(&json!("status: 5xx, was 2xx")), "{shown}");
    // A restart forgets nothing, and nothing is told twice.
    host.kill().await;
    host.restart().await;
    until("it goes on", async || {
        (asks(&host, &["show", found["id"].as_str().unwrap()])["looks"]["carrier-error"].as_u64()
            > shown["looks"]["carrier-error"].as_u64())
        .then_some(())
    })
    .await;
    town.mood(Carrier::Yto, Mood::Normal);
    until("it is over", async || incidents(&host, "?open=true").await.is_empty().then_some(())).await;
    let all = incidents(&host, "").await;
    assert_eq!((all.len(), &all[0]["id"]), (1, &found["id"]), "the others were calm: {all:?}");
    assert!(all[0]["closed_at"].is_string());
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_shape_of_answers_is_named() {
    let town = Town::open().await;
    let host = calm(&town).await;
    town.mood(Carrier::Zto, Mood::Html);
    let found = until("it is an incident", async || incidents(&host, "?open=true").await.pop()).await;
    let shown = asks(&host, &["show", found["id"].as_str().unwrap()]);
    assert_eq!(shown["carrier"], "zto");
    let evidence = &shown["evidence"][0];
    assert_eq!(evidence["answer_added"], json!(["body"]), "{shown}");
    assert_eq!(evidence["answer_missing"], json!(["$"]), "{shown}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_all_fail_each_says_so() {
    let town = Town::open().await;
    let host = calm(&town).await;
    Carrier::APIS.into_iter().for_each(|carrier| town.mood(carrier, Mood::Http500));
    until("each knows of the three others", async || {
        let open = incidents(&host, "?open=true").await;
        (open.len() == 4 && open.iter().all(|i| i["also"].as_array().is_some_and(|also| also.len() == 3))).then_some(())
    })
    .await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_operators_are_told() {
    let town = Town::open().await;
    let host = calm(&town).await;
    host.get("/v1/incidents").await.is_problem(403, "not-allowed");
    let ran = host.run(&["incident", "show", "in_none", "--json", "--url", &host.url]);
    assert!(ran.code != 0 && ran.err.contains("posthouse incident list"), "{ran:?}");
    host.stop().await;
}
