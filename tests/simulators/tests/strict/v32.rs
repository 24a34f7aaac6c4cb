//! Deppon after the story's change: another account, a token, and the old key is off.

use std::time::Duration;

use posthouse_simulators::Carrier::Deppon;
use posthouse_simulators::{V32Token, sign};
use serde_json::{Value, json};

use crate::deppon::{QUERY, SUBSCRIBE};
use crate::town::{Town, edit, now};

const TOKEN: &str = "/deppon/oauth/token";

type Fields = Vec<(&'static str, String)>;

/// A form as the credential and the token make it.
fn form(credential: &Value, token: Option<&str>) -> Fields {
    let field = |name: &str| credential[name].as_str().unwrap().to_owned();
    let params = json!({ "mailNo": "DPK6000000000000", "tracking_number": "DPK6000000000000", "customerCode": field("customer-code") });
    let (params, timestamp) = (params.to_string(), now().to_string());
    let digest = sign::deppon(&params, &field("appkey"), &timestamp);
    let fields = vec![("companyCode", field("company-code")), ("timestamp", timestamp), ("digest", digest), ("params", params)];
    edit(fields, "token", token)
}

fn token_form(credential: &Value) -> Fields {
    let timestamp = now().to_string();
    let digest = sign::deppon("", credential["appkey"].as_str().unwrap(), &timestamp);
    vec![("companyCode", credential["company-code"].as_str().unwrap().to_owned()), ("timestamp", timestamp), ("digest", digest)]
}

/// What the query and the subscription say to the same form.
async fn codes(town: &Town, fields: &Fields) -> [String; 2] {
    let (query, subscribe) = (town.form(QUERY, fields).await, town.form(SUBSCRIBE, fields).await);
    [&query["resultCode"], &subscribe["error_code"]].map(|code| code.as_str().unwrap().to_owned())
}

fn change(town: &Town, token: V32Token) -> Value {
    town.sims.world.change_deppon(token, Duration::ZERO);
    town.sims.world.accounts.deppon_v32.credential(token)
}

#[tokio::test]
async fn nobody_is_answered_during_the_outage_and_that_is_no_refusal() {
    let town = Town::open().await;
    let old = json!(town.sims.world.accounts.deppon);
    assert_eq!(codes(&town, &form(&old, None)).await, ["1000", "1000"]);
    assert_eq!(town.get("/control/stats").await["deppon"]["v32"], Value::Null);
    town.control("/deppon/v32", json!({ "token": "static", "outage_ms": 3_600_000 })).await;
    for path in [QUERY, SUBSCRIBE] {
        let response = town.client.post(town.sims.url(path)).form(&form(&old, None)).send().await.unwrap();
        assert_eq!(response.status(), 503);
    }
    assert_eq!(town.refusals(Deppon), [("503-outage", 2)].into());
    let told = town.get("/control/stats").await["deppon"]["v32"].clone();
    assert_eq!((&told["token"], &told["first_refusal_ms"]), (&json!("static"), &Value::Null));
    assert_eq!(told["open_ms"].as_i64().unwrap() - told["changed_ms"].as_i64().unwrap(), 3_600_000);
}

#[tokio::test]
async fn afterwards_company_key_token_and_customer_are_the_new_ones() {
    let town = Town::open().await;
    let old = json!(town.sims.world.accounts.deppon);
    let new = change(&town, V32Token::Static);
    let mixed = |name: &str| {
        let mut mixed = new.clone();
        mixed[name] = old[name].clone();
        mixed
    };
    let token = new["token"].as_str();
    let before = now();
    assert_eq!(codes(&town, &form(&old, token)).await, ["3002", "3002"]);
    let first = town.sims.world.v32.change().unwrap().first_refusal_ms.unwrap();
    assert!((before..=now()).contains(&first));
    for fields in
        [form(&mixed("company-code"), token), form(&mixed("appkey"), token), form(&new, None), form(&new, Some("")), form(&new, Some("T"))]
    {
        assert_eq!(codes(&town, &fields).await, ["3002", "3002"], "{fields:?}");
    }
    assert_eq!(codes(&town, &form(&mixed("customer-code"), token)).await, ["3002", "1000"], "only a query names the customer");
    assert_eq!(codes(&town, &form(&new, token)).await, ["1000", "1000"]);
    let expected = [("3002-company", 4), ("3002-customer", 1), ("3002-digest", 2), ("3002-token", 6)];
    assert_eq!(town.refusals(Deppon), expected.into());
    assert_eq!(town.get("/control/stats").await["deppon"]["v32"]["first_refusal_ms"], first, "later ones do not move it");
    assert_eq!(town.form(TOKEN, &token_form(&new)).await["resultCode"], "3002", "a static token is not fetched");
}

#[tokio::test]
async fn a_fetched_token_ends_the_one_before() {
    let town = Town::open().await;
    let old = json!(town.sims.world.accounts.deppon);
    assert_eq!(town.form(TOKEN, &token_form(&old)).await["resultCode"], "3002", "there is nothing to fetch yet");
    let new = change(&town, V32Token::Fetched);
    let good = || token_form(&new);
    let cases = [
        (edit(good(), "digest", None), "2006"),
        (edit(good(), "timestamp", Some("1")), "2006"),
        (edit(good(), "digest", Some("YjE0NTc5ZDBmMmVkYTU1YmRiNDUwZjJjOWFmNmEwY2E=")), "3002"),
        (token_form(&old), "3002"),
    ];
    for (fields, code) in &cases {
        assert_eq!(town.form(TOKEN, fields).await["resultCode"], *code, "{fields:?}");
    }
    assert_eq!(codes(&town, &form(&new, None)).await, ["3002", "3002"]);

    let mut tokens = vec![];
    for _ in 0..2 {
        let answer = town.form(TOKEN, &good()).await;
        assert_eq!((&answer["result"], &answer["expires_in"]), (&json!("true"), &json!(7200)));
        tokens.push(answer["token"].as_str().unwrap().to_owned());
        assert_eq!(codes(&town, &form(&new, tokens.last().map(String::as_str))).await, ["1000", "1000"]);
    }
    assert_ne!(tokens[0], tokens[1]);
    assert_eq!(codes(&town, &form(&new, Some(&tokens[0]))).await, ["3002", "3002"]);
    assert_eq!(town.sims.world.desk(Deppon).tally.tokens.get(), 2);
    town.control("/tokens/expire", json!({})).await;
    assert_eq!(codes(&town, &form(&new, Some(&tokens[1]))).await, ["3002", "3002"]);
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_locks_the_account_if_it_is_used_when_dead() {
    let town = Town::open().await;
    let new = change(&town, V32Token::Rotating);
    let refresh =
        |token: &str| -> Fields { vec![("companyCode", new["company-code"].as_str().unwrap().into()), ("refreshToken", token.into())] };
    let text = |answer: &Value, name: &str| answer[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    assert_eq!(town.form(TOKEN, &refresh("nothing")).await["resultCode"], "3002");
    assert_eq!(town.form(TOKEN, &edit(token_form(&new), "digest", Some("x"))).await["resultCode"], "3002");
    let first = town.form(TOKEN, &token_form(&new)).await;
    let other_company = edit(refresh(&text(&first, "refresh_token")), "companyCode", Some("EWB"));
    assert_eq!(town.form(TOKEN, &other_company).await["resultCode"], "3002");
    let second = town.form(TOKEN, &refresh(&text(&first, "refresh_token"))).await;
    for token in [&first, &second] {
        assert_eq!(codes(&town, &form(&new, Some(&text(token, "token")))).await, ["1000", "1000"], "the second is not used before");
    }
    assert_eq!(codes(&town, &form(&new, Some(&text(&first, "token")))).await, ["3002", "3002"]);
    assert!(!town.sims.world.v32.rotation().locked);
    assert_eq!(town.form(TOKEN, &refresh(&text(&first, "refresh_token"))).await["resultCode"], "3002");
    assert!(town.sims.world.v32.rotation().locked);
    for fields in [refresh(&text(&second, "refresh_token")), token_form(&new)] {
        assert_eq!(town.form(TOKEN, &fields).await["resultCode"], "3002", "locked");
    }
    assert_eq!(codes(&town, &form(&new, Some(&text(&second, "token")))).await, ["3002", "3002"]);
}

#[tokio::test]
async fn the_new_account_is_shown_from_the_change_on() {
    let town = Town::open().await;
    assert_eq!(town.get("/control/accounts").await["deppon_v32"], Value::Null);
    for (token, names) in [("static", "appkey company-code customer-code token"), ("fetched", "appkey company-code customer-code")] {
        town.control("/deppon/v32", json!({ "token": token })).await;
        let accounts = town.get("/control/accounts").await;
        let (old, new) = (&accounts["deppon"], accounts["deppon_v32"].as_object().unwrap());
        assert_eq!(new.keys().cloned().collect::<Vec<_>>().join(" "), names);
        assert!(new.iter().all(|(name, value)| old[name] != *value));
    }
    assert_eq!(json!(town.sims.world.accounts).get("deppon_v32"), None, "one account for each carrier");
}
