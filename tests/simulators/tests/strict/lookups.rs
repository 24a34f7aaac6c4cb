//! What pages fetch of their own.

use posthouse_simulators::{Carrier, Face, Pace, Parcel};
use serde_json::{Value, json};

use crate::town::{Town, json as parse};

const EMS: &str = "/ems/apple/getMailNoRoutes";
const ZJS: &str = "/zjs/api/tracking.jspx";
const DANNIAO: &str = "/danniao/logisticsDetails/lpcPackPubQuery?mailNoList=";

async fn ems(town: &Town, number: &str) -> Value {
    parse(town.client.post(town.sims.url(EMS)).json(&json!({ "mailNum": number })).send().await.unwrap()).await
}

async fn jd(town: &Town, number: &str) -> Value {
    town.form("/jd/trackQuery/trace", &[("waybillCode", number.to_owned())]).await
}

async fn zjs(town: &Town, number: &str) -> String {
    let response = town.client.post(town.sims.url(ZJS)).form(&[("orderNos", number)]).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/xml; charset=UTF-8");
    response.text().await.unwrap()
}

async fn danniao(town: &Town, number: &str) -> Value {
    town.get(&format!("{DANNIAO}{number}")).await
}

fn texts(parcel: &Parcel) -> Vec<String> {
    parcel.events.iter().map(|event| event.text.to_string()).collect()
}

#[tokio::test]
async fn ems_dates_the_last_event_of_a_day_and_none_before() {
    let town = Town::open().await;
    let parcel = town.parcel(Carrier::Ems, Pace::Complete);
    let reply = ems(&town, &parcel.number).await;
    let found = reply["value"]["domesticMailResultDtoList"].as_array().unwrap();
    let routes = found[0]["resObj"].as_array().unwrap();
    assert_eq!(routes.len(), parcel.events.len());
    for (i, (route, event)) in routes.iter().zip(&parcel.events).enumerate() {
        let time = event.china_time();
        assert!(time.ends_with(":00"), "EMS writes no seconds");
        assert_eq!((&route["bubbleTime"], &route["opDesc"]), (&json!(time[..16]), &json!(event.text)));
        assert_eq!((&route["opStateCode"], &route["traceNo"]), (&json!(event.code), &json!(parcel.number)));
        let last = parcel.events.get(i + 1).is_none_or(|next| next.china_time()[..10] != time[..10]);
        assert_eq!(route["opTime"], if last { &time[..16] } else { &time[11..16] });
        let op_code = route["opCode"].as_str().unwrap();
        let name = [("5", "已揽收"), ("6", "运送中"), ("11", "派送中"), ("18", "已签收")].into_iter().find(|(code, _)| *code == op_code);
        assert_eq!(route["opName"], name.unwrap().1);
    }
}

#[tokio::test]
async fn ems_revokes_some_deliveries() {
    let town = Town::open().await;
    let revoked = (0..100).map(|_| town.parcel(Carrier::Ems, Pace::Complete)).find(|p| p.events.iter().any(|e| e.code == "743")).unwrap();
    let codes: Vec<_> = revoked.events.iter().map(|event| event.code).collect();
    assert_eq!(codes[codes.len() - 5..], ["702", "704", "743", "702", "704"]);
}

#[tokio::test]
async fn jd_tells_states_newest_first() {
    let town = Town::open().await;
    let parcel = town.parcel(Carrier::Jd, Pace::Complete);
    let reply = jd(&town, &parcel.number).await;
    assert_eq!((&reply["found"], &reply["waybillCode"]), (&json!(true), &json!(parcel.number)));
    for (trace, event) in reply["traces"].as_array().unwrap().iter().zip(parcel.events.iter().rev()) {
        assert_eq!((&trace["operationTime"], &trace["state"]), (&json!(event.china_time()), &json!(event.code)));
        assert_eq!(trace["operationRemark"], *event.text);
        assert!(!trace["operationTitle"].as_str().unwrap().is_empty());
    }
    assert_eq!(reply["traces"].as_array().unwrap().len(), parcel.events.len());
}

