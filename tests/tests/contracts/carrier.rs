//! The fixtures' carrier: one scan for every number, a token for whoever asks, and who came.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::routing::get;
use percent_encoding::percent_decode_str;

/// When everything was scanned.
pub const AT: i64 = 1_760_000_000_000;

/// Endpoint and query of every request.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

pub struct Carrier {
    address: String,
    asked: Asked,
}

impl Carrier {
    pub async fn open() -> Self {
        let asked = Asked::default();
        let app = Router::new().route("/{endpoint}", get(answer)).with_state(asked.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, asked }
    }

    pub fn url(&self, endpoint: &str) -> String {
        format!("http://{}/{endpoint}", self.address)
    }

    /// Requests to an endpoint with this in their query.
    pub fn asked(&self, endpoint: &str, word: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|(to, query)| to == endpoint && query.contains(word)).count()
    }

    /// Whatever came, wherever it went.
    pub fn all(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// The code is the first two digits of the number. What was asked comes back in the text.
async fn answer(State(asked): State<Asked>, Path(endpoint): Path<String>, RawQuery(query): RawQuery) -> String {
    let query = query.unwrap_or_default();
    asked.lock().unwrap().push((endpoint.clone(), query.clone()));
    if endpoint == "token" {
        return r#"{"token":"a-token-of-tests"}"#.into();
    }
    let code = query.split('&').find_map(|pair| pair.strip_prefix("number=G")?.get(..2)).unwrap_or("00");
    format!("{AT} {code} 快件到达 【温州】 {}", percent_decode_str(&query).decode_utf8_lossy())
}
