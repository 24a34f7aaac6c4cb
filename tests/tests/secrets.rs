//! A secret is in the credential file, in the host's memory, and on its way to the carrier; nowhere else.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use posthouse_simulators::{Carrier, Mood, Pace};
use posthouse_tests::{Setup, TestHost, Town, order, until};
use serde_json::{Value, json};

/// Every spelling in which it could have leaked.
fn spellings(secret: &str) -> Vec<String> {
    let json = json!(secret).to_string();
    let nested = json!(json).to_string();
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    // Inside a longer text, Base64 is the same but for its ends.
    let shifted = (0..3).flat_map(|shift| {
        let padded = [vec![b' '; shift], secret.as_bytes().to_vec()].concat();
        [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)].map(|text| text[4..text.len() - 4].to_owned())
    });
    let mut all = vec![secret.to_owned(), json[1..json.len() - 1].to_owned(), nested[3..nested.len() - 3].to_owned()];
    all.extend([hex::encode(secret), hex::encode_upper(secret), STANDARD.encode(secret), percent.to_lowercase(), percent]);
    all.extend(shifted);
    all
}

#[track_caller]
fn is_clean(what: &str, bytes: &[u8], secrets: &[(String, String)]) {
    for (name, secret) in secrets {
        for spelling in spellings(secret) {
            assert!(memchr::memmem::find(bytes, spelling.as_bytes()).is_none(), "{name} is in {what}, as {spelling}");
        }
    }
}

/// Everything that the API tells.
async fn told(host: &TestHost) -> String {
    let page = host.read("/v1/parcels?limit=200").await;
    let mut all = vec![page.to_string()];
    for parcel in page["parcels"].as_array().unwrap() {
        let id = parcel["id"].as_str().unwrap();
        all.push(host.get(&format!("/v1/parcels/{id}")).await.body);
        all.push(host.get(&format!("/v1/parcels/{id}/events")).await.body);
    }
    for path in ["/v1/carriers", "/metrics", "/healthz"] {
        all.push(host.get(path).await.body);
    }
    all.join("\n")
}

#[tokio::test]
async fn no_secret_is_found_anywhere_it_does_not_belong() {
    let town = Town::open().await;
    let accounts = json!(town.sims.world.accounts);
    let host = Setup::carriers(&town)
        .await
        .credential("sf", "token", &accounts["sf"])
        .credential("sf", "token", &json!({ "auth": "token" }))
        .with("exchanges.sample = 1")
        .log("trace")
        .start()
        .await;
    town.push_to(&host).await;
    let mut parcels: Vec<Value> = town.some_of_each(4, Pace::Held(2)).iter().map(order).collect();
    let tokened: Vec<Value> = town
        .parcels(Carrier::Sf, 3, Pace::Held(2))
        .iter()
        .map(|p| json!({ "carrier": "sf", "number": p.number, "account": "token" }))
        .collect();
    parcels.extend(tokened.clone());
    host.register(&parcels).await;
    for parcel in &tokened {
        let path = format!("/v1/parcels/by-number/sf/{}?account=token", parcel["number"].as_str().unwrap());
        until("it is read with a token", async || (host.read(&path).await["outcome"] == "tracks").then_some(())).await;
    }
    assert_eq!(town.tally(Carrier::Sf).tokens.get(), 1, "one token serves all");
    // A carrier pushes what happens after the subscription.
    let subscribed = |carrier| town.tally(carrier).subscriptions.get() >= 4;
    until("all are subscribed", async || Carrier::ALL.into_iter().all(subscribed).then_some(())).await;
    // Tokens die early, and carriers have bad days: a failure is where secrets leak.
    town.sims.world.sf.expire_tokens();
    until("a second token", async || (town.tally(Carrier::Sf).tokens.get() >= 2).then_some(())).await;
    for mood in [Mood::Http500, Mood::Garbage, Mood::Truncate, Mood::Normal] {
        for carrier in Carrier::ALL {
            town.mood(carrier, mood);
            let asked = town.tally(carrier).requests.get();
            until("a few looks on such a day", async || (town.tally(carrier).requests.get() >= asked + 3).then_some(())).await;
        }
    }
    for parcel in Carrier::ALL.iter().flat_map(|c| town.sims.world.parcels(*c)) {
        town.sims.world.advance(&parcel, 1);
    }
    until("pushes came", async || Carrier::ALL.iter().all(|c| town.tally(*c).push.accepted.get() > 0).then_some(())).await;

    let field = |carrier: &str, name: &str| (format!("{carrier}.{name}"), accounts[carrier][name].as_str().unwrap().to_owned());
    let mut secrets = vec![field("sf", "checkword"), field("zto", "app-secret"), field("yto", "secret"), field("deppon", "appkey")];
    secrets.extend(tokens().await);
    secrets.push(("the hub's key".into(), host.key.clone()));
    is_clean("the API's answers", told(&host).await.as_bytes(), &secrets);
    is_clean("the log", host.log().as_bytes(), &secrets);
    let files = |host: &TestHost| {
        ["posthouse.db", "posthouse.db-wal", "posthouse.db-shm"].map(|name| (name, std::fs::read(host.file(name)).unwrap_or_default()))
    };
    let kept = files(&host);
    assert!(kept[0].1.len() + kept[1].1.len() > 100_000, "exchanges are kept");
    for (name, bytes) in kept {
        is_clean(name, &bytes, &secrets);
    }
    let tokens_kept: i64 = sqlx::query_scalar("SELECT count(*) FROM tokens").fetch_one(&mut host.database().await).await.unwrap();
    assert_eq!(tokens_kept, 1, "the token is kept, sealed");
    host.stop().await;
}

/// The tokens that a town of this seed gives out, in order: another town's, asked as the host asks.
async fn tokens() -> Vec<(String, String)> {
    let town = Town::open().await;
    let sf = &town.sims.world.accounts.sf;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut tokens = vec![];
    for nth in 1..=2 {
        let form = [("partnerID", &*sf.partner_id), ("secret", &*sf.checkword), ("grantType", "password")];
        let reply: Value = client.post(town.sims.url("/sf/oauth2/accessToken")).form(&form).send().await.unwrap().json().await.unwrap();
        tokens.push((format!("token {nth}"), reply["accessToken"].as_str().unwrap().to_owned()));
    }
    tokens
}

#[tokio::test]
async fn a_token_survives_a_restart_and_is_used_again() {
    let town = Town::open().await;
    let mut host = Setup::carriers(&town).await.credential("sf", "main", &json!({ "auth": "token" })).start().await;
    let parcel = town.parcel(Carrier::Sf, Pace::Held(2));
    host.register(&[order(&parcel)]).await;
    host.wait_for_outcome("sf", &parcel.number, "tracks").await;
    host.kill().await;
    host.restart().await;
    let asked = town.tally(Carrier::Sf).queries.get();
    until("it is looked at again", async || (town.tally(Carrier::Sf).queries.get() > asked).then_some(())).await;
    assert_eq!(town.tally(Carrier::Sf).tokens.get(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_credential_file_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let town = Town::open().await;
    let folder = Setup::carriers(&town).await.write();
    let file = |name: &str| folder.path().join(name);
    std::fs::set_permissions(file("credentials.toml"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let ran = posthouse_tests::program::run(&["serve".as_ref(), "--config".as_ref(), file("posthouse.toml").as_os_str()]);
    assert_ne!(ran.code, 0);
    assert!(ran.err.contains("chmod 600"), "{ran:?}");
}
