//! What carriers tell by themselves. No parcel here is due for another look within the hour.

use std::sync::Arc;

use posthouse_simulators::{Carrier, Mood, Pace, Parcel, sign};
use posthouse_tests::{Reply, Setup, TestHost, Town, order, until};
use serde_json::{Value, json};

const SELDOM: &str = "tiers.A.every = '1h'\nschedule.pushed_every = '1h'\nschedule.backoff = '1h'\nschedule.backoff_max = '1h'";

async fn open() -> (Town, TestHost) {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.with(SELDOM).log("debug").start().await;
    town.push_to(&host).await;
    (town, host)
}

async fn registered(town: &Town, host: &TestHost, carrier: Carrier, shown: u32) -> Arc<Parcel> {
    let parcel = town.parcel(carrier, Pace::Held(shown));
    host.register(&[order(&parcel)]).await;
    let name = carrier.name();
    host.wait_for(name, &parcel.number, "it is read and subscribed", |p| !p["outcome"].is_null() && p["subscribed"] == true).await;
    parcel
}

fn ats(events: &[Value]) -> Vec<&str> {
    events.iter().map(|e| e["at"].as_str().unwrap()).collect()
}

async fn push(host: &TestHost, url: &str, form: &[(&str, &str)]) -> Reply {
    host.send(host.client.post(url).form(form)).await
}

/// A push of ZTO as it stands in the form.
fn zto_data(number: &str, at: &str) -> String {
    json!({ "billCode": number, "action": "ARRIVAL", "actionTime": at, "desc": "【温州市】快件已到达【温州瓯海】", "city": "温州市", "facilityName": "温州瓯海" }).to_string()
}

#[tokio::test]
async fn a_subscribed_parcels_events_come_without_a_look() {
    let (town, host) = open().await;
    for carrier in [Carrier::Zto, Carrier::Yto, Carrier::Deppon] {
        let parcel = registered(&town, &host, carrier, 2).await;
        let asked = town.tally(carrier).queries.get();
        town.sims.world.advance(&parcel, 100);
        let told = host
            .wait_for(carrier.name(), &parcel.number, &format!("all of {carrier}'s events"), |p| {
                p["events"].as_array().unwrap().len() == parcel.events.len()
            })
            .await;
        assert_eq!(ats(told["events"].as_array().unwrap()), ats(&town.truth(&parcel)), "{carrier}");
        assert_eq!(told["outcome"], "tracks");
        assert_eq!(town.tally(carrier).queries.get(), asked, "{carrier} was not asked");
        let pushes = &town.tally(carrier).push;
        until("all pushes are accepted", async || (pushes.accepted.get() == pushes.due.get()).then_some(())).await;
        assert_eq!(pushes.refused.get(), 0, "{carrier}");
    }
    host.stop().await;
}

#[tokio::test]
async fn a_push_that_nobody_signs_leads_to_a_look() {
    let (town, host) = open().await;
    let parcel = registered(&town, &host, Carrier::Sf, 1).await;
    let asked = town.tally(Carrier::Sf).queries.get();
    town.sims.world.advance(&parcel, 2);
    let told = host.wait_for("sf", &parcel.number, "SF's events", |p| p["events"].as_array().unwrap().len() == 3).await;
    assert_eq!(ats(told["events"].as_array().unwrap()), ats(&town.truth(&parcel)));
    assert!(town.tally(Carrier::Sf).queries.get() > asked);
    assert_eq!(town.tally(Carrier::Sf).push.refused.get(), 0);
    // What is in such a push is not believed.
    let forged = json!({ "Body": { "WaybillRoute": [{ "mailno": parcel.number, "id": "777", "acceptTime": "2026-01-20 06:22:03", "remark": "您的快件已签收", "opCode": "80" }] } });
    let asked = town.tally(Carrier::Sf).queries.get();
    let reply = host.send(host.client.post(host.push_url("sf").await).json(&forged)).await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "return_code": "0000", "return_msg": "成功" })));
    until("it is looked at", async || (town.tally(Carrier::Sf).queries.get() > asked).then_some(())).await;
    let told = host.parcel("sf", &parcel.number).await;
    assert!(told["events"].as_array().unwrap().len() == 3 && told["signed"].is_null(), "{told}");
    host.stop().await;
}

