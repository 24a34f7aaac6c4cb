use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use posthouse_simulators::Carrier::Sf;
use posthouse_simulators::{Batch, Pace, sign};
use serde_json::{Value, json};

use crate::town::{Town, edit, now};

const SERVICE: &str = "/sf/std/service";
const ROUTES: &str = "EXP_RECE_SEARCH_ROUTES";

type Fields = Vec<(&'static str, String)>;

fn request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("00000000-0000-0000-0000-{:012}", NEXT.fetch_add(1, Relaxed))
}

/// A form that is signed and whole.
fn signed(town: &Town, service: &str, data: &Value, timestamp: i64) -> Fields {
    let account = &town.sims.world.accounts.sf;
    let (data, timestamp) = (data.to_string(), timestamp.to_string());
    vec![
        ("partnerID", account.partner_id.clone()),
        ("requestID", request_id()),
        ("serviceCode", service.to_owned()),
        ("msgDigest", sign::sf(&data, &timestamp, &account.checkword)),
        ("timestamp", timestamp),
        ("msgData", data),
    ]
}

fn asking(numbers: Value) -> Value {
    json!({ "language": "zh-CN", "trackingType": "1", "trackingNumber": numbers, "methodType": "1" })
}

async fn post(town: &Town, fields: &Fields) -> Value {
    town.form(SERVICE, fields).await
}

/// The second level of an answer.
async fn data(town: &Town, service: &str, data: &Value) -> Value {
    let answer = post(town, &signed(town, service, data, now())).await;
    assert_eq!(answer["apiResultCode"], "A1000", "{answer}");
    serde_json::from_str(answer["apiResultData"].as_str().expect("JSON text")).unwrap()
}

