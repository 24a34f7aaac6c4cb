//! What the robots and the messenger refuse.

use posthouse_simulators::{Options, Simulators};
use serde_json::{Value, json};

async fn open() -> (Simulators, reqwest::Client) {
    let simulators = Simulators::start(Options::default()).await.unwrap();
    (simulators, reqwest::Client::builder().no_proxy().build().unwrap())
}

async fn code(client: &reqwest::Client, url: &str, body: &Value) -> i64 {
    let reply: Value = client.post(url).json(body).send().await.unwrap().json().await.unwrap();
    reply["errcode"].as_i64().unwrap()
}

#[tokio::test]
async fn dingtalk_wants_its_token_a_fresh_timestamp_and_the_signature_over_it() {
    let (town, client) = open().await;
    let (now, token) = (jiff::Timestamp::now().as_millisecond(), &town.chats.dingtalk.token);
    let url = |token: &str, at: i64| town.url(&format!("/chat/dingtalk/robot/send?access_token={token}&timestamp={at}&sign=AAAA"));
    let body = json!({ "msgtype": "markdown", "markdown": { "title": "t", "text": "x" } });
    assert_eq!(code(&client, &url("another", now), &body).await, 300_005);
    assert_eq!(code(&client, &url(token, now), &body).await, 310_000);
    assert_eq!(code(&client, &url(token, now - 3_700_000), &body).await, 310_000);
    assert!(town.chats.dingtalk.room.said().is_empty());
}

#[tokio::test]
async fn wecom_counts_bytes_and_messages() {
    let (town, client) = open().await;
    let url = |key: &str| town.url(&format!("/chat/wecom/cgi-bin/webhook/send?key={key}"));
    let own = url(&town.chats.wecom.key);
    let body = |text: String| json!({ "msgtype": "markdown", "markdown": { "content": text } });
    assert_eq!(code(&client, &url("another"), &body("x".into())).await, 93_000);
    assert_eq!(code(&client, &own, &body("迟".repeat(1366))).await, 40_058, "4,098 bytes");
    for _ in 0..20 {
        assert_eq!(code(&client, &own, &body("迟".repeat(1365))).await, 0);
    }
    assert_eq!(code(&client, &own, &body("x".into())).await, 45_009, "the twenty-first in a minute");
}

#[tokio::test]
async fn wechat_wants_a_live_token_a_follower_and_its_template() {
    let (town, client) = open().await;
    let wechat = &town.chats.wechat;
    let asks = json!({ "grant_type": "client_credential", "appid": wechat.app_id, "secret": "another" });
    let tokens = town.url("/chat/wechat/cgi-bin/stable_token");
    assert_eq!(code(&client, &tokens, &asks).await, 40_125);
    let asks = json!({ "grant_type": "client_credential", "appid": wechat.app_id, "secret": wechat.secret });
    let given: Value = client.post(&tokens).json(&asks).send().await.unwrap().json().await.unwrap();
    let url = |token: &str| town.url(&format!("/chat/wechat/cgi-bin/message/template/send?access_token={token}"));
    let own = url(given["access_token"].as_str().unwrap());
    let to = format!("o{}", "x".repeat(27));
    let body = |to: &str, template: &str| json!({ "touser": to, "template_id": template, "data": { "thing1": { "value": "v" } } });
    assert_eq!(code(&client, &url("another"), &body(&to, &wechat.template)).await, 40_001);
    assert_eq!(code(&client, &own, &body("x", &wechat.template)).await, 40_003);
    assert_eq!(code(&client, &own, &body(&to, "another")).await, 40_037);
    assert_eq!(code(&client, &own, &body(&to, &wechat.template)).await, 43_004);
    wechat.follow(&to);
    assert_eq!(code(&client, &own, &body(&to, &wechat.template)).await, 0);
    wechat.end_token();
    assert_eq!(code(&client, &own, &body(&to, &wechat.template)).await, 42_001);
}
