//! A secret is in the credential file, in the host's memory, and on its way to the carrier; nowhere else.

use posthouse_simulators::{Carrier, Mood, Pace};
use posthouse_tests::leaks::nowhere;
use posthouse_tests::{Setup, Town, order, until};
use serde_json::{Value, json};

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
    nowhere(&host, &secrets).await;
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
