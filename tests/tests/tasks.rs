//! Tasks: what an announcement, or a carrier's own answer, asks somebody to see to.

use axum::http::HeaderMap;
use axum::{Json, Router};
use posthouse_simulators::board::{Board, Shelf};
use posthouse_tests::rows::minutes_ago;
use posthouse_tests::{Reply, Setup, TestHost, program, until};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["deppon-bulletin@1.0.0.wasm", "spb-bulletin@1.0.0.wasm", "jd-bulletin@1.0.0.wasm", "yto@1.0.0.wasm"] {
        std::fs::copy(program::adapters().join(file), folder.path().join(file)).unwrap();
    }
    folder
}

async fn board() -> Board {
    let board = Board::start().await.unwrap();
    for (shelf, id) in [(Shelf::Open, "first"), (Shelf::Service, "second"), (Shelf::Regulator, "third"), (Shelf::Feed, "fourth")] {
        board.publish(shelf, id, &format!("旧公告 {id}"), &minutes_ago(3 * 24 * 60), &format!("{id}：服务时间如常，感谢支持。"));
    }
    board
}

async fn ask(host: &TestHost, method: Method, path: &str, body: Value) -> Reply {
    host.send(host.client.request(method, format!("{}{path}", host.url)).bearer_auth(&host.ops).json(&body)).await
}

async fn tasks(host: &TestHost, query: &str) -> Vec<Value> {
    let reply = ask(host, Method::GET, &format!("/v1/tasks?{query}"), json!({})).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["tasks"].as_array().unwrap().clone()
}

async fn titled(host: &TestHost, title: &str, good: impl Fn(&Value) -> bool) -> Value {
    until(title, async || tasks(host, "limit=200").await.into_iter().find(|task| task["title"] == title && good(task))).await
}

/// So many days from now, as an announcement writes it.
fn day(days: i64) -> String {
    let day =
        jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).checked_add(jiff::Span::new().days(days)).unwrap();
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

fn ends(on: &str) -> String {
    format!("各合作伙伴：\n旧版轨迹查询接口 oldTraceQuery 将于{on}0时正式下线，届时旧接口不再提供服务。\n请在此之前完成切换。")
}

#[tokio::test]
async fn an_announcement_is_a_task_until_somebody_takes_it_and_again_if_it_changes() {
    let (folder, board) = (folder(), board().await);
    let host = Setup::bulletins(folder.path(), &board).with("notices = { watch = true, every = '200ms' }").start().await;
    let monitor = host.create_key(&["--name", "watch", "--role", "monitor"]);
    let title = "关于旧版轨迹查询接口下线的公告";
    board.publish(Shelf::Open, "n1", title, &minutes_ago(0), &ends(&day(30)));
    let task = titled(&host, title, |_| true).await;
    assert_eq!((&task["kind"], &task["acked_at"]), (&json!("retirement"), &Value::Null), "{task}");
    let id = task["id"].as_str().unwrap();
    let ack = |key: &str, reason: &str| {
        host.client.post(format!("{}/v1/tasks/{id}/ack", host.url)).bearer_auth(key).json(&json!({ "reason": reason }))
    };
    host.send(ack(&host.key, "mine")).await.is_problem(403, "not-allowed");
    host.send(ack(&monitor, " ")).await.is_problem(400, "reason");
    let taken = host.send(ack(&monitor, "3.2.0 is being written")).await.json();
    assert!(taken["acked_by"].as_str().unwrap().starts_with("watch"), "{taken}");
    host.send(ack(&monitor, "mine too")).await.is_problem(409, "conflict");
    let audit = ask(&host, Method::GET, "/v1/audit", json!({})).await.body;
    assert!(audit.contains("task.ack") && audit.contains("3.2.0 is being written"));
    assert!(tasks(&host, "open=true&kind=retirement").await.is_empty());

    // Earlier than announced at first: whoever took it has to know.
    board.edit("n1", &ends(&day(10)));
    let again = titled(&host, title, |task| task["acked_at"].is_null()).await;
    assert!(again["id"] == task["id"] && again["due_at"].as_str() < task["due_at"].as_str(), "{again}");
    let alerts = ask(&host, Method::GET, "/v1/alerts", json!({})).await.body;
    assert!(alerts.contains(&format!("task:{id}")), "{alerts}");

    // What is past asks nothing of anybody, and what is no announcement is none.
    let past = "关于旧地址停用的公告";
    board.publish(Shelf::Open, "n2", past, &minutes_ago(60 * 24 * 60), &ends(&day(-40)));
    assert_eq!(titled(&host, past, |_| true).await["acked_by"], "host");
    board.publish(Shelf::Service, "n3", "双十一寄件优惠全面升级", &minutes_ago(0), "即日起下单立减5元，多寄多省，欢迎新老客户下单体验。");
    until("it is read", async || {
        let reply = ask(&host, Method::GET, "/v1/notices?limit=200", json!({})).await.json();
        reply["notices"].as_array()?.iter().any(|notice| notice["title"] == "双十一寄件优惠全面升级").then_some(())
    })
    .await;
    assert_eq!(tasks(&host, "").await.len(), 2);
    let shown = host.run(&["notice", "task", id, "--url", &host.url]);
    assert!(shown.code == 0 && shown.out.contains("retirement") && shown.out.contains("oldTraceQuery"), "{shown:?}");
    host.stop().await;
}

/// Answers in YTO's form, with the headers that announce an end.
async fn ending(headers: &[(&'static str, &'static str)], status: u16) -> String {
    let told: HeaderMap = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    let answer = move || {
        let told = told.clone();
        async move { (axum::http::StatusCode::from_u16(status).unwrap(), told, Json(json!({ "code": 1001, "reason": "查询结果为空" }))) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/query", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    url
}

#[tokio::test]
async fn what_a_carriers_own_answers_announce_is_a_task_too() {
    let folder = folder();
    let url = ending(&[("sunset", "Fri, 01 Jan 2100 00:00:00 GMT"), ("deprecation", "@4102444800")], 200).await;
    let gone = ending(&[("location", "https://new.example/secret-path")], 308).await;
    let fields = json!({ "user-part": "u", "customer-code": "c", "client-id": "i", "secret": "a-secret-of-tests" });
    let config =
        |url: &str| format!("carriers.yto = {{ push = false, endpoints = {{ query = '{url}' }}, quota = {{ tracking = ['1000/1s'] }} }}");
    for (url, kinds) in [(url, &["deprecated", "sunset"][..]), (gone, &["redirect"][..])] {
        let host = Setup::bare(folder.path()).with(&config(&url)).credential("yto", "main", &fields).start().await;
        host.register(&[json!({ "carrier": "yto", "number": "YT8000000000019" })]).await;
        let found = until("they are tasks", async || Some(tasks(&host, "carrier=yto").await).filter(|all| all.len() >= kinds.len())).await;
        let mut told: Vec<&str> = found.iter().map(|task| task["kind"].as_str().unwrap()).collect();
        told.sort_unstable();
        assert_eq!(told, kinds, "{found:?}");
        assert!(found.iter().all(|task| task["notice"].is_null() && !task.to_string().contains("secret-path")), "{found:?}");
        if kinds[0] == "deprecated" {
            assert!(found.iter().all(|task| task["due_at"] == "2100-01-01T00:00:00Z"), "{found:?}");
        }
        host.stop().await;
    }
}
