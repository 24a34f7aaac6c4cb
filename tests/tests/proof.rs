//! A retired credential that the carrier still takes is found out.

use posthouse_simulators::{Carrier, Mood, Pace};
use posthouse_tests::program::Ran;
use posthouse_tests::{Reply, Setup, TestHost, Town, order};
use reqwest::Method;
use serde_json::{Value, json};

/// One look at each parcel: what is called after it is the proof.
const ONCE: &str = "tiers.A.every = '1h'\nschedule = { pushed_every = '1h', backoff = '1h', backoff_max = '1h' }";

fn credential(host: &TestHost, args: &[&str]) -> Ran {
    host.run(&[&["credential"], args, &["--json", "--url", &host.url]].concat())
}

#[track_caller]
fn done(ran: Ran) -> Value {
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

async fn ask(host: &TestHost, generation: u32, body: Option<Value>) -> Reply {
    let url = format!("{}/v1/credentials/sf/main/{generation}/proof", host.url);
    let request = match body {
        Some(body) => host.client.post(url).json(&body),
        None => host.client.get(url),
    };
    host.send(request.bearer_auth(&host.ops)).await
}

async fn count(host: &TestHost, what: &'static str) -> i64 {
    sqlx::query_scalar(what).fetch_one(&mut host.database().await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retired_credential_is_tried_on_an_operators_word_only() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.with(ONCE).start().await;
    let parcel = town.parcel(Carrier::Sf, Pace::Held(2));
    host.register(&[order(&parcel)]).await;
    host.wait_for("sf", &parcel.number, "read and subscribed", |p| p["outcome"] == "tracks" && p["subscribed"] == true).await;
    // The same credential once more: SF takes both.
    let fields = host.file("fields.toml");
    std::fs::write(&fields, toml::to_string(&town.sims.world.accounts.sf).unwrap()).unwrap();
    let rotate = ["rotate", "sf", "--from", fields.to_str().unwrap(), "--steps", "1000000", "--reason", "a test"];
    let begun = done(credential(&host, &rotate));
    assert_eq!((&begun["credential"]["generation"], &begun["rollout"]["candidate"]), (&json!(2), &json!("sf@1.0.0+2")));
    let twice = credential(&host, &rotate);
    assert!(twice.code != 0 && twice.err.contains("generation 3 is added") && twice.err.contains("abort it first"), "{twice:?}");
    let id = begun["rollout"]["id"].as_str().unwrap();
    done(host.run(&["rollout", "promote", id, "--force", "--reason", "the same", "--json", "--url", &host.url]));

    ask(&host, 1, None).await.is_problem(409, "not-retired");
    ask(&host, 9, None).await.is_problem(404, "not-found");
    done(credential(&host, &["retire", "sf", "1", "--reason", "a test"]));
    let known = ask(&host, 1, None).await.json();
    assert_eq!((&known["calls_since_retired"], &known["tries"]), (&json!(0), &json!([])), "{known}");
    assert!(known["last_used_at"].is_string() && known["retired_at"].is_string(), "{known}");
    let word = |really: bool, parcel: &str, reason: &str| Some(json!({ "try": really, "parcel": parcel, "reason": reason }));
    ask(&host, 1, word(false, &parcel.number, "why")).await.is_problem(400, "no-try");
    ask(&host, 1, word(true, &parcel.number, " ")).await.is_problem(400, "no-reason");
    ask(&host, 1, word(true, "12", "why")).await.is_problem(400, "bad-number");
    ask(&host, 2, word(true, &parcel.number, "why")).await.is_problem(409, "not-retired");
    host.get("/v1/credentials/sf/main/1/proof").await.is_problem(403, "not-allowed");
    let hubs = host.request(Method::POST, "/v1/credentials/sf/main/1/proof").json(&word(true, &parcel.number, "why"));
    host.send(hubs).await.is_problem(403, "not-allowed");
    let really = ["proof", "sf", "1", "--try", "--parcel", &parcel.number, "--reason", "the auditor asks"];
    let asked = credential(&host, &really);
    assert!(asked.code != 0 && asked.err.contains("lock an account") && asked.err.contains("--yes"), "{asked:?}");
    assert_eq!(town.tally(Carrier::Sf).queries.get(), 1, "the look, and nothing yet");

    let (before, spent) = (host.parcel("sf", &parcel.number).await, "SELECT sum(calls) FROM spent WHERE interface = 'tracking'");
    let accepted = credential(&host, &[&really[..], &["--yes"]].concat());
    assert!(accepted.code == 1 && accepted.json()["tried"]["outcome"] == "accepted", "{accepted:?}");
    assert_eq!(town.tally(Carrier::Sf).queries.get(), 2, "one call");
    assert_eq!(count(&host, spent).await, 2, "it counts against the account's quota");
    town.mood(Carrier::Sf, Mood::Http500);
    let unsaid = ask(&host, 1, word(true, &parcel.number, "why")).await.json();
    assert_eq!(unsaid["tried"]["outcome"], "inconclusive", "{unsaid}");
    assert!(unsaid["tried"]["fault"].as_str().unwrap().starts_with("carrier-error"), "{unsaid}");
    town.mood(Carrier::Sf, Mood::Normal);

    let after = host.parcel("sf", &parcel.number).await;
    for field in ["as_of", "outcome", "release", "next_look", "events"] {
        assert_eq!(after[field], before[field], "it is no look at the parcel");
    }
    let kept = "SELECT count(*) FROM exchanges WHERE interface = 'proof' AND key IN (SELECT exchange FROM exchange_parcels)";
    assert_eq!(count(&host, kept).await, 2, "erased with the parcel");
    let told = ask(&host, 1, None).await.json();
    let tries: Vec<_> = told["tries"].as_array().unwrap().iter().map(|t| t["outcome"].as_str().unwrap()).collect();
    assert_eq!((tries, &told["calls_since_retired"]), (vec!["accepted", "inconclusive"], &json!(0)), "{told}");
    let history = host.run(&["rollout", "history", "--json", "--url", &host.url]);
    let links = history.json()["changes"].as_array().unwrap().clone();
    let link = links.iter().find(|link| link["act"] == "credential.proof").unwrap();
    assert_eq!((history.code, &link["evidence"]), (0, &accepted.json()["tried"]["evidence"]), "{link}");
    assert_eq!((&link["actor"], &link["reason"]), (&json!("local"), &json!("the auditor asks")));
    host.stop().await;
}
