//! What clerks type in: for carriers that no machine may read, and beside those that one reads.

use std::collections::BTreeMap;

use posthouse_simulators::{Carrier, Pace};
use posthouse_tests::rows::{china, enter, minutes_ago};
use posthouse_tests::{Setup, TestHost, Town, order, program, until};
use reqwest::Method;
use serde_json::{Value, json};

const NUMBER: &str = "KY4000000000019";
const OTHER: &str = "KY4000000000027";

/// A host without a single credential: these carriers need none.
async fn open() -> TestHost {
    Setup::bare(&program::adapters()).start().await
}

/// Watches parcels of KYE; the id of the first.
async fn registered(host: &TestHost, numbers: &[&str]) -> String {
    let orders: Vec<_> = numbers.iter().map(|number| json!({ "carrier": "kye", "number": number })).collect();
    host.register(&orders).await["results"][0]["id"].as_str().unwrap().to_owned()
}

fn row(number: &str, time: &str, node: &str) -> Value {
    json!({ "number": number, "time": time, "node": node })
}

fn signed(number: &str, time: &str) -> Value {
    json!({ "number": number, "time": time, "node": "签收", "text": "货物已签收", "signer": "卫**" })
}

async fn worklist(host: &TestHost, carrier: &str) -> Vec<Value> {
    host.read(&format!("/v1/worklist?carrier={carrier}")).await["parcels"].as_array().unwrap().clone()
}

/// The numbers on it, in its order.
fn numbers(worklist: &[Value]) -> Vec<&str> {
    worklist.iter().map(|work| work["parcel"]["number"].as_str().unwrap()).collect()
}

/// Rows of a table of the database.
async fn count(host: &TestHost, table: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(sql).fetch_one(&mut host.database().await).await.unwrap()
}

fn millis(at: &Value) -> i64 {
    at.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn list<'v>(parcel: &'v Value, field: &str) -> Vec<&'v Value> {
    parcel["events"].as_array().unwrap().iter().map(|event| &event[field]).collect()
}

#[tokio::test]
async fn a_parcel_that_no_machine_may_read_waits_for_a_clerk() {
    let host = open().await;
    let id = registered(&host, &[NUMBER]).await;
    let told = host.parcel("kye", NUMBER).await;
    assert_eq!(told["held"], json!({ "by": "clerk", "why": "by-hand", "since": null }), "{told}");
    assert_eq!((&told["tier"], &told["next_look"], &told["outcome"]), (&json!("C"), &Value::Null, &Value::Null), "{told}");
    assert_eq!(told["message"], json!({ "zh": "客服正在人工核实这个包裹", "en": "Our staff are checking on this parcel" }));
    // Nor is anything asked on request.
    let live = host.get(&format!("/v1/track/kye/{NUMBER}")).await;
    assert_eq!((live.status, &live.json()["held"]["why"]), (200, &json!("by-hand")), "{live:?}");
    let works = worklist(&host, "kye").await;
    assert_eq!((works.len(), &works[0]["parcel"]["id"], &works[0]["why"]), (1, &json!(id), &json!("by-hand")), "{works:?}");
    assert_eq!((&works[0]["late"], &works[0]["disputed"]), (&json!(false), &Value::Null), "{works:?}");
    assert_eq!(millis(&works[0]["due"]) - millis(&told["registered_at"]), 86_400_000, "a day is promised: {works:?}");
    assert!(worklist(&host, "ane").await.is_empty());
    host.stop().await;
}

#[tokio::test]
async fn the_worklist_begins_with_who_has_waited_longest() {
    let host = open().await;
    let all = [NUMBER, OTHER, "KY4000000000035"];
    registered(&host, &all).await;
    assert_eq!(numbers(&worklist(&host, "kye").await), all);
    let (mut found, mut path) = (vec![], "/v1/worklist?limit=1".to_owned());
    loop {
        let page = host.read(&path).await;
        found.push(page["parcels"][0]["parcel"]["number"].as_str().unwrap().to_owned());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/worklist?limit=1&cursor={next}");
    }
    assert_eq!(found, all);
    // The host's clock and ours are the same.
    let since = millis(&host.parcel("kye", NUMBER).await["registered_at"]);
    until("the clock goes on", async || (jiff::Timestamp::now().as_millisecond() > since).then_some(())).await;
    enter(&host, "kye", &[row(NUMBER, "2026-01-20 09:00", "揽收")]).await;
    assert_eq!(numbers(&worklist(&host, "kye").await), [OTHER, "KY4000000000035", NUMBER], "there is word of it now");
    host.stop().await;
}

