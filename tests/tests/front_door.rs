//! What a hub sees of the four carriers.

use std::sync::Arc;

use posthouse_simulators::{Carrier, Pace, Parcel};
use posthouse_tests::{Setup, TestHost, Town, order, until};
use reqwest::Method;
use serde_json::{Value, json};

async fn open() -> (Town, TestHost) {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.start().await;
    (town, host)
}

fn orders(parcels: &[Arc<Parcel>]) -> Vec<Value> {
    parcels.iter().map(order).collect()
}

/// Every answer says how fresh it is, why, and when the next look is.
fn says_how_fresh_it_is(answer: &Value, carrier: Carrier) {
    assert!(answer["as_of"].as_str().is_some_and(|at| at.ends_with('Z')), "{answer}");
    assert!(answer["next_look"].is_string(), "{answer}");
    assert_eq!((&answer["tier"], &answer["release"]), (&json!("A"), &json!(format!("{carrier}@1.0.0+1"))), "{answer}");
}

/// ZTO's place is told with its city; the simulator tells the site alone.
fn is_the_truth(told: &[Value], truth: &[Value]) {
    let facts = |event: &Value| (event["at"].clone(), event["code"].clone(), event["text"].clone());
    assert_eq!(told.iter().map(facts).collect::<Vec<_>>(), truth.iter().map(facts).collect::<Vec<_>>());
    for (told, truth) in told.iter().zip(truth) {
        let (place, site) = (told["place"].as_str().unwrap_or_default(), truth["place"].as_str().unwrap_or_default());
        assert!(place.ends_with(site), "{told} {truth}");
        assert!(told["unmapped"] == false && told["status"].is_string(), "{told}");
    }
}

#[tokio::test]
async fn every_carriers_tracks_are_told_as_the_carrier_has_them() {
    let (town, host) = open().await;
    let parcels = town.some_of_each(12, Pace::Complete);
    let done = host.register(&orders(&parcels)).await;
    for (parcel, result) in parcels.iter().zip(done["results"].as_array().unwrap()) {
        let told = host.wait_for_outcome(parcel.carrier.name(), &parcel.number, "tracks").await;
        says_how_fresh_it_is(&told, parcel.carrier);
        assert_eq!(told["id"], result["id"]);
        assert_eq!((&told["number"], &told["freshness"]["kept"]), (&json!(parcel.number), &json!(true)));
        let events = host.events(result["id"].as_str().unwrap()).await;
        assert_eq!(told["events"], json!(events));
        is_the_truth(&events, &town.truth(parcel));
        says_how_fresh_it_is(&host.read(&format!("/v1/parcels/{}/events", told["id"].as_str().unwrap())).await, parcel.carrier);
    }
    for carrier in Carrier::APIS {
        assert!(town.tally(carrier).refusals().is_empty(), "{carrier}: {:?}", town.tally(carrier).refusals());
    }
    host.stop().await;
}

#[tokio::test]
async fn what_happens_later_is_seen_later() {
    let (town, host) = open().await;
    let parcels = town.some_of_each(1, Pace::Held(0));
    host.register(&orders(&parcels)).await;
    for parcel in &parcels {
        let told = host.wait_for_outcome(parcel.carrier.name(), &parcel.number, "no-events").await;
        assert!(told["status"].is_null() && told["as_of"].is_string() && !told["message"]["zh"].as_str().unwrap().is_empty(), "{told}");
    }
    let longest = parcels.iter().map(|p| p.events.len()).max().unwrap();
    for _ in 0..longest.div_ceil(3) {
        parcels.iter().for_each(|p| _ = town.sims.world.advance(p, 3));
        for parcel in &parcels {
            let shown = town.truth(parcel).len();
            let all = |p: &Value| p["events"].as_array().unwrap().len() == shown;
            let told = host.wait_for(parcel.carrier.name(), &parcel.number, "the next events", all).await;
            is_the_truth(told["events"].as_array().unwrap(), &town.truth(parcel));
        }
    }
    host.stop().await;
}