#[tokio::test]
async fn a_wrong_signature_is_refused_in_the_carriers_words_and_not_stored() {
    let (town, host) = open().await;
    let accounts = &town.sims.world.accounts;
    let zto = registered(&town, &host, Carrier::Zto, 1).await;
    let data = zto_data(&zto.number, "2026-01-20 06:22:03");
    let wrong = sign::zto(data.as_bytes(), "another secret");
    let reply = push(
        &host,
        &host.push_url("zto").await,
        &[("data", &data), ("data_digest", &wrong), ("company_id", &accounts.zto.app_key), ("msg_type", "Traces")],
    )
    .await;
    assert_eq!((&reply.json()["status"], &reply.json()["statusCode"]), (&json!(false), &json!("E401")), "{reply:?}");

    let yto = registered(&town, &host, Carrier::Yto, 1).await;
    let xml = format!(
        "<UpdateInfo><txLogisticID>PH1</txLogisticID><mailNo>{}</mailNo><infoContent>SIGNED</infoContent><acceptTime>2026-01-20 06:22:03</acceptTime><remark>已签收</remark></UpdateInfo>",
        yto.number
    );
    let wrong = sign::yto_push(&xml, "another secret");
    let reply = push(
        &host,
        &host.push_url("yto").await,
        &[("logistics_interface", &xml), ("data_digest", &wrong), ("clientId", &accounts.yto.client_id), ("type", "online")],
    )
    .await;
    assert!(reply.body.contains("<txLogisticID>PH1</txLogisticID><success>false</success>"), "{reply:?}");

    let deppon = registered(&town, &host, Carrier::Deppon, 1).await;
    let params = json!({ "track_list": [{ "tracking_number": deppon.number, "trace_list": [{ "status": "SIGNED", "time": "2026-01-20 06:22:03", "description": "正常签收", "city": "宁波市" }] }] }).to_string();
    let wrong = sign::deppon(&params, "another secret", "1768896000000");
    let reply = push(
        &host,
        &host.push_url("deppon").await,
        &[("params", &params), ("digest", &wrong), ("timestamp", "1768896000000"), ("companyCode", &accounts.deppon.company_code)],
    )
    .await;
    assert_eq!((&reply.json()["success"], &reply.json()["error_code"]), (&json!(false), &json!("1001")), "{reply:?}");

    for parcel in [zto, yto, deppon] {
        let told = host.parcel(parcel.carrier.name(), &parcel.number).await;
        assert!(told["events"].as_array().unwrap().len() == 1 && told["signed"].is_null(), "{told}");
    }
    let told = || host.log().lines().filter(|line| line.contains("was refused")).count();
    until("each is told in the log", async || (told() == 3).then_some(())).await;
    host.stop().await;
}

#[tokio::test]
async fn a_wrong_push_address_is_not_there_and_no_address_is_in_the_log() {
    let (town, host) = open().await;
    let url = host.push_url("zto").await;
    let (base, secret) = url.rsplit_once('/').unwrap();
    assert!(secret.len() >= 32, "{secret}");
    let data = zto_data("75123456789012", "2026-01-20 06:22:03");
    let digest = sign::zto(data.as_bytes(), &town.sims.world.accounts.zto.app_secret);
    let form = [("data", &*data), ("data_digest", &*digest)];
    let wrong = format!("{}0", &secret[1..]);
    for path in [
        format!("{base}/{wrong}"),
        format!("{base}/"),
        format!("{base}/{}", &secret[..10]),
        url.replace("/main/", "/other/"),
        url.replace("/zto/", "/yto/"),
    ] {
        assert_eq!(push(&host, &path, &form).await.status, 404, "{path}");
    }
    assert_eq!(push(&host, &url, &form).await.json()["statusCode"], "200");
    let log = host.log();
    assert!(log.contains("/v1/push/{carrier}/{account}/{secret}"), "requests are logged: {}", host.tail());
    assert!(!log.contains(secret) && !log.contains(&wrong), "{log}");
    host.stop().await;
}

