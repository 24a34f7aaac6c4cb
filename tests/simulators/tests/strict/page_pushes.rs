//! What the carriers with a page push.

use posthouse_simulators::Carrier::{Ems, Jd, Jt, Sto};
use posthouse_simulators::{Carrier, Pace, sign};
use serde_json::{Value, json};

use crate::subscriber::{form, is_repeated_until, town_and_subscriber};
use crate::town::until;

fn sto_reply(number: &str, success: bool, code: &str, again: bool) -> String {
    let data = json!({ "waybillNo": number, "needRetry": again });
    json!({ "success": success, "errorCode": code, "errorMsg": "", "data": data }).to_string()
}

#[tokio::test]
async fn sto_pushes_a_signed_form_and_wants_its_waybill_back() {
    let (town, mut subscriber) = town_and_subscriber(Sto).await;
    let parcel = town.parcel(Sto, Pace::Held(0));
    town.sims.world.subscribe(Sto, &parcel.number);
    let number = parcel.number.as_str();
    let wrong = [
        sto_reply("777000000000000", true, "0", false),
        sto_reply(number, false, "0", false),
        sto_reply(number, true, "0", true),
        sto_reply(number, true, "009", false),
        r#"{"success":true,"errorCode":"0"}"#.to_owned(),
    ];
    let wrong = wrong.each_ref().map(String::as_str);
    let form = form(&is_repeated_until(&town, &mut subscriber, &parcel, &wrong, &sto_reply(number, true, "0", false)).await);
    let account = &town.sims.world.accounts.sto;
    assert_eq!(form["data_digest"], sign::sto(&form["content"], &account.secret_key));
    assert_eq!((&*form["api_name"], &form["to_appkey"]), ("STO_TRACE_PLATFORM_PUSH", &account.app_key));
    let content: Value = serde_json::from_str(&form["content"]).unwrap();
    let (trace, event) = (&content["trace"], &parcel.events[0]);
    assert_eq!((&content["waybillNo"], &trace["scanType"], &trace["memo"]), (&json!(number), &json!("收件"), &json!(event.text)));
    assert_eq!((&trace["opTime"], &trace["opOrgType"]), (&json!(event.china_time()), &json!("1")));
}

#[tokio::test]
async fn each_scan_of_sto_has_a_name_of_its_own() {
    let (town, mut subscriber) = town_and_subscriber(Sto).await;
    let parcel = town.parcel(Sto, Pace::Held(0));
    town.sims.world.subscribe(Sto, &parcel.number);
    subscriber.say(&sto_reply(&parcel.number, true, "0", false));
    town.sims.world.advance(&parcel, 100);
    let mut names = std::collections::BTreeSet::new();
    for _ in 0..parcel.events.len() {
        let content: Value = serde_json::from_str(&form(&subscriber.next().await)["content"]).unwrap();
        names.insert(content["trace"]["outBizCode"].as_str().unwrap().to_owned());
    }
    assert_eq!(names.len(), parcel.events.len());
}

#[tokio::test]
async fn jt_signs_its_pushes_in_the_headers_and_numbers_the_scans() {
    let (town, mut subscriber) = town_and_subscriber(Jt).await;
    let parcel = town.parcel(Jt, Pace::Held(1));
    town.sims.world.subscribe(Jt, &parcel.number);
    let wrong = [
        r#"{"code":"0","msg":"failed","data":"FAIL","requestId":"1"}"#,
        r#"{"code":1,"msg":"success","data":"SUCCESS","requestId":"1"}"#,
        r#"{"code":"1","msg":"success"}"#,
    ];
    let right = r#"{"code":"1","msg":"success","data":"SUCCESS","requestId":"1768896000000"}"#;
    let form = form(&is_repeated_until(&town, &mut subscriber, &parcel, &wrong, right).await);
    let account = &town.sims.world.accounts.jt;
    assert_eq!(subscriber.header("digest"), sign::jt(&form["bizContent"], &account.private_key));
    assert_eq!(subscriber.header("apiAccount"), account.api_account);
    assert_eq!(subscriber.header("timestamp").len(), 13);
    let content: Value = serde_json::from_str(&form["bizContent"]).unwrap();
    let (detail, event) = (&content["details"][0], &parcel.events[1]);
    assert_eq!((&content["billCode"], &detail["scanType"]), (&json!(parcel.number), &json!("3")));
    assert_eq!((&detail["scanTime"], &detail["desc"]), (&json!(event.china_time()), &json!(event.text)));
}

