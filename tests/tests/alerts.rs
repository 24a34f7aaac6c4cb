//! One alert from the breach to the recovery, at robots that check what is sent to them.

use posthouse_simulators::chat::Weather;
use posthouse_simulators::{Carrier, Mood, Pace};
use posthouse_tests::{Setup, TestHost, Town, order, until};
use reqwest::Method;
use serde_json::{Value, json};

const PARCELS: usize = 6;
const KEY: &str = "sla:yto/main";

/// Rounds follow each other quickly, and what failed is tried again soon.
const BRISK: &str = "incidents.window = '5s'\nsla.every = '100ms'\nalerts = { update_every = '300ms', escalate_after = '7d', digest = '', backoff = '100ms', backoff_max = '200ms' }";

/// The three channels of the town.
fn channels(town: &Town) -> String {
    let (chats, url) = (&town.sims.chats, |path: &str| town.sims.url(path));
    format!(
        "[alerts.channels.ding]\nkind = 'dingtalk'\nurl = '{}?access_token={}'\nsecret = '{}'\n\
         [alerts.channels.wecom]\nkind = 'wecom'\nurl = '{}?key={}'\n\
         [alerts.channels.hook]\nkind = 'webhook'\nurl = '{}'\nsecret = '{}'\n",
        url("/chat/dingtalk/robot/send"),
        chats.dingtalk.token,
        chats.dingtalk.secret,
        url("/chat/wecom/cgi-bin/webhook/send"),
        chats.wecom.key,
        url("/chat/hook"),
        chats.hook.secret,
    )
}

/// A host whose YTO parcels are fresh; one of the town's carriers promises more than it will keep.
async fn fresh(town: &Town, more: &str) -> TestHost {
    let setup =
        Setup::carriers(town).await.with(BRISK).with(&channels(town)).with("carriers.yto = { sla = '3s', push = false }").with(more);
    let host = setup.start().await;
    let parcels = town.parcels(Carrier::Yto, PARCELS, Pace::Held(2));
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        host.wait_for_outcome("yto", &parcel.number, "tracks").await;
    }
    host
}

/// As a monitor reads.
async fn read(host: &TestHost, path: &str) -> Value {
    let reply = host.send(host.client.get(format!("{}{path}", host.url)).bearer_auth(&host.ops)).await;
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    reply.json()
}

/// The alerts of a key, the newest first.
async fn alerts(host: &TestHost, key: &str) -> Vec<Value> {
    let all = read(host, "/v1/alerts").await["alerts"].as_array().unwrap().clone();
    all.into_iter().filter(|alert| alert["key"] == key).collect()
}

/// What the webhook's receiver heard of a key: id of the message, and its type.
fn heard(town: &Town, key: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_key = |said: &Value| said["body"]["data"]["alert"]["key"] == key;
    town.sims
        .chats
        .hook
        .room
        .said()
        .iter()
        .filter(|said| of_key(said))
        .map(|said| (text(&said["id"]), text(&said["body"]["type"])))
        .collect()
}

fn types(town: &Town, key: &str) -> Vec<String> {
    heard(town, key).into_iter().map(|(_, kind)| kind).filter(|kind| kind != "alert.updated").collect()
}

