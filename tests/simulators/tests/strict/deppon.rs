use posthouse_simulators::Carrier::Deppon;
use posthouse_simulators::{Pace, sign};
use serde_json::{Value, json};

use crate::town::{Town, edit, now};

pub const QUERY: &str = "/deppon/dop-interface-sync/standard-query/newTraceQuery.action";
pub const SUBSCRIBE: &str = "/deppon/dop-interface-sync/dop-nonstandard-extension/standTraceSubscribe.action";

fn signed(town: &Town, params: &Value, timestamp: i64) -> Vec<(&'static str, String)> {
    let account = &town.sims.world.accounts.deppon;
    let (params, timestamp) = (params.to_string(), timestamp.to_string());
    let digest = sign::deppon(&params, &account.appkey, &timestamp);
    assert_eq!(digest.len(), 44);
    vec![("companyCode", account.company_code.clone()), ("timestamp", timestamp), ("digest", digest), ("params", params)]
}

fn asking(town: &Town, number: &str) -> Value {
    json!({ "mailNo": number, "customerCode": town.sims.world.accounts.deppon.customer_code })
}

#[tokio::test]
async fn company_time_and_digest_are_checked_on_both_interfaces() {
    let town = Town::open().await;
    let wish = asking(&town, "DPK6000000000000");
    let good = || signed(&town, &wish, now());
    for (path, code) in [(QUERY, "resultCode"), (SUBSCRIBE, "error_code")] {
        let cases = [
            (edit(good(), "companyCode", None), "2006"),
            (edit(good(), "timestamp", None), "2006"),
            (edit(good(), "digest", None), "2006"),
            (edit(good(), "params", Some("")), "2006"),
            (edit(good(), "companyCode", Some("SOMEBODY")), "3002"),
            (edit(good(), "digest", Some("YjE0NTc5ZDBmMmVkYTU1YmRiNDUwZjJjOWFmNmEwY2E=")), "3002"),
            (edit(good(), "params", Some("{}")), "3002"),
            (signed(&town, &wish, now() - 301_000), "2006"),
            (signed(&town, &wish, now() + 310_000), "2006"),
            (signed(&town, &json!("text"), now()), "2006"),
        ];
        for (fields, expected) in &cases {
            assert_eq!(town.form(path, fields).await[code], *expected, "{fields:?}");
        }
    }
    let refusals = town.refusals(Deppon);
    assert_eq!((refusals["2006-timestamp"], refusals["3002-digest"], refusals["3002-company"]), (4, 4, 2));
}

#[tokio::test]
async fn the_query_needs_a_number_and_the_customer_code() {
    let town = Town::open().await;
    let customer = town.sims.world.accounts.deppon.customer_code.clone();
    let cases = [
        (json!({ "mailNo": "DPK6000000000000" }), "2006"),
        (json!({ "customerCode": customer }), "2006"),
        (json!({ "mailNo": "DPK6,DPK7", "customerCode": customer }), "2006"),
        (json!({ "mailNo": "DPK6000000000000", "customerCode": "1" }), "3002"),
    ];
    for (params, code) in &cases {
        assert_eq!(town.form(QUERY, &signed(&town, params, now())).await["resultCode"], *code, "{params}");
    }
}

#[tokio::test]
async fn traces_are_the_truth_newest_first_and_some_without_a_site() {
    let town = Town::open().await;
    let (mut without, mut kinds) = (0, std::collections::BTreeSet::new());
    for _ in 0..20 {
        let parcel = town.parcel(Deppon, Pace::Complete);
        let answer = town.form(QUERY, &signed(&town, &asking(&town, &parcel.number), now())).await;
        kinds.insert(answer["result"].to_string());
        assert_eq!(answer["responseParam"]["tracking_number"], parcel.number);
        let traces = answer["responseParam"]["trace_list"].as_array().unwrap();
        assert_eq!(traces.len(), parcel.events.len());
        for (trace, event) in traces.iter().zip(parcel.events.iter().rev()) {
            assert_eq!((&trace["time"], &trace["status"]), (&json!(event.china_time()), &json!(event.code)));
            assert_eq!(trace["description"], *event.text);
        }
        without += traces.iter().filter(|t| t.get("site").is_none()).count();
    }
    assert!((1..100).contains(&without), "{without} without a site");
    assert_eq!(kinds.len(), 2, "`result` is true and \"true\": {kinds:?}");
}

#[tokio::test]
async fn nothing_yet_is_a_success_with_a_reason() {
    let town = Town::open().await;
    let untouched = town.parcel(Deppon, Pace::Held(0));
    for number in ["DPK9999999999999", &untouched.number] {
        let answer = town.form(QUERY, &signed(&town, &asking(&town, number), now())).await;
        assert_eq!((&answer["resultCode"], &answer["reason"]), (&json!("1000"), &json!("暂无查询记录")));
        assert_eq!(answer["responseParam"]["trace_list"], json!([]));
    }
}

#[tokio::test]
async fn a_subscription_is_kept() {
    let town = Town::open().await;
    let parcel = town.parcel(Deppon, Pace::Held(0));
    let answer = town.form(SUBSCRIBE, &signed(&town, &json!({ "tracking_number": parcel.number }), now())).await;
    assert_eq!((&answer["error_message"], &answer["success"]), (&json!("订阅成功"), &json!(true)));
    assert_eq!(town.sims.world.desk(Deppon).tally.subscriptions.get(), 1);
}
