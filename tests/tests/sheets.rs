//! Sheets of rows: CSV and workbooks, tried first, taken in once, and the refused rows back to be mended.

use posthouse_tests::rows::{bomb, csv, peak_mb, sheet, workbook};
use posthouse_tests::{Setup, TestHost, program};
use reqwest::Method;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

const KYE: (&str, &str) = ("carrier", "kye");
const TRIAL: (&str, &str) = ("dry_run", "true");
const HEADINGS: [&str; 3] = ["单号", "时间", "节点"];

async fn open() -> TestHost {
    Setup::bare(&program::adapters()).start().await
}

fn number(nth: usize) -> String {
    format!("KY4{nth:012}")
}

/// Watches so many parcels of KYE; their numbers.
async fn registered(host: &TestHost, count: usize) -> Vec<String> {
    let numbers: Vec<_> = (0..count).map(number).collect();
    for some in numbers.chunks(100) {
        host.register(&some.iter().map(|number| json!({ "carrier": "kye", "number": number })).collect::<Vec<_>>()).await;
    }
    numbers
}

/// What became of a sheet that could be read.
async fn told(host: &TestHost, query: &[(&str, &str)], bytes: impl Into<Vec<u8>>) -> Value {
    let reply = sheet(host, query, bytes.into()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

fn list<'v>(told: &'v Value, field: &str) -> Vec<&'v Value> {
    told["results"].as_array().unwrap().iter().map(|row| &row[field]).collect()
}

fn counts(told: &Value) -> [u64; 4] {
    ["rows", "entered", "repeated", "refused"].map(|name| told[name].as_u64().unwrap())
}

async fn is_empty(host: &TestHost, table: &str) -> bool {
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    let rows: i64 = sqlx::query_scalar(sql).fetch_one(&mut host.database().await).await.unwrap();
    rows == 0
}

/// In the encoding that Excel for China saves CSV in; these signs and ASCII only.
fn gb18030(text: &str) -> Vec<u8> {
    const SIGNS: &str = "单号时间节点揽收派送中";
    const BYTES: &[u8] = b"\xb5\xa5\xba\xc5\xca\xb1\xbc\xe4\xbd\xda\xb5\xe3\xc0\xbf\xca\xd5\xc5\xc9\xcb\xcd\xd6\xd0";
    let bytes = |c: char| match SIGNS.chars().position(|sign| sign == c) {
        Some(at) => BYTES[at * 2..at * 2 + 2].to_vec(),
        None => vec![u8::try_from(c).unwrap()],
    };
    text.chars().flat_map(bytes).collect()
}

#[tokio::test]
async fn a_sheet_of_any_form_is_tried_then_taken_and_then_known() {
    let host = open().await;
    let numbers = registered(&host, 3).await;
    let rows = |nth: usize| [HEADINGS, [&numbers[nth], "2026-01-20 09:05", "揽收"], [&numbers[nth], "2026/1/20 14:30", "派送中"]];
    let forms = [workbook(rows(0)), format!("\u{FEFF}{}", csv(rows(1))).into_bytes(), gb18030(&csv(rows(2)))];
    for (number, bytes) in numbers.iter().zip(&forms) {
        let tried = told(&host, &[KYE, TRIAL], bytes.clone()).await;
        assert_eq!((counts(&tried), &tried["id"], &tried["errors"]), ([2, 2, 0, 0], &Value::Null, &Value::Null), "{tried}");
        assert_eq!(list(&tried, "line"), [2, 3]);
        assert_eq!(list(&tried, "verdict"), ["entered", "entered"]);
        assert_eq!(list(&tried, "status"), ["picked_up", "out_for_delivery"]);
        assert_eq!(list(&tried, "number"), [number, number]);
        assert_eq!(tried["columns"], json!({ "单号": "number", "时间": "time", "节点": "node" }));
        let parcel = host.parcel("kye", number).await;
        assert_eq!((&parcel["events"], &parcel["as_of"]), (&json!([]), &Value::Null), "a trial changes nothing: {parcel}");
        let taken = told(&host, &[KYE], bytes.clone()).await;
        assert_eq!(counts(&taken), [2, 2, 0, 0], "{taken}");
        assert!(taken["id"].as_str().unwrap().starts_with("sht_"), "{taken}");
        let parcel = host.parcel("kye", number).await;
        assert_eq!((&parcel["status"], parcel["events"].as_array().unwrap().len()), (&json!("out_for_delivery"), 2), "{parcel}");
        assert_eq!((&parcel["events"][0]["at"], &parcel["events"][0]["source"]), (&json!("2026-01-20T01:05:00Z"), &json!("clerk")));
        let again = told(&host, &[KYE], bytes.clone()).await;
        assert_eq!(counts(&again), [2, 0, 2, 0], "{again}");
        assert_eq!(host.parcel("kye", number).await["events"], parcel["events"]);
    }
    host.stop().await;
}