/// Messages of the robots that hold all of these words.
fn said(room: &posthouse_simulators::chat::Room, words: &[&str]) -> usize {
    let holds = |said: &Value| words.iter().all(|word| said["markdown"].to_string().contains(word));
    room.said().iter().filter(|said| holds(said)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_breach_is_told_once_with_updates_and_its_end() {
    let town = Town::open().await;
    let host = fresh(&town, "").await;
    town.mood(Carrier::Yto, Mood::Http503);
    let chats = &town.sims.chats;
    until("it is told and told again", async || {
        let updated = heard(&town, KEY).iter().any(|(_, kind)| kind == "alert.updated");
        let robots = [&chats.dingtalk.room, &chats.wecom.room].iter().all(|room| said(room, &["圆通", "P95", "告警"]) > 0);
        (updated && robots).then_some(())
    })
    .await;
    let sla = read(&host, "/v1/sla?carrier=yto").await;
    let row = &sla["accounts"][0];
    assert_eq!(
        (&row["state"], &row["tier"], &row["sla_s"], &row["freshness"]["parcels"]),
        (&json!("breached"), &json!("A"), &json!(3.0), &json!(PARCELS))
    );
    assert!(row["freshness"]["p95_s"].as_f64() > Some(3.0) && row["freshness"]["late"].as_u64() > Some(1), "{sla}");
    let shown = host.run(&["sla", "--state", "breached", "--url", &host.url]);
    assert!(shown.code == 0 && shown.out.contains("yto/main") && shown.out.contains("breached"), "{shown:?}");
    let shown = host.run(&["alert", "list", "--open", "--kind", "sla-breached", "--url", &host.url]);
    assert!(shown.code == 0 && shown.out.contains("critical") && shown.out.contains("圆通"), "{shown:?}");
    town.mood(Carrier::Yto, Mood::Normal);
    until("its end is told", async || {
        let robots = [&chats.dingtalk.room, &chats.wecom.room].iter().all(|room| said(room, &["圆通", "P95", "已恢复"]) > 0);
        (robots && types(&town, KEY).ends_with(&["alert.recovered".into()])).then_some(())
    })
    .await;
    assert_eq!(types(&town, KEY), ["alert.opened", "alert.recovered"]);
    let mut ids: Vec<String> = heard(&town, KEY).into_iter().map(|(id, _)| id).collect();
    ids.sort();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "nothing was sent twice");
    let known = alerts(&host, KEY).await;
    assert!(known.len() == 1 && known[0]["closed_at"].is_string() && known[0]["severity"] == "critical", "{known:?}");
    for room in [&chats.dingtalk.room, &chats.wecom.room, &chats.hook.room] {
        assert!(["310000", "300005", "93000", "401"].iter().all(|reason| room.refused(reason) == 0), "{room:?}");
    }
    // The incident behind it is an alert of its own.
    let incidents = read(&host, "/v1/alerts?kind=incident&carrier=yto").await;
    assert_eq!(incidents["alerts"].as_array().unwrap().len(), 1, "{incidents}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_neither_loses_nor_repeats_a_message() {
    let town = Town::open().await;
    let mut host = fresh(&town, "alerts.update_every = '7d'").await;
    let room = &town.sims.chats.hook.room;
    room.set(Weather::Down);
    town.mood(Carrier::Yto, Mood::Http503);
    let alert = until("it is tried in vain at one, and told at the other", async || {
        let alert = alerts(&host, KEY).await.pop()?;
        let shown = read(&host, &format!("/v1/alerts/{}", alert["id"].as_str()?)).await;
        let of = |channel: &str| shown["messages"].as_array()?.iter().find(|message| message["channel"] == channel);
        let (hook, wecom) = (of("hook")?, of("wecom")?);
        let failed = hook["attempts"].as_u64() > Some(0) && hook["failure"] == "HTTP 503" && hook["next_at"].is_string();
        (failed && wecom["sent_at"].is_string()).then_some(alert)
    })
    .await;
    host.kill().await;
    room.set(Weather::Fine);
    host.restart().await;
    until("it is told after the restart", async || (!heard(&town, KEY).is_empty()).then_some(())).await;
    // The worst moment: it was heard, and that may not be on record yet.
    host.kill().await;
    host.restart().await;
    town.mood(Carrier::Yto, Mood::Normal);
    until("its end is told", async || (types(&town, KEY).last()? == "alert.recovered").then_some(())).await;
    // What is repeated has its id, by which a receiver knows it; what was on record is not repeated.
    let mut heard = heard(&town, KEY);
    heard.dedup();
    assert_eq!(heard.iter().map(|(_, kind)| kind.as_str()).collect::<Vec<_>>(), ["alert.opened", "alert.recovered"], "{heard:?}");
    let wecom = &town.sims.chats.wecom.room;
    until("its end is told at the other", async || (said(wecom, &["圆通", "P95", "已恢复"]) > 0).then_some(())).await;
    assert_eq!((said(wecom, &["圆通", "P95", "告警"]), said(wecom, &["圆通", "P95", "已恢复"])), (1, 1), "{:?}", wecom.said());
    let known = alerts(&host, KEY).await;
    assert_eq!((known.len(), &known[0]["id"]), (1, &alert["id"]), "{known:?}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_has_is_escalated_and_what_somebody_has_is_not() {
    let town = Town::open().await;
    let boss = "alerts.update_every = '7d'\nalerts.channels.ding.escalation = true\ncarriers.zto = { sla = '3s', push = false }";
    let mut host = fresh(&town, boss).await;
    let parcels = town.parcels(Carrier::Zto, PARCELS, Pace::Held(2));
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        host.wait_for_outcome("zto", &parcel.number, "tracks").await;
    }
    let monitor = host.create_key(&["--name", "night watch", "--role", "monitor"]);
    town.mood(Carrier::Yto, Mood::Http503);
    town.mood(Carrier::Zto, Mood::Http503);
    let (yto, zto) =
        until("both are late", async || Some((alerts(&host, KEY).await.pop()?, alerts(&host, "sla:zto/main").await.pop()?))).await;
    let path = format!("{}/v1/alerts/{}/ack", host.url, yto["id"].as_str().unwrap());
    host.send(host.client.post(&path).bearer_auth(&host.key)).await.is_problem(403, "not-allowed");
    let acked = host.send(host.client.post(&path).bearer_auth(&monitor)).await.json();
    assert!(acked["acknowledged_by"].as_str().unwrap().starts_with("night watch key_"), "{acked}");
    let again = host.send(host.client.post(&path).bearer_auth(&host.ops)).await.json();
    assert_eq!(again["acknowledged_by"], acked["acknowledged_by"], "the first one stays");
    let registers =
        host.client.request(Method::POST, format!("{}/v1/parcels", host.url)).bearer_auth(&monitor).json(&json!({ "parcels": [] }));
    host.send(registers).await.is_problem(403, "not-allowed");
    assert_eq!(town.sims.chats.dingtalk.room.said(), Vec::<Value>::new(), "it hears only of what nobody has");
    host.kill().await;
    change(&host, "escalate_after = \"7d\"", "escalate_after = \"1ms\"");
    host.restart().await;
    let room = &town.sims.chats.dingtalk.room;
    let escalated = until("those higher up are told", async || {
        room.said().into_iter().find(|said| said["markdown"].to_string().contains(zto["id"].as_str().unwrap()))
    })
    .await;
    assert_eq!(escalated["at"]["isAtAll"], true, "{escalated}");
    assert_eq!(said(room, &[yto["id"].as_str().unwrap()]), 0, "somebody has it");
    let shown = read(&host, &format!("/v1/alerts/{}", zto["id"].as_str().unwrap())).await;
    assert!(shown["escalated_at"].is_string(), "{shown}");
    host.stop().await;
}

/// Changes the configuration of a host that is not running.
fn change(host: &TestHost, from: &str, to: &str) {
    let text = std::fs::read_to_string(host.config()).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(host.config(), text.replace(from, to)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_hold_what_is_not_critical_and_send_it_as_one() {
    let town = Town::open().await;
    // Quiet from an hour ago until in three hours, in China.
    let hour = |more: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(8 + more);
        format!("{:02}:00", at.to_zoned(jiff::tz::TimeZone::UTC).hour())
    };
    let quiet = format!("{}-{}", hour(-1), hour(3));
    // Nothing is late, and the quota could not keep it so: that is a warning.
    let tight = "sla = '3s', every = '300ms', push = false, quota = { tracking = ['1/10s'] }";
    let more = format!("alerts = {{ quiet = '{quiet}', update_every = '7d' }}\ncarriers.zto = {{ {tight} }}\ncarriers.sf = {{ {tight} }}");
    let mut host = fresh(&town, &more).await;
    for carrier in [Carrier::Zto, Carrier::Sf] {
        let parcels = town.parcels(carrier, 40, Pace::Held(2));
        host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    }
    let held = until("both are held", async || {
        let mut held = vec![];
        for key in ["capacity:zto/main", "capacity:sf/main"] {
            let id = alerts(&host, key).await.pop()?["id"].as_str()?.to_owned();
            held.push((id.clone(), read(&host, &format!("/v1/alerts/{id}")).await));
        }
        Some(held)
    })
    .await;
    for (_, shown) in &held {
        let waits = |m: &Value| m["sent_at"].is_null() && m["attempts"] == 0 && m["next_at"].is_string();
        assert!(shown["severity"] == "warning" && shown["messages"].as_array().unwrap().iter().all(waits), "{shown}");
    }
    // What is critical is told at once, and takes nothing along.
    town.mood(Carrier::Yto, Mood::Http503);
    let room = &town.sims.chats.dingtalk.room;
    until("what is critical is told", async || (said(room, &["圆通", "P95"]) > 0).then_some(())).await;
    assert_eq!(said(room, &["查询配额不足"]), 0);
    host.kill().await;
    change(&host, &format!("quiet = \"{quiet}\""), "quiet = \"\"");
    host.restart().await;
    until("what was held is told", async || (said(room, &["查询配额不足"]) > 0).then_some(())).await;
    assert_eq!(said(room, &[&held[0].0, &held[1].0, "查询配额不足"]), 1, "as one message: {:?}", room.said());
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_is_summed_up_once() {
    let town = Town::open().await;
    // Due ten minutes ago, in China.
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(8 * 60 - 10);
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%H:%M").to_string();
    let mut host = fresh(&town, &format!("alerts.digest = '{at}'")).await;
    let room = &town.sims.chats.wecom.room;
    until("it is told", async || (said(room, &["每日摘要", "Daily digest", "过去 24 小时"]) == 1).then_some(())).await;
    host.kill().await;
    host.restart().await;
    // Whatever the restarted host had to say is said before its next message.
    let tried = host.run(&["alert", "test", "--channel", "wecom", "--json", "--url", &host.url]);
    assert_eq!((tried.code, &tried.json()["results"][0]["taken"]), (0, &json!(true)), "{tried:?}");
    town.mood(Carrier::Yto, Mood::Http503);
    until("a breach is told", async || (said(room, &["圆通", "P95"]) > 0).then_some(())).await;
    assert_eq!(said(room, &["每日摘要"]), 1);
    let now = host.run(&["alert", "digest", "--json", "--url", &host.url]);
    assert_eq!(now.code, 0, "{now:?}");
    let now = now.json();
    assert!(now["breaches"][0]["zh"].as_str().unwrap().contains("圆通"), "{now}");
    assert!(now["headline"]["en"].as_str().unwrap().contains("1 SLA breaches"), "{now}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_message_is_on_record_and_leaks_nothing() {
    let town = Town::open().await;
    let wrong = format!("SEC{}", "wrong".repeat(12));
    let host = fresh(&town, &format!("alerts.channels.ding.secret = '{wrong}'")).await;
    let tried = host.run(&["alert", "test", "--json", "--url", &host.url]);
    assert_eq!(tried.code, 1, "{tried:?}");
    let results = tried.json()["results"].as_array().unwrap().clone();
    let of = |name: &str| results.iter().find(|one| one["channel"] == name).unwrap().clone();
    assert!(of("ding")["failure"].as_str().unwrap().starts_with("errcode 310000"), "{results:?}");
    assert!(of("wecom")["taken"] == true && of("hook")["taken"] == true, "{results:?}");
    town.sims.chats.wecom.room.set(Weather::Crowded);
    town.mood(Carrier::Yto, Mood::Http503);
    let shown = until("both failures are on record", async || {
        let id = alerts(&host, KEY).await.pop()?["id"].as_str()?.to_owned();
        let shown = read(&host, &format!("/v1/alerts/{id}")).await;
        let fails = |channel: &str, why: &str| {
            let is = |m: &Value| {
                m["channel"] == channel && m["failure"].as_str().is_some_and(|words| words.contains(why)) && m["next_at"].is_string()
            };
            shown["messages"].as_array().unwrap().iter().any(is)
        };
        (fails("ding", "310000") && fails("wecom", "no more messages in this minute")).then_some(shown)
    })
    .await;
    let (log, chats) = (host.log(), &town.sims.chats);
    for secret in [&wrong, &chats.dingtalk.token, &chats.dingtalk.secret, &chats.wecom.key, &chats.hook.secret] {
        assert!(!log.contains(secret.as_str()) && !shown.to_string().contains(secret.as_str()) && !tried.out.contains(secret.as_str()));
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_hears_of_the_first_scan_once() {
    let town = Town::open().await;
    let chats = &town.sims.chats;
    let wechat = &chats.wechat;
    let endpoints = format!(
        "carriers.wechat.endpoints = {{ token = '{}', message = '{}' }}",
        town.sims.url("/chat/wechat/cgi-bin/stable_token"),
        town.sims.url("/chat/wechat/cgi-bin/message/template/send")
    );
    let fields = json!({ "app-id": wechat.app_id, "app-secret": wechat.secret });
    let setup = Setup::carriers(&town).await.with(BRISK).with(&endpoints).credential("wechat", "main", &fields);
    let mut host = setup.start().await;
    let (follower, stranger) = ("oDemoFollower000000000000001", "oDemoStranger000000000000002");
    wechat.follow(follower);
    let parcels = town.parcels(Carrier::Yto, 3, Pace::Held(2));
    let with = |parcel, openid: &str, channel: &str| {
        let mut order = order(parcel);
        order["notify"] = json!({ "channel": channel, "template": wechat.template, "openid": openid });
        order
    };
    // No messenger of that name, and no carrier of the messenger's.
    let request = json!({ "parcels": [with(&parcels[0], follower, "yto"), { "carrier": "wechat", "number": "1" }] });
    let refused = host.send(host.request(Method::POST, "/v1/parcels").json(&request)).await.json();
    assert_eq!(
        (&refused["results"][0]["error"]["type"], &refused["results"][1]["error"]["type"]),
        (&json!("unknown-channel"), &json!("unknown-carrier"))
    );
    let listed = host.read("/v1/carriers").await;
    assert!(listed["carriers"].as_array().unwrap().iter().all(|carrier| carrier["id"] != "wechat"));
    host.register(&[with(&parcels[0], follower, "wechat"), with(&parcels[1], stranger, "wechat")]).await;
    until("the follower hears", async || (wechat.sent().len() == 1).then_some(())).await;
    let sent = wechat.sent();
    let values: Vec<&str> = sent[0].data.as_object().unwrap().values().filter_map(|one| one["value"].as_str()).collect();
    assert!(
        sent[0].to == follower && values.contains(&parcels[0].number.as_str()) && values.iter().any(|value| value.contains("圆通")),
        "{sent:?}"
    );
    let told = host.wait_for("yto", &parcels[1].number, "the stranger's is given up", |p| p["notify"]["state"] == "given-up").await;
    assert!(told["notify"]["failure"].as_str().unwrap().contains("43004"), "{told}");
    // The token ends before its time: one more is fetched, and after a restart nothing is repeated.
    wechat.end_token();
    host.kill().await;
    host.restart().await;
    host.register(&[with(&parcels[2], follower, "wechat"), with(&parcels[0], follower, "wechat")]).await;
    until("the next one is told, too", async || (wechat.sent().len() == 2).then_some(())).await;
    host.wait_for("yto", &parcels[2].number, "it is on record", |p| p["notify"]["state"] == "sent").await;
    assert!(wechat.sent()[1].data.to_string().contains(&parcels[2].number) && wechat.fetched() == 2, "{}", wechat.fetched());
    // Nobody's name is anywhere but at the messenger; erased with the parcel.
    assert!(!host.log().contains(follower) && !told.to_string().contains(stranger));
    let id = host.parcel("yto", &parcels[2].number).await["id"].as_str().unwrap().to_owned();
    assert_eq!(host.send(host.request(Method::DELETE, &format!("/v1/parcels/{id}"))).await.status, 204);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM customer_notices").fetch_one(&mut host.database().await).await.unwrap();
    assert_eq!(left, 2);
    host.stop().await;
}
