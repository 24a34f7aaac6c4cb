//! A carrier in YTO's form that says what the test wrote, for answers no story has.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::{Json, Router};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::{Setup, program};

/// Scans of each number: seconds ago, code, text.
type Lines = Arc<Mutex<BTreeMap<String, Vec<Value>>>>;

/// Where it listens; it ends with the test.
pub struct Script {
    url: String,
    lines: Lines,
}

impl Script {
    pub async fn open() -> Self {
        let lines = Lines::default();
        let router = Router::new().fallback(answer).with_state(lines.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, lines }
    }

    /// A host that asks it about YTO's parcels, by polling alone.
    pub fn host(&self) -> Setup {
        let config = format!(
            "carriers.yto = {{ push = false, endpoints = {{ query = '{}/query' }}, quota = {{ tracking = ['1000/1s'] }} }}",
            self.url
        );
        let fields = json!({ "user-part": "u", "customer-code": "c", "client-id": "i", "secret": "a-secret-of-tests" });
        Setup::bare(&program::adapters()).with(&config).credential("yto", "main", &fields)
    }

    /// From now on this is all it knows of a number: seconds ago, code, text.
    pub fn says(&self, number: &str, scans: &[(i64, &str, &str)]) {
        let now = Timestamp::now();
        let scan = |(ago, code, text): &(i64, &str, &str)| {
            let at = Timestamp::from_second(now.as_second() - ago).expect("a time").to_zoned(TimeZone::fixed(jiff::tz::offset(8)));
            json!({ "waybill_No": number, "upload_Time": at.strftime("%Y-%m-%d %H:%M:%S").to_string(), "infoContent": code, "processInfo": text, "city": "温州市" })
        };
        self.lines.lock().expect("no panic inside").insert(number.to_owned(), scans.iter().map(scan).collect());
    }
}

/// The number stands somewhere in the request; of one it does not know there is nothing yet.
async fn answer(State(lines): State<Lines>, body: String) -> Json<Value> {
    let lines = lines.lock().expect("no panic inside");
    let known = lines.iter().find(|(number, _)| body.contains(*number));
    Json(known.map_or_else(|| json!({ "code": 1001, "reason": "查询结果为空" }), |(_, scans)| json!(scans)))
}