#[tokio::test]
async fn a_trial_leaves_nothing_behind() {
    let host = open().await;
    let numbers = registered(&host, 1).await;
    let rows = [HEADINGS, [&numbers[0], "2026-01-20 09:05", "揽收"], [&numbers[0], "昨天", "派送中"]];
    let tried = told(&host, &[KYE, TRIAL], csv(rows)).await;
    assert_eq!(counts(&tried), [2, 1, 0, 1], "{tried}");
    assert!(tried["errors"].as_str().unwrap().contains("昨天"), "the refused rows are told all the same: {tried}");
    for table in ["entries", "events", "outbox", "sheets", "headings"] {
        assert!(is_empty(&host, table).await, "{table}");
    }
    assert_eq!(host.read("/v1/sheets").await["sheets"], json!([]));
    host.stop().await;
}

#[tokio::test]
async fn a_heading_is_told_once_and_remembered_for_the_carriers_next_sheet() {
    let host = open().await;
    let numbers = registered(&host, 4).await;
    let rows = |headings: [&str; 3], nth: usize| csv([headings, [&numbers[nth], "2026-01-20 09:05", "揽收"]]);
    // The manifest's own names need no telling.
    assert_eq!(counts(&told(&host, &[KYE], rows(["跨越单号", "操作时间", "路由步骤"], 0)).await), [1, 1, 0, 0]);
    let foreign = ["Waybill", "When", "Step"];
    let reply = sheet(&host, &[KYE], rows(foreign, 1).into()).await;
    reply.is_problem(400, "columns");
    assert!(reply.body.contains("number") && reply.body.contains("Waybill, When, Step"), "{reply:?}");
    for columns in ["{", "[]", r#"{"Waybill":"colour"}"#, r#"{"Number":"number"}"#] {
        sheet(&host, &[KYE, ("columns", columns)], rows(foreign, 1).into()).await.is_problem(400, "columns");
    }
    let columns = ("columns", r#"{"Waybill":"number","When":"time","Step":"node"}"#);
    assert_eq!(counts(&told(&host, &[KYE, TRIAL, columns], rows(foreign, 1)).await), [1, 1, 0, 0]);
    sheet(&host, &[KYE], rows(foreign, 1).into()).await.is_problem(400, "columns");
    assert_eq!(counts(&told(&host, &[KYE, columns], rows(foreign, 1)).await), [1, 1, 0, 0]);
    let next = told(&host, &[KYE], workbook([foreign, [&numbers[2], "2026-01-20 09:05", "揽收"]])).await;
    assert_eq!((counts(&next), &next["columns"]["Waybill"]), ([1, 1, 0, 0], &json!("number")), "{next}");
    // What KYE's headings mean is nobody else's.
    sheet(&host, &[("carrier", "ane")], rows(foreign, 3).into()).await.is_problem(400, "columns");
    host.stop().await;
}

#[tokio::test]
async fn refused_rows_come_back_as_a_sheet_and_are_taken_once_they_are_mended() {
    let host = open().await;
    let numbers = registered(&host, 2).await;
    let stranger = number(2);
    let good = |number| [number, "2026-01-20 09:05", "揽收"];
    let rows = [HEADINGS, good(&numbers[0]), [&numbers[1], "昨天", "揽收"], good(&stranger)];
    let taken = told(&host, &[KYE, ("name", "周一.csv")], csv(rows)).await;
    assert_eq!(counts(&taken), [3, 1, 0, 2], "{taken}");
    assert_eq!(list(&taken, "code"), [&Value::Null, &json!("unreadable"), &json!("not-found")]);
    let path = format!("/v1/sheets/{}/errors", taken["id"].as_str().unwrap());
    let errors = host.get(&path).await;
    assert_eq!((errors.status, errors.kind.as_str()), (200, "text/csv; charset=utf-8"), "{errors:?}");
    let sheet_of_errors = errors.body.trim_start_matches('\u{FEFF}');
    assert_eq!(taken["errors"].as_str().unwrap().trim_start_matches('\u{FEFF}'), sheet_of_errors);
    assert!(sheet_of_errors.starts_with("单号,时间,节点,错误 mistake\r\n"), "{sheet_of_errors}");
    for words in ["无法识别", "还没有登记", &numbers[1], &stranger] {
        assert!(sheet_of_errors.contains(words), "{words}: {sheet_of_errors}");
    }
    assert!(!sheet_of_errors.contains(&numbers[0]), "what was taken is not in it: {sheet_of_errors}");
    let key = host.create_key(&["--name", "shop2", "--accounts", "shop2"]);
    host.send(host.client.get(format!("{}{path}", host.url)).bearer_auth(&key)).await.is_problem(404, "not-found");

    host.register(&[json!({ "carrier": "kye", "number": stranger })]).await;
    let mended = errors.body.replace("昨天", "2026-01-20 10:15");
    let second = told(&host, &[KYE, ("name", "周二.csv")], mended).await;
    assert_eq!((counts(&second), &second["errors"]), ([2, 2, 0, 0], &Value::Null), "{second}");
    assert_eq!(host.parcel("kye", &numbers[1]).await["events"][0]["at"], "2026-01-20T02:15:00Z");
    for id in [second["id"].as_str().unwrap(), "sht_nothing"] {
        host.get(&format!("/v1/sheets/{id}/errors")).await.is_problem(404, "not-found");
    }
    let kept = host.read("/v1/sheets").await;
    let kept: Vec<_> =
        kept["sheets"].as_array().unwrap().iter().map(|sheet| [&sheet["name"], &sheet["entered"], &sheet["refused"]]).collect();
    assert_eq!(json!(kept), json!([["周二.csv", 2, 0], ["周一.csv", 1, 2]]), "the newest first");
    host.stop().await;
}

#[tokio::test]
async fn what_a_spreadsheet_made_up_is_refused_row_by_row() {
    let host = open().await;
    let numbers = registered(&host, 2).await;
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.write_row(0, 0, HEADINGS).unwrap();
    page.write_row(1, 0, [numbers[0].as_str(), "", "揽收"]).unwrap().write_formula(1, 1, "=NOW()").unwrap();
    page.write_row(2, 0, ["", "2026-01-20 09:05", "揽收"]).unwrap().write_number(2, 0, 4_000_000_000_000_019.0).unwrap();
    page.write_row(3, 0, [numbers[0].as_str(), "2026-01-20 09:05", "揽收"]).unwrap();
    let taken = told(&host, &[KYE], book.save_to_buffer().unwrap()).await;
    assert_eq!(counts(&taken), [3, 1, 0, 2], "{taken}");
    assert_eq!(list(&taken, "verdict"), ["refused", "refused", "entered"]);
    let why = list(&taken, "why");
    assert!(why[0].as_str().unwrap().contains("时间是公式") && why[1].as_str().unwrap().contains("近似数"), "{taken}");

    let rows = [HEADINGS, [&numbers[1], "=1+1", "揽收"], [&numbers[1], "2026-01-20 09:05", "=HYPERLINK(A1)"]];
    let taken = told(&host, &[KYE], csv(rows)).await;
    assert_eq!(counts(&taken), [2, 0, 0, 2], "{taken}");
    let errors = taken["errors"].as_str().unwrap();
    assert!(!errors.lines().flat_map(|line| line.split(',')).any(|cell| cell.starts_with('=')), "no formula goes back: {errors}");
    host.stop().await;
}

#[tokio::test]
async fn a_hostile_sheet_is_refused_with_a_reason_and_the_host_goes_on() {
    let host = open().await;
    let numbers = registered(&host, 1).await;
    let good = workbook([HEADINGS, [&numbers[0], "2026-01-20 09:05", "揽收"]]);
    let mut last_line = Workbook::new();
    last_line.add_worksheet().write_row(0, 0, HEADINGS).unwrap().write_string(1_048_575, 0, "x").unwrap();
    let boasting = bomb(1 << 20, 400, 1 << 20);
    assert!(boasting.len() < 64 << 10, "{}", boasting.len());
    let before = peak_mb(&host);
    for (bytes, reason) in [
        (boasting, "unpacks to more than 200 MiB"),
        (bomb(1 << 20, 400, 10), "workbook"),
        (last_line.save_to_buffer().unwrap(), "more than 50000 rows"),
        (good[..good.len() / 2].to_vec(), "damaged"),
        (b"num\xe9ro,t\xe9l\xe9phone\n1,2\n".to_vec(), "UTF-8"),
        (b"\xef\xbb\xbfnumber,time\n\xff,1\n".to_vec(), "UTF-8"),
        ([&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 504]].concat(), ".xls"),
        (b"<html><table><tr><td>1</td></tr></table></html>".to_vec(), "neither CSV text nor an Excel workbook"),
        (b"number,time\n\"1,2\n".to_vec(), "never closed"),
        ("单号,时间,单号\n1,2,3\n".into(), "stands there twice"),
        (vec![], "empty"),
    ] {
        let reply = sheet(&host, &[KYE], bytes).await;
        reply.is_problem(400, "bad-sheet");
        assert!(reply.body.contains(reason), "{reason}: {reply:?}");
    }
    let grown = peak_mb(&host) - before;
    println!("the host grew by {grown} MB");
    assert!(grown < 64, "{grown} MB more");
    sheet(&host, &[KYE], vec![b'x'; (20 << 20) + 1]).await.is_problem(413, "too-large");
    for (query, kind) in [("", "bad-query"), ("?carrier=kye&colour=red", "bad-query"), ("?carrier=nobody", "unknown-carrier")] {
        let request = host.request(Method::POST, &format!("/v1/entries/sheet{query}")).body("单号,时间\n");
        host.send(request).await.is_problem(400, kind);
    }
    assert!(is_empty(&host, "entries").await && is_empty(&host, "sheets").await);
    assert_eq!(host.get("/healthz").await.json()["status"], "ok");
    assert_eq!(counts(&told(&host, &[KYE], good).await), [1, 1, 0, 0], "a good one is taken as ever");
    host.stop().await;
}