#[tokio::test]
async fn a_list_is_paged_and_filtered() {
    let (town, host) = open().await;
    let parcels = [town.some_of_each(5, Pace::Complete), town.parcels(Carrier::Yto, 3, Pace::Held(0))].concat();
    host.register(&orders(&parcels)).await;
    for parcel in &parcels {
        host.wait_for(parcel.carrier.name(), &parcel.number, "it was read", |p| !p["outcome"].is_null()).await;
    }
    let (mut found, mut path) = (vec![], "/v1/parcels?limit=6".to_owned());
    loop {
        let page = host.read(&path).await;
        let numbers = page["parcels"].as_array().unwrap().iter().map(|p| p["number"].as_str().unwrap().to_owned());
        found.push(numbers.collect::<Vec<_>>());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/parcels?limit=6&cursor={next}");
    }
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [6, 6, 6, 5]);
    assert_eq!(found.concat(), parcels.iter().map(|p| p.number.clone()).collect::<Vec<_>>());
    let count = async |filter: &str| host.read(&format!("/v1/parcels?{filter}")).await["parcels"].as_array().unwrap().len();
    assert_eq!(count("carrier=sf").await, 5);
    assert_eq!(count("carrier=yto&outcome=no-events").await, 3);
    assert_eq!(count("outcome=tracks").await, 20);
    assert_eq!(count("account=main&carrier=zto").await, 5);
    assert_eq!(count("account=other").await, 0);
    let states: Vec<_> = host.read("/v1/parcels").await["parcels"].as_array().unwrap().iter().map(|p| p["status"].clone()).collect();
    let delivered = states.iter().filter(|s| *s == "delivered").count();
    assert!(delivered > 0);
    assert_eq!(count("status=delivered").await, delivered);
    host.stop().await;
}

#[tokio::test]
async fn an_erased_parcel_is_gone_with_everything_of_it() {
    let (town, host) = open().await;
    let parcel = town.parcel(Carrier::Deppon, Pace::Complete);
    host.register(&[order(&parcel)]).await;
    let told = host.wait_for_outcome("deppon", &parcel.number, "tracks").await;
    let path = format!("/v1/parcels/{}", told["id"].as_str().unwrap());
    assert_eq!(host.read(&path).await["number"], parcel.number);
    assert_eq!(host.send(host.request(Method::DELETE, &path)).await.status, 204);
    host.get(&path).await.is_problem(404, "not-found");
    host.get(&format!("{path}/events")).await.is_problem(404, "not-found");
    host.get(&format!("/v1/parcels/by-number/deppon/{}", parcel.number)).await.is_problem(404, "not-found");
    host.send(host.request(Method::DELETE, &path)).await.is_problem(404, "not-found");
    for table in ["parcels", "events", "exchange_parcels", "outbox"] {
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&mut host.database().await)
            .await
            .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    host.stop().await;
}

#[tokio::test]
async fn registering_again_is_safe() {
    let (town, host) = open().await;
    let parcel = town.parcel(Carrier::Zto, Pace::Complete);
    let first = host.register(&[order(&parcel)]).await["results"][0].clone();
    host.wait_for_outcome("zto", &parcel.number, "tracks").await;
    let again = host.register(&[order(&parcel), order(&parcel)]).await["results"].clone();
    assert_eq!((&first["created"], &again[0]["created"], &again[1]["created"]), (&json!(true), &json!(false), &json!(false)));
    assert!(again[0]["id"] == first["id"] && again[1]["id"] == first["id"]);
    is_the_truth(host.parcel("zto", &parcel.number).await["events"].as_array().unwrap(), &town.truth(&parcel));
    host.stop().await;
}