#[tokio::test]
async fn what_a_clerk_types_is_the_parcels_track_and_typing_it_again_is_safe() {
    let host = open().await;
    registered(&host, &[NUMBER]).await;
    let rows = [
        json!({ "number": NUMBER, "time": "2026-01-20 09:05", "node": "揽收", "text": "快件已由【云港】揽收", "place": "云港" }),
        // As it comes out of a page: other widths, blanks, another form of time.
        json!({ "number": " ｋｙ４００００００００００１９", "time": "2026年1月20日 14时30分", "node": "派送中", "note": "电话查询" }),
    ];
    let told = enter(&host, "kye", &rows).await;
    assert_eq!((&told["entered"], &told["repeated"], &told["refused"]), (&json!(2), &json!(0), &json!(0)), "{told}");
    assert_eq!((&told["results"][1]["number"], &told["results"][1]["status"]), (&json!(NUMBER), &json!("out_for_delivery")), "{told}");
    let parcel = host.parcel("kye", NUMBER).await;
    assert_eq!((&parcel["status"], &parcel["outcome"], &parcel["verdict"]), (&json!("out_for_delivery"), &json!("tracks"), &Value::Null));
    assert_eq!(list(&parcel, "at"), ["2026-01-20T01:05:00Z", "2026-01-20T06:30:00Z"]);
    assert_eq!(list(&parcel, "status"), ["picked_up", "out_for_delivery"]);
    assert_eq!(list(&parcel, "source"), ["clerk", "clerk"]);
    // The carrier's words, and the place, as they were typed.
    let first = &parcel["events"][0];
    assert_eq!((&first["code"], &first["text"], &first["place"]), (&json!("揽收"), &json!("快件已由【云港】揽收"), &json!("云港")));
    let message = parcel["message"]["zh"].as_str().unwrap();
    assert!(message.starts_with("客服正在人工核实这个包裹。最近的进展：快递员正在派送"), "{message}");
    let again = enter(&host, "kye", &rows).await;
    assert_eq!((&again["entered"], &again["repeated"], &again["refused"]), (&json!(0), &json!(2), &json!(0)), "{again}");
    assert_eq!(host.parcel("kye", NUMBER).await["events"], parcel["events"]);
    assert_eq!((count(&host, "entries").await, count(&host, "outbox").await), (2, 2), "the hub hears of each once");
    let typed = host.read(&format!("/v1/parcels/{}/entries", parcel["id"].as_str().unwrap())).await;
    let second = &typed["entries"][1];
    assert_eq!((&second["row"], &second["standing"]), (&rows[1], &Value::Null), "as it was typed, note and all: {typed}");
    assert!(second["by"].as_str().unwrap().starts_with("hub key_"), "{typed}");
    host.stop().await;
}

#[tokio::test]
async fn a_trial_says_what_would_become_of_each_row_and_changes_nothing() {
    let host = open().await;
    registered(&host, &[NUMBER]).await;
    let good = row(NUMBER, "2026-01-20 09:05", "揽收");
    let rows = [good.clone(), row(NUMBER, "昨天", "派送中"), good];
    let body = json!({ "carrier": "kye", "rows": rows, "dry_run": true });
    let told = host.send(host.request(Method::POST, "/v1/entries").json(&body)).await.json();
    let verdicts: Vec<_> = told["results"].as_array().unwrap().iter().map(|result| &result["verdict"]).collect();
    assert_eq!(verdicts, ["entered", "refused", "repeated"], "{told}");
    let parcel = host.parcel("kye", NUMBER).await;
    assert_eq!((&parcel["events"], &parcel["status"], &parcel["outcome"]), (&json!([]), &Value::Null, &Value::Null), "{parcel}");
    assert_eq!((&parcel["as_of"], &parcel["changed_at"]), (&Value::Null, &Value::Null), "{parcel}");
    for table in ["entries", "events", "outbox"] {
        assert_eq!(count(&host, table).await, 0, "{table}");
    }
    host.stop().await;
}

