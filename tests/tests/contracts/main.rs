//! Old components in a new host: what was built against a released contract keeps running, and every
//! forbidden act ends as its fault through every contract.

mod acts;
mod carrier;
mod fixture;
mod tries;

use std::collections::BTreeSet;
use std::time::Duration;

use acts::{IN_CODE, OTHERS, TOLD, WANTED};
use carrier::AT;
use fixture::{Fixture, Post, SECRET};
use posthouse_registry::{NotAnAdapter, Package};
use posthouse_sdk::digest;
use posthouse_tests::{leaks, program, rows, until};
use reqwest::Method;
use serde_json::{Value, json};
use tries::Tries;

/// Parcels of pushes and rows, which are looked at when a push gives reason to.
const OTHERS_NUMBERS: &str = "number=G109";
/// So far from the carrier's scan a row is another one.
const TEN_DAYS: i64 = 10 * 86_400_000;
const OF_SUBSCRIPTION: &str = "SELECT e.outcome FROM exchanges e JOIN exchange_parcels x ON x.exchange = e.key \
    JOIN parcels p ON p.key = x.parcel WHERE p.number = ? AND e.interface = 'subscribe'";
const DETAIL: &str = "SELECT coalesce(detail, '') FROM parcels WHERE number = ?";
const OF_LAST_PUSH: &str = "SELECT outcome FROM exchanges WHERE interface = 'push' AND carrier = ? ORDER BY key DESC LIMIT 1";

fn order(carrier: &str, number: &str) -> Value {
    json!({ "carrier": carrier, "number": number })
}

#[test]
fn every_released_contract_has_fixtures() {
    let contracts = program::source("tests/contracts");
    let released = fixture::released();
    assert!(!released.is_empty(), "a contract is released");
    for version in &released {
        let folders = fixture::of(&contracts, version).unwrap_or_else(|why| panic!("{why}"));
        let names: Vec<_> = folders.iter().map(|folder| folder.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["acts"], "{version}: each fixture is run by this suite");
        for name in names {
            let package = Fixture::read(version, name).package().unwrap();
            assert_eq!(&package.manifest.contract, version, "{name}");
        }
    }
    let empty = tempfile::tempdir().unwrap();
    std::fs::create_dir(empty.path().join("0.9.0")).unwrap();
    for version in ["0.9.0", "0.9.1"] {
        assert!(fixture::of(empty.path(), version).unwrap_err().contains("released contract without fixtures"));
    }
}

/// A sin that is invented later is tried through the old contracts, too.
#[test]
fn every_guest_has_an_act() {
    let folders = |path: &str| std::fs::read_dir(program::source(path)).unwrap().map(|entry| entry.unwrap().path());
    let guests = folders("tests/guests").chain(folders("tests/guests-wat")).filter(|path| path.is_dir());
    let guests: BTreeSet<_> = guests.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    let acts = IN_CODE.iter().map(|act| act.guest).chain(WANTED.iter().map(|act| act.guest)).chain(TOLD.iter().map(|act| act.guest));
    let tried: BTreeSet<_> = acts.flatten().chain(OTHERS.iter().copied()).map(str::to_owned).collect();
    assert_eq!(guests, tried);
}

#[tokio::test]
async fn every_act_ends_as_its_fault() {
    for version in fixture::released() {
        let fixture = Fixture::read(&version, "acts");
        let tries = Tries::every();
        let ids = tries.adapters().into_iter().chain(["pushed"]);
        let packages: Vec<_> = ids.map(|id| fixture.named(id).package().unwrap()).collect();
        let post = Post::open(&packages, &tries.accounts()).await;
        // Together: they harm nobody beside them either.
        let (looks, pushes, rows) = tokio::join!(looks(&post, &tries), pushes(&post), typed(&post));
        let wrong = [looks, pushes, rows].concat();
        assert!(wrong.is_empty(), "{version}: {wrong:#?}");
        leaks::nowhere(&post.host, &[("key".into(), SECRET.into())]).await;
        post.host.stop().await;
    }
}

