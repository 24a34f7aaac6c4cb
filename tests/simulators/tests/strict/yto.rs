use posthouse_simulators::Carrier::Yto;
use posthouse_simulators::{Pace, sign};
use serde_json::{Value, json};

use crate::town::{Town, json as parse, now};

const QUERY: &str = "track_query_adapter";
const SUBSCRIBE: &str = "subscribe_adapter";

fn path(town: &Town, method: &str) -> String {
    let account = &town.sims.world.accounts.yto;
    format!("/yto/open/{method}/v1/{}/{}", account.user_part, account.customer_code)
}

fn signed(town: &Town, method: &str, param: &Value) -> Value {
    let param = param.to_string();
    let sign = sign::yto(&param, method, "v1", &town.sims.world.accounts.yto.secret);
    json!({ "timestamp": now().to_string(), "param": param, "sign": sign, "format": "JSON" })
}

async fn post(town: &Town, path: &str, body: &Value) -> Value {
    parse(town.client.post(town.sims.url(path)).json(body).send().await.unwrap()).await
}

async fn ask(town: &Town, method: &str, param: &Value) -> Value {
    post(town, &path(town, method), &signed(town, method, param)).await
}

fn subscription(client: &str, number: &str) -> Value {
    let inner = json!({ "clientId": client, "waybillNo": number }).to_string();
    json!({ "client_id": client, "logistics_interface": inner, "msg_type": "online" })
}

#[tokio::test]
async fn anything_but_four_signed_fields_of_the_right_customer_is_401() {
    let town = Town::open().await;
    let param = json!({ "NUMBER": "YT2000000000000" });
    let good = || signed(&town, QUERY, &param);
    let with = |name: &str, value: Value| {
        let mut body = good();
        body[name] = value;
        body
    };
    let mut fewer = good();
    fewer.as_object_mut().unwrap().remove("format");
    let here = path(&town, QUERY);
    let stranger = here.replace("/v1/", "/v1/x");
    let other_customer = format!("{here}9");
    let cases = [
        (&here, with("extra", json!(1))),
        (&here, fewer),
        (&here, with("format", json!("XML"))),
        (&here, with("timestamp", json!(1_700_000_000_000_i64))),
        (&here, with("timestamp", json!("17000"))),
        (&here, with("sign", json!("uhSL6hg8txxadZi26YPYPg=="))),
        (&here, with("param", json!("{\"NUMBER\":\"YT1\"}"))),
        (&here, signed(&town, SUBSCRIBE, &param)),
        (&stranger, good()),
        (&other_customer, good()),
    ];
    for (path, body) in &cases {
        assert_eq!(post(&town, path, body).await, json!({ "code": 401, "reason": "请求加密校验失败" }), "{body}");
    }
    let refusals = town.refusals(Yto);
    assert_eq!((refusals["401-fields"], refusals["401-sign"], refusals["401-account"]), (5, 3, 2));
}

#[tokio::test]
async fn found_is_an_array_and_nothing_is_an_object() {
    let town = Town::open().await;
    let (parcel, untouched) = (town.parcel(Yto, Pace::Complete), town.parcel(Yto, Pace::Held(0)));
    let answer = ask(&town, QUERY, &json!({ "NUMBER": parcel.number })).await;
    let scans = answer.as_array().expect("found");
    assert_eq!(scans.len(), parcel.events.len());
    for (scan, event) in scans.iter().zip(&parcel.events) {
        assert_eq!((&scan["upload_Time"], &scan["infoContent"]), (&json!(event.china_time()), &json!(event.code)));
        assert_eq!(scan["processInfo"], *event.text);
    }
    assert!(scans[0]["weight"].is_f64() && scans[1].get("weight").is_none());
    for number in ["YT9999999999999", &untouched.number] {
        let expected = json!({ "map": { number: [] }, "code": "1001", "success": "true", "message": "查询结果为空。" });
        assert_eq!(ask(&town, QUERY, &json!({ "NUMBER": number })).await, expected);
    }
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let town = Town::open().await;
    let client = town.sims.world.accounts.yto.client_id.clone();
    let mut offline = subscription(&client, "YT1");
    offline["msg_type"] = json!("offline");
    let cases =
        [(QUERY, json!({})), (SUBSCRIBE, subscription("SOMEBODY", "YT1")), (SUBSCRIBE, subscription(&client, "")), (SUBSCRIBE, offline)];
    for (method, param) in &cases {
        let answer = ask(&town, method, param).await;
        assert_eq!((&answer["success"], &answer["code"]), (&json!(false), &json!(200_010_003)), "{param}");
    }
    assert_eq!(town.refusals(Yto)["200010003"], 4);
}

#[tokio::test]
async fn a_subscription_is_kept() {
    let town = Town::open().await;
    let parcel = town.parcel(Yto, Pace::Held(0));
    let client = town.sims.world.accounts.yto.client_id.clone();
    assert_eq!(ask(&town, SUBSCRIBE, &subscription(&client, &parcel.number)).await["success"], true);
    assert_eq!(town.sims.world.desk(Yto).tally.subscriptions.get(), 1);
}

#[tokio::test]
async fn a_quota_of_a_day_ends_in_429() {
    let town = Town::with(|o| o.quotas = vec![posthouse_simulators::quota::of_carrier("yto=0/1").unwrap()]).await;
    ask(&town, QUERY, &json!({ "NUMBER": "YT1" })).await;
    let body = signed(&town, QUERY, &json!({ "NUMBER": "YT1" }));
    let response = town.client.post(town.sims.url(&path(&town, QUERY))).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 429);
}
