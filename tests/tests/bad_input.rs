//! What a hub, a carrier or an operator gives us wrongly: each a clear, typed error; nothing lost.

use std::time::Duration;

use posthouse_registry::Package;
use posthouse_simulators::{Carrier, Mood, Pace};
use posthouse_tests::{Setup, TestHost, Town, order, program};
use reqwest::Method;
use serde_json::{Value, json};

async fn open() -> (Town, TestHost) {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.start().await;
    (town, host)
}

#[tokio::test]
async fn a_parcel_that_is_wrong_does_not_hold_up_the_others() {
    let (town, host) = open().await;
    let good = order(&town.parcel(Carrier::Sf, Pace::Complete));
    let sf = |number: &str| json!({ "carrier": "sf", "number": number });
    let with = |name: &str, value: Value| {
        let mut parcel = sf("SF1234567890123");
        parcel[name] = value;
        parcel
    };
    let long = "x".repeat(500);
    let wrong = [
        (json!({ "carrier": "nobody", "number": "1" }), "unknown-carrier"),
        (json!({ "carrier": long, "number": "1" }), "unknown-carrier"),
        (sf(""), "bad-number"),
        (sf("SF12"), "bad-number"),
        (sf("SF1234567890123; DROP TABLE parcels"), "bad-number"),
        (sf(&long), "bad-number"),
        (sf("ＳＦ１２３４５６７８９０１２３"), "bad-number"),
        (with("phone_tail", json!("12a4")), "phone-tail"),
        (with("phone_tail", json!("12345")), "phone-tail"),
        (with("extra", json!({ "note": long })), "extra"),
        (with("extra", Value::Object((0..17).map(|n| (n.to_string(), json!("x"))).collect())), "extra"),
        (with("account", json!("other")), "no-account"),
    ];
    let mut parcels: Vec<Value> = wrong.iter().map(|(parcel, _)| parcel.clone()).collect();
    parcels.push(good.clone());
    let reply = host.send(host.request(Method::POST, "/v1/parcels").json(&json!({ "parcels": parcels }))).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let results = reply.json()["results"].clone();
    for (nth, (parcel, kind)) in wrong.iter().enumerate() {
        let result = &results[nth];
        assert_eq!((&result["error"]["type"], &result["id"]), (&json!(kind), &Value::Null), "{parcel}: {result}");
        assert!(result["number"].as_str().unwrap().chars().count() <= 64, "what is shown is cut: {result}");
    }
    assert!(results[wrong.len()]["id"].is_string());
    host.wait_for_outcome("sf", good["number"].as_str().unwrap(), "tracks").await;
    assert_eq!(host.read("/v1/parcels").await["parcels"].as_array().unwrap().len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_request_that_is_wrong_is_told_why() {
    let (_town, host) = open().await;
    let post = async |body: String| {
        host.send(host.request(Method::POST, "/v1/parcels").header("content-type", "application/json").body(body)).await
    };
    let many = |n: usize| json!({ "parcels": vec![json!({ "carrier": "sf", "number": "SF1234567890123" }); n] }).to_string();
    for (body, kind) in [
        (many(0), "too-many"),
        (many(101), "too-many"),
        (String::new(), "bad-json"),
        ("{\"parcels\":".into(), "bad-json"),
        ("[]".into(), "bad-json"),
        ("<xml/>".into(), "bad-json"),
        (json!({ "parcels": [{ "carrier": "sf", "number": "SF1234567890123", "colour": "red" }] }).to_string(), "bad-json"),
        (json!({ "parcels": [{ "carrier": "sf" }] }).to_string(), "bad-json"),
        (json!({ "parcels": [{ "carrier": "sf", "number": 1_234_567_890_123_u64 }] }).to_string(), "bad-json"),
        (json!({ "parcels": [{ "carrier": "sf", "number": "SF1234567890123", "shipped_at": "yesterday" }] }).to_string(), "bad-json"),
        (format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), "bad-json"),
    ] {
        let shown: String = body.chars().take(60).collect();
        let reply = post(body).await;
        assert_eq!(reply.json()["type"], kind, "{shown}");
        reply.is_problem(400, kind);
    }
    post(json!({ "parcels": [], "note": "x".repeat(2 << 20) }).to_string()).await.is_problem(413, "too-large");
    host.send(host.request(Method::POST, "/v1/parcels").body(many(1))).await.is_problem(400, "bad-json");
    for (query, kind) in [
        ("cursor=!", "bad-cursor"),
        ("cursor=zzzzzzzzzzzzzzzzzzzzzzzz", "bad-cursor"),
        ("limit=0", "bad-limit"),
        ("limit=201", "bad-limit"),
        ("limit=many", "bad-query"),
        ("colour=red", "bad-query"),
    ] {
        host.get(&format!("/v1/parcels?{query}")).await.is_problem(400, kind);
    }
    host.get("/v1/parcels/nothing").await.is_problem(404, "not-found");
    for path in ["/v1/parcels/%FF", "/v1/parcels/by-number/%FF/%00", "/v1/track/sf/%F0%28"] {
        let reply = host.get(path).await;
        assert!((400..500).contains(&reply.status), "{path}: {reply:?}");
    }
    host.stop().await;
}

#[tokio::test]
async fn a_carriers_bad_day_is_told_as_what_it_is_and_forgotten_when_it_is_over() {
    let town = Town::open().await;
    let host = Setup::carriers(&town)
        .await
        .with("fetch.whole = '5s'")
        .with(&Carrier::APIS.map(|c| format!("carriers.{c}.push = false")).join("\n"))
        .start()
        .await;
    for (mood, outcome) in [
        (Mood::Http500, "carrier-error"),
        (Mood::Http503, "carrier-error"),
        (Mood::Truncate, "unreadable"),
        (Mood::Garbage, "unreadable"),
        (Mood::Html, "unreadable"),
        (Mood::Huge(300 << 20), "unreadable"),
        (Mood::Hang, "unreachable"),
        (Mood::Cut, "unreachable"),
    ] {
        let parcels = town.some_of_each(1, Pace::Complete);
        parcels.iter().for_each(|p| town.mood(p.carrier, mood));
        host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
        for parcel in &parcels {
            let told = host
                .wait_for(parcel.carrier.name(), &parcel.number, &format!("{mood:?} of {} is seen", parcel.carrier), |p| {
                    !p["outcome"].is_null()
                })
                .await;
            assert_eq!(told["outcome"], outcome, "{mood:?} of {}", parcel.carrier);
            assert!(
                told["as_of"].is_null() && told["next_look"].is_string() && !told["message"]["en"].as_str().unwrap().is_empty(),
                "{told}"
            );
        }
        parcels.iter().for_each(|p| town.mood(p.carrier, Mood::Normal));
        for parcel in &parcels {
            let told = host.wait_for_outcome(parcel.carrier.name(), &parcel.number, "tracks").await;
            assert_eq!(told["events"].as_array().unwrap().len(), parcel.events.len());
        }
    }
    host.stop().await;
}

#[tokio::test]
async fn what_is_known_stays_known_on_a_carriers_bad_day() {
    let (town, host) = open().await;
    let parcel = town.parcel(Carrier::Yto, Pace::Held(3));
    host.register(&[order(&parcel)]).await;
    let before = host.wait_for_outcome("yto", &parcel.number, "tracks").await;
    town.mood(Carrier::Yto, Mood::Html);
    let told = host.wait_for_outcome("yto", &parcel.number, "unreadable").await;
    assert_eq!((&told["events"], &told["status"]), (&before["events"], &before["status"]));
    town.mood(Carrier::Yto, Mood::Normal);
    host.wait_for_outcome("yto", &parcel.number, "tracks").await;
    host.stop().await;
}

#[tokio::test]
async fn a_credential_the_carrier_refuses_is_the_accounts_fault() {
    let town = Town::open().await;
    let wrong = "a-secret-of-yesterday";
    let mut setup = Setup::carriers(&town).await.with("live.wait = '20s'");
    for (carrier, field) in [("sf", "checkword"), ("zto", "app-secret"), ("yto", "secret"), ("deppon", "appkey")] {
        setup = setup.credential(carrier, "main", &json!({ field: wrong }));
    }
    let host = setup.start().await;
    for parcel in town.some_of_each(1, Pace::Complete) {
        host.register(&[order(&parcel)]).await;
        let told = host.wait_for_outcome(parcel.carrier.name(), &parcel.number, "credential-rejected").await;
        assert!(told["next_look"].is_string() && !told.to_string().contains(wrong), "{told}");
    }
    assert!(!host.log().contains(wrong));
    host.stop().await;
}

#[tokio::test]
async fn an_account_whose_credential_is_not_whole_is_left_out_with_a_word() {
    let town = Town::open().await;
    let host = Setup::carriers(&town).await.credential("zto", "half", &json!({ "app-key": "PHZTO1", "colour": "red" })).start().await;
    host.logs("zto/half").await;
    host.logs("app-secret").await;
    let other = json!({ "carrier": "zto", "number": "75123456789012", "account": "half" });
    let reply = host.send(host.request(Method::POST, "/v1/parcels").json(&json!({ "parcels": [other] }))).await.json();
    assert_eq!(reply["results"][0]["error"]["type"], "no-account");
    host.stop().await;
}

#[tokio::test]
async fn an_adapter_that_is_none_is_left_out_and_the_others_work() {
    let town = Town::open().await;
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let read = |id: &str| std::fs::read(program::adapters().join(format!("{id}@1.0.0.wasm"))).unwrap();
    put("zto@1.0.0.wasm", &read("zto"));
    put("sf@9.0.0.wasm", &read("sf"));
    put("text@1.0.0.wasm", b"not a component");
    put("empty@1.0.0.wasm", b"");
    put("half@1.0.0.wasm", &read("yto")[..20_000]);
    put("module@1.0.0.wasm", &std::fs::read(program::guest_module("good")).unwrap());
    put("bare@1.0.0.wasm", &wat::parse_str("(component)").unwrap());
    let good = Package::read(std::fs::read(program::guest_adapters().join("good@1.0.0.wasm")).unwrap()).unwrap();
    let liar = |id: &str, from: &str, to: &str| {
        program::with_manifest(&good, &good.manifest_text.replace("id = \"good\"", &format!("id = \"{id}\"")).replace(from, to))
    };
    put("liar@1.0.0.wasm", &liar("liar", "\"tracking\"]", "\"tracking\", \"push\"]"));
    put("broken@1.0.0.wasm", &liar("broken", "tier = \"A\"", "tier = \"Z\""));
    let host = Setup::carriers(&town).await.with(&format!("adapters.folder = '{}'", folder.path().display())).start().await;
    let log = host.log();
    for (file, why) in [
        ("text@1.0.0.wasm", "not a WebAssembly component"),
        ("empty@1.0.0.wasm", ""),
        ("half@1.0.0.wasm", ""),
        ("module@1.0.0.wasm", "core module"),
        ("bare@1.0.0.wasm", "without a manifest"),
        ("liar@1.0.0.wasm", "claims"),
        ("broken@1.0.0.wasm", "tier"),
        ("sf@9.0.0.wasm", "should be named sf@1.0.0.wasm"),
    ] {
        let told = log.lines().find(|line| line.contains(file) && line.contains("ERROR"));
        assert!(told.is_some_and(|line| line.contains(why)), "{file} ({why}): {told:?}");
    }
    let listed = host.run(&["adapter", "list", "--json"]);
    assert_eq!((listed.code, listed.json()["adapters"].as_array().unwrap().len()), (1, 9));
    let parcel = town.parcel(Carrier::Zto, Pace::Complete);
    host.register(&[order(&parcel)]).await;
    host.wait_for_outcome("zto", &parcel.number, "tracks").await;
    assert_eq!(host.read("/v1/carriers").await["carriers"].as_array().unwrap().len(), 1);
    host.stop().await;
}

/// Packed, it is small enough; unpacked, it is not.
fn bomb() -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    let blank = vec![b' '; 1 << 20];
    (0..300).for_each(|_| std::io::Write::write_all(&mut packed, &blank).unwrap());
    packed.finish().unwrap()
}

