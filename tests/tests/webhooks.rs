//! Webhooks: every change arrives once or with the same id again, signed, in the order of its parcel.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_tests::receiver::Receiver;
use posthouse_tests::rows::{enter, minutes_ago};
use posthouse_tests::{Reply, Setup, TestHost, program, until};
use reqwest::Method;
use serde_json::{Value, json};

const NODES: [&str; 4] = ["揽收", "运输中", "派送中", "签收"];

/// A host that needs no credential and may write to this machine.
fn setup() -> Setup {
    Setup::bare(&program::adapters()).with("webhooks.allow = ['127.0.0.0/8']")
}

fn number(nth: usize) -> String {
    format!("KY40000000{nth:05}")
}

async fn watch(host: &TestHost, numbers: &[String]) {
    for some in numbers.chunks(100) {
        let orders: Vec<_> = some.iter().map(|number| json!({ "carrier": "kye", "number": number })).collect();
        host.register(&orders).await;
    }
}

fn row(number: &str, time: &str, nth: usize) -> Value {
    let signer = if nth % 4 == 3 { "卫**" } else { "" };
    json!({ "number": number, "time": time, "node": NODES[nth % 4], "text": format!("第{nth}步"), "signer": signer })
}

/// A clerk types this step of each parcel: one letter for each.
async fn step(host: &TestHost, numbers: &[String], nth: usize) {
    let row = |number: &String| row(number, &minutes_ago(60 - nth as i64), nth);
    for some in numbers.chunks(100) {
        let told = enter(host, "kye", &some.iter().map(row).collect::<Vec<_>>()).await;
        assert_eq!(told["entered"], some.len(), "{told}");
    }
}

async fn post(host: &TestHost, path: &str, body: &Value) -> Reply {
    host.send(host.request(Method::POST, path).json(body)).await
}

