//! Announcements through the front door: published, edited, taken back, refused, and read at once.

use std::path::Path;

use jiff::Timestamp;
use posthouse_registry::Package;
use posthouse_simulators::board::{Board, Build, Manner, Shelf};
use posthouse_tests::canary::done;
use posthouse_tests::rows::{china, minutes_ago};
use posthouse_tests::trusted::Trusted;
use posthouse_tests::{Reply, Setup, TestHost, program, until};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

const OPEN: &str = "deppon-bulletin.open";
const REGULATOR: &str = "spb-bulletin.notices";
const FEED: &str = "jd-bulletin.open";
const BULLETINS: [&str; 3] = ["deppon-bulletin@1.0.0", "spb-bulletin@1.0.0", "jd-bulletin@1.0.0"];

/// An announcement of some length, as they have.
fn words(day: &str) -> String {
    format!(
        "各合作伙伴：\n为提升数据安全，旧版轨迹查询接口将于{day}0时正式下线，届时旧地址不再提供服务。\n\
         请各合作伙伴在此之前完成切换，并在测试环境验证后再上线。如有疑问请联系开放平台客服。"
    )
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for release in BULLETINS {
        copy(&program::adapters(), folder.path(), release);
    }
    folder
}

fn copy(from: &Path, to: &Path, release: &str) {
    let file = format!("{release}.wasm");
    std::fs::copy(from.join(&file), to.join(file)).unwrap();
}

/// A site with one announcement on each page, so that none is empty.
async fn board() -> Board {
    let board = Board::start().await.unwrap();
    for (shelf, id) in [(Shelf::Open, "first"), (Shelf::Service, "second"), (Shelf::Regulator, "third"), (Shelf::Feed, "fourth")] {
        board.publish(shelf, id, &format!("旧公告 {id}"), &minutes_ago(3 * 24 * 60), &format!("{id}：服务时间如常。"));
    }
    board
}

async fn ask(host: &TestHost, method: Method, path: &str) -> Reply {
    host.send(host.client.request(method, format!("{}{path}", host.url)).bearer_auth(&host.ops)).await
}