#[tokio::test]
async fn a_mistake_is_told_in_a_clerks_words_and_does_not_hold_up_the_others() {
    let host = open().await;
    registered(&host, &[NUMBER]).await;
    let wrong = [
        (row("SF1234567890123", "2026-01-20 09:05", "揽收"), "not-eligible", "不是跨越速运的单号，应为KY+13或12-15位数字"),
        (row("4.00012E+14", "2026-01-20 09:05", "揽收"), "unreadable", "被表格改成了科学计数"),
        (row(OTHER, "2026-01-20 09:05", "揽收"), "not-found", "还没有登记"),
        (row(NUMBER, "昨天下午", "揽收"), "unreadable", "时间“昨天下午”无法识别，请写成 2026-01-20 14:30"),
        (row(NUMBER, "2026-01-20", "揽收"), "unreadable", "没有几点几分"),
        (row(NUMBER, &minutes_ago(-60), "揽收"), "unreadable", "时间在将来"),
        (row(NUMBER, "2026-01-20 09:05", ""), "unreadable", "缺少节点"),
        (row(NUMBER, "2026-01-20 09:05", "签收"), "unreadable", "缺少签收人"),
        (row("", "2026-01-20 09:05", "揽收"), "unreadable", "缺少运单号"),
        (json!({}), "unreadable", "这一行是空的"),
    ];
    let mut rows = vec![row(NUMBER, "2026-01-20 09:05", "揽收")];
    rows.extend(wrong.iter().map(|(row, ..)| row.clone()));
    rows.push(row(NUMBER, "2026-01-20 14:30", "派送中"));
    let told = enter(&host, "kye", &rows).await;
    assert_eq!((&told["entered"], &told["refused"]), (&json!(2), &json!(wrong.len())), "{told}");
    for (nth, (row, code, why)) in wrong.iter().enumerate() {
        let result = &told["results"][nth + 1];
        assert_eq!((&result["verdict"], &result["code"], &result["status"]), (&json!("refused"), &json!(code), &Value::Null), "{row}");
        assert!(result["why"].as_str().unwrap().contains(why), "{row}: {result}");
    }
    assert_eq!(list(&host.parcel("kye", NUMBER).await, "status"), ["picked_up", "out_for_delivery"]);
    host.stop().await;
}

#[tokio::test]
async fn a_call_that_is_wrong_is_told_why_and_takes_no_row() {
    let host = open().await;
    registered(&host, &[NUMBER]).await;
    let good = row(NUMBER, "2026-01-20 09:05", "揽收");
    let long = json!({ "number": NUMBER, "time": "2026-01-20 09:05", "text": "x".repeat(2001) });
    for (body, kind) in [
        (json!({ "carrier": "kye", "rows": [] }), "too-many"),
        (json!({ "carrier": "kye", "rows": vec![good.clone(); 201] }), "too-many"),
        (json!({ "carrier": "kye", "rows": [good, long] }), "too-long"),
        (json!({ "carrier": "kye", "rows": [good], "evidence": "x".repeat(2001) }), "too-long"),
        (json!({ "carrier": "nobody", "rows": [good] }), "unknown-carrier"),
        (json!({ "carrier": "kye", "account": "other", "rows": [good] }), "no-account"),
        (json!({ "carrier": "kye", "rows": [{ "number": 4_000_000_000_019_u64 }] }), "bad-json"),
        (json!({ "carrier": "kye", "rows": [good], "colour": "red" }), "bad-json"),
        (json!({ "rows": [good] }), "bad-json"),
    ] {
        host.send(host.request(Method::POST, "/v1/entries").json(&body)).await.is_problem(400, kind);
    }
    for (query, kind) in [("limit=0", "bad-limit"), ("limit=201", "bad-limit"), ("cursor=!", "bad-cursor"), ("colour=red", "bad-query")] {
        host.get(&format!("/v1/worklist?{query}")).await.is_problem(400, kind);
    }
    for act in ["keep", "withdraw", "forget"] {
        host.send(host.request(Method::POST, &format!("/v1/entries/1/{act}"))).await.is_problem(404, "not-found");
    }
    host.send(host.client.post(format!("{}/v1/entries", host.url))).await.is_problem(401, "no-key");
    assert_eq!(count(&host, "entries").await, 0);
    host.stop().await;
}

#[tokio::test]
async fn a_key_types_for_its_accounts_and_no_others() {
    let host = open().await;
    registered(&host, &[NUMBER]).await;
    let key = host.create_key(&["--name", "shop2", "--accounts", "shop2"]);
    let ask = |method: Method, path: &str| host.client.request(method, format!("{}{path}", host.url)).bearer_auth(&key);
    let rows = json!({ "carrier": "kye", "rows": [row(NUMBER, "2026-01-20 09:05", "揽收")] });
    host.send(ask(Method::POST, "/v1/entries").json(&rows)).await.is_problem(403, "not-allowed");
    let sheet = format!("单号,时间,节点\n{NUMBER},2026-01-20 09:05,揽收\n");
    host.send(ask(Method::POST, "/v1/entries/sheet?carrier=kye").body(sheet)).await.is_problem(403, "not-allowed");
    for (path, part) in [("/v1/worklist", "parcels"), ("/v1/sheets", "sheets")] {
        assert_eq!(host.send(ask(Method::GET, path)).await.json()[part], json!([]), "{path}");
    }
    assert_eq!(host.parcel("kye", NUMBER).await["events"], json!([]));
    host.stop().await;
}