#[tokio::test]
async fn zjs_answers_xml_with_one_step_or_several_and_a_signer() {
    let town = Town::open().await;
    let parcel = (0..50)
        .map(|_| town.parcel(Carrier::Zjs, Pace::Complete))
        .find(|p| p.events.last().unwrap().text.contains("签收人"))
        .expect("most are signed");
    let xml = zjs(&town, &parcel.number).await;
    assert!(xml.starts_with("<?xml") && xml.contains(&format!("<mailNo>{}</mailNo><orderStatus>SIGNED</orderStatus>", parcel.number)));
    assert!(xml.contains("<signinPer>"));
    let positions: Vec<_> =
        texts(&parcel).iter().map(|text| xml.find(&format!("<acceptAddress>{text}</acceptAddress>")).unwrap()).collect();
    assert!(positions.is_sorted());
    let young = town.parcel(Carrier::Zjs, Pace::Held(1));
    let xml = zjs(&town, &young.number).await;
    assert_eq!(xml.matches("<step>").count(), 1);
    assert!(xml.contains("<orderStatus>GOT</orderStatus>") && !xml.contains("signinPer"));
}

#[tokio::test]
async fn danniao_tells_newest_first_and_one_status_word() {
    let town = Town::open().await;
    let parcel = town.parcel(Carrier::Danniao, Pace::Complete);
    let reply = danniao(&town, &parcel.number).await;
    let detail = reply["data"][0]["fullTraceDetail"].as_array().unwrap();
    let told: Vec<_> = detail.iter().rev().map(|step| step["desc"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, texts(&parcel));
    let last = parcel.events.last().unwrap();
    assert_eq!((&reply["data"][0]["logisticsStatusDesc"], &reply["data"][0]["mailNo"]), (&json!(last.code), &json!(parcel.number)));
    assert_eq!(detail[0]["time"], last.china_time());
}

#[tokio::test]
async fn unknown_and_untouched_are_told_apart() {
    let town = Town::open().await;
    let untouched = |carrier| town.parcel(carrier, Pace::Held(0)).number.clone();
    assert_eq!(ems(&town, "1").await["value"]["domesticMailResultDtoList"], json!([]));
    assert_eq!(ems(&town, &untouched(Carrier::Ems)).await["value"]["domesticMailResultDtoList"][0]["resObj"], json!([]));
    assert_eq!(jd(&town, "JD1").await["found"], false);
    assert_eq!(jd(&town, &untouched(Carrier::Jd)).await["found"], true);
    assert!(zjs(&town, "ZJS1").await.contains("<error>"));
    assert!(zjs(&town, &untouched(Carrier::Zjs)).await.contains("<steps></steps>"));
    assert_eq!(danniao(&town, "DN1").await, json!({ "success": true, "data": [] }));
    assert_eq!(danniao(&town, &untouched(Carrier::Danniao)).await["data"][0]["fullTraceDetail"], json!([]));
}

#[tokio::test]
async fn a_lookup_agrees_with_the_face_its_page_had() {
    let town = Town::open().await;
    let parcel = town.parcel(Carrier::Danniao, Pace::Complete);
    let rows = async |face| {
        town.face(Carrier::Danniao, face);
        town.page(Carrier::Danniao, &parcel.number).await;
        town.face(Carrier::Danniao, Face::Normal);
        danniao(&town, &parcel.number).await["data"].clone()
    };
    assert_eq!(rows(Face::NoRecord).await, json!([]));
    assert_eq!(rows(Face::Empty).await[0]["fullTraceDetail"], json!([]));
    assert_eq!(rows(Face::Paged).await[0]["fullTraceDetail"].as_array().unwrap().len(), 3);
    assert_ne!(rows(Face::OtherParcel).await[0]["mailNo"], parcel.number);
    assert_eq!(rows(Face::Normal).await[0]["fullTraceDetail"].as_array().unwrap().len(), parcel.events.len());
    let parcel = town.parcel(Carrier::Jd, Pace::Complete);
    town.face(Carrier::Jd, Face::NoRecord);
    town.page(Carrier::Jd, "").await;
    assert_eq!(jd(&town, &parcel.number).await["found"], false);
}