/// All at once: each in an instance of its own.
async fn looks(post: &Post, tries: &Tries) -> Vec<String> {
    let orders = tries.all.iter().map(|one| json!({ "carrier": one.carrier, "account": one.account, "number": one.number }));
    let mut ids = vec![];
    for orders in orders.collect::<Vec<_>>().chunks(100) {
        let done = post.host.register(orders).await;
        ids.extend(done["results"].as_array().unwrap().iter().map(|result| result["id"].as_str().unwrap().to_owned()));
    }
    let mut wrong = vec![];
    for (one, id) in tries.all.iter().zip(ids) {
        let told = post.looked_at(&id).await;
        let mut outcome = told["outcome"].as_str().unwrap().to_owned();
        if one.subscribes {
            assert_eq!(outcome, "tracks", "{}: its look", one.what);
            outcome = until("a subscription was asked for", async || post.ask(OF_SUBSCRIPTION, &one.number).await).await;
        }
        // A session asks about no number.
        let looked = post.carrier.asked("track", &format!("number={}", one.number));
        if (outcome.as_str(), looked) != (one.outcome, one.requests.0) {
            let detail = post.ask(DETAIL, &one.number).await;
            wrong.push(format!("{}: {outcome} after {looked} ({detail:?}), expected {} after {}", one.what, one.outcome, one.requests.0));
        }
    }
    let tokens: usize = tries.all.iter().map(|one| one.requests.1).sum();
    let all: usize = tries.all.iter().map(|one| one.requests.0).sum();
    let found = (post.carrier.asked("token", ""), post.carrier.all() - post.carrier.asked("track", OTHERS_NUMBERS));
    if found != (tokens, tokens + all) {
        wrong.push(format!("{found:?} requests for tokens and for all, expected {tokens} and {}", tokens + all));
    }
    wrong
}

async fn pushes(post: &Post) -> Vec<String> {
    let number = "G1090000000";
    let parcel = post.parcel(order("pushed", number)).await;
    let url = post.host.push_url("pushed").await;
    let mut wrong = vec![];
    let in_code = IN_CODE.iter().map(|act| match act.outcome {
        "tracks" => (act.number, "200 stored".to_owned()),
        fault => (act.number, format!("500 {fault}")),
    });
    for (act, expected) in in_code.chain(TOLD.iter().map(|act| (act.number, act.push.to_owned()))) {
        let text = format!("push {act:02} of {number}");
        let line = format!("{act:02} {number} {} 10 {text}", AT + i64::from(act + 1) * 60_000);
        let body = [digest::digest("md5", SECRET.as_bytes()).unwrap(), line.into_bytes()].concat();
        let answer = post.host.client.post(&url).timeout(Duration::from_secs(10)).body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        assert!(answer.headers().get("x-a").is_none(), "{act}: {answer:?}");
        let words = answer.text().await.unwrap();
        let known = post.host.events(parcel["id"].as_str().unwrap()).await;
        let became = match post.ask(OF_LAST_PUSH, "pushed").await.as_deref() {
            Some("tracks") if known.iter().any(|event| event["text"] == text) => "stored".to_owned(),
            Some("tracks") => "aside".to_owned(),
            other => other.unwrap_or_default().to_owned(),
        };
        if format!("{status} {became}") != expected {
            wrong.push(format!("push {act:02}: {status} {became} ({words}), expected {expected}"));
        }
    }
    wrong
}

async fn typed(post: &Post) -> Vec<String> {
    let number = "G1090010000";
    post.parcel(order("acts", number)).await;
    let mut wrong = vec![];
    let in_code = IN_CODE.iter().map(|act| (act.number, if act.outcome == "tracks" { "entered" } else { act.outcome }));
    for (act, expected) in in_code.chain(TOLD.iter().map(|act| (act.number, act.row))) {
        let time = (AT - TEN_DAYS + i64::from(act) * 60_000).to_string();
        let row = json!({ "number": number, "node": format!("{act:02}"), "text": format!("row {act:02}"), "time": time });
        let told = rows::enter(&post.host, "acts", &[row]).await["results"][0].clone();
        let found = told["code"].as_str().or(told["verdict"].as_str()).unwrap();
        if found != expected {
            wrong.push(format!("row {act:02}: {told}, expected {expected}"));
        }
    }
    wrong
}

#[tokio::test]
async fn an_old_component_works_by_every_interface() {
    for version in fixture::released() {
        let fixture = Fixture::read(&version, "acts");
        let post = Post::open(&[fixture.package().unwrap()], &[]).await;
        // A subscription by an act that there is not.
        let told = post.parcel(order("acts", "G8000009900")).await;
        let event = &told["events"][0];
        assert_eq!((&event["code"], &event["status"], &event["unmapped"]), (&json!("80"), &json!("delivered"), &json!(false)), "{told}");
        assert_eq!((&told["facts"], told["signed"].is_object()), (&json!({ "weight-kg": "15" }), true), "{told}");
        post.host.wait_for("acts", "G8000009900", "it is subscribed", |p| p["subscribed"] == true).await;
        // What is not declared is not told.
        let other = post.parcel(order("acts", "G8000010083")).await;
        assert_eq!((&other["outcome"], &other["facts"]), (&json!("tracks"), &Value::Null), "{other}");
        let hidden = |needle: &str| needle.bytes().map(|b| char::from(b ^ 0x55)).collect::<String>();
        for (number, needle, verdict) in [("G8000020084", SECRET, "not found"), ("G8000030084", "G8000030084", "found")] {
            let told = post.parcel(json!({ "carrier": "acts", "number": number, "extra": { "needle": hidden(needle) } })).await;
            assert_eq!(
                (told["outcome"].as_str(), post.ask(DETAIL, number).await.as_deref()),
                (Some("unreadable"), Some(verdict)),
                "{told}"
            );
        }
        assert_eq!(post.carrier.asked("track", "&key="), 2, "the carrier saw the secret and sent it back");
        post.host.stop().await;
    }
}

