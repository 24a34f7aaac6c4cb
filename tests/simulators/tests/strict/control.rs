use posthouse_simulators::{Carrier, Pace};
use serde_json::{Value, json};

use crate::town::{Town, until};

#[tokio::test]
async fn parcels_have_their_carriers_numbers_and_are_never_two_of_a_kind() {
    let town = Town::open().await;
    let shapes = [
        ("sf", "SF", 15..=15),
        ("zto", "7", 14..=14),
        ("yto", "YT", 15..=15),
        ("deppon", "DPK", 16..=16),
        ("sto", "777", 15..=15),
        ("yunda", "", 14..=15),
        ("jt", "JT", 15..=15),
        ("ems", "1", 13..=13),
        ("jd", "JD", 15..=15),
        ("zjs", "ZJS", 15..=15),
        ("danniao", "DN9", 15..=15),
    ];
    assert_eq!(shapes.len(), Carrier::ALL.len());
    for (carrier, prefix, length) in shapes {
        let made = town.control("/parcels", json!({ "carrier": carrier, "count": 500 })).await;
        let parcels = made["parcels"].as_array().unwrap();
        let numbers: std::collections::BTreeSet<_> = parcels.iter().map(|p| p["number"].as_str().unwrap()).collect();
        assert_eq!(numbers.len(), 500);
        assert!(numbers.iter().all(|n| n.starts_with(prefix) && length.contains(&n.len())), "{carrier}");
    }
}

#[tokio::test]
async fn the_truth_is_what_is_visible() {
    let town = Town::open().await;
    let made = town.control("/parcels", json!({ "carrier": "sf", "events": 2 })).await;
    let number = made["parcels"][0]["number"].as_str().unwrap().to_owned();
    let truth = format!("/control/truth/sf/{number}");
    assert_eq!(town.get(&truth).await["events"].as_array().unwrap().len(), 2);
    let advanced = town.control("/advance", json!({ "carrier": "sf", "number": number, "events": 1 })).await;
    assert_eq!(advanced["visible"], 3);
    let now = town.get(&truth).await;
    let times: Vec<_> = now["events"].as_array().unwrap().iter().map(|e| e["at"].as_str().unwrap()).collect();
    assert!(times.len() == 3 && times.is_sorted() && times.iter().all(|t| t.len() == 20 && t.ends_with('Z')), "{times:?}");
    assert_eq!(now["done"], false);
    let all = town.get("/control/truth").await;
    assert_eq!(all["parcels"], json!([now]));
    town.control("/advance", json!({ "carrier": "sf", "number": number, "events": 100 })).await;
    assert_eq!(town.get(&truth).await["done"], true);
}

#[tokio::test]
async fn the_story_goes_on_at_its_speed_and_never_into_the_future() {
    let town = Town::with(|o| o.speed = 0.0).await;
    let parcel = town.parcel(Carrier::Yto, Pace::Story);
    assert!(parcel.visible(town.sims.world.story()).is_empty(), "the story stands still");
    town.control("/speed", json!({ "speed": 1e9 })).await;
    until("the whole life is told", || parcel.visible(town.sims.world.story()).len() == parcel.events.len()).await;
    assert!(parcel.events.iter().all(|e| e.at() * 1000 < crate::town::now()));
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story() {
    let (one, two) = (Town::open().await, Town::open().await);
    let other = Town::with(|o| o.seed = 2).await;
    let life = |town: &Town| {
        let parcel = town.parcel(Carrier::Deppon, Pace::Complete);
        let texts: Vec<_> = parcel.events.iter().map(|e| e.text.to_string()).collect();
        (parcel.number.clone(), texts, town.sims.world.accounts.sf.checkword.clone())
    };
    assert_eq!(life(&one), life(&two));
    assert_ne!(life(&one), life(&other));
}

#[tokio::test]
async fn accounts_and_endpoints_have_the_adapters_names() {
    let town = Town::open().await;
    let accounts = town.get("/control/accounts").await;
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&accounts["sf"]), "checkword partner-id");
    assert_eq!(names(&accounts["zto"]), "app-key app-secret");
    assert_eq!(names(&accounts["yto"]), "client-id customer-code secret user-part");
    assert_eq!(names(&accounts["deppon"]), "appkey company-code customer-code");
    assert_eq!(names(&accounts["jt"]), "api-account private-key");
    assert_eq!(names(&accounts["sto"]), "app-key secret-key");
    assert_eq!(names(&accounts["ems"]), "authorization sender-no sm4-key");
    let secrets = [("sf", "checkword"), ("deppon", "appkey"), ("jt", "private-key"), ("sto", "secret-key"), ("ems", "authorization")];
    for secret in secrets.map(|(carrier, name)| &accounts[carrier][name]) {
        let secret = secret.as_str().unwrap();
        assert!(secret.len() >= 16 && "+/=&\"".chars().all(|c| secret.contains(c)), "{secret}");
    }
    let endpoints = town.get("/control/endpoints").await;
    for (carrier, keys) in
        [("sf", "oauth service"), ("zto", "query subscribe"), ("yto", "query subscribe"), ("deppon", "query subscribe token")]
    {
        assert_eq!(names(&endpoints[carrier]), keys);
        for url in endpoints[carrier].as_object().unwrap().values() {
            let url = url.as_str().unwrap();
            let url = if carrier == "yto" { format!("{url}/a/b") } else { url.to_owned() };
            assert_eq!(town.client.post(&url).send().await.unwrap().status(), 200, "{url}");
        }
    }
    for (carrier, keys) in [
        ("sto", "api page"),
        ("yunda", "page"),
        ("jt", "api page subscribe"),
        ("ems", "lookup page"),
        ("jd", "page"),
        ("zjs", "lookup page"),
        ("danniao", "lookup page"),
    ] {
        assert_eq!(names(&endpoints[carrier]), keys);
        let page = town.client.get(endpoints[carrier]["page"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(page.status(), 200, "{carrier}");
    }
}

#[tokio::test]
async fn mistaken_wishes_are_refused() {
    let town = Town::open().await;
    let cases = [
        ("/parcels", json!({ "carrier": "best" })),
        ("/parcels", json!({ "carrier": "yto", "phone_tail": true })),
        ("/parcels", json!({ "carrier": "sf", "complete": true, "events": 1 })),
        ("/parcels", json!({ "carrier": "sf", "cuont": 1 })),
        ("/mood", json!({ "carrier": "sf", "mood": "sad" })),
        ("/push-target", json!({ "carrier": "sf", "url": "nowhere" })),
        ("/speed", json!({ "speed": -1 })),
        ("/lag", json!({ "carrier": "sf", "seconds": 60 })),
        ("/deppon/v32", json!({ "token": "both" })),
        ("/deppon/v32", json!({ "outage_ms": 1 })),
        ("/page", json!({ "carrier": "sto", "face": "sad" })),
        ("/page", json!({ "carrier": "sf", "face": "captcha" })),
        ("/page", json!({ "carrier": "sto", "face": "hostile" })),
        ("/page", json!({ "carrier": "sto", "face": "captcha", "internal": "127.0.0.1:9" })),
        ("/robots", json!({ "text": "", "status": 1 })),
        ("/push-target", json!({ "carrier": "yunda", "url": "http://127.0.0.1:9/" })),
        ("/advance", json!({ "carrier": "sf", "number": "SF0" })),
    ];
    for (path, wish) in cases {
        let response = town.client.post(town.sims.url(&format!("/control{path}"))).json(&wish).send().await.unwrap();
        assert!(response.status().is_client_error(), "{path} {wish}");
    }
}
