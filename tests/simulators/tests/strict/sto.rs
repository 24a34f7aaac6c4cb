use posthouse_simulators::Carrier::Sto;
use posthouse_simulators::{Pace, sign};
use serde_json::{Value, json};

use crate::town::{Town, edit};

const LINK: &str = "/sto/gateway/link.do";
const QUERY: (&str, &str) = ("STO_TRACE_QUERY_COMMON", "sto_trace_query");
const SUBSCRIBE: (&str, &str) = ("STO_TRACE_PLATFORM_SUBSCRIBE", "sto_trace_platform");

fn signed<'a>(town: &Town, (name, system): (&str, &str), content: &str) -> Vec<(&'a str, String)> {
    let account = &town.sims.world.accounts.sto;
    let fields = [
        ("content", content),
        ("data_digest", &sign::sto(content, &account.secret_key)),
        ("api_name", name),
        ("from_appkey", &account.app_key),
        ("from_code", &account.app_key),
        ("to_appkey", system),
        ("to_code", system),
    ];
    fields.map(|(name, value)| (name, value.to_owned())).to_vec()
}

async fn ask(town: &Town, service: (&str, &str), content: &str) -> Value {
    town.form(LINK, &signed(town, service, content)).await
}

fn list(numbers: &[&str]) -> String {
    json!({ "order": "asc", "waybillNoList": numbers }).to_string()
}

#[tokio::test]
async fn each_wrong_field_has_its_code() {
    let town = Town::open().await;
    let content = list(&["777000000000001"]);
    for (field, value, code) in [
        ("from_appkey", Some("PHSTO0"), "006"),
        ("from_code", None, "006"),
        ("data_digest", Some("KDmjdL9YEip33Om7pEuBiQ=="), "007"),
        ("data_digest", None, "007"),
        ("content", Some("{}"), "007"),
        ("api_name", Some("STO_TRACE"), "006"),
        ("to_code", Some("sto_trace_platform"), "006"),
        ("order", None, ""),
    ] {
        let answer = town.form(LINK, &edit(signed(&town, QUERY, &content), field, value)).await;
        assert_eq!(answer["errorCode"], code, "{field}");
        assert_eq!(answer["success"], if code.is_empty() { "true" } else { "false" }, "{field}");
    }
    assert_eq!((town.refusals(Sto)["006"], town.refusals(Sto)["007"]), (4, 3));
}

#[tokio::test]
async fn contents_are_lists_of_numbers() {
    let town = Town::open().await;
    let many = (0..101).map(|i| format!("777{i:012}")).collect::<Vec<_>>();
    let many = many.iter().map(String::as_str).collect::<Vec<_>>();
    for (service, content, code) in [
        (QUERY, "{}".to_owned(), "008"),
        (QUERY, list(&[]), "008"),
        (QUERY, list(&many), "008"),
        (QUERY, r#"{"order":"up","waybillNoList":["777000000000001"]}"#.into(), "008"),
        (QUERY, list(&["JT5000000000000"]), "005"),
        (SUBSCRIBE, r#"{"subscribeInfoList":[]}"#.into(), "008"),
        (SUBSCRIBE, r#"{"subscribeInfoList":["777000000000001"]}"#.into(), "008"),
        (SUBSCRIBE, r#"{"subscribeInfoList":[{"waybillNo":"1"}]}"#.into(), "005"),
        (SUBSCRIBE, r#"{"subscribeInfoList":[{"waybillNo":"777000000000001"}]}"#.into(), ""),
    ] {
        assert_eq!(ask(&town, service, &content).await["errorCode"], code, "{content}");
    }
}

#[tokio::test]
async fn scans_are_the_truth_in_the_order_asked_for() {
    let town = Town::open().await;
    let (one, untouched) = (town.parcel(Sto, Pace::Complete), town.parcel(Sto, Pace::Held(0)));
    let answer = ask(&town, QUERY, &list(&[&one.number, &untouched.number, "777999999999999"])).await;
    let data = answer["data"].as_object().unwrap();
    assert_eq!((data.len(), &data[&untouched.number]), (2, &json!([])));
    let scans = data[&one.number].as_array().unwrap();
    assert_eq!(scans.len(), one.events.len());
    for (scan, event) in scans.iter().zip(&one.events) {
        assert_eq!(
            (&scan["opTime"], &scan["scanType"], &scan["memo"]),
            (&json!(event.china_time()), &json!(event.code), &json!(event.text))
        );
    }
    let newest_first = json!({ "order": "desc", "waybillNoList": [one.number] }).to_string();
    assert_eq!(ask(&town, QUERY, &newest_first).await["data"][&one.number][0], scans[scans.len() - 1]);
}

#[tokio::test]
async fn a_subscription_begins_the_pushes() {
    let town = Town::open().await;
    let parcel = town.parcel(Sto, Pace::Held(1));
    let content = json!({ "subscribeInfoList": [{ "waybillNo": parcel.number }] }).to_string();
    for _ in 0..2 {
        assert_eq!(ask(&town, SUBSCRIBE, &content).await["success"], "true");
    }
    let tally = &town.sims.world.desk(Sto).tally;
    assert_eq!((tally.subscriptions.get(), tally.subscribes.get(), tally.queries.get()), (1, 2, 0));
}

#[tokio::test]
async fn a_quota_ends_in_429() {
    let town = Town::with(|o| o.quotas = vec![posthouse_simulators::quota::of_carrier("sto=0/1").unwrap()]).await;
    ask(&town, QUERY, &list(&["777000000000001"])).await;
    assert_eq!(ask(&town, QUERY, &list(&["777000000000001"])).await["errorCode"], "009");
    assert_eq!(town.refusals(Sto)["429-quota"], 1);
}