#[tokio::test]
async fn the_command_line_types_and_lists() {
    let host = open().await;
    registered(&host, &[NUMBER]).await;
    let run = |words: &[&str]| host.run(&[&["entry"], words, &["--url", &host.url]].concat());
    let add = ["add", "kye", NUMBER, "--time", "2026-01-20 14:30", "--node", "派送中", "--evidence", "call, 15:02", "--json"];
    for (entered, repeated) in [(1, 0), (0, 1)] {
        let ran = run(&add);
        assert_eq!((ran.code, &ran.json()["entered"], &ran.json()["repeated"]), (0, &json!(entered), &json!(repeated)), "{ran:?}");
    }
    let kept: (String, String) = sqlx::query_as("SELECT actor, evidence FROM entries").fetch_one(&mut host.database().await).await.unwrap();
    assert_eq!(kept, ("local".into(), "call, 15:02".into()), "who typed it, and where it is from");
    let wrong = run(&["add", "kye", NUMBER, "--time", "昨天", "--node", "签收", "--signer", "卫**"]);
    assert!(wrong.code != 0 && wrong.err.contains("时间“昨天”无法识别"), "{wrong:?}");
    let listed = run(&["worklist", "--carrier", "kye", "--json"]);
    assert_eq!((listed.code, numbers(listed.json()["parcels"].as_array().unwrap())), (0, vec![NUMBER]), "{listed:?}");
    let shown = run(&["worklist"]);
    assert!(shown.code == 0 && shown.out.contains(NUMBER) && shown.out.contains("by-hand"), "{shown:?}");
    host.stop().await;
}

#[tokio::test]
async fn a_parcel_leaves_the_worklist_once_its_delivery_is_sure() {
    let host = open().await;
    registered(&host, &[NUMBER, OTHER]).await;
    enter(&host, "kye", &[row(NUMBER, "2026-01-20 09:05", "派送中"), signed(OTHER, &minutes_ago(60))]).await;
    assert_eq!(worklist(&host, "kye").await.len(), 2);
    // Nobody was on the way to this one.
    let doubtful = host.parcel("kye", OTHER).await;
    assert_eq!((&doubtful["status"], &doubtful["verdict"]["level"]), (&json!("delivered"), &json!("provisional")), "{doubtful}");
    assert!(doubtful["message"]["zh"].as_str().unwrap().contains("正在核实"), "{doubtful}");
    enter(&host, "kye", &[signed(NUMBER, "2026-01-20 14:30")]).await;
    let sure = host.parcel("kye", NUMBER).await;
    assert_eq!(
        (&sure["status"], &sure["verdict"]["level"], &sure["signed"]["by"]),
        (&json!("delivered"), &json!("confirmed"), &json!("卫**"))
    );
    assert!(!sure["message"]["zh"].as_str().unwrap().contains("核实"), "{sure}");
    assert_eq!(numbers(&worklist(&host, "kye").await), [OTHER]);
    host.stop().await;
}

#[tokio::test]
async fn an_erased_parcel_takes_its_rows_with_it() {
    let host = open().await;
    let id = registered(&host, &[NUMBER]).await;
    let rows = [row(NUMBER, "2026-01-20 09:05", "派送中"), signed(NUMBER, "2026-01-20 14:30")];
    assert_eq!(enter(&host, "kye", &rows).await["entered"], 2);
    assert_eq!(host.send(host.request(Method::DELETE, &format!("/v1/parcels/{id}"))).await.status, 204);
    for table in ["parcels", "events", "entries", "outbox"] {
        assert_eq!(count(&host, table).await, 0, "{table}");
    }
    assert!(worklist(&host, "kye").await.is_empty());
    let told = enter(&host, "kye", &rows).await;
    assert_eq!((&told["refused"], &told["results"][0]["code"]), (&json!(2), &json!("not-found")), "{told}");
    host.stop().await;
}

/// A carrier that is looked at again and again, and pushes nothing.
async fn watching(town: &Town) -> TestHost {
    Setup::carriers(town).await.with("carriers.yto.push = false").start().await
}

async fn has_events(host: &TestHost, number: &str, count: usize) -> Value {
    host.wait_for("yto", number, &format!("{count} events"), |p| p["events"].as_array().unwrap().len() == count).await
}