#[tokio::test]
async fn the_interface_describes_itself() {
    let (_town, host) = open().await;
    let described = host.send(host.client.get(format!("{}/openapi.json", host.url))).await.json();
    assert!(described["openapi"].as_str().unwrap().starts_with("3."));
    for (path, methods) in [
        ("/v1/parcels", &["get", "post"][..]),
        ("/v1/parcels/{id}", &["get", "delete"]),
        ("/v1/parcels/{id}/events", &["get"]),
        ("/v1/parcels/by-number/{carrier}/{number}", &["get"]),
        ("/v1/track/{carrier}/{number}", &["get"]),
        ("/v1/carriers", &["get"]),
        ("/v1/push/{carrier}/{account}/{secret}", &["post"]),
        ("/healthz", &["get"]),
    ] {
        for method in methods {
            assert!(described["paths"][path][method].is_object(), "{method} {path}");
        }
    }
    let docs = host.send(host.client.get(format!("{}/docs/", host.url))).await;
    assert!(docs.status == 200 && docs.kind.starts_with("text/html"), "{docs:?}");
    let health = host.send(host.client.get(format!("{}/healthz", host.url))).await.json();
    assert_eq!((&health["status"], &health["carriers"]), (&json!("ok"), &json!(15)));
    host.get("/v1/nothing").await.is_problem(404, "not-found");
    host.send(host.request(Method::PUT, "/v1/parcels")).await.is_problem(405, "method");
    host.stop().await;
}

