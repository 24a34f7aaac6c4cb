//! What counts for or against a candidate, and what does not.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_simulators::{Carrier, Mood, Pace};
use posthouse_tests::canary::{OFTEN, aborted_by_the_host, done, on, open, put, refused, rollout, slice, start, state};
use posthouse_tests::{Setup, TestHost, Town, order, until};
use reqwest::Method;
use serde_json::{Value, json};

/// `posthouse credential add`: the generation.
fn add(host: &TestHost, carrier: &str, fields: &Value, more: &[&str]) -> Value {
    let file = host.file("fields.toml");
    std::fs::write(&file, toml::to_string(fields).unwrap()).unwrap();
    let words = ["credential", "add", carrier, "--json", "--from", file.to_str().unwrap(), "--reason", "a test", "--url", &host.url];
    done(host.run(&[&words, more].concat()))["generation"].clone()
}

fn id(begun: &Value) -> String {
    begun["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_parcels_decide_nothing() {
    let (town, host, _adapters, shipped) = open(3, OFTEN).await;
    assert_eq!(add(&host, "zto", &json!(town.sims.world.accounts)["zto"], &[]), 2);
    let id = id(&done(start(&host, &["--generation", "2", "--steps", "1000000"])));
    until("all try it", async || (on(&host, "zto@1.0.0+2").await == 3).then_some(())).await;
    // Noise: the carrier stumbles over each of them.
    town.mood(Carrier::Zto, Mood::Http503);
    until("it stumbles", async || (state(&host, &id)["candidate_tried"]["unanswered"] == 3).then_some(())).await;
    town.mood(Carrier::Zto, Mood::Normal);
    until("all are well", async || (on(&host, "zto@1.0.0+2").await == 3).then_some(())).await;
    let told = state(&host, &id);
    assert_eq!(
        (&told["state"], &told["finding"], &told["topped_up"]),
        (&json!("running"), &json!("insufficient-data"), &json!(0)),
        "{told}"
    );
    assert_eq!(told["candidate_tried"], json!({ "parcels": 3, "failed": 0, "unanswered": 3 }), "{told}");
    refused(&rollout(&host, &["promote", &id, "--reason", "in a hurry"]), "insufficient-data");
    assert_eq!(shipped.len(), 3);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_answers_top_up_for_code_and_never_for_a_credential() {
    let (town, host, adapters, shipped) = open(30, OFTEN).await;
    put(adapters.path(), "1.0.1", |text| text);
    until("much is recorded", async || {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM exchanges").fetch_one(&mut host.database().await).await.unwrap();
        (count > 200).then_some(())
    })
    .await;
    let all = ["--steps", "1000000"];
    let code = id(&done(start(&host, &[&all[..], &["--version", "1.0.1"]].concat())));
    let tried = |id: &str| state(&host, id)["candidate_tried"]["parcels"].as_u64().unwrap();
    until("all try it", async || (tried(&code) == 30).then_some(())).await;
    let told = state(&host, &code);
    assert_eq!(told["finding"], "no-worse", "{told}");
    assert!(told["topped_up"].as_u64() > Some(80), "{told}");
    done(rollout(&host, &["promote", &code, "--reason", "recorded answers say so, too"]));

    assert_eq!(add(&host, "zto", &json!(town.sims.world.accounts)["zto"], &[]), 2);
    let credential = id(&done(start(&host, &[&all[..], &["--generation", "2"]].concat())));
    until("all try it", async || (tried(&credential) == 30).then_some(())).await;
    let told = state(&host, &credential);
    assert_eq!((&told["finding"], &told["topped_up"]), (&json!("insufficient-data"), &json!(0)), "{told}");
    assert_eq!(shipped.len(), 30);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_reads_pushes_in_shadow() {
    // No look tells anything here: pushes do.
    let (town, host, adapters, _) = open(1, "schedule.pushed_every = '1h'\nschedule.push_silence = '1h'\ntiers.A.every = '1h'").await;
    town.sims.world.desk(Carrier::Zto).set_push_target(Some(host.push_url("zto").await));
    let out = |parcel: &posthouse_simulators::Parcel| parcel.events.iter().position(|event| event.code == "派件").unwrap();
    let parcels: Vec<_> = town.parcels(Carrier::Zto, 20, Pace::Held(1)).into_iter().filter(|p| out(p) > 0).take(6).collect();
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        host.wait_for("zto", &parcel.number, "it is subscribed and read", |p| p["subscribed"] == true && p["outcome"] == "tracks").await;
    }
    put(adapters.path(), "1.0.2", |text| text.replace("\"push:DISPATCH\" = \"out_for_delivery\"", "\"push:DISPATCH\" = \"delivered\""));
    // No recorded answer shows it: only pushes have that code.
    let begun = id(&done(start(&host, &["--version", "1.0.2", "--steps", "1000000"])));
    let looks = town.tally(Carrier::Zto).queries.get();
    for parcel in &parcels {
        town.sims.world.advance(parcel, u32::try_from(out(parcel)).unwrap());
    }
    aborted_by_the_host(&host, &begun).await;
    let failures = state(&host, &begun)["failures"].clone();
    let named = |f: &Value| f[0] == "candidate" && f[1] == "push:status:push:DISPATCH:out_for_delivery>delivered";
    assert!(failures.as_array().unwrap().iter().any(named), "{failures}");
    for parcel in &parcels {
        let read = |p: &Value| p["events"].as_array().unwrap().iter().any(|e| e["status"] == "out_for_delivery");
        host.wait_for("zto", &parcel.number, "stable has read the push", read).await;
    }
    let more = town.tally(Carrier::Zto).queries.get() - looks;
    assert!(more <= parcels.len() as u64, "only what the abort looks at again: {more}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_changes_nobodys_slice() {
    const PARCELS: usize = 40;
    let (_town, mut host, adapters, shipped) = open(PARCELS, OFTEN).await;
    put(adapters.path(), "1.0.1", |text| text);
    let id = id(&done(start(&host, &["--version", "1.0.1", "--steps", "500000,1000000"])));
    let expected = slice(&id, "zto", 500_000, shipped.iter().map(|p| p.number.as_str()));
    assert!((5..35).contains(&expected.len()), "{expected:?}");
    let tried = async |host: &TestHost| {
        let sql = "SELECT number FROM trials WHERE arm = 'candidate'";
        let numbers: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut host.database().await).await.unwrap();
        BTreeSet::from_iter(numbers)
    };
    until("its slice tries it", async || (tried(&host).await == expected).then_some(())).await;
    host.kill().await;
    host.restart().await;
    let told = state(&host, &id);
    assert_eq!((&told["state"], &told["weight_ppm"]), (&json!("running"), &json!(500_000)), "{told}");
    let counted = "SELECT count(*) FROM exchanges WHERE release = 'zto@1.0.1+1'";
    let count = async || sqlx::query_scalar::<_, i64>(counted).fetch_one(&mut host.database().await).await.unwrap();
    let looks = count().await;
    until("the candidate is asked again", async || (count().await > looks + PARCELS as i64).then_some(())).await;
    assert_eq!(tried(&host).await, expected);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_for_many_parcels_is_one_releases() {
    const PARCELS: usize = 60;
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.with("exchanges.sample = 1").start().await;
    let parcels = town.parcels(Carrier::Sf, PARCELS, Pace::Held(2));
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        host.wait_for_outcome("sf", &parcel.number, "tracks").await;
    }
    assert_eq!(add(&host, "sf", &json!(town.sims.world.accounts)["sf"], &[]), 2);
    let begun = done(rollout(&host, &["start", "sf", "--generation", "2", "--steps", "400000", "--reason", "a test"]));
    let id = id(&begun);
    let own = slice(&id, "sf", 400_000, parcels.iter().map(|p| p.number.as_str()));
    assert!((8..45).contains(&own.len()), "{own:?}");
    until("its slice tries it", async || (state(&host, &id)["candidate_tried"]["parcels"] == own.len()).then_some(())).await;
    let sql = "SELECT e.key, e.release, p.number FROM exchanges e JOIN exchange_parcels x ON x.exchange = e.key JOIN parcels p ON p.key = x.parcel \
               WHERE e.interface = 'tracking' AND e.at > (SELECT started_at FROM rollouts) ORDER BY e.key";
    let rows: Vec<(i64, String, String)> = sqlx::query_as(sql).fetch_all(&mut host.database().await).await.unwrap();
    let (candidates, stables): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, release, _)| release == "sf@1.0.0+2");
    let mut calls: BTreeMap<i64, usize> = BTreeMap::new();
    candidates.iter().for_each(|(call, ..)| *calls.entry(*call).or_default() += 1);
    assert!(calls.values().any(|parcels| *parcels > 1), "several in a call: {candidates:?}");
    assert!(candidates.iter().all(|(_, _, number)| own.contains(number)), "nobody else's: {candidates:?}");
    // A look that was gathered before the rollout began is stable's; none comes after the candidate's.
    for (call, _, number) in &stables {
        let first = candidates.iter().find(|(_, _, tried)| tried == number).map_or(i64::MAX, |(call, ..)| *call);
        assert!(*call < first, "{number} went back to stable: {call} after {first}");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_parcel_leaves_no_number_in_a_rollout() {
    let (_town, host, adapters, shipped) = open(3, OFTEN).await;
    put(adapters.path(), "1.0.2", |text| text.replace("\"派件\" = \"out_for_delivery\"", "\"派件\" = \"delivered\""));
    let begun = id(&done(start(&host, &["--version", "1.0.2", "--force", "--steps", "1"])));
    until("one parcel fails", async || (state(&host, &begun)["candidate_tried"]["failed"] == 1).then_some(())).await;
    done(rollout(&host, &["abort", &begun, "--reason", "one is enough"]));
    let dump = async || {
        let mut all = String::new();
        for sql in [
            "SELECT group_concat(number) FROM trials",
            "SELECT group_concat(concat(forced, replayed)) FROM rollouts",
            "SELECT group_concat(reason || subject) FROM audit",
        ] {
            let text: Option<String> = sqlx::query_scalar(sql).fetch_one(&mut host.database().await).await.unwrap();
            all.push_str(&text.unwrap_or_default());
        }
        all
    };
    let before = dump().await;
    assert!(shipped.iter().any(|parcel| before.contains(&parcel.number)), "{before}");
    for parcel in &shipped {
        let told = host.parcel("zto", &parcel.number).await;
        let path = format!("/v1/parcels/{}", told["id"].as_str().unwrap());
        assert_eq!(host.send(host.request(Method::DELETE, &path)).await.status, 204);
    }
    let after = dump().await;
    assert!(shipped.iter().all(|parcel| !after.contains(&parcel.number)), "{after}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_account_needs_no_restart() {
    let (town, host, _adapters, _) = open(1, OFTEN).await;
    assert_eq!(add(&host, "zto", &json!(town.sims.world.accounts)["zto"], &["--account", "shop2"]), 1);
    let parcel = town.parcel(Carrier::Zto, Pace::Held(2));
    let mut wish = order(&parcel);
    wish["account"] = json!("shop2");
    host.register(&[wish]).await;
    until("it is read", async || {
        let page = host.read("/v1/parcels?account=shop2&outcome=tracks").await;
        page["parcels"].as_array().filter(|parcels| parcels.len() == 1).map(drop)
    })
    .await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_plan_goes_on_by_itself_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let keys = [at("ann.key"), at("eve.key")];
    let made = |key: &String| done(posthouse_tests::program::run(&["plan", "key", "ann", "--json", "--out", key]))["public"].clone();
    let (public, _) = (made(&keys[0]), made(&keys[1]));
    let signers = format!("{OFTEN}\nrollouts.signers = {{ ann = {public} }}");
    let (town, host, _adapters, _) = open(300, &signers).await;
    assert_eq!(add(&host, "zto", &json!(town.sims.world.accounts)["zto"], &[]), 2);
    let sign = |key: &String, more: &[&str]| {
        let words = ["plan", "sign", "zto", "--generation", "2", "--steps", "500000,1000000", "--signer", "ann", "--key", key];
        let signed = done(posthouse_tests::program::run(&[&words[..], more].concat()));
        std::fs::write(at("plan.json"), signed.to_string()).unwrap();
        signed
    };
    let begin = || host.run(&["plan", "start", &at("plan.json"), "--reason", "tonight", "--json", "--url", &host.url]);
    sign(&keys[1], &["--auto"]);
    refused(&begin(), "not `ann`'s");
    let mut changed = sign(&keys[0], &[]);
    changed["plan"] = json!(changed["plan"].as_str().unwrap().replace("\"auto\":false", "\"auto\":true"));
    std::fs::write(at("plan.json"), changed.to_string()).unwrap();
    refused(&begin(), "was changed");

    // Signed without `auto`: a step is still a person's word.
    sign(&keys[0], &[]);
    let by_hand = id(&done(begin()));
    until("it is no worse", async || (state(&host, &by_hand)["finding"] == "no-worse").then_some(())).await;
    assert_eq!(state(&host, &by_hand)["auto"], json!(null));
    assert_eq!(state(&host, &by_hand)["step"], 0);
    done(rollout(&host, &["abort", &by_hand, "--reason", "once more, signed"]));

    sign(&keys[0], &["--auto"]);
    let begun = id(&done(begin()));
    until("it is promoted", async || (state(&host, &begun)["state"] == "promoted").then_some(())).await;
    let history = done(rollout(&host, &["history"]));
    let own = |link: &&Value| link["subject"].as_str().unwrap().starts_with(&begun);
    let acts: Vec<_> = history["changes"].as_array().unwrap().iter().filter(own).map(|l| (l["act"].clone(), l["actor"].clone())).collect();
    assert_eq!(acts[1..], [(json!("rollout.step"), json!("plan of ann")), (json!("rollout.promote"), json!("plan of ann"))]);
    host.stop().await;
}