/// A webhook to the receiver, which trusts it.
async fn hook(host: &TestHost, receiver: &Receiver, more: Value) -> Value {
    let mut body = json!({ "url": receiver.url });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = post(host, "/v1/webhooks", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    receiver.trusts(secret(&made)).await;
    made
}

fn secret(made: &Value) -> &str {
    made["secret"].as_str().or(made["public_key"].as_str()).unwrap()
}

fn path(hook: &Value, more: &str) -> String {
    format!("/v1/webhooks/{}{more}", hook["id"].as_str().unwrap())
}

fn id(received: &Value) -> &str {
    received["id"].as_str().unwrap()
}

/// The place in the outbox.
fn place(id: &str) -> i64 {
    id.rsplit('_').next().unwrap().parse().unwrap()
}

fn texts(received: &[Value], number: &str) -> Vec<String> {
    let of = received.iter().map(|one| &one["message"]["data"]).filter(|data| data["parcel"]["number"] == number);
    of.map(|data| data["events"][0]["text"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn came(receiver: &Receiver, count: usize) -> Vec<Value> {
    until(&format!("{count} letters came"), async || Some(receiver.received().await).filter(|all| all.len() >= count)).await
}

/// The first that came of each id.
fn once(received: &[Value]) -> Vec<&Value> {
    let mut seen = BTreeSet::new();
    received.iter().filter(|one| seen.insert(id(one))).collect()
}

/// Of each parcel, the first of each letter came in the order in which it happened.
fn in_order(received: &[Value]) {
    let mut last: BTreeMap<&str, i64> = BTreeMap::new();
    for one in once(received) {
        let number = one["message"]["data"]["parcel"]["number"].as_str().unwrap();
        let before = last.insert(number, place(id(one)));
        assert!(before.is_none_or(|before| before < place(id(one))), "{number}: {} after {before:?}", id(one));
    }
}

async fn letters(host: &TestHost) -> BTreeSet<i64> {
    let all: Vec<i64> = sqlx::query_scalar("SELECT key FROM outbox").fetch_all(&mut host.database().await).await.unwrap();
    all.into_iter().collect()
}

#[tokio::test]
async fn whenever_the_host_is_killed_every_letter_arrives_and_in_order() {
    let mut host =
        setup().with("webhooks.in_flight = 3\nwebhooks.retries = ['50ms', '50ms', '50ms', '50ms', '50ms', '50ms', '50ms']").start().await;
    let receiver = Receiver::start();
    let made = hook(&host, &receiver, json!({})).await;
    let numbers: Vec<String> = (0..24).map(number).collect();
    watch(&host, &numbers).await;
    let mut told = 0;
    for round in 0..3 {
        for at in ["claimed", "sent", "answered", "marked"] {
            let deliveries = format!("{}{}", host.url, path(&made, "/deliveries"));
            let kill = json!({ "pid": host.pid(), "step": at, "after": 5 * round, "deliveries": deliveries, "key": host.key });
            receiver.behave(&json!({ "secret": secret(&made), "kill": kill })).await;
            // The host may die before it has answered: what is typed twice is one row.
            let time = minutes_ago(90 - told as i64);
            let rows: Vec<_> = numbers.iter().map(|number| row(number, &time, told)).collect();
            let _ = host.request(Method::POST, "/v1/entries").json(&json!({ "carrier": "kye", "rows": rows })).send().await;
            host.is_killed().await;
            host.restart().await;
            enter(&host, "kye", &rows).await;
            told += 1;
        }
    }
    let written = letters(&host).await;
    assert_eq!(written.len(), numbers.len() * 12, "each row is one letter");
    let received = until("everything has come", async || {
        let received = receiver.received().await;
        (once(&received).len() >= written.len()).then_some(received)
    })
    .await;
    let of_ids: BTreeSet<i64> = received.iter().map(|one| place(id(one))).collect();
    assert_eq!(of_ids, written, "events in are events out");
    in_order(&received);
    assert_eq!(receiver.refused().await, 0);
    let mut bodies: BTreeMap<&str, &Value> = BTreeMap::new();
    for one in &received {
        let body = bodies.entry(id(one)).or_insert(&one["message"]);
        assert_eq!(**body, one["message"], "a letter that comes twice says the same");
    }
    println!("12 kills: {} letters, {} of them twice", written.len(), received.len() - written.len());
    host.stop().await;
}

#[tokio::test]
async fn a_letter_says_what_changed_who_read_it_and_how_far_it_is_trusted() {
    let host = setup().start().await;
    let receiver = Receiver::start();
    hook(&host, &receiver, json!({})).await;
    watch(&host, &[number(1)]).await;
    step(&host, &[number(1)], 3).await;
    let received = came(&receiver, 1).await;
    let message = &received[0]["message"];
    assert_eq!(message["type"], "parcel.events");
    let data = &message["data"];
    assert_eq!(
        (&data["id"], &data["parcel"]["carrier"], &data["parcel"]["number"]),
        (&received[0]["id"], &json!("kye"), &json!(number(1)))
    );
    assert_eq!((&data["status"], &data["tier"], &data["events"][0]["status"]), (&json!("delivered"), &json!("C"), &json!("delivered")));
    assert!(data["verdict"]["level"].is_string() && data["events"][0]["at"].as_str().unwrap().ends_with('Z'), "{data}");
    assert!(data.get("gap").is_none() && data.get("late").is_none());
    host.stop().await;
}

#[tokio::test]
async fn keys_rotate_with_two_signatures_and_public_keys_verify() {
    let host = setup().start().await;
    let (shared, public) = (Receiver::start(), Receiver::start());
    let old = hook(&host, &shared, json!({ "name": "shared" })).await;
    let with_key = hook(&host, &public, json!({ "signature": "v1a" })).await;
    assert!(secret(&old).starts_with("whsec_") && secret(&with_key).starts_with("whpk_") && with_key["secret"].is_null());
    let again = host.read(&path(&old, "")).await;
    assert!(again["secret"].is_null(), "a secret is told once: {again}");

    let rotated = post(&host, &path(&old, "/rotate"), &json!({ "overlap_hours": 1 })).await.json();
    assert!(secret(&rotated) != secret(&old) && rotated["old_key_until"].is_string(), "{rotated}");
    watch(&host, &[number(2)]).await;
    step(&host, &[number(2)], 0).await;
    // The receiver still has the old secret.
    assert_eq!(came(&shared, 1).await[0]["signatures"], 2);
    assert_eq!(came(&public, 1).await[0]["signatures"], 1);
    shared.trusts(secret(&rotated)).await;
    step(&host, &[number(2)], 1).await;
    came(&shared, 2).await;

    let once = post(&host, &path(&old, "/rotate"), &json!({ "overlap_hours": 0 })).await.json();
    shared.trusts(secret(&once)).await;
    step(&host, &[number(2)], 2).await;
    assert_eq!(came(&shared, 3).await[2]["signatures"], 1);
    let tested = post(&host, &path(&with_key, "/test"), &json!({})).await.json();
    assert_eq!((&tested["delivered"], &tested["status"]), (&json!(true), &json!(204)), "{tested}");
    assert_eq!((shared.refused().await, public.refused().await), (0, 0));
    let log = host.log();
    assert!(![secret(&old), secret(&rotated), secret(&once)].iter().any(|secret| log.contains(&secret[6..])));
    host.stop().await;
}

#[tokio::test]
async fn a_letter_that_dies_lets_the_next_go_which_says_so_and_it_can_be_replayed() {
    let host = setup().with("webhooks.retries = ['200ms', '200ms']").start().await;
    let receiver = Receiver::start();
    let made = hook(&host, &receiver, json!({})).await;
    let (bad, good) = (number(1), number(2));
    watch(&host, &[bad.clone(), good.clone()]).await;
    receiver.behave(&json!({ "secret": secret(&made), "status": 500, "only": [bad] })).await;
    step(&host, std::slice::from_ref(&good), 0).await;
    came(&receiver, 1).await;
    step(&host, std::slice::from_ref(&bad), 0).await;
    until("it was tried", async || {
        let told = host.read(&path(&made, "/deliveries?state=waiting")).await;
        told["deliveries"].as_array().unwrap().iter().any(|one| one["attempts"].as_u64() > Some(0)).then_some(())
    })
    .await;
    // Others are delivered meanwhile, so the webhook stays on.
    step(&host, std::slice::from_ref(&good), 1).await;
    came(&receiver, 2).await;
    let dead = until("the letter is dead", async || {
        let told = host.read(&path(&made, "/deliveries?state=dead")).await;
        told["deliveries"].as_array().unwrap().first().cloned()
    })
    .await;
    let dead_id = dead["id"].as_str().unwrap();
    let told = host.read(&path(&made, &format!("/deliveries/{dead_id}"))).await;
    assert_eq!(
        (&told["attempts"], told["failed"].as_array().unwrap().len(), &told["failed"][0]["status"]),
        (&json!(3), 3, &json!(500)),
        "{told}"
    );
    assert_eq!(host.read(&path(&made, "")).await["on"], true);

    receiver.trusts(secret(&made)).await;
    step(&host, std::slice::from_ref(&bad), 1).await;
    let received = came(&receiver, 3).await;
    assert_eq!(received[2]["message"]["data"]["gap"]["missed"], json!([dead_id]), "{}", received[2]);
    assert_eq!(post(&host, &path(&made, &format!("/deliveries/{dead_id}/replay")), &json!({})).await.json()["letters"], 1);
    let received = came(&receiver, 4).await;
    assert_eq!((id(&received[3]), &received[3]["message"]["data"]["late"]), (dead_id, &json!(true)));
    step(&host, std::slice::from_ref(&bad), 2).await;
    assert!(came(&receiver, 5).await[4]["message"]["data"].get("gap").is_none(), "it is missed no more");
    assert_eq!(texts(&receiver.received().await, &bad), ["第1步", "第0步", "第2步"]);
    post(&host, &path(&made, &format!("/deliveries/{dead_id}/replay")), &json!({})).await.is_problem(409, "conflict");
    host.stop().await;
}

#[tokio::test]
async fn one_that_is_gone_or_hopeless_is_turned_off_and_gets_everything_when_it_is_back() {
    let host = setup().with("webhooks.retries = ['20ms']").start().await;
    let (gone, hopeless) = (Receiver::start(), Receiver::start());
    let (first, second) = (hook(&host, &gone, json!({})).await, hook(&host, &hopeless, json!({})).await);
    gone.behave(&json!({ "secret": secret(&first), "status": 410 })).await;
    hopeless.behave(&json!({ "secret": secret(&second), "status": 500 })).await;
    let numbers = [number(1), number(2)];
    watch(&host, &numbers).await;
    step(&host, &numbers, 0).await;
    let off = async |hook: &Value| {
        let told = until("it is off", async || Some(host.read(&path(hook, "")).await).filter(|told| told["on"] == false)).await;
        told["off_why"].as_str().unwrap().to_owned()
    };
    assert!(off(&first).await.contains("410"));
    assert!(off(&second).await.contains("attempts"));
    host.logs("is turned off").await;
    let alerted = async |count: usize| {
        let told = host.send(host.client.get(format!("{}/v1/alerts?open=true&kind=webhook", host.url)).bearer_auth(&host.ops)).await.json();
        (told["alerts"].as_array().unwrap().len() == count).then_some(())
    };
    until("somebody hears of both", async || alerted(2).await).await;
    // What happens meanwhile is kept.
    step(&host, &numbers, 1).await;
    gone.trusts(secret(&first)).await;
    hopeless.trusts(secret(&second)).await;
    for hook in [&first, &second] {
        assert_eq!(post(&host, &path(hook, "/on"), &json!({})).await.json()["on"], true);
    }
    until("the alerts are over", async || alerted(0).await).await;
    let received = came(&gone, 4).await;
    assert_eq!(texts(&received, &numbers[0]), ["第0步", "第1步"]);
    in_order(&received);
    until("what did not die has come", async || {
        let received = hopeless.received().await;
        let died = host.read(&path(&second, "/deliveries?state=dead")).await["deliveries"].as_array().unwrap().len();
        (died > 0 && received.len() + died == 4).then_some(())
    })
    .await;
    assert!(post(&host, &path(&second, "/replay"), &json!({})).await.json()["letters"].as_u64().unwrap() > 0);
    came(&hopeless, 4).await;
    host.stop().await;
}

#[tokio::test]
async fn one_that_hangs_hinders_nobody_and_a_pause_is_honoured() {
    let host = setup().with("webhooks.retries = ['20ms']\nwebhooks.in_flight = 2\nserver.grace = '1s'").start().await;
    let (hangs, pauses, good) = (Receiver::start(), Receiver::start(), Receiver::start());
    let stuck = hook(&host, &hangs, json!({ "name": "hangs" })).await;
    hangs.behave(&json!({ "secret": secret(&stuck), "hangs": true })).await;
    let paused = hook(&host, &pauses, json!({ "name": "pauses" })).await;
    pauses.behave(&json!({ "secret": secret(&paused), "status": 503, "retry_after": 3600 })).await;
    hook(&host, &good, json!({ "name": "good" })).await;
    let numbers: Vec<String> = (0..20).map(number).collect();
    watch(&host, &numbers).await;
    step(&host, &numbers, 0).await;
    came(&good, 20).await;
    let told = until("the pause is written down", async || {
        let told = host.read(&path(&paused, "/deliveries?limit=200")).await;
        let tried: Vec<Value> = told["deliveries"].as_array().unwrap().iter().filter(|one| one["attempts"] == 1).cloned().collect();
        (!tried.is_empty()).then_some(tried)
    })
    .await;
    for one in told {
        let at = |field: &str| one[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
        assert!(at("next_at") - at("last_at") >= 3600, "{one}");
    }
    host.stop().await;
}

#[tokio::test]
async fn each_hears_only_what_it_wants_and_what_its_key_may_see() {
    let host = setup().start().await;
    let (delivered, scoped) = (Receiver::start(), Receiver::start());
    hook(&host, &delivered, json!({ "statuses": ["delivered"], "carriers": ["kye"] })).await;
    let key = host.create_key(&["--name", "east", "--accounts", "east"]);
    let as_east = |method, path: &str| host.client.request(method, format!("{}{path}", host.url)).bearer_auth(&key);
    let made = host.send(as_east(Method::POST, "/v1/webhooks").json(&json!({ "url": scoped.url }))).await.json();
    scoped.trusts(secret(&made)).await;
    watch(&host, &[number(1)]).await;
    for nth in 0..4 {
        step(&host, &[number(1)], nth).await;
    }
    let received = came(&delivered, 1).await;
    assert_eq!(texts(&received, &number(1)), ["第3步，签收人：卫**"]);
    assert_eq!(host.send(as_east(Method::GET, "/v1/webhooks")).await.json()["webhooks"].as_array().unwrap().len(), 1);
    assert_eq!(scoped.received().await.len(), 0, "the account `main` is not its own");
    let all = host.read("/v1/webhooks").await;
    let others = all["webhooks"].as_array().unwrap().iter().find(|hook| hook["scope"].is_null() && hook["id"] != made["id"]).unwrap();
    host.send(as_east(Method::DELETE, &path(others, ""))).await.is_problem(404, "not-found");
    host.stop().await;
}

#[tokio::test]
async fn letters_go_nowhere_inside_unless_the_operator_says_so() {
    let host = Setup::bare(&program::adapters()).start().await;
    for url in [
        "http://127.0.0.1:9/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "http://hub.example/",
        "hub",
        "ftp://a/",
    ] {
        post(&host, "/v1/webhooks", &json!({ "url": url })).await.is_problem(400, "url");
    }
    // A name tells where it points only when it is asked.
    let made = post(&host, "/v1/webhooks", &json!({ "url": "https://localhost/in" })).await.json();
    let tested = post(&host, &path(&made, "/test"), &json!({})).await.json();
    assert!(tested["delivered"] == false && tested["detail"].as_str().unwrap().contains("webhooks.allow"), "{tested}");
    post(&host, "/v1/webhooks", &json!({ "url": "https://a.example/", "statuses": ["arrived"] })).await.is_problem(400, "status");
    post(&host, "/v1/webhooks", &json!({ "url": "https://a.example/", "carriers": ["nobody"] })).await.is_problem(400, "unknown-carrier");
    post(&host, "/v1/webhooks", &json!({ "url": "https://a.example/", "colour": "red" })).await.is_problem(400, "bad-json");
    let ran = host.run(&["webhook", "list", "--json", "--url", &host.url]);
    assert_eq!((ran.code, ran.json()["webhooks"].as_array().unwrap().len()), (0, 1), "{ran:?}");
    let ran = host.run(&["webhook", "test", made["id"].as_str().unwrap(), "--url", &host.url]);
    assert_eq!(ran.code, 1, "a test that did not arrive: {ran:?}");
    host.stop().await;
}
