use posthouse_simulators::Carrier::Zto;
use posthouse_simulators::{Batch, Pace, sign};
use serde_json::{Value, json};

use crate::town::{Town, json as parse};

const QUERY: &str = "/zto/zto.merchant.waybill.track.query";
const SUBSCRIBE: &str = "/zto/zto.merchant.waybill.track.subsrcibe";

async fn send(town: &Town, path: &str, body: &str, key: Option<&str>, digest: Option<&str>) -> (u16, Value) {
    let mut request = town.client.post(town.sims.url(path)).header("content-type", "application/json; charset=UTF-8");
    for (name, value) in [("x-appKey", key), ("x-dataDigest", digest)] {
        request = value.into_iter().fold(request, |r, v| r.header(name, v));
    }
    let response = request.body(body.to_owned()).send().await.unwrap();
    (response.status().as_u16(), parse(response).await)
}

async fn ask(town: &Town, path: &str, body: &Value) -> Value {
    let account = &town.sims.world.accounts.zto;
    let body = body.to_string();
    send(town, path, &body, Some(&account.app_key), Some(&sign::zto(body.as_bytes(), &account.app_secret))).await.1
}

#[tokio::test]
async fn digest_and_key_are_checked_on_both_interfaces() {
    let town = Town::open().await;
    let account = town.sims.world.accounts.zto.clone();
    let body = r#"{"billCode":"75000000000001"}"#;
    let digest = sign::zto(body.as_bytes(), &account.app_secret);
    for path in [QUERY, SUBSCRIBE] {
        let cases = [
            (body, None, Some(&*digest)),
            (body, Some("SOMEBODY"), Some(&*digest)),
            (body, Some(&*account.app_key), None),
            (body, Some(&*account.app_key), Some("KDmjdL9YEip33Om7pEuBiQ==")),
            (r#"{"billCode":"75000000000002"}"#, Some(&*account.app_key), Some(&*digest)),
        ];
        for (body, key, digest) in cases {
            let (_, answer) = send(&town, path, body, key, digest).await;
            assert_eq!((&answer["status"], &answer["statusCode"]), (&json!(false), &json!("E401")), "{key:?} {digest:?}");
        }
        assert_eq!(send(&town, path, body, Some(&account.app_key), Some(&digest)).await.1["statusCode"], "SYS000");
    }
    let refusals = town.refusals(Zto);
    assert_eq!((refusals["E401-app-key"], refusals["E401-digest"]), (4, 6));
}

#[tokio::test]
async fn a_bill_code_is_one_number_and_a_phone_four_digits() {
    let town = Town::open().await;
    let wrong = [
        json!({}),
        json!([]),
        json!({ "billCode": "" }),
        json!({ "billCode": ["75000000000001"] }),
        json!({ "billCode": "75000000000001,75000000000002" }),
        json!({ "billCode": "75000000000001", "mobilePhone": "13800000000" }),
    ];
    for body in &wrong {
        assert_eq!(ask(&town, QUERY, body).await, json!({ "status": false, "statusCode": "E403", "message": "参数校验失败" }));
    }
    assert_eq!(town.refusals(Zto)["E403"], wrong.len() as u64);
}

#[tokio::test]
async fn scans_are_the_truth_with_dates_as_numbers_and_texts() {
    let town = Town::open().await;
    let parcel = town.parcel(Zto, Pace::Complete);
    let answer = ask(&town, QUERY, &json!({ "billCode": parcel.number })).await;
    let scans = answer["result"].as_array().unwrap();
    assert_eq!(scans.len(), parcel.events.len());
    let (mut texts, mut numbers) = (0, 0);
    for (scan, event) in scans.iter().zip(&parcel.events) {
        let date = match &scan["scanDate"] {
            Value::String(text) => text.parse().inspect(|_: &i64| texts += 1).unwrap(),
            number => number.as_i64().inspect(|_| numbers += 1).unwrap(),
        };
        assert_eq!((date, &scan["scanType"], &scan["desc"]), (event.at() * 1000, &json!(event.code), &json!(event.text)));
    }
    assert!(texts > 0 && numbers > 0);
}

#[tokio::test]
async fn unknown_untouched_and_unproven_parcels_have_an_empty_result() {
    let town = Town::open().await;
    let untouched = town.parcel(Zto, Pace::Held(0));
    let shy = town.parcels(Zto, Batch { count: 1, pace: Pace::Complete, phone_tail: true }).remove(0);
    for number in ["79999999999999", &untouched.number, &shy.number] {
        let answer = ask(&town, QUERY, &json!({ "billCode": number })).await;
        assert_eq!((&answer["result"], &answer["status"]), (&json!([]), &json!(true)));
    }
    let answer = ask(&town, QUERY, &json!({ "billCode": shy.number, "mobilePhone": shy.phone_tail })).await;
    assert_eq!(answer["result"].as_array().unwrap().len(), shy.events.len());
}

#[tokio::test]
async fn a_quota_ends_in_429() {
    let town = Town::with(|o| o.quotas = vec![posthouse_simulators::quota::of_carrier("zto=0/2").unwrap()]).await;
    let mut last = json!(null);
    for _ in 0..3 {
        last = ask(&town, QUERY, &json!({ "billCode": "75000000000001" })).await;
    }
    assert_eq!(last["status"], false);
    assert_eq!(town.refusals(Zto)["429-quota"], 1);
}
