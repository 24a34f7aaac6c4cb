use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use posthouse_simulators::{Batch, Carrier, Pace, Parcel};
use serde_json::{Value, json};

use crate::subscriber::town_and_subscriber;
use crate::town::{Town, now, until};

const LAG: i64 = 6_480;

async fn late(town: &Town, carrier: Carrier) {
    town.control("/lag", json!({ "carrier": carrier, "seconds": LAG })).await;
}

fn batch(count: usize, pace: Pace) -> Batch {
    Batch { count, pace, phone_tail: false }
}

/// The times that the carrier shows of a parcel.
async fn shown(town: &Town, parcel: &Arc<Parcel>) -> Vec<i64> {
    let truth = town.get(&format!("/control/truth/{}/{}", parcel.carrier, parcel.number)).await;
    let time = |event: &Value| event["at"].as_str().unwrap().parse::<Timestamp>().unwrap().as_second();
    truth["events"].as_array().unwrap().iter().map(time).collect()
}

fn is_by_a_fifth_of(length: i64, lag: i64) -> bool {
    // The clock goes on while the test looks.
    (lag * 4 / 5..=lag * 6 / 5 + 30).contains(&length)
}

#[tokio::test]
async fn what_is_told_late_happened_the_lag_before_and_what_was_seen_stays() {
    let town = Town::open().await;
    let mut lengths = BTreeSet::new();
    for carrier in Carrier::ALL {
        late(&town, carrier).await;
        for parcel in town.parcels(carrier, batch(20, Pace::Held(2))) {
            let before = shown(&town, &parcel).await;
            assert!(before.len() == 2 && before.iter().all(|at| now() / 1000 - at > LAG * 4 / 5), "{carrier}");
            town.sims.world.advance(&parcel, 100);
            let told = now() / 1000;
            let after = shown(&town, &parcel).await;
            assert_eq!((after.len(), &after[..2]), (parcel.events.len(), &before[..]), "{carrier}");
            assert!(after.is_sorted_by(|a, b| a < b), "{carrier}: {after:?}");
            let grain = if carrier == Carrier::Ems { 60 } else { 0 };
            let length = told - after[after.len() - 1];
            assert!(is_by_a_fifth_of(length - grain, LAG) || is_by_a_fifth_of(length, LAG), "{carrier}: {length}");
            lengths.insert(length / 60);
            assert_eq!(shown(&town, &parcel).await, after, "told once and for all");
        }
    }
    assert!(lengths.len() > 10, "each parcel has its own: {lengths:?}");
}

#[tokio::test]
async fn the_same_parcel_is_late_by_the_same_each_time() {
    let mut lengths = vec![];
    for _ in 0..2 {
        let town = Town::open().await;
        late(&town, Carrier::Yto).await;
        let parcel = town.parcel(Carrier::Yto, Pace::Held(0));
        town.sims.world.advance(&parcel, 1);
        lengths.push(now() / 1000 - shown(&town, &parcel).await[0]);
    }
    assert!((lengths[0] - lengths[1]).abs() <= 5, "{lengths:?}");
}

#[tokio::test]
async fn one_event_at_a_time_never_goes_back() {
    let town = Town::open().await;
    late(&town, Carrier::Ems).await;
    let parcel = town.parcel(Carrier::Ems, Pace::Held(0));
    for visible in 1..=parcel.events.len() {
        town.sims.world.advance(&parcel, 1);
        let times = shown(&town, &parcel).await;
        assert!(times.len() == visible && times.is_sorted_by(|a, b| a < b), "{times:?}");
        assert!(*times.last().unwrap() < now() / 1000, "never in the future");
    }
}

#[tokio::test]
async fn questions_pushes_and_the_story_tell_the_same_time() {
    let (town, mut subscriber) = town_and_subscriber(Carrier::Sf).await;
    late(&town, Carrier::Sf).await;
    subscriber.say(r#"{"return_code":"0000","return_msg":"成功"}"#);
    let parcel = town.parcel(Carrier::Sf, Pace::Held(3));
    town.sims.world.subscribe(Carrier::Sf, &parcel.number);
    let answered = || parcel.told(town.sims.world.story(), |events| events.iter().map(|e| e.china_time()).collect()).into_owned();
    let before = answered();
    town.sims.world.advance(&parcel, 1);
    let push: Value = serde_json::from_str(&subscriber.next().await).unwrap();
    let time = push["Body"]["WaybillRoute"][0]["acceptTime"].as_str().unwrap().to_owned();
    assert_eq!(answered(), format!("{before},{time}"));
    assert!(is_by_a_fifth_of(now() / 1000 - parcel.events[3].at(), LAG));

    town.sims.world.set_speed(1e9);
    let of_the_story = town.parcel(Carrier::Sf, Pace::Story);
    until("its life is told", || of_the_story.visible(town.sims.world.story()).len() == of_the_story.events.len()).await;
    let times = shown(&town, &of_the_story).await;
    assert!(times.is_sorted_by(|a, b| a < b) && is_by_a_fifth_of(now() / 1000 - times[times.len() - 1], LAG), "{times:?}");
}

#[tokio::test]
async fn a_lag_is_the_carriers_own_and_ends() {
    let town = Town::open().await;
    late(&town, Carrier::Sf).await;
    let prompt = town.parcel(Carrier::Zto, Pace::Complete);
    assert!(now() / 1000 - prompt.events.last().unwrap().at() < 30, "another carrier");
    town.control("/lag", json!({ "carrier": "sf", "seconds": null })).await;
    let prompt = town.parcel(Carrier::Sf, Pace::Complete);
    assert!(now() / 1000 - prompt.events.last().unwrap().at() < 30, "told at once again");
    let desk = town.sims.world.desk(Carrier::Sf);
    assert!(desk.set_lag(Some(Duration::from_secs(60))).is_err() && desk.set_lag(Some(Duration::from_secs(1_200))).is_ok());
}