#[tokio::test]
async fn an_answer_that_is_packed_wrongly_or_too_tightly_is_unreadable() {
    let town = Town::open().await;
    for (body, detail) in
        [(b"no gzip at all".to_vec(), "content coding"), (bomb(), "more than"), (bomb()[..1000].to_vec(), "content coding")]
    {
        let packed = move || async move { ([("content-encoding", "gzip"), ("content-type", "application/json")], body) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(packed)).await });
        let host = Setup::carriers(&town).await.with(&format!("carriers.zto.endpoints.query = 'http://{address}/'")).start().await;
        let parcel = town.parcel(Carrier::Zto, Pace::Complete);
        host.register(&[order(&parcel)]).await;
        host.wait_for_outcome("zto", &parcel.number, "unreadable").await;
        host.logs(detail).await;
        host.stop().await;
    }
}

#[tokio::test]
async fn a_carrier_that_is_not_there_is_unreachable() {
    let town = Town::open().await;
    let host =
        Setup::carriers(&town).await.with("carriers.zto.endpoints.query = 'http://127.0.0.1:9/'\nfetch.connect = '500ms'").start().await;
    let parcel = town.parcel(Carrier::Zto, Pace::Complete);
    host.register(&[order(&parcel)]).await;
    host.wait_for_outcome("zto", &parcel.number, "unreachable").await;
    town.mood(Carrier::Yto, Mood::Slow(Duration::from_millis(1)));
    let other = town.parcel(Carrier::Yto, Pace::Complete);
    host.register(&[order(&other)]).await;
    host.wait_for_outcome("yto", &other.number, "tracks").await;
    host.stop().await;
}
