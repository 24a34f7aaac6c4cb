use std::collections::HashMap;
use std::time::Duration;

use posthouse_simulators::{Accounts, Batch, Carrier, Pace, V32Token, sign};
use serde_json::{Value, json};

use crate::subscriber::{Subscriber, form, is_repeated_until, town_and_subscriber};
use crate::town::{Town, until};

#[tokio::test]
async fn sf_pushes_json_and_wants_its_exact_reply() {
    let (town, mut subscriber) = town_and_subscriber(Carrier::Sf).await;
    let parcel = town.parcel(Carrier::Sf, Pace::Held(1));
    town.sims.world.subscribe(Carrier::Sf, &parcel.number);
    let wrong = [r#"{"return_code":"0001","return_msg":"失败"}"#, r#"{"return_code":"0000"}"#];
    let right = r#"{"return_code":"0000","return_msg":"成功"}"#;
    let body = is_repeated_until(&town, &mut subscriber, &parcel, &wrong, right).await;
    let push: Value = serde_json::from_str(&body).unwrap();
    let (route, event) = (&push["Body"]["WaybillRoute"][0], &parcel.events[1]);
    assert_eq!((&route["mailno"], &route["opCode"]), (&json!(parcel.number), &json!(event.code)));
    assert_eq!((&route["acceptTime"], &route["remark"]), (&json!(event.china_time()), &json!(event.text)));
}

#[tokio::test]
async fn zto_pushes_a_signed_form() {
    let (town, mut subscriber) = town_and_subscriber(Carrier::Zto).await;
    let parcel = town.parcel(Carrier::Zto, Pace::Held(0));
    town.sims.world.subscribe(Carrier::Zto, &parcel.number);
    let wrong = [r#"{"status":true,"statusCode":"0000"}"#];
    let right = r#"{"message":"调用成功","status":true,"result":"成功","statusCode":"200"}"#;
    let form = form(&is_repeated_until(&town, &mut subscriber, &parcel, &wrong, right).await);
    let account = &town.sims.world.accounts.zto;
    assert_eq!(form["data_digest"], sign::zto(form["data"].as_bytes(), &account.app_secret));
    assert_eq!((&*form["msg_type"], &form["company_id"]), ("Traces", &account.app_key));
    let data: Value = serde_json::from_str(&form["data"]).unwrap();
    assert_eq!((&data["billCode"], &data["action"]), (&json!(parcel.number), &json!("GOT")));
    assert_eq!(data["actionTime"], parcel.events[0].china_time());
}

#[tokio::test]
async fn yto_pushes_signed_xml_and_wants_its_order_number_back() {
    let (town, mut subscriber) = town_and_subscriber(Carrier::Yto).await;
    let parcel = town.parcel(Carrier::Yto, Pace::Held(0));
    town.sims.world.subscribe(Carrier::Yto, &parcel.number);
    let reply = |order: &str, success: &str| {
        format!(
            "<Response>\n <logisticProviderID>YTO</logisticProviderID><txLogisticID>{order}</txLogisticID><success>{success}</success>\n</Response>"
        )
    };
    let order = format!("PH{}", &parcel.number[2..]);
    let wrong = [&*reply("OTHER", "true"), &*reply(&order, "false"), "{}"];
    let form = form(&is_repeated_until(&town, &mut subscriber, &parcel, &wrong, &reply(&order, "true")).await);
    let xml = &form["logistics_interface"];
    assert_eq!(form["data_digest"], sign::yto_push(xml, &town.sims.world.accounts.yto.secret));
    assert!(xml.starts_with("<UpdateInfo>") && xml.contains(&format!("<txLogisticID>{order}</txLogisticID>")), "{xml}");
    assert!(xml.contains(&format!("<acceptTime>{}", parcel.events[0].china_time())), "{xml}");
}

#[tokio::test]
async fn deppon_pushes_a_signed_form() {
    let (town, mut subscriber) = town_and_subscriber(Carrier::Deppon).await;
    let parcel = town.parcel(Carrier::Deppon, Pace::Held(0));
    town.sims.world.subscribe(Carrier::Deppon, &parcel.number);
    let wrong = [r#"{"success":false,"error_code":"1000","error_msg":"成功","result":true}"#];
    let right = r#"{"success":true,"error_code":"1000","error_msg":"成功","result":true}"#;
    let form = form(&is_repeated_until(&town, &mut subscriber, &parcel, &wrong, right).await);
    let Accounts { deppon: account, .. } = &town.sims.world.accounts;
    assert_eq!(form["digest"], sign::deppon(&form["params"], &account.appkey, &form["timestamp"]));
    assert_eq!(form["companyCode"], account.company_code);
    let params: Value = serde_json::from_str(&form["params"]).unwrap();
    let track = &params["track_list"][0];
    assert_eq!((&track["tracking_number"], &track["trace_list"][0]["status"]), (&json!(parcel.number), &json!("GOT")));
}

#[tokio::test]
async fn after_the_change_deppon_signs_with_the_new_key() {
    let (town, mut subscriber) = town_and_subscriber(Carrier::Deppon).await;
    let parcel = town.parcel(Carrier::Deppon, Pace::Held(0));
    town.sims.world.subscribe(Carrier::Deppon, &parcel.number);
    town.sims.world.change_deppon(V32Token::Static, Duration::from_secs(3600));
    town.sims.world.advance(&parcel, 1);
    let form = form(&subscriber.next().await);
    let account = &town.sims.world.accounts.deppon_v32.account;
    assert_eq!(form["digest"], sign::deppon(&form["params"], &account.appkey, &form["timestamp"]));
    assert_eq!(form["companyCode"], account.company_code);
}

#[tokio::test]
async fn only_subscribed_parcels_are_pushed_and_only_what_appears_afterwards() {
    let (town, mut subscriber) = town_and_subscriber(Carrier::Deppon).await;
    subscriber.say(r#"{"success":true,"error_code":"1000","error_msg":"成功","result":true}"#);
    let (silent, told) = (town.parcel(Carrier::Deppon, Pace::Held(0)), town.parcel(Carrier::Deppon, Pace::Held(2)));
    town.sims.world.subscribe(Carrier::Deppon, &told.number);
    town.sims.world.advance(&silent, 3);
    town.sims.world.advance(&told, 100);
    let expected = told.events.len() - 2;
    for _ in 0..expected {
        let body = subscriber.next().await;
        assert!(body.contains(&told.number) && !body.contains(&silent.number));
    }
    let push = &town.sims.world.desk(Carrier::Deppon).tally.push;
    until("all accepted", || push.accepted.get() == expected as u64).await;
    assert_eq!(push.due.get(), expected as u64);
}

#[tokio::test]
async fn the_story_pushes_by_itself_and_some_pushes_are_late() {
    let mut subscriber = Subscriber::open().await;
    let town = Town::with(|o| (o.speed, o.push_late_ms) = (0.0, 50)).await;
    town.control("/push-target", json!({ "carrier": "sf", "url": subscriber.url })).await;
    subscriber.say(r#"{"return_code":"0000","return_msg":"成功"}"#);
    let parcels = town.parcels(Carrier::Sf, Batch { count: 10, pace: Pace::Story, phone_tail: false });
    parcels.iter().for_each(|p| town.sims.world.subscribe(Carrier::Sf, &p.number));
    town.control("/speed", json!({ "speed": 1e8 })).await;
    let all: usize = parcels.iter().map(|p| p.events.len()).sum();
    let mut times: HashMap<String, Vec<String>> = HashMap::new();
    for _ in 0..all {
        let push: Value = serde_json::from_str(&subscriber.next().await).unwrap();
        let route = &push["Body"]["WaybillRoute"][0];
        times.entry(route["mailno"].to_string()).or_default().push(route["acceptTime"].to_string());
    }
    assert!(times.values().any(|t| !t.is_sorted()), "some come out of order");
    let push = &town.sims.world.desk(Carrier::Sf).tally.push;
    until("all accepted", || push.accepted.get() == all as u64).await;
    assert_eq!((push.due.get(), push.refused.get()), (all as u64, 0));
}

#[tokio::test]
async fn a_push_waits_for_its_target_and_is_given_up_in_the_end() {
    let town = Town::with(|o| (o.push_tries, o.push_retry_ms) = (3, 1)).await;
    let parcel = town.parcel(Carrier::Zto, Pace::Held(0));
    town.sims.world.subscribe(Carrier::Zto, &parcel.number);
    town.sims.world.advance(&parcel, 1);
    let push = &town.sims.world.desk(Carrier::Zto).tally.push;
    until("given up", || push.given_up.get() == 1).await;
    assert_eq!((push.failed.get(), push.sent.get()), (3, 0));
}