#[tokio::test]
async fn carriers_are_listed_with_what_they_can_carry() {
    let (_town, host) = open().await;
    let told = host.read("/v1/carriers").await;
    let carriers = told["carriers"].as_array().unwrap();
    assert_eq!(
        carriers.iter().map(|c| c["id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["ane", "danniao", "deppon", "ems", "jd", "jt", "kye", "sf", "sto", "uc", "ymdd", "yto", "yunda", "zjs", "zto"]
    );
    for carrier in carriers {
        let has = |carriers: &[Carrier]| carriers.iter().any(|one| carrier["id"] == one.name());
        let tier = if has(&Carrier::APIS) {
            "A"
        } else if has(&Carrier::PAGES) {
            "B"
        } else {
            "C"
        };
        assert_eq!(carrier["tier"], tier, "{carrier}");
        assert_eq!(carrier["evidence"] == "live", tier == "A", "no page was tried on a real one: {carrier}");
        let account = &carrier["accounts"][0];
        // A person's budget is not counted in calls.
        let over = if tier == "C" { Value::Null } else { json!(false) };
        assert_eq!((&account["account"], &account["capacity"]["over"]), (&json!("main"), &over));
        assert!(account["push_url"].is_null(), "a hub's key sees no push address");
    }
    host.stop().await;
}

#[tokio::test]
async fn a_key_sees_its_accounts_and_no_others() {
    let town = Town::open().await;
    let accounts = json!(town.sims.world.accounts);
    let host = Setup::carriers(&town).await.credential("yto", "shop2", &accounts["yto"]).start().await;
    let [mine, other] = [town.parcel(Carrier::Yto, Pace::Complete), town.parcel(Carrier::Yto, Pace::Complete)];
    let shop2 = |parcel: &Arc<Parcel>| json!({ "carrier": "yto", "number": parcel.number, "account": "shop2" });
    let ids = host.register(&[shop2(&mine), order(&other)]).await["results"].clone();
    let key = host.create_key(&["--name", "shop2", "--accounts", "shop2"]);
    let ask =
        async |method: Method, path: String| host.send(host.client.request(method, format!("{}{path}", host.url)).bearer_auth(&key)).await;
    let id = |n: usize| ids[n]["id"].as_str().unwrap();
    assert_eq!(ask(Method::GET, format!("/v1/parcels/{}", id(0))).await.status, 200);
    ask(Method::GET, format!("/v1/parcels/{}", id(1))).await.is_problem(404, "not-found");
    ask(Method::DELETE, format!("/v1/parcels/{}", id(1))).await.is_problem(404, "not-found");
    ask(Method::GET, format!("/v1/parcels/by-number/yto/{}", other.number)).await.is_problem(403, "not-allowed");
    ask(Method::GET, "/v1/parcels?account=main".into()).await.is_problem(403, "not-allowed");
    let listed = ask(Method::GET, "/v1/parcels".into()).await.json();
    assert_eq!(listed["parcels"].as_array().unwrap().iter().map(|p| &p["id"]).collect::<Vec<_>>(), [&ids[0]["id"]]);
    let refused = host
        .send(host.client.post(format!("{}/v1/parcels", host.url)).bearer_auth(&key).json(&json!({ "parcels": [order(&other)] })))
        .await
        .json();
    assert_eq!(refused["results"][0]["error"]["type"], "not-allowed");
    host.stop().await;
}

#[tokio::test]
async fn a_wrong_or_revoked_key_opens_nothing() {
    let (_town, host) = open().await;
    let url = format!("{}/v1/parcels", host.url);
    host.send(host.client.get(&url)).await.is_problem(401, "no-key");
    host.send(host.client.get(&url).bearer_auth("ph_wrong")).await.is_problem(401, "no-key");
    host.send(host.client.get(&url).basic_auth("ph", Some(&host.key))).await.is_problem(401, "no-key");
    let made = host.run(&["key", "create", "--name", "short", "--json"]).json();
    let key = made["key"].as_str().unwrap();
    assert_eq!(host.send(host.client.get(&url).bearer_auth(key)).await.status, 200);
    assert_eq!(host.run(&["key", "revoke", made["id"].as_str().unwrap()]).code, 0);
    host.send(host.client.get(&url).bearer_auth(key)).await.is_problem(401, "no-key");
    let listed = host.run(&["key", "list", "--json"]);
    assert!(!listed.out.contains(key) && listed.out.contains("revoked_at"), "{listed:?}");
    host.stop().await;
}

#[tokio::test]
async fn sf_is_asked_about_ten_parcels_at_once() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.with("carriers.sf = { every = '1h', push = false }").start().await;
    let parcels = town.parcels(Carrier::Sf, 25, Pace::Held(3));
    host.register(&orders(&parcels)).await;
    for parcel in &parcels {
        host.wait_for_outcome("sf", &parcel.number, "tracks").await;
    }
    assert_eq!(town.tally(Carrier::Sf).queries.get(), 3);
    host.stop().await;
}

#[tokio::test]
async fn parcels_with_one_phone_tail_share_a_call_and_a_wrong_tail_sees_nothing() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.with("carriers.sf = { every = '1h', push = false }").start().await;
    let parcels = town.parcels(Carrier::Sf, 18, Pace::Held(2));
    let tail = |nth: usize| if nth.is_multiple_of(2) { "1111" } else { "2222" };
    let tailed = |(nth, parcel): (usize, &Arc<Parcel>)| json!({ "carrier": "sf", "number": parcel.number, "phone_tail": tail(nth) });
    host.register(&parcels.iter().enumerate().map(tailed).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        host.wait_for_outcome("sf", &parcel.number, "tracks").await;
    }
    assert_eq!(town.tally(Carrier::Sf).queries.get(), 2);
    let batch = posthouse_simulators::Batch { count: 2, pace: Pace::Held(2), phone_tail: true };
    let shut = town.sims.world.create_parcels(Carrier::Sf, batch);
    host.register(&[order(&shut[0]), json!({ "carrier": "sf", "number": shut[1].number })]).await;
    host.wait_for_outcome("sf", &shut[0].number, "tracks").await;
    host.wait_for_outcome("sf", &shut[1].number, "no-events").await;
    host.stop().await;
}

#[tokio::test]
async fn a_parcel_is_subscribed_once() {
    let (town, host) = open().await;
    let parcels = town.some_of_each(6, Pace::Held(1));
    host.register(&orders(&parcels)).await;
    host.register(&orders(&parcels)).await;
    for parcel in &parcels {
        host.wait_for(parcel.carrier.name(), &parcel.number, "it is subscribed", |p| p["subscribed"] == true && p["outcome"] == "tracks")
            .await;
    }
    host.register(&orders(&parcels)).await;
    for carrier in Carrier::APIS {
        let asked = town.tally(carrier).queries.get();
        until("looked at again, twice each", async || (town.tally(carrier).queries.get() >= asked + 2).then_some(())).await;
        assert_eq!(town.tally(carrier).subscribes.get(), 6, "{carrier}");
    }
    host.stop().await;
}