/// Looks at a source now; the look must have been made, not be good.
async fn look(host: &TestHost, source: &str) -> Value {
    let reply = ask(host, Method::POST, &format!("/v1/notices/sources/{source}/look")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

/// A look that must be good.
async fn good(host: &TestHost, source: &str) -> Value {
    let told = look(host, source).await;
    assert_eq!((&told["state"], &told["detail"]), (&json!("good"), &Value::Null), "{told}");
    told
}

async fn notices(host: &TestHost, query: &str) -> Vec<Value> {
    let reply = ask(host, Method::GET, &format!("/v1/notices?{query}")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["notices"].as_array().unwrap().clone()
}

/// One by its title, with everything that is told of it.
async fn titled(host: &TestHost, title: &str) -> Option<Value> {
    let found = notices(host, "limit=200").await.into_iter().find(|notice| notice["title"] == title)?;
    Some(ask(host, Method::GET, &format!("/v1/notices/{}", found["id"].as_str().unwrap())).await.json())
}

async fn source(host: &TestHost, id: &str) -> Value {
    let told = ask(host, Method::GET, "/v1/notices/sources").await.json();
    told["sources"].as_array().unwrap().iter().find(|source| source["source"] == id).unwrap().clone()
}

fn cli(host: &TestHost, args: &[&str]) -> Value {
    done(host.run(&[&["notice"], args, &["--json", "--url", &host.url]].concat()))
}

#[tokio::test]
async fn what_is_published_is_read_at_the_next_look() {
    let (folder, board) = (folder(), board().await);
    let host = Setup::bulletins(folder.path(), &board).with("notices = { watch = true, every = '200ms' }").start().await;
    until("what was there is known", async || (notices(&host, "").await.len() == 4).then_some(())).await;
    let before = titled(&host, "旧公告 first").await.unwrap();
    assert_eq!(before["published_to_read_ms"], Value::Null, "nobody was late with it: {before}");
    // Looks go on, and cost a page nothing.
    until("nothing has changed", async || (board.count("/open/list.html", 304) > 2).then_some(())).await;
    assert_eq!(board.count("/open/list.html", 200), 1, "{:?}", board.requests());
    until("the same by its date", async || (board.count("/spb/list.shtml", 304) > 0 && board.count("/jd/feed.xml", 304) > 0).then_some(()))
        .await;
    assert_eq!(board.count("/robots.txt", 200), 1, "asked once for every page of the site");

    board.publish(Shelf::Open, "2026012001", "关于旧版接口下线的公告", &minutes_ago(0), &words("2026年3月1日"));
    let told = until("it is known", async || titled(&host, "关于旧版接口下线的公告").await).await;
    assert_eq!((&told["source"], &told["carriers"]), (&json!(OPEN), &json!(["deppon"])), "{told}");
    assert_eq!(told["url"], "https://dpopen.deppon.com/notice/open/detail/2026012001.html", "as people know it: {told}");
    assert!(told["text"].as_str().unwrap().contains("2026年3月1日0时正式下线"), "{told}");
    let (seen, read) = (told["published_to_seen_ms"].as_i64().unwrap(), told["published_to_read_ms"].as_i64().unwrap());
    assert!(seen <= read && read < 2 * 3_600_000, "{told}");
    assert!(told["seen_to_read_ms"].as_i64().unwrap() >= 0, "{told}");
    let metrics = host.send(host.client.get(format!("{}/metrics", host.url))).await.body;
    for line in
        ["posthouse_notice_published_to_read_seconds_count", "posthouse_notice_sources{state=\"good\"} 4", "outcome=\"not-modified\""]
    {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    // In a feed the list has the words, and no page is fetched.
    board.publish(Shelf::Feed, "jdl-9", "另一公告", &minutes_ago(0), &words("2026年2月1日"));
    until("the feed's is known", async || titled(&host, "另一公告").await).await;
    // What lies on another site is not fetched: its title is all that is known.
    board.publish(Shelf::Open, "https://elsewhere.example/n/1", "外站公告", &minutes_ago(0), &words("2026年2月1日"));
    let told = until("the one elsewhere is known", async || titled(&host, "外站公告").await).await;
    assert_eq!((&told["text"], &told["url"]), (&json!("外站公告"), &json!("https://elsewhere.example/n/1")), "{told}");
    // In GBK, and about everybody: a carrier's list has it too.
    board.publish(Shelf::Regulator, "t20260118", "关于数据接口安全的通知", &minutes_ago(0), &words("2026年4月1日"));
    let told = until("the regulator's is known", async || titled(&host, "关于数据接口安全的通知").await).await;
    assert_eq!((&told["source"], &told["carriers"]), (&json!(REGULATOR), &json!([])), "{told}");
    let of_jd = notices(&host, "carrier=jd").await;
    assert!(of_jd.iter().all(|n| n["source"] == FEED || n["source"] == REGULATOR) && of_jd.len() == 4, "{of_jd:?}");
    // Page by page, the newest first.
    let first = cli(&host, &["list", "--source", OPEN]);
    assert_eq!(first["notices"].as_array().unwrap().len(), 3, "{first}");
    let page = ask(&host, Method::GET, "/v1/notices?limit=5").await.json();
    let rest = notices(&host, &format!("cursor={}", page["next"].as_str().unwrap())).await;
    assert_eq!((page["notices"].as_array().unwrap().len(), rest.len()), (5, 3));
    // A bulletin is no carrier.
    let carriers = ask(&host, Method::GET, "/v1/carriers").await.json();
    assert_eq!(carriers["carriers"], json!([]), "{carriers}");
    assert!(host.run(&["adapter", "list"]).out.contains("bulletin"));
    ask(&host, Method::GET, "/v1/notices?kind=colour").await.is_problem(400, "bad-kind");
    host.stop().await;
}

#[tokio::test]
async fn an_edit_is_a_version_and_a_return_is_none() {
    let (folder, board) = (folder(), board().await);
    let host = Setup::bulletins(folder.path(), &board).start().await;
    let (march, april) = (words("2026年3月1日"), words("2026年4月1日"));
    board.publish(Shelf::Open, "2026012001", "下线公告", &minutes_ago(60), &march);
    good(&host, OPEN).await;
    board.edit("2026012001", &april);
    good(&host, OPEN).await;
    let told = titled(&host, "下线公告").await.unwrap();
    assert_eq!((&told["version"], &told["versions"], &told["flips"]), (&json!(2), &json!(2), &json!(0)), "{told}");
    let lines: Vec<&str> = told["difference"]["lines"].as_array().unwrap().iter().map(|l| l["sign"].as_str().unwrap()).collect();
    assert_eq!(lines, [" ", "-", "+", " "], "{told}");
    let id = told["id"].as_str().unwrap();
    let difference = cli(&host, &["diff", id, "--from", "1", "--to", "2"]);
    assert!(difference["lines"][2]["text"].as_str().unwrap().contains("4月1日"), "{difference}");
    ask(&host, Method::GET, &format!("/v1/notices/{id}?from=1&to=9")).await.is_problem(400, "no-version");
    // Back, and there again: what was read once is not read again.
    for (text, version, flips) in [(&march, 1, 1), (&april, 2, 2), (&march, 1, 3)] {
        board.edit("2026012001", text);
        good(&host, OPEN).await;
        let told = titled(&host, "下线公告").await.unwrap();
        assert_eq!((&told["version"], &told["versions"], &told["flips"]), (&json!(version), &json!(2), &json!(flips)), "{told}");
    }
    // A counter that moves with every visit is no edit.
    board.forget_validators();
    for _ in 0..3 {
        good(&host, OPEN).await;
    }
    let after = titled(&host, "下线公告").await.unwrap();
    assert_eq!((&after["versions"], &after["flips"]), (&json!(2), &json!(3)), "{after}");
    assert!(board.count("/detail/2026012001.html", 200) > 5, "{:?}", board.requests());
    // In a feed the list itself has the words.
    board.publish(Shelf::Feed, "jdl-1", "限流调整", &minutes_ago(10), &march);
    good(&host, FEED).await;
    board.edit("jdl-1", &words("2026年5月1日"));
    good(&host, FEED).await;
    assert_eq!(titled(&host, "限流调整").await.unwrap()["version"], 2);
    host.stop().await;
}

#[tokio::test]
async fn one_text_on_two_sites_is_read_once() {
    let (folder, board) = (folder(), board().await);
    let host = Setup::bulletins(folder.path(), &board).start().await;
    let text = words("2026年6月1日");
    board.publish(Shelf::Regulator, "t1", "通知", &minutes_ago(90), &text);
    good(&host, REGULATOR).await;
    board.publish(Shelf::Feed, "jdl-2", "转发通知", &minutes_ago(60), &text);
    good(&host, FEED).await;
    board.publish(Shelf::Open, "again", "再次转发", &minutes_ago(30), &text.replace('\n', " "));
    good(&host, OPEN).await;
    let first = titled(&host, "通知").await.unwrap();
    assert_eq!(first["same_as"], Value::Null, "{first}");
    for title in ["转发通知", "再次转发"] {
        let twin = titled(&host, title).await.unwrap();
        assert_eq!((&twin["same_as"], &twin["readings"]), (&first["id"], &json!([])), "{twin}");
    }
    // The same words a season apart announce something else.
    board.publish(Shelf::Service, "last-season", "上季公告", &minutes_ago(100 * 24 * 60), &text);
    good(&host, "deppon-bulletin.service").await;
    assert_eq!(titled(&host, "上季公告").await.unwrap()["same_as"], Value::Null);
    let open = notices(&host, "open=true").await;
    assert!(open.iter().any(|n| n["id"] == first["id"]) && open.iter().all(|n| n["same_as"].is_null()), "{open:?}");
    // Taken away: marked, not forgotten, and open no more.
    board.publish(Shelf::Regulator, "t2", "再通知", &minutes_ago(5), &words("2026年7月1日"));
    good(&host, REGULATOR).await;
    board.remove("t1");
    good(&host, REGULATOR).await;
    let gone = titled(&host, "通知").await.unwrap();
    assert!(gone["gone_at"].is_string() && gone["text"] == first["text"], "{gone}");
    board.publish(Shelf::Regulator, "t1", "通知", &minutes_ago(90), &text);
    good(&host, REGULATOR).await;
    let back = titled(&host, "通知").await.unwrap();
    assert_eq!((&back["gone_at"], &back["id"]), (&Value::Null, &first["id"]), "{back}");
    host.stop().await;
}

#[tokio::test]
async fn a_site_that_refuses_is_left_alone_until_somebody_resumes_it() {
    let (folder, board) = (folder(), board().await);
    let host = Setup::bulletins(folder.path(), &board).with("notices.every = '200ms'").start().await;
    good(&host, OPEN).await;
    for (manner, outcome) in
        [(Manner::Refuses(403, None), "turned-away"), (Manner::Refuses(429, None), "turned-away"), (Manner::Captcha, "challenge")]
    {
        board.manner(manner.clone());
        let told = look(&host, OPEN).await;
        assert_eq!(
            (&told["state"], &told["outcome"], &told["next_at"]),
            (&json!("stopped"), &json!(outcome), &Value::Null),
            "{manner:?} {told}"
        );
        board.manner(Manner::Usual);
        let asked = board.requests().len();
        ask(&host, Method::POST, &format!("/v1/notices/sources/{OPEN}/look")).await.is_problem(409, "conflict");
        assert_eq!(board.requests().len(), asked, "it is not asked");
        cli(&host, &["resume", OPEN, "--reason", "they let us in again"]);
        good(&host, OPEN).await;
    }
    let audit = ask(&host, Method::GET, "/v1/audit").await.body;
    assert_eq!((audit.matches("notices.stop").count(), audit.matches("notices.resume").count()), (3, 3), "{audit}");
    // One that says when to come back is believed, and nobody has to act.
    board.manner(Manner::Refuses(429, Some(3600)));
    let told = look(&host, OPEN).await;
    assert_eq!((&told["state"], &told["outcome"]), (&json!("good"), &json!("throttled")), "{told}");
    let next: Timestamp = told["next_at"].as_str().unwrap().parse().unwrap();
    assert!(next.as_second() > Timestamp::now().as_second() + 3000, "{told}");
    // The other source of the site was asked nothing, and its robots.txt forbids it.
    let town = self::board().await;
    town.robots("User-agent: posthouse\nDisallow: /jd/\n");
    let other = Setup::bulletins(folder.path(), &town).start().await;
    let told = look(&other, FEED).await;
    assert_eq!((&told["state"], &told["outcome"]), (&json!("stopped"), &json!("turned-away")), "{told}");
    assert_eq!(town.count("/jd/feed.xml", 200), 0);
    good(&other, OPEN).await;
    other.stop().await;
    host.stop().await;
}

#[tokio::test]
async fn a_new_reader_is_used_at_the_next_look() {
    let (trusted, board) = (Trusted::new(), board().await);
    trusted.sign(&trusted.put("deppon-bulletin@1.0.0"), "ann", &[]);
    let host = Setup::bulletins(&trusted.adapters(), &board).with(&trusted.config()).start().await;
    assert_eq!(good(&host, OPEN).await["release"], "deppon-bulletin@1.0.0");
    board.build(Build::Cards);
    let told = look(&host, OPEN).await;
    assert_eq!((&told["outcome"], &told["notices"]), (&json!("layout-changed"), &json!(1)), "{told}");
    assert_eq!(titled(&host, "旧公告 first").await.unwrap()["gone_at"], Value::Null, "a page that is not read takes nothing away");
    // Its word is needed first.
    copy(&program::scenario_adapters(), &trusted.adapters(), "deppon-bulletin@1.1.0");
    assert_eq!(look(&host, OPEN).await["outcome"], "layout-changed");
    trusted.sign(&trusted.adapters().join("deppon-bulletin@1.1.0.wasm"), "ann", &[]);
    board.publish(Shelf::Open, "cards", "换新版公告", &minutes_ago(1), &words("2026年8月1日"));
    let told = good(&host, OPEN).await;
    assert_eq!((&told["release"], &told["outcome"]), (&json!("deppon-bulletin@1.1.0"), &json!("read")), "{told}");
    let first = titled(&host, "旧公告 first").await.unwrap();
    assert_eq!((&first["versions"], &first["same_as"]), (&json!(1), &Value::Null), "the same words, otherwise built: {first}");
    assert!(titled(&host, "换新版公告").await.is_some());
    // Taken back, it is off the shelf, and what was before is there again.
    trusted.revoke(&["deppon-bulletin@1.1.0"]);
    until("the first reads again", async || (source(&host, OPEN).await["release"] == "deppon-bulletin@1.0.0").then_some(())).await;
    board.build(Build::List);
    good(&host, OPEN).await;
    host.stop().await;
}

/// A list that is made by the page's own script, half a moment after it came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_made_by_its_scripts_is_read_by_the_browser() {
    let (folder, board) = (folder(), board().await);
    board.build(Build::Script);
    let file = folder.path().join("deppon-bulletin@1.0.0.wasm");
    let package = Package::read(std::fs::read(&file).unwrap()).unwrap();
    let headless = "headless = true\nwait-for = \".notice-list li, .notice-detail\"\nabout =";
    let manifest = package.manifest_text.replacen("about =", headless, 1);
    std::fs::write(&file, program::with_manifest(&package, &manifest)).unwrap();
    let host = Setup::bulletins(folder.path(), &board).start().await;
    let told = good(&host, OPEN).await;
    assert_eq!((&told["headless"], &told["outcome"], &told["notices"]), (&json!(true), &json!("read"), &json!(1)), "{told}");
    assert!(titled(&host, "旧公告 first").await.unwrap()["text"].as_str().unwrap().contains("服务时间如常"));
    // Where no browser is needed none is used, and that page is empty without its script.
    let told = look(&host, "deppon-bulletin.service").await;
    assert_eq!(told["outcome"], "layout-changed", "{told}");
    host.stop().await;
}

#[tokio::test]
async fn a_source_that_falls_silent_or_fails_is_told() {
    let (folder, board) = (folder(), Board::start().await.unwrap());
    let long_ago = china(Timestamp::now().as_second() - 100 * 86_400);
    for (shelf, id) in [(Shelf::Open, "first"), (Shelf::Service, "second"), (Shelf::Regulator, "third"), (Shelf::Feed, "fourth")] {
        board.publish(shelf, id, &format!("旧公告 {id}"), &long_ago, &format!("{id}：服务时间如常。"));
    }
    let watched = "notices = { watch = true, every = '200ms', failing_after = '300ms' }";
    let host = Setup::bulletins(folder.path(), &board).with(watched).start().await;
    host.logs("announcements of `deppon-bulletin.open` are silent").await;
    host.logs("announcements of `spb-bulletin.notices` are silent").await;
    until("it is shown", async || (source(&host, OPEN).await["state"] == "silent").then_some(())).await;
    // A hundred days are not yet long for holidays and lorries in the snow.
    until("the other is well", async || (source(&host, "deppon-bulletin.service").await["state"] == "good").then_some(())).await;
    board.publish(Shelf::Open, "fresh", "新公告", &minutes_ago(0), &words("2026年9月1日"));
    host.logs("announcements of `deppon-bulletin.open` are good (they were silent)").await;
    board.manner(Manner::Refuses(500, None));
    host.logs("announcements of `deppon-bulletin.open` are failing").await;
    let told = source(&host, OPEN).await;
    assert_eq!((&told["state"], &told["outcome"]), (&json!("failing"), &json!("carrier-error")), "{told}");
    board.manner(Manner::Usual);
    host.logs("announcements of `deppon-bulletin.open` are good (they were failing)").await;
    host.stop().await;
}