/// Newer and older than the host is: neither adapter nor manifest is refused for a word.
#[tokio::test]
async fn a_status_that_one_side_does_not_know_breaks_nothing() {
    for version in fixture::released() {
        let fixture = Fixture::read(&version, "acts");
        let newer =
            fixture.named("newer").manifest.replace("[status]", "[status]\n\"81\" = \"in_transit.by_drone\"\n\"82\" = \"teleported\"");
        let refused = Fixture { manifest: newer.clone(), ..fixture.named("newer") }.package().unwrap_err();
        assert!(matches!(&refused, NotAnAdapter::Manifest(mistakes) if mistakes.0.len() == 2), "its author is asked: {refused}");
        let built = fixture.named("newer").package().unwrap();
        let newer = Package::read(program::with_manifest(&built, &newer)).unwrap();
        let post = Post::open(&[fixture.package().unwrap(), newer], &[]).await;
        for (carrier, number, status, unmapped) in [
            // By the adapter's own word.
            ("acts", "G8000000062", "in_transit", false),
            ("acts", "G8000010063", "delivered", true),
            ("acts", "G3300020063", "arrived_at_hub", true),
            // By its manifest.
            ("newer", "G8100020000", "in_transit", false),
            ("newer", "G8200030000", "arrived_at_hub", true),
            ("newer", "G8000040000", "delivered", false),
            // By the wording: the adapter never heard of it.
            ("acts", "G3300050000", "arrived_at_hub", true),
        ] {
            let told = post.parcel(order(carrier, number)).await;
            let event = &told["events"][0];
            assert_eq!((&event["status"], &event["unmapped"]), (&json!(status), &json!(unmapped)), "{carrier} {number}: {told}");
        }
        let checked = post.host.run(&["adapter", "check", "newer", "--json"]);
        assert_eq!((checked.code, checked.json()["findings"].as_array().unwrap().len()), (1, 2), "whoever checks it is told: {checked:?}");
        let codes = post.host.read("/v1/dictionary/newer").await;
        let meant = |code: &str| codes["codes"].as_array().unwrap().iter().find(|c| c["code"] == code).unwrap()["status"].clone();
        assert_eq!([meant("80"), meant("81"), meant("82")], [json!("delivered"), json!("in_transit"), json!("")], "{codes}");
        // An operator's word has every status that the host has.
        let word = json!({ "status": "customs_held", "reason": "a test" });
        let url = format!("{}/v1/dictionary/acts/codes/33", post.host.url);
        let set = post.host.send(post.host.client.request(Method::PUT, url).bearer_auth(&post.host.ops).json(&word)).await;
        assert_eq!(set.status, 200, "{set:?}");
        let told = post.parcel(order("acts", "G3300060000")).await;
        assert_eq!((&told["events"][0]["status"], &told["events"][0]["unmapped"]), (&json!("customs_held"), &json!(false)), "{told}");
        post.host.stop().await;
    }
}

#[test]
fn a_component_is_what_its_manifest_says() {
    for version in fixture::released() {
        let fixture = Fixture::read(&version, "acts");
        let claims_less = fixture.manifest.replace("\"session\", ", "").replace("session = [\"1000/1s\"]\n", "");
        let refused = Fixture { manifest: claims_less, ..fixture.named("acts") }.package().unwrap_err();
        assert!(matches!(&refused, NotAnAdapter::Underclaims { exported } if exported.contains("session")), "{refused}");
        let export = format!("  (export \"posthouse:adapter/push@{version}\" (instance $push))\n");
        let exports_less = fixture.component.replace(&export, "");
        let refused = Fixture { component: exports_less, ..fixture.named("acts") }.package().unwrap_err();
        assert!(matches!(&refused, NotAnAdapter::Overclaims { claimed } if claimed.contains("push")), "{refused}");
        let clock = fixture.component.replace(&format!("posthouse:adapter/log@{version}"), "wasi:logging/logging@0.2.0");
        let refused = Fixture { component: clock, ..fixture.named("acts") }.package().unwrap_err();
        assert!(matches!(&refused, NotAnAdapter::Imports(import) if import == "wasi:logging/logging@0.2.0"), "{refused}");
    }
}
