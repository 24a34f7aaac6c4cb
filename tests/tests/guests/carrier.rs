//! The guests' carrier: it answers what a guest needs, and remembers who asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Every guest's `key`. Some of it must be escaped in a URL or in JSON.
pub const SECRET: &str = "s3cr+t/of&the\"guests";

/// The parcel whose page is sound; that of every other one is a bomb.
pub const SOUND_PAGE: &str = "G0000000035";

/// `(guest, query)` of every request.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

pub struct Carrier {
    address: String,
    asked: Asked,
}

impl Carrier {
    pub async fn open() -> Self {
        let asked = Asked::default();
        let app = Router::new().route("/{guest}/{endpoint}", get(answer)).with_state(asked.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, asked }
    }

    pub fn url(&self, guest: &str, endpoint: &str) -> String {
        format!("http://{}/{guest}/{endpoint}", self.address)
    }

    /// How often a guest asked about a number; about any, if that is empty.
    pub fn asked(&self, guest: &str, number: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(by, query)| by == guest && query.contains(number)).count()
    }

    /// How often `good` asked about the number it asked least about.
    pub fn least(&self, numbers: &[String]) -> usize {
        numbers.iter().map(|number| self.asked("good", number)).min().unwrap_or(0)
    }

    /// Whether a secret of a guest came here, and so went back.
    pub fn echoed(&self, guest: &str, secret: &str) -> bool {
        let came = |(by, query): &(String, String)| by == guest && key(query).as_deref() == Some(secret);
        self.asked.lock().unwrap().iter().any(came)
    }
}

async fn answer(State(asked): State<Asked>, Path((guest, _endpoint)): Path<(String, String)>, RawQuery(query): RawQuery) -> String {
    let query = query.unwrap_or_default();
    let echo = key(&query).map(|key| forms(&key)).unwrap_or_default();
    let page = (guest == "nest-bomb").then(|| page(query.contains(SOUND_PAGE)));
    asked.lock().unwrap().push((guest, query));
    if let Some(page) = page {
        return page;
    }
    let events = serde_json::json!([{ "at": 1_760_000_000_000_i64, "code": "10", "text": "on its way" }]);
    serde_json::json!({ "events": events, "echo": echo }).to_string()
}

/// Twenty rows, or a megabyte of elements one inside the other.
fn page(sound: bool) -> String {
    if !sound {
        return "<div>".repeat((1 << 20) / "<div>".len());
    }
    let rows = (1..=20).map(|n| format!("<tr><td>2026-01-{n:02} 08:00:00</td><td>快件到达 <b>{n}</b></td></tr>"));
    format!("<!DOCTYPE html><table>{}</table>", rows.collect::<String>())
}

/// The secret that a request carries.
fn key(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("key="))?.replace('+', " ");
    Some(percent_decode_str(&value).decode_utf8().ok()?.into_owned())
}

/// Every way a carrier may send it back.
fn forms(key: &str) -> Vec<String> {
    let percent = utf8_percent_encode(key, NON_ALPHANUMERIC).to_string();
    vec![
        key.to_owned(),
        hex::encode(key),
        hex::encode_upper(key),
        STANDARD.encode(key),
        URL_SAFE_NO_PAD.encode(key),
        percent,
        STANDARD.encode(format!("user:{key}")),
    ]
}
