use posthouse_simulators::Carrier::Jt;
use posthouse_simulators::{Pace, sign};
use serde_json::{Value, json};

use crate::town::{Town, json as parse, now};

const TRACE: &str = "/jt/webopenplatformapi/api/logistics/trace";
const SUBSCRIBE: &str = "/jt/webopenplatformapi/api/trace/subscribe";

struct Headers {
    account: Option<String>,
    digest: Option<String>,
    timestamp: Option<String>,
}

type Change = fn(&mut Headers);

fn headers(town: &Town, biz_content: &str) -> Headers {
    let account = &town.sims.world.accounts.jt;
    let digest = sign::jt(biz_content, &account.private_key);
    Headers { account: Some(account.api_account.clone()), digest: Some(digest), timestamp: Some(now().to_string()) }
}

async fn send(town: &Town, biz_content: &str, headers: Headers) -> Value {
    send_to(town, TRACE, biz_content, headers).await
}

async fn send_to(town: &Town, path: &str, biz_content: &str, headers: Headers) -> Value {
    let request = town.client.post(town.sims.url(path)).form(&[("bizContent", biz_content)]);
    let named = [("apiAccount", headers.account), ("digest", headers.digest), ("timestamp", headers.timestamp)];
    let request = named.into_iter().fold(request, |request, (name, value)| value.into_iter().fold(request, |r, v| r.header(name, v)));
    parse(request.send().await.unwrap()).await
}

async fn ask(town: &Town, numbers: &str) -> Value {
    let biz_content = json!({ "billCodes": numbers }).to_string();
    send(town, &biz_content, headers(town, &biz_content)).await
}

#[tokio::test]
async fn each_missing_or_wrong_header_has_its_code() {
    let town = Town::open().await;
    let biz_content = r#"{"billCodes":"JT5000000000000"}"#;
    let with = |change: Change| {
        let mut headers = headers(&town, biz_content);
        change(&mut headers);
        headers
    };
    let cases: [(Change, &str); 7] = [
        (|h| h.account = None, "145003051"),
        (|h| h.digest = None, "145003052"),
        (|h| h.timestamp = None, "145003053"),
        (|h| h.account = Some("PHJT0".into()), "145003010"),
        (|h| h.digest = Some("Y/HStRKuUIMScWdGP1Fc7A==".into()), "145003030"),
        (|h| h.timestamp = Some("1700000000000".into()), "145003050"),
        (|_| {}, "145003064"),
    ];
    for (change, code) in cases {
        let answer = send(&town, biz_content, with(change)).await;
        assert_eq!((&answer["code"], &answer["data"]), (&json!(code), &json!(null)), "{answer}");
    }
    let other = send(&town, r#"{"billCodes":"JT5000000000001"}"#, headers(&town, biz_content)).await;
    assert_eq!(other["code"], "145003030", "the digest is of this content only");
    assert_eq!(town.refusals(Jt)["145003030"], 2);
}

#[tokio::test]
async fn questions_are_up_to_thirty_numbers_of_jts_shape() {
    let town = Town::open().await;
    for (biz_content, code) in [("{}", "145003050"), ("JT5000000000000", "145003050"), (r#"{"billCodes":"JT5","a":1}"#, "145003050")] {
        assert_eq!(send(&town, biz_content, headers(&town, biz_content)).await["code"], code, "{biz_content}");
    }
    assert_eq!(ask(&town, "YT2000000000000").await["code"], "145003100");
    assert_eq!(ask(&town, "").await["code"], "145003100");
    let many = |n: usize| (0..n).map(|i| format!("JT5{i:012}")).collect::<Vec<_>>().join(",");
    assert_eq!(ask(&town, &many(31)).await["code"], "145003502");
    assert_eq!(ask(&town, &many(30)).await["code"], "145003064");
}

#[tokio::test]
async fn scans_are_the_truth_newest_first() {
    let town = Town::open().await;
    let (one, two, untouched) = (town.parcel(Jt, Pace::Complete), town.parcel(Jt, Pace::Held(2)), town.parcel(Jt, Pace::Held(0)));
    let numbers = [one.number.as_str(), two.number.as_str(), untouched.number.as_str(), "JT5999999999999"].join(",");
    let answer = ask(&town, &numbers).await;
    assert_eq!((&answer["code"], &answer["msg"]), (&json!("1"), &json!("success")));
    let bills = answer["data"].as_array().unwrap();
    assert_eq!(bills.iter().map(|bill| bill["billCode"].as_str().unwrap()).collect::<Vec<_>>(), [&*one.number, &*two.number]);
    assert_eq!(bills[1]["details"].as_array().unwrap().len(), 2);
    let details = bills[0]["details"].as_array().unwrap();
    assert_eq!(details.len(), one.events.len());
    for (scan, event) in details.iter().zip(one.events.iter().rev()) {
        assert_eq!((&scan["scanTime"], &scan["scanType"]), (&json!(event.china_time()), &json!(event.code)));
        assert_eq!(scan["desc"], *event.text);
        assert!(scan["scanNetworkCity"].is_string() && scan["scanNetworkName"].is_string());
    }
    assert_eq!(town.sims.world.desk(Jt).tally.queries.get(), 1);
}

#[tokio::test]
async fn a_subscription_names_account_nodes_and_numbers() {
    let town = Town::open().await;
    let parcel = town.parcel(Jt, Pace::Held(1));
    let account = town.sims.world.accounts.jt.api_account.clone();
    let wish = |id: &str, node: &str, number: &str| json!({ "id": id, "list": [{ "traceNode": node, "waybillCode": number }] }).to_string();
    let all = "1&2&3&4&5&6&7&8&9&10&11&12&13&14";
    for (biz_content, code) in [
        ("{}".to_owned(), "145003050"),
        (json!({ "id": account, "list": [] }).to_string(), "145003050"),
        (wish("PHJT0", all, &parcel.number), "145003050"),
        (wish(&account, "", &parcel.number), "145003050"),
        (wish(&account, "1&15", &parcel.number), "145003050"),
        (wish(&account, all, "YT2000000000000"), "145003100"),
        (wish(&account, all, &parcel.number), "1"),
        (wish(&account, "1&10", "JT5999999999999"), "1"),
    ] {
        let answer = send_to(&town, SUBSCRIBE, &biz_content, headers(&town, &biz_content)).await;
        assert_eq!(answer["code"], code, "{biz_content}");
    }
    let unsigned = Headers { digest: None, ..headers(&town, "") };
    assert_eq!(send_to(&town, SUBSCRIBE, &wish(&account, all, &parcel.number), unsigned).await["code"], "145003052");
    let tally = &town.sims.world.desk(Jt).tally;
    assert_eq!((tally.subscriptions.get(), tally.subscribes.get(), tally.queries.get()), (1, 2, 0));
}

#[tokio::test]
async fn a_quota_ends_in_429() {
    let town = Town::with(|o| o.quotas = vec![posthouse_simulators::quota::of_carrier("jt=0/1").unwrap()]).await;
    ask(&town, "JT5000000000000").await;
    assert_eq!(ask(&town, "JT5000000000000").await["code"], "145005000");
    assert_eq!(town.refusals(Jt)["429-quota"], 1);
}