async fn decide(host: &TestHost, entry: i64, act: &str) -> Value {
    let reply = host.send(host.request(Method::POST, &format!("/v1/entries/{entry}/{act}"))).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    host.send(host.request(Method::POST, &format!("/v1/entries/{entry}/{act}"))).await.is_problem(404, "not-found");
    reply.json()
}

#[tokio::test]
async fn a_row_that_the_carrier_passes_over_is_disputed_until_a_person_decides() {
    let town = Town::open().await;
    let host = watching(&town).await;
    let parcels = town.parcels(Carrier::Yto, 2, Pace::Held(2));
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    let mut rows = vec![];
    for parcel in &parcels {
        has_events(&host, &parcel.number, 2).await;
        // The carrier's next scan is hours later, and an arrival.
        let time = china(parcel.events[1].at() + 60);
        rows.push(json!({ "number": parcel.number, "time": time, "text": "您的快件已签收", "signer": "卫**" }));
    }
    assert_eq!(enter(&host, "yto", &rows).await["entered"], 2);
    for parcel in &parcels {
        assert_eq!(host.parcel("yto", &parcel.number).await["status"], "delivered");
        town.sims.world.advance(parcel, 1);
    }
    let works = until("both rows are disputed", async || {
        let works = worklist(&host, "yto").await;
        (works.len() == 2).then_some(works)
    });
    let mut disputed = BTreeMap::new();
    for work in works.await {
        let row = &work["disputed"][0];
        assert_eq!((&work["why"], &row["status"]), (&json!("disputed"), &json!("delivered")), "{work}");
        assert!(row["by"].as_str().unwrap().starts_with("hub ") && row["text"].as_str().unwrap().contains("卫**"), "{work}");
        disputed.insert(work["parcel"]["number"].as_str().unwrap().to_owned(), row["entry"].as_i64().unwrap());
    }
    let [withdrawn, kept] = [&parcels[0].number, &parcels[1].number];
    let told = decide(&host, disputed[withdrawn], "withdraw").await;
    assert_eq!(list(&told, "source"), ["look", "look", "look"], "the row is gone: {told}");
    assert_eq!((&told["status"], &told["signed"], &told["verdict"]), (&json!("arrived_at_hub"), &Value::Null, &Value::Null), "{told}");
    let told = decide(&host, disputed[kept], "keep").await;
    assert_eq!(list(&told, "source"), ["look", "look", "clerk", "look"], "{told}");
    assert!(worklist(&host, "yto").await.is_empty());
    host.stop().await;
}

#[tokio::test]
async fn a_row_that_the_carrier_tells_too_is_one_event_and_no_dispute() {
    let town = Town::open().await;
    let host = watching(&town).await;
    let ends_signed = |parcel: &std::sync::Arc<posthouse_simulators::Parcel>| parcel.events.last().unwrap().code == "SIGNED";
    let parcel = town.parcels(Carrier::Yto, 20, Pace::Held(0)).into_iter().find(ends_signed).unwrap();
    let (before, end) = (parcel.events.len() - 1, parcel.events.last().unwrap().at());
    town.sims.world.advance(&parcel, u32::try_from(before).unwrap());
    host.register(&[order(&parcel)]).await;
    has_events(&host, &parcel.number, before).await;
    let row = |at: i64| json!({ "number": parcel.number, "time": china(at), "text": "您的快件已签收", "signer": "卫**" });
    assert_eq!(enter(&host, "yto", &[row(end - 120)]).await["entered"], 1);
    assert_eq!(host.parcel("yto", &parcel.number).await["status"], "delivered");
    town.sims.world.advance(&parcel, 1);
    let told = host
        .wait_for("yto", &parcel.number, "the carrier tells it too", |p| {
            p["events"].as_array().unwrap().last().unwrap()["source"] == "look"
        })
        .await;
    assert_eq!(told["events"].as_array().unwrap().len(), before + 1, "{told}");
    assert_eq!(list(&told, "status").iter().filter(|status| **status == "delivered").count(), 1, "{told}");
    assert_eq!(told["status"], "delivered");
    assert!(worklist(&host, "yto").await.is_empty());
    let standing: Option<String> = sqlx::query_scalar("SELECT standing FROM entries").fetch_one(&mut host.database().await).await.unwrap();
    assert_eq!(standing.as_deref(), Some("agreed"));
    // Whoever types it now is told that it is known.
    assert_eq!(enter(&host, "yto", &[row(end - 3600)]).await["repeated"], 1);
    host.stop().await;
}