#[tokio::test]
async fn what_was_pushed_before_registration_is_joined_to_it() {
    let (town, host) = open().await;
    for carrier in [Carrier::Zto, Carrier::Yto, Carrier::Deppon] {
        let parcel = town.parcel(carrier, Pace::Held(0));
        // The carrier pushes although we never asked for it.
        town.sims.world.subscribe(carrier, &parcel.number);
        town.sims.world.advance(&parcel, 2);
        let pushes = &town.tally(carrier).push;
        until("it is answered as success", async || (pushes.accepted.get() == 2).then_some(())).await;
        assert_eq!(pushes.refused.get(), 0);
        // Nothing is found by looking: what is there comes from the pushes.
        town.mood(carrier, Mood::Http500);
        host.register(&[order(&parcel)]).await;
        let told = host.parcel(carrier.name(), &parcel.number).await;
        assert_eq!(ats(told["events"].as_array().unwrap()), ats(&town.truth(&parcel)), "{carrier}");
        town.mood(carrier, Mood::Normal);
    }
    host.stop().await;
}

#[tokio::test]
async fn a_repeated_push_is_stored_once() {
    let (town, host) = open().await;
    let accounts = &town.sims.world.accounts;
    let zto = registered(&town, &host, Carrier::Zto, 1).await;
    let url = host.push_url("zto").await;
    let data = zto_data(&zto.number, "2026-01-20 06:22:03");
    let digest = sign::zto(data.as_bytes(), &accounts.zto.app_secret);
    for _ in 0..3 {
        let reply = push(&host, &url, &[("data", &data), ("data_digest", &digest)]).await;
        assert_eq!(reply.json()["statusCode"], "200", "{reply:?}");
    }
    assert_eq!(host.parcel("zto", &zto.number).await["events"].as_array().unwrap().len(), 2);

    // The same scan in another push: another time of sending, so another body.
    let deppon = registered(&town, &host, Carrier::Deppon, 1).await;
    let url = host.push_url("deppon").await;
    let params = json!({ "track_list": [{ "tracking_number": deppon.number, "trace_list": [{ "status": "ARRIVAL", "time": "2026-01-20 06:22:03", "description": "运输中,到达【宁波转运中心】", "city": "宁波市" }] }] }).to_string();
    for sent in ["1768896000000", "1768896000001"] {
        let digest = sign::deppon(&params, &accounts.deppon.appkey, sent);
        let reply = push(
            &host,
            &url,
            &[("params", &params), ("digest", &digest), ("timestamp", sent), ("companyCode", &accounts.deppon.company_code)],
        )
        .await;
        assert_eq!(reply.json()["error_code"], "1000", "{reply:?}");
    }
    assert_eq!(host.parcel("deppon", &deppon.number).await["events"].as_array().unwrap().len(), 2);
    host.stop().await;
}

#[tokio::test]
async fn what_is_no_push_is_refused_and_harms_nobody() {
    let (town, host) = open().await;
    for carrier in Carrier::APIS {
        let url = host.push_url(carrier.name()).await;
        for body in [&b""[..], b"{", b"\xff\xfe\x00", b"data=%FF&params=%FF&logistics_interface=%FF", b"<a><a><a>", &[b'['; 200_000]] {
            for kind in ["application/json", "application/x-www-form-urlencoded"] {
                let reply = host.send(host.client.post(&url).header("content-type", kind).body(body.to_vec())).await;
                let kept = reply.body.contains("0000")
                    || reply.body.contains("<success>true")
                    || reply.body.contains("\"status\":true")
                    || reply.body.contains("\"success\":true");
                assert!(!kept, "{carrier} {kind} {:?}: {reply:?}", String::from_utf8_lossy(&body[..body.len().min(40)]));
            }
        }
        let huge = host.send(host.client.post(&url).body(vec![b'x'; (4 << 20) + 1])).await;
        assert_eq!(huge.status, 413, "{huge:?}");
    }
    let parcel = registered(&town, &host, Carrier::Zto, 2).await;
    assert_eq!(host.parcel("zto", &parcel.number).await["events"].as_array().unwrap().len(), 2);
    host.stop().await;
}
