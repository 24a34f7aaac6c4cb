//! What carriers with a page push to who has a contract. No parcel here is due for another look within the hour.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use axum::{Json, Router};
use posthouse_simulators::Carrier::{Ems, Jd, Jt, Sto};
use posthouse_simulators::{Carrier, Pace, Parcel, sign};
use posthouse_tests::{Reply, Setup, TestHost, Town, order, until};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

const SELDOM: &str = "tiers.A.every = '1h'\nschedule.pushed_every = '1h'\nschedule.backoff = '1h'\nschedule.backoff_max = '1h'";

/// A host with a contract with all four.
async fn open(town: &Town, more: &str) -> TestHost {
    let mut accounts = json!(town.sims.world.accounts);
    accounts["jd"] = json!({ "app-key": "PHJD00000001", "app-secret": "a secret of nobody", "access-token": "a token of nobody" });
    let mut setup = Setup::pages(town).await.with(SELDOM).with(more);
    for carrier in [Sto, Jt, Ems, Jd] {
        setup = setup.credential(carrier.name(), "main", &accounts[carrier.name()]);
    }
    setup.log("debug").start().await
}

/// Registered, read and, where one can, subscribed; then the carrier pushes to the host.
async fn registered(town: &Town, host: &TestHost, carrier: Carrier, shown: u32) -> Arc<Parcel> {
    let parcel = town.parcel(carrier, Pace::Held(shown));
    host.register(&[order(&parcel)]).await;
    let subscribes = matches!(carrier, Sto | Jt);
    let what = "it is read and subscribed";
    host.wait_for(carrier.name(), &parcel.number, what, |p| !p["outcome"].is_null() && p["subscribed"] == subscribes).await;
    town.pushes_to(carrier, host).await;
    parcel
}

async fn has_events(host: &TestHost, parcel: &Parcel, count: usize) -> Value {
    let enough = |p: &Value| p["events"].as_array().unwrap().len() == count;
    host.wait_for(parcel.carrier.name(), &parcel.number, &format!("{count} events"), enough).await
}

async fn events(host: &TestHost, parcel: &Parcel) -> usize {
    host.parcel(parcel.carrier.name(), &parcel.number).await["events"].as_array().unwrap().len()
}

fn list<'v>(events: &'v [Value], field: &str) -> Vec<&'v Value> {
    events.iter().map(|event| &event[field]).collect()
}

/// A figure of a carrier as operators watch it; none before it is counted first.
async fn refused(host: &TestHost, carrier: &str) -> Option<u64> {
    let metrics = host.get("/metrics").await.body;
    let is_it = |line: &&str| line.starts_with("posthouse_pushes_refused_total") && line.contains(&format!("carrier=\"{carrier}\""));
    metrics.lines().find(is_it).map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap())
}

/// An arrival as STO pushes it. Its name tells a repeat; the order's number makes it another body.
fn sto_scan(number: &str, name: &str, order: &str) -> String {
    let trace =
        json!({ "outBizCode": name, "opTime": "2026-01-20 06:22:03", "scanType": "到件", "memo": "【到件】快件到达【浙江云港转运中心】" });
    json!({ "waybillNo": number, "linkCode": order, "trace": trace }).to_string()
}

async fn push_sto(host: &TestHost, content: &str, secret: &str) -> Reply {
    let digest = sign::sto(content, secret);
    let form = [("content", content), ("data_digest", &digest), ("api_name", "STO_TRACE_PLATFORM_PUSH")];
    host.send(host.client.post(host.push_url("sto").await).form(&form)).await
}

fn jt_scan(number: &str, order: &str) -> String {
    let scan = json!({ "scanTime": "2026-01-20 06:22:03", "desc": "快件到达【云港转运中心】", "scanType": "4", "scanNetworkName": "云港转运中心" });
    json!({ "billCode": number, "txlogisticId": order, "details": [scan] }).to_string()
}