#[tokio::test]
async fn ten_thousand_rows_are_taken_in_little_memory() {
    const ROWS: usize = 10_000;
    let host = open().await;
    let numbers = registered(&host, ROWS).await;
    let rows = numbers.iter().map(|number| [number.as_str(), "2026-01-20 09:05", "揽收"]);
    let bytes = workbook(std::iter::once(HEADINGS).chain(rows));
    let before = peak_mb(&host);
    let tried = told(&host, &[KYE, TRIAL], bytes.clone()).await;
    assert_eq!(counts(&tried), [ROWS as u64, ROWS as u64, 0, 0]);
    assert!(is_empty(&host, "entries").await);
    let taken = told(&host, &[KYE], bytes).await;
    assert_eq!(counts(&taken), [ROWS as u64, ROWS as u64, 0, 0]);
    let grown = peak_mb(&host) - before;
    println!("the host grew by {grown} MB");
    assert!(grown < 64, "{grown} MB more");
    let sql = "SELECT count(*) FROM parcels WHERE status = 'picked_up' AND key IN (SELECT parcel FROM entries)";
    let entered: i64 = sqlx::query_scalar(sql).fetch_one(&mut host.database().await).await.unwrap();
    assert_eq!(entered, ROWS as i64);
    host.stop().await;
}