#[tokio::test]
async fn ems_seals_its_pushes_and_wants_serial_and_sender_back() {
    let (town, mut subscriber) = town_and_subscriber(Ems).await;
    let parcel = town.parcel(Ems, Pace::Held(0));
    subscriber.say("no");
    town.sims.world.advance(&parcel, 1);
    let body: Value = serde_json::from_str(&subscriber.next().await).unwrap();
    let account = &town.sims.world.accounts.ems;
    assert_eq!((&body["method"], &body["senderNo"]), (&json!("040002"), &json!(account.sender_no)));
    let scan = |text: &str| sign::ems(text, &account.sm4_key);
    let sealed = body["logitcsInterface"].as_str().unwrap();
    assert!(sealed.starts_with("|$4|") && !sealed.contains(&*parcel.number) && sealed.len() > scan("").len(), "{sealed}");
    let push = &town.sims.world.desk(Ems).tally.push;
    let reply =
        |serial: &Value, code: &str, sender: &str| json!({ "serialNo": serial, "code": code, "codeMessage": "", "senderNo": sender });
    let serial = &body["serialNo"];
    for wrong in [
        reply(&json!("0"), "00000", &account.sender_no),
        reply(serial, "S00001", &account.sender_no),
        reply(serial, "00000", ""),
        json!({ "serialNo": serial, "code": "00000" }),
    ] {
        subscriber.say(&wrong.to_string());
        let refused = push.refused.get();
        until("refused once more", || push.refused.get() > refused + 1).await;
        let again: Value = serde_json::from_str(&subscriber.next().await).unwrap();
        assert_eq!(again["serialNo"], *serial, "a repetition keeps its number");
        assert_eq!(push.accepted.get(), 0, "{wrong}");
    }
    subscriber.say(&reply(serial, "00000", &account.sender_no).to_string());
    until("accepted", || push.accepted.get() == 1).await;
}

#[tokio::test]
async fn jd_pushes_one_unsigned_event() {
    let (town, mut subscriber) = town_and_subscriber(Jd).await;
    let parcel = town.parcel(Jd, Pace::Held(0));
    let wrong = [r#"{"success":false,"code":0}"#, r#"{"success":true,"code":500}"#];
    let body = is_repeated_until(&town, &mut subscriber, &parcel, &wrong, r#"{"success":true,"code":0,"msg":"成功"}"#).await;
    let (push, event): (Value, _) = (serde_json::from_str(&body).unwrap(), &parcel.events[0]);
    assert_eq!((&push["waybillCode"], &push["state"]), (&json!(parcel.number), &json!("200001")));
    assert_eq!((&push["category"], &push["categoryName"]), (&json!(420), &json!("已揽收")));
    assert_eq!((&push["operationTime"], &push["operationRemark"]), (&json!(event.china_time()), &json!(event.text)));
}

/// EMS and JD are told where to push and need no subscription; before that nothing is due.
#[tokio::test]
async fn what_is_pushed_by_configuration_is_pushed_from_then_on() {
    for (carrier, right) in [(Jd, r#"{"success":true,"code":0}"#), (Ems, "")] {
        let (town, mut subscriber) = town_and_subscriber(carrier).await;
        town.control("/push-target", json!({ "carrier": carrier, "url": null })).await;
        let parcel = town.parcel(carrier, Pace::Held(0));
        let push = &town.sims.world.desk(carrier).tally.push;
        town.sims.world.advance(&parcel, 1);
        // A subscribed parcel of another carrier: its push is due once the pusher has passed ours.
        let other = town.parcel(Carrier::Zto, Pace::Held(0));
        town.sims.world.subscribe(Carrier::Zto, &other.number);
        town.sims.world.advance(&other, 1);
        until("passed", || town.sims.world.desk(Carrier::Zto).tally.push.due.get() == 1).await;
        assert_eq!(push.due.get(), 0, "{carrier}");
        town.control("/push-target", json!({ "carrier": carrier, "url": subscriber.url })).await;
        subscriber.say(right);
        town.sims.world.advance(&parcel, 1);
        subscriber.next().await;
        assert_eq!((push.due.get(), town.sims.world.desk(carrier).tally.subscriptions.get()), (1, 0), "{carrier}");
    }
}

#[tokio::test]
async fn every_step_can_be_pushed() {
    for carrier in [Sto, Jt, Ems, Jd] {
        let (town, mut subscriber) = town_and_subscriber(carrier).await;
        let parcels: Vec<_> = (0..40).map(|_| town.parcel(carrier, Pace::Held(0))).collect();
        for parcel in &parcels {
            town.sims.world.subscribe(carrier, &parcel.number);
            town.sims.world.advance(parcel, 100);
        }
        let all: usize = parcels.iter().map(|parcel| parcel.events.len()).sum();
        for _ in 0..all {
            subscriber.next().await;
        }
        assert_eq!(town.sims.world.desk(carrier).tally.push.due.get(), all as u64, "{carrier}");
    }
}