async fn push_jt(host: &TestHost, content: &str, key: &str) -> Reply {
    let signed = |request: RequestBuilder| request.header("digest", sign::jt(content, key)).header("timestamp", "1768896000000");
    host.send(signed(host.client.post(host.push_url("jt").await)).form(&[("bizContent", content)])).await
}

async fn push_ems(host: &TestHost, sealed: &str, serial: &str) -> Reply {
    let push = json!({ "logitcsInterface": sealed, "serialNo": serial, "method": "040002", "msgType": "0", "version": "v1.0.0" });
    host.send(host.client.post(host.push_url("ems").await).json(&push)).await
}

/// An API that answers so, and how often it was asked.
async fn api(answer: impl Fn() -> Value + Clone + Send + Sync + 'static) -> (String, Arc<AtomicU64>) {
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    let app = Router::new().fallback(move || {
        count.fetch_add(1, Relaxed);
        let told = answer();
        async move { Json(told) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, asked)
}

#[tokio::test]
async fn a_subscribed_parcels_events_come_without_a_look() {
    let town = Town::open().await;
    let host = open(&town, "").await;
    for carrier in [Sto, Jt] {
        let (parcel, tally) = (registered(&town, &host, carrier, 2).await, town.tally(carrier));
        host.register(&[order(&parcel)]).await;
        let asked = tally.queries.get();
        town.sims.world.advance(&parcel, 100);
        let told = has_events(&host, &parcel, parcel.events.len()).await;
        let (told, truth) = (told["events"].as_array().unwrap(), town.truth(&parcel));
        assert_eq!((list(told, "at"), list(told, "text")), (list(&truth, "at"), list(&truth, "text")), "{carrier}");
        let sources = list(told, "source");
        assert!(sources[..2].iter().all(|s| **s == "look") && sources[2..].iter().all(|s| **s == "push"), "{carrier}: {sources:?}");
        until("all pushes are accepted", async || (tally.push.accepted.get() == tally.push.due.get()).then_some(())).await;
        assert_eq!((tally.push.refused.get(), tally.queries.get()), (0, asked), "{carrier} was not asked");
        assert_eq!((tally.subscribes.get(), tally.pages.get()), (1, 0), "{carrier} was subscribed to once, and no page was opened");
        assert!(tally.refusals().is_empty(), "{carrier}: {:?}", tally.refusals());
    }
    host.stop().await;
}

#[tokio::test]
async fn a_repeated_push_adds_nothing() {
    let town = Town::open().await;
    let host = open(&town, "").await;
    let accounts = &town.sims.world.accounts;
    let parcel = registered(&town, &host, Sto, 1).await;
    // The same push, the same scan in another body, the same scan under another name.
    for (name, order) in [("A-1", "PH1"), ("A-1", "PH1"), ("A-1", "PH2"), ("A-2", "PH1")] {
        let reply = push_sto(&host, &sto_scan(&parcel.number, name, order), &accounts.sto.secret_key).await.json();
        assert_eq!((&reply["success"], &reply["data"]), (&json!(true), &json!({ "waybillNo": parcel.number, "needRetry": false })));
        assert_eq!(events(&host, &parcel).await, 2, "{name} {order}");
    }
    let parcel = registered(&town, &host, Jt, 1).await;
    for order in ["PH1", "PH1", "PH2"] {
        let reply = push_jt(&host, &jt_scan(&parcel.number, order), &accounts.jt.private_key).await.json();
        assert_eq!((&reply["code"], &reply["data"], &reply["requestId"]), (&json!("1"), &json!("SUCCESS"), &json!("1768896000000")));
        assert_eq!(events(&host, &parcel).await, 2, "{order}");
    }
    host.stop().await;
}

#[tokio::test]
async fn a_wrong_digest_is_refused_in_the_carriers_words_counted_and_not_stored() {
    let town = Town::open().await;
    let host = open(&town, "").await;
    let (sto, jt) = (registered(&town, &host, Sto, 1).await, registered(&town, &host, Jt, 1).await);
    assert_eq!((refused(&host, "sto").await, refused(&host, "jt").await), (None, None));
    let reply = push_sto(&host, &sto_scan(&sto.number, "A-1", "PH1"), "another secret").await.json();
    assert_eq!((&reply["success"], &reply["errorCode"], &reply["data"]["needRetry"]), (&json!(false), &json!("007"), &json!(true)));
    let reply = push_jt(&host, &jt_scan(&jt.number, "PH1"), "another key").await.json();
    assert_eq!((&reply["code"], &reply["data"]), (&json!("0"), &json!("FAIL")), "{reply}");
    for parcel in [sto, jt] {
        let carrier = parcel.carrier.name();
        assert_eq!((events(&host, &parcel).await, refused(&host, carrier).await), (1, Some(1)), "{carrier}");
    }
    host.stop().await;
}

#[tokio::test]
async fn who_has_no_contract_takes_no_push() {
    let town = Town::open().await;
    let host = Setup::pages(&town).await.start().await;
    let parcel = town.parcel(Sto, Pace::Complete);
    let reply = push_sto(&host, &sto_scan(&parcel.number, "A-1", "PH1"), &town.sims.world.accounts.sto.secret_key).await.json();
    assert_eq!((&reply["success"], &reply["errorCode"]), (&json!(false), &json!("007")), "{reply}");
    host.register(&[order(&parcel)]).await;
    assert_eq!((events(&host, &parcel).await, town.tally(Sto).subscribes.get()), (0, 0));
    host.stop().await;
}

#[tokio::test]
async fn a_sealed_push_is_believed_and_a_changed_one_is_not() {
    let town = Town::open().await;
    let (url, asked) = api(|| json!({ "retCode": "00000", "retMsg": "成功", "retBody": "" })).await;
    let host = open(&town, &format!("carriers.ems.endpoints.api = '{url}'")).await;
    let parcel = registered(&town, &host, Ems, 0).await;
    let key = &town.sims.world.accounts.ems.sm4_key;
    let scan = json!({ "waybillNo": parcel.number, "opTime": "2026-01-20 06:22:00", "opCode": parcel.events[0].code, "opDesc": "已收件" });
    let scan = scan.to_string();
    let sealed = sign::ems(&scan, key);
    let other_letter = if sealed[4..].starts_with('A') { "B" } else { "A" };
    for wrong in [
        format!("{}{other_letter}{}", &sealed[..4], &sealed[5..]),
        sealed[..sealed.len() - 4].to_owned(),
        sign::ems(&scan, "ASNFZ4mrze/+3LqYdlQyEA=="),
        scan.clone(),
    ] {
        let reply = push_ems(&host, &wrong, "S-1").await.json();
        assert_eq!((&reply["code"], &reply["serialNo"]), (&json!("S00001"), &json!("S-1")), "{wrong}: {reply}");
    }
    assert_eq!((events(&host, &parcel).await, refused(&host, "ems").await), (0, Some(4)));
    for _ in 0..2 {
        let reply = push_ems(&host, &sealed, "S-1").await.json();
        assert_eq!((&reply["code"], &reply["serialNo"]), (&json!("00000"), &json!("S-1")), "{reply}");
        assert_eq!(events(&host, &parcel).await, 1);
    }
    // The carrier's own, all of them later.
    town.sims.world.advance(&parcel, 100);
    let told = has_events(&host, &parcel, 1 + parcel.events.len()).await;
    let told = told["events"].as_array().unwrap();
    assert_eq!(list(&told[1..], "at"), list(&town.truth(&parcel), "at"));
    assert!(list(told, "source").iter().all(|source| **source == "push"), "{told:?}");
    let pushes = &town.tally(Ems).push;
    until("all pushes are accepted", async || (pushes.accepted.get() == pushes.due.get()).then_some(())).await;
    assert_eq!((pushes.refused.get(), asked.load(Relaxed)), (0, 1), "nothing was asked but once, at the beginning");
    host.stop().await;
}

#[tokio::test]
async fn an_unsigned_push_is_a_hint_to_look_and_no_more() {
    let town = Town::open().await;
    let parcel = town.parcel(Jd, Pace::Held(1));
    let (world, shown) = (town.sims.world.clone(), parcel.clone());
    let (url, asked) = api(move || {
        let event = |e: &posthouse_simulators::Shown| json!({ "operationTime": e.at, "state": e.code, "operationRemark": e.text });
        let details: Vec<_> = shown.shown(world.story()).iter().map(event).collect();
        json!({ "code": 0, "msg": "成功", "data": { "waybillCode": shown.number, "traceDetails": details } })
    })
    .await;
    let host = open(&town, &format!("carriers.jd.endpoints.api = '{url}'")).await;
    host.register(&[order(&parcel)]).await;
    host.wait_for_outcome("jd", &parcel.number, "tracks").await;
    assert_eq!((events(&host, &parcel).await, asked.load(Relaxed)), (1, 1));
    // Whoever finds the address can say so.
    let forged = json!({ "waybillCode": parcel.number, "operationTime": "2026-01-20 06:22:03", "operationTitle": "妥投", "operationRemark": "您的快件已由【卫**】签收", "state": "10034" });
    let reply = host.send(host.client.post(host.push_url("jd").await).json(&forged)).await.json();
    assert_eq!((&reply["success"], &reply["code"]), (&json!(true), &json!(0)), "{reply}");
    until("it is looked at", async || (asked.load(Relaxed) == 2).then_some(())).await;
    let told = host.parcel("jd", &parcel.number).await;
    assert!(told["events"].as_array().unwrap().len() == 1 && told["signed"].is_null(), "what it said is not believed: {told}");
    town.pushes_to(Jd, &host).await;
    town.sims.world.advance(&parcel, 1);
    let told = has_events(&host, &parcel, 2).await;
    assert_eq!(list(told["events"].as_array().unwrap(), "source"), ["look", "look"]);
    assert_eq!((asked.load(Relaxed), refused(&host, "jd").await), (3, None));
    until("the push is accepted", async || (town.tally(Jd).push.accepted.get() == 1).then_some(())).await;
    host.stop().await;
}

#[tokio::test]
async fn a_flood_of_refused_pushes_fills_no_disk_and_shuts_nobody_out() {
    let town = Town::open().await;
    let host = open(&town, "").await;
    let parcel = registered(&town, &host, Sto, 1).await;
    let url = host.push_url("sto").await;
    let begun = Instant::now();
    let mut turned_away = 0;
    for nth in 0..300 {
        let content = sto_scan(&parcel.number, &format!("A-{nth}"), "PH1");
        let form = [("content", &*content), ("data_digest", "KDmjdL9YEip33Om7pEuBiQ==")];
        let reply = host.send(host.client.post(&url).form(&form)).await;
        if reply.status == 429 {
            assert!(reply.retry_after.is_some(), "{reply:?}");
            turned_away += 1;
        } else {
            assert_eq!(reply.json()["errorCode"], "007", "{reply:?}");
        }
    }
    assert_eq!(refused(&host, "sto").await, Some(300 - turned_away), "each that was read is counted");
    let sql = "SELECT count(*) FROM exchanges WHERE carrier = 'sto' AND interface = 'push'";
    let recorded: i64 = sqlx::query_scalar(sql).fetch_one(&mut host.database().await).await.unwrap();
    // Sixty at once, then one each second.
    let most = 61 + i64::try_from(begun.elapsed().as_secs()).unwrap();
    assert!((1..=most).contains(&recorded), "{recorded} recorded, at most {most}");
    assert_eq!(events(&host, &parcel).await, 1);
    let reply = push_sto(&host, &sto_scan(&parcel.number, "A-1", "PH1"), &town.sims.world.accounts.sto.secret_key).await;
    assert_eq!((reply.json()["success"].clone(), events(&host, &parcel).await), (json!(true), 2), "a good one is taken as ever");
    host.stop().await;
}