async fn routes(town: &Town, wish: &Value) -> Vec<Value> {
    let found = data(town, ROUTES, wish).await;
    assert_eq!(found["errorCode"], "S0000");
    found["msgData"]["routeResps"][0]["routes"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn the_gateway_refuses_each_mistake_with_its_code() {
    let town = Town::open().await;
    let wish = asking(json!(["SF1000000000000"]));
    let good = || signed(&town, ROUTES, &wish, now());
    let mut cases: Vec<(Fields, &str)> = vec![];
    for name in ["partnerID", "requestID", "serviceCode", "timestamp", "msgDigest", "msgData"] {
        cases.push((edit(good(), name, None), "A1001"));
        cases.push((edit(good(), name, Some("")), "A1001"));
    }
    let mut both = good();
    both.push(("accessToken", "T".into()));
    cases.push((both, "A1001"));
    cases.push((edit(good(), "requestID", Some(&"x".repeat(41))), "A1001"));
    cases.push((edit(good(), "timestamp", Some("soon")), "A1001"));
    cases.push((edit(good(), "msgData", Some("no json")), "A1001"));
    cases.push((edit(good(), "partnerID", Some("SOMEBODY")), "A1004"));
    cases.push((edit(good(), "msgDigest", Some("IIKJtuLVzoFTu4kHI8M8vA==")), "A1006"));
    cases.push((edit(good(), "msgData", Some("{}")), "A1006"));
    cases.push((signed(&town, ROUTES, &wish, now() - 301_000), "A1002"));
    cases.push((signed(&town, ROUTES, &wish, now() + 310_000), "A1002"));
    cases.push((signed(&town, "EXP_RECE_CREATE_ORDER", &wish, now()), "A1004"));
    for (fields, code) in &cases {
        let answer = post(&town, fields).await;
        assert_eq!(answer["apiResultCode"], *code, "{fields:?}");
        assert!(answer["apiResultData"].is_null());
    }
    assert_eq!(town.refusals(Sf).values().sum::<u64>(), cases.len() as u64);
}

#[tokio::test]
async fn json_in_place_of_a_form_has_no_fields() {
    let town = Town::open().await;
    let answer = town.client.post(town.sims.url(SERVICE)).json(&json!({ "partnerID": "x" })).send().await.unwrap();
    assert_eq!(crate::town::json(answer).await["apiResultCode"], "A1001");
}

#[tokio::test]
async fn a_request_id_is_good_once() {
    let town = Town::open().await;
    let fields = signed(&town, ROUTES, &asking(json!(["SF1000000000000"])), now());
    assert_eq!(post(&town, &fields).await["apiResultCode"], "A1000");
    assert_eq!(post(&town, &fields).await["apiResultCode"], "A1007");
}

#[tokio::test]
async fn the_service_refuses_too_many_none_and_a_bad_method() {
    let town = Town::open().await;
    let eleven: Vec<_> = (0..11).map(|n| format!("SF{n:013}")).collect();
    let mut method = asking(json!(["SF1000000000000"]));
    method["methodType"] = json!("3");
    let cases = [(asking(json!(eleven)), "8003"), (asking(json!([])), "8013"), (asking(json!([""])), "8013"), (method, "6133")];
    for (wish, code) in cases {
        let failed = data(&town, ROUTES, &wish).await;
        assert_eq!((&failed["success"], &failed["errorCode"]), (&json!(false), &json!(code)));
    }
    let refusals = town.refusals(Sf);
    assert_eq!((refusals["8003"], refusals["8013"], refusals["6133"]), (1, 2, 1));
    let ten: Vec<_> = (0..10).map(|n| format!("SF{n:013}")).collect();
    let found = data(&town, ROUTES, &asking(json!(ten))).await;
    assert_eq!(found["msgData"]["routeResps"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn routes_are_the_truth_ascending_and_in_chinese_time() {
    let town = Town::open().await;
    let batch = Batch { count: 20, pace: Pace::Complete, phone_tail: false };
    let mut newer = 0;
    for parcel in town.parcels(Sf, batch) {
        let shown = routes(&town, &asking(json!([parcel.number]))).await;
        assert_eq!(shown.len(), parcel.events.len());
        for (route, event) in shown.iter().zip(&parcel.events) {
            assert_eq!(route["opCode"], event.code);
            assert_eq!(route["remark"], *event.text);
            assert_eq!(route["acceptTime"], event.china_time());
        }
        newer += usize::from(!shown[0]["firstStatusCode"].is_null());
        // One number may come as a bare text.
        assert_eq!(routes(&town, &asking(json!(parcel.number))).await, shown);
        town.sims.world.set_limits(Sf, "0/0".parse().unwrap());
    }
    assert!((1..20).contains(&newer), "some answers have the four status fields: {newer}");
}

#[tokio::test]
async fn unknown_untouched_and_unproven_parcels_all_look_empty() {
    let town = Town::open().await;
    let untouched = town.parcel(Sf, Pace::Held(0));
    let shy = town.parcels(Sf, Batch { count: 1, pace: Pace::Complete, phone_tail: true }).remove(0);
    let tail = shy.phone_tail.clone().unwrap();
    for number in ["SF9999999999999", &untouched.number, &shy.number] {
        assert!(routes(&town, &asking(json!([number]))).await.is_empty());
    }
    let mut wish = asking(json!([shy.number]));
    wish["checkPhoneNo"] = json!("12345");
    assert!(routes(&town, &wish).await.is_empty());
    wish["checkPhoneNo"] = json!(format!("12345,{tail}"));
    assert_eq!(routes(&town, &wish).await.len(), shy.events.len());
}

#[tokio::test]
async fn a_token_replaces_the_digest_until_it_expires() {
    let town = Town::open().await;
    let account = town.sims.world.accounts.sf.clone();
    let ask =
        |secret: &str| vec![("partnerID", account.partner_id.clone()), ("secret", secret.to_owned()), ("grantType", "password".to_owned())];
    let oauth = "/sf/oauth2/accessToken";
    assert_eq!(town.form(oauth, &ask("wrong")).await["apiResultCode"], "A1011");
    assert_eq!(town.form(oauth, &ask("")).await["apiResultCode"], "A1001");
    let answer = town.form(oauth, &ask(&account.checkword)).await;
    assert_eq!((&answer["apiResultCode"], &answer["expiresIn"]), (&json!("A1000"), &json!(7200)));
    let with = |token: &str| {
        let mut fields = edit(signed(&town, ROUTES, &asking(json!(["SF1"])), now()), "msgDigest", None);
        fields.push(("accessToken", token.to_owned()));
        fields
    };
    let token = answer["accessToken"].as_str().unwrap();
    assert_eq!(post(&town, &with("UNKNOWN")).await["apiResultCode"], "A1011");
    assert_eq!(post(&town, &with(token)).await["apiResultCode"], "A1000");
    town.control("/tokens/expire", json!({})).await;
    assert_eq!(post(&town, &with(token)).await["apiResultCode"], "A1011");
}

#[tokio::test]
async fn a_days_quota_ends_in_a1005() {
    // A second may pass between two requests; that one is counted too is tested with a clock.
    for quota in ["sf=0/3"] {
        let quotas = vec![posthouse_simulators::quota::of_carrier(quota).unwrap()];
        let town = Town::with(|o| o.quotas = quotas).await;
        let mut codes = vec![];
        for _ in 0..4 {
            let answer = post(&town, &signed(&town, ROUTES, &asking(json!(["SF1"])), now())).await;
            codes.push(answer["apiResultCode"].as_str().unwrap().to_owned());
        }
        assert_eq!(codes, ["A1000", "A1000", "A1000", "A1005"], "{quota}");
        let other = signed(&town, "EXP_RECE_REGISTER_ROUTE", &json!({ "type": "2", "attributeNo": "SF1" }), now());
        assert_eq!(post(&town, &other).await["apiResultCode"], "A1000", "interfaces are counted apart");
    }
}

#[tokio::test]
async fn a_subscription_needs_a_number_and_the_phone_where_it_is_asked() {
    let town = Town::open().await;
    let shy = town.parcels(Sf, Batch { count: 1, pace: Pace::Held(0), phone_tail: true }).remove(0);
    let register = |wish: Value| {
        let town = &town;
        async move { data(town, "EXP_RECE_REGISTER_ROUTE", &wish).await["errorCode"].clone() }
    };
    assert_eq!(register(json!({ "type": "2", "attributeNo": "" })).await, "8013");
    assert_eq!(register(json!({ "attributeNo": shy.number })).await, "6133");
    assert_eq!(register(json!({ "type": "2", "attributeNo": shy.number })).await, "6150");
    assert_eq!(register(json!({ "type": "2", "attributeNo": shy.number, "checkPhoneNo": shy.phone_tail })).await, "S0000");
    assert_eq!(town.sims.world.desk(Sf).tally.subscriptions.get(), 1);
}
