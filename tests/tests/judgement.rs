//! What an answer means, as the hub sees it: how far "signed" is trusted, what people and operators
//! say over it, in whose words, and the sentence for the customer.

use posthouse_simulators::Carrier;
use posthouse_tests::script::Script;
use posthouse_tests::{Setup, TestHost, Town};
use reqwest::Method;
use serde_json::{Value, json};

const HOUR: i64 = 3600;

async fn register(host: &TestHost, number: &str, more: Value) -> String {
    let mut parcel = json!({ "carrier": "yto", "number": number });
    parcel.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    host.register(&[parcel]).await["results"][0]["id"].as_str().unwrap().to_owned()
}

/// The parcel, once it was looked at.
async fn looked_at(host: &TestHost, number: &str) -> Value {
    host.wait_for_outcome("yto", number, "tracks").await
}

fn reasons(parcel: &Value) -> Vec<&str> {
    parcel["verdict"]["reasons"].as_array().into_iter().flatten().map(|reason| reason["code"].as_str().unwrap()).collect()
}

async fn post(host: &TestHost, path: &str, body: Value) -> Value {
    let reply = host.send(host.request(Method::POST, path).json(&body)).await;
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    reply.json()
}

#[tokio::test]
async fn a_signature_is_as_good_as_what_stands_around_it() {
    let script = Script::open().await;
    let host = script.host().start().await;
    let way = [(30 * HOUR, "GOT", "您的快件被【温州瓯海】揽收"), (9 * HOUR, "ARRIVAL", "快件已到达【温州转运中心】")];
    let run = (3 * HOUR, "SENT_SCAN", "快递员正在派件");
    let signed = (HOUR, "SIGNED", "客户签收人: 卫** 已签收");
    for (nth, more, level, expected) in [
        (1, vec![run, signed], "confirmed", vec!["delivery-run"]),
        (2, vec![signed], "provisional", vec!["no-delivery-run"]),
        (3, vec![(HOUR + 20, "SENT_SCAN", "快递员正在派件"), signed], "provisional", vec!["with-dispatch"]),
        (4, vec![run, (HOUR, "SIGNED", "快件已由【瓯海驿站】代收，签收")], "provisional", vec!["at-station"]),
        (5, vec![run, signed, (HOUR / 2, "ARRIVAL", "快件已到达【温州瓯海分部】")], "provisional", vec!["scan-after"]),
        (6, vec![run, (HOUR, "SIGNED", "派送中，请您准备签收")], "doubted", vec!["wording"]),
    ] {
        let number = format!("YT190000000000{nth}");
        script.says(&number, &[&way[..], &more].concat());
        register(&host, &number, json!({})).await;
        let parcel = looked_at(&host, &number).await;
        assert_eq!((parcel["status"].as_str(), parcel["verdict"]["level"].as_str()), (Some("delivered"), Some(level)), "{parcel}");
        assert_eq!(reasons(&parcel), expected, "{parcel}");
        let words = &parcel["verdict"]["reasons"][0];
        assert!(!words["zh"].as_str().unwrap().is_empty() && words["en"].as_str().unwrap().is_ascii(), "{words}");
        assert_eq!(parcel["verdict"]["until"].is_string(), level == "provisional", "{parcel}");
        // What is not believed is looked at as before; what is, rarely.
        let next: jiff::Timestamp = parcel["next_look"].as_str().unwrap().parse().unwrap();
        let hours = (next.as_second() - jiff::Timestamp::now().as_second()) / HOUR;
        assert_eq!(hours >= 4, level == "confirmed", "{parcel}");
        let told = parcel["message"]["zh"].as_str().unwrap();
        assert_eq!(told.contains("核实"), level != "confirmed", "{told}");
    }
    let late = host.parcel("yto", "YT1900000000005").await;
    let last = late["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["flag"], &last["status"]), (&json!("after-end"), &json!("arrived_at_hub")), "told, and changes nothing: {late}");
    assert_eq!(last["text"], "快件已到达【温州瓯海分部】", "the carrier's own words stay");
    assert!(last["plain"]["zh"].as_str().is_some_and(|plain| plain.starts_with("包裹")), "{last}");
    host.stop().await;
}

#[tokio::test]
async fn peoples_words_and_pictures_count() {
    let script = Script::open().await;
    let host = script.host().start().await;
    let number = "YT1900000000011";
    script.says(number, &[(30 * HOUR, "GOT", "已揽收"), (3 * HOUR, "SENT_SCAN", "正在派件"), (HOUR, "SIGNED", "客户签收人: 卫** 已签收")]);
    let id = register(&host, number, json!({ "declared_value": "599.00" })).await;
    let parcel = looked_at(&host, number).await;
    assert_eq!(
        (&parcel["verdict"]["level"], reasons(&parcel), &parcel["verdict"]["until"]),
        (&json!("provisional"), vec!["photo-missing"], &Value::Null)
    );
    let path = format!("/v1/parcels/{id}/evidence");
    let refused = host.send(host.request(Method::POST, &path).json(&json!({ "kind": "photo" }))).await;
    refused.is_problem(400, "reference");
    host.send(host.request(Method::POST, &path).json(&json!({ "kind": "rumour" }))).await.is_problem(400, "kind");
    for (kind, level, expected) in [
        ("photo", "confirmed", vec!["delivery-run", "photo"]),
        ("customer-denies", "doubted", vec!["customer-denies"]),
        ("clerk-confirms", "confirmed", vec!["delivery-run", "photo", "clerk-confirms"]),
    ] {
        let parcel = post(&host, &path, json!({ "kind": kind, "reference": "F-1", "note": "电话核实" })).await;
        assert_eq!((parcel["verdict"]["level"].as_str().unwrap(), reasons(&parcel)), (level, expected), "{parcel}");
    }
    // It is still so once the carrier was asked again.
    let parcel = post(&host, &path, json!({ "kind": "customer-denies" })).await;
    assert_eq!(parcel["said"].as_array().unwrap().len(), 4, "{parcel}");
    let track = host.read(&format!("/v1/track/yto/{number}")).await;
    assert_eq!((&track["verdict"]["level"], &track["status"]), (&json!("doubted"), &json!("delivered")), "{track}");
    assert!(track["message"]["zh"].as_str().unwrap().contains("如未收到"), "{track}");
    // Switched off, nobody needs pictures.
    host.stop().await;
    let host = script.host().with("judge.photo_from = 0").start().await;
    register(&host, number, json!({ "declared_value": "599.00" })).await;
    assert_eq!(looked_at(&host, number).await["verdict"]["level"], "confirmed");
    host.stop().await;
}

#[tokio::test]
async fn an_operators_word_on_a_code_counts_at_once_and_for_what_is_stored() {
    let script = Script::open().await;
    // Looked at once in a while only: what changes, the operator changed.
    let host = script.host().with("carriers.yto.every = '1h'").start().await;
    let number = "YT1900000000021";
    script.says(number, &[(9 * HOUR, "GOT", "已揽收"), (3 * HOUR, "HANDOVER_X", "交接扫描")]);
    register(&host, number, json!({})).await;
    let parcel = looked_at(&host, number).await;
    assert_eq!((&parcel["status"], &parcel["events"][1]["unmapped"]), (&json!("in_transit"), &json!(true)), "{parcel}");
    let ops = |method: Method, path: &str| host.client.request(method, format!("{}{path}", host.url)).bearer_auth(&host.ops);
    let unmapped = host.send(ops(Method::GET, "/v1/dictionary/yto/unmapped")).await.json();
    assert_eq!((&unmapped["unmapped"][0]["code"], &unmapped["unmapped"][0]["seen"]), (&json!("HANDOVER_X"), &json!(1)), "{unmapped}");

    let code = "/v1/dictionary/yto/codes/HANDOVER_X";
    let word = json!({ "status": "transferred_to_carrier", "reason": "their mail of today" });
    host.send(host.request(Method::PUT, code).json(&word)).await.is_problem(403, "not-allowed");
    host.send(ops(Method::PUT, code).json(&json!({ "status": "gone", "reason": "?" }))).await.is_problem(400, "status");
    let set = host.send(ops(Method::PUT, code).json(&word)).await;
    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(host.parcel("yto", number).await["status"], "in_transit", "what is stored waits for the request");
    let applied = host.send(ops(Method::POST, &format!("{code}/apply"))).await.json();
    assert_eq!((&applied["parcels"], &applied["changed"]), (&json!(1), &json!(1)), "{applied}");
    let parcel = host.parcel("yto", number).await;
    assert_eq!((&parcel["status"], &parcel["events"][1]["unmapped"]), (&json!("transferred_to_carrier"), &json!(false)), "{parcel}");
    assert!(host.send(ops(Method::GET, "/v1/dictionary/yto/unmapped")).await.json()["unmapped"].as_array().unwrap().is_empty());

    // A new parcel is read so at once, and after a restart.
    let mut host = host;
    host.kill().await;
    host.restart().await;
    let other = "YT1900000000022";
    script.says(other, &[(9 * HOUR, "GOT", "已揽收"), (3 * HOUR, "HANDOVER_X", "交接扫描")]);
    register(&host, other, json!({})).await;
    assert_eq!(looked_at(&host, other).await["status"], "transferred_to_carrier");
    let audit = host.run(&["rollout", "history", "--json", "--url", &host.url]).json();
    let acts: Vec<&str> = audit["changes"].as_array().unwrap().iter().map(|link| link["act"].as_str().unwrap()).collect();
    assert!(acts.contains(&"dictionary.set") && acts.contains(&"dictionary.apply") && audit["whole"] == true, "{audit}");

    let told = host.run(&["dictionary", "list", "yto", "--json", "--url", &host.url]).json();
    let mine = told["codes"].as_array().unwrap().iter().find(|one| one["code"] == "HANDOVER_X").unwrap();
    assert_eq!((&mine["adapter"], &mine["overridden"]["reason"]), (&Value::Null, &json!("their mail of today")), "{mine}");
    let quality = host.run(&["carrier", "quality", "--json", "--url", &host.url]).json();
    let yto = quality["releases"].as_array().unwrap().iter().find(|one| one["release"] == "yto@1.0.0+1").unwrap();
    assert_eq!((&yto["events"], &yto["mapped"], &yto["timed"]), (&json!(4), &json!(0.75), &json!(1.0)), "{yto}");
    assert_eq!(host.run(&["dictionary", "unset", "yto", "HANDOVER_X", "--url", &host.url]).code, 0);
    host.stop().await;
}

#[tokio::test]
async fn statuses_are_told_in_the_words_a_hub_already_understands() {
    let script = Script::open().await;
    let host = script.host().start().await;
    let number = "YT1900000000031";
    script.says(number, &[(9 * HOUR, "GOT", "已揽收"), (3 * HOUR, "SENT_SCAN", "正在派件"), (HOUR, "INBOUND", "快件已放入自提柜")]);
    let id = register(&host, number, json!({})).await;
    looked_at(&host, number).await;
    for (vocabulary, code, detail) in [
        ("kuaidi100", "5", json!("501")),
        ("kdniao", "2", json!("211")),
        ("aftership", "AvailableForPickup", json!("AvailableForPickup_001")),
        ("ulsc", "delivery_to_locker", Value::Null),
    ] {
        for path in [format!("/v1/parcels/{id}"), format!("/v1/parcels/by-number/yto/{number}"), format!("/v1/track/yto/{number}")] {
            let told = host.read(&format!("{path}?vocabulary={vocabulary}")).await;
            assert_eq!((&told["in_words"]["code"], &told["in_words"]["detail"]), (&json!(code), &detail), "{vocabulary}: {told}");
            assert_eq!((&told["status"], told["events"][0]["in_words"].is_object()), (&json!("delivery_to_locker"), true), "{told}");
        }
    }
    host.get(&format!("/v1/parcels/{id}?vocabulary=klingon")).await.is_problem(400, "unknown-vocabulary");
    host.stop().await;
}

#[tokio::test]
async fn there_is_a_true_sentence_from_registration_on() {
    let script = Script::open().await;
    let host = script.host().start().await;
    let hours_ago = |hours: i64| jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() - hours * HOUR).unwrap().to_string();
    for (nth, more, zh) in [
        (1, json!({}), "已登记，通常在交运后 6 小时内更新轨迹"),
        (2, json!({ "shipped_at": hours_ago(0) }), "已交运，预计 6 小时内更新轨迹"),
        (3, json!({ "shipped_at": hours_ago(9) }), "已交运 9 小时，比通常的 6 小时慢，我们在继续查询"),
        (4, json!({ "extra": { "phone_verified": "false" } }), "收件人手机号未通过快递公司验证，请按快递公司要求完成验证"),
    ] {
        let number = format!("YT190000000004{nth}");
        register(&host, &number, more).await;
        let parcel = host.parcel("yto", &number).await;
        assert_eq!((&parcel["message"]["zh"], parcel["message"]["en"].as_str().unwrap().is_empty()), (&json!(zh), false), "{parcel}");
        let waits = parcel["waiting"]["code"] == "phone-not-verified";
        assert_eq!(waits, nth == 4, "{parcel}");
        assert_eq!((&parcel["trust"]["score"], &parcel["trust"]["review"]), (&Value::Null, &json!(false)), "off by default: {parcel}");
    }
    host.stop().await;
    let host = script.host().with("judge.score = true").start().await;
    let number = "YT1900000000049";
    script.says(number, &[(40, "GOT", "已揽收")]);
    register(&host, number, json!({ "shipped_at": hours_ago(0) })).await;
    let scored = looked_at(&host, number).await;
    assert_eq!((&scored["trust"]["score"], &scored["trust"]["review"]), (&json!(60), &json!(false)), "{scored}");
    host.stop().await;
}