#[tokio::test]
async fn the_command_line_takes_sheets_and_writes_the_refused_rows() {
    let host = open().await;
    let numbers = registered(&host, 1).await;
    let headings = ["Waybill", "时间", "节点"];
    let bytes = workbook([headings, [&numbers[0], "2026-01-20 09:05", "揽收"], [&numbers[0], "昨天", "派送中"]]);
    let [file, errors] = ["0120.xlsx", "refused.csv"].map(|name| host.file(name));
    std::fs::write(&file, bytes).unwrap();
    let [file, refused] = [&file, &errors].map(|path| path.to_str().unwrap());
    let run = |more: &[&str]| host.run(&[&["entry", "import", "kye", file, "--url", &host.url], more].concat());
    let unknown = run(&["--json"]);
    assert!(unknown.code != 0 && unknown.err.contains("number"), "{unknown:?}");
    let tried = run(&["--column", "Waybill=number", "--dry-run", "--errors", refused, "--json"]);
    assert_eq!((tried.code, counts(&tried.json())), (1, [2, 1, 0, 1]), "a refused row is no success: {tried:?}");
    assert!(std::fs::read_to_string(&errors).unwrap().contains("无法识别"));
    assert!(is_empty(&host, "entries").await);
    let taken = run(&["--column", "Waybill=number", "--json"]);
    assert_eq!((counts(&taken.json()), taken.code), ([2, 1, 0, 1], 1), "{taken:?}");
    let again = run(&[]);
    assert!(again.out.contains("0 entered, 1 known already, 1 refused") && again.err.contains("line 3: "), "{again:?}");
    assert_eq!(host.read("/v1/sheets").await["sheets"][0]["name"], "0120.xlsx");
    host.stop().await;
}

#[tokio::test]
async fn one_number_may_have_five_hundred_rows_and_no_more() {
    let host = open().await;
    let number = registered(&host, 1).await.remove(0);
    let times: Vec<String> = (0..501).map(|n| format!("2026-01-20 {:02}:{:02}", n / 60, n % 60)).collect();
    let sheet = |times: &[String]| csv(std::iter::once(HEADINGS).chain(times.iter().map(|time| [&*number, &**time, "到达网点"])));
    // In several portions, and tried as it is taken.
    for query in [&[KYE, TRIAL][..], &[KYE]] {
        let told = told(&host, query, sheet(&times)).await;
        assert_eq!(counts(&told), [501, 500, 0, 1], "{query:?}");
        assert_eq!(told["results"][500]["code"], "limit", "{told}");
    }
    assert_eq!(counts(&told(&host, &[KYE], sheet(&times[..500])).await), [500, 0, 500, 0]);
    host.stop().await;
}