#[tokio::test]
async fn a_number_of_another_carrier_is_told() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.start().await;
    let refused = host
        .send(host.request(Method::POST, "/v1/parcels").json(&json!({ "parcels": [{ "carrier": "yto", "number": "777031922725111" }] })))
        .await;
    let why = refused.json()["results"][0]["error"]["detail"].as_str().unwrap().to_owned();
    assert!(why.contains("`sto`"), "{why}");
    let detected =
        host.run(&["carrier", "detect", "777031922725111", "RN473124829CN", "SF1234567890123", "--json", "--url", &host.url]).json();
    let first = |nth: usize| detected["results"][nth]["carriers"][0]["carrier"].as_str().unwrap().to_owned();
    assert_eq!((first(0), first(1), first(2)), ("sto".into(), "ems".into(), "sf".into()), "{detected}");
    assert_eq!(detected["results"][1]["carriers"][0]["checked"], true, "its check digit is right");
    assert_ne!(host.run(&["carrier", "detect", "RN473124828CN", "--json", "--url", &host.url]).code, 0, "and here it is wrong");

    // Twelve digits can be several carriers'. This one should have scanned it long ago.
    let day = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() - 24 * HOUR).unwrap().to_string();
    host.register(&[json!({ "carrier": "zto", "number": "912345678901", "shipped_at": day })]).await;
    let parcel = host.wait_for("zto", "912345678901", "there is nothing", |p| p["outcome"] == "no-events").await;
    let perhaps: Vec<&str> = parcel["perhaps"].as_array().unwrap().iter().map(|guess| guess["carrier"].as_str().unwrap()).collect();
    assert!(perhaps.contains(&"sf") && !perhaps.contains(&"zto"), "{parcel}");
    assert!(parcel["message"]["zh"].as_str().unwrap().contains("请核对快递公司"), "{parcel}");
    assert_eq!(town.tally(Carrier::Sf).queries.get(), 0, "nobody else is asked");
    host.register(&[json!({ "carrier": "zto", "number": "912345678902" })]).await;
    let fresh = host.wait_for("zto", "912345678902", "there is nothing yet", |p| p["outcome"] == "no-events").await;
    assert!(fresh["perhaps"].is_null(), "a new parcel is given time: {fresh}");
    host.stop().await;
}
