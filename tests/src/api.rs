//! The host's API, as a hub sees it.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{TestHost, until};

/// An answer of the API.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub kind: String,
    pub retry_after: Option<u64>,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// It must be a problem document of this status and type.
    #[track_caller]
    pub fn is_problem(&self, status: u16, kind: &str) {
        assert_eq!((self.status, self.kind.as_str()), (status, "application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!((&problem["status"], &problem["type"]), (&json!(status), &json!(kind)), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|words| !words.is_empty()), "{problem}");
    }
}

impl TestHost {
    /// A request with the hub's key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.key)
    }

    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let response = request.send().await.unwrap_or_else(|e| panic!("{e}: {}", self.tail()));
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let (status, kind, retry_after) = (response.status().as_u16(), header("content-type"), header("retry-after").parse().ok());
        Reply { status, kind, retry_after, body: response.text().await.expect("a whole answer") }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    /// A good answer's JSON.
    pub async fn read(&self, path: &str) -> Value {
        let reply = self.get(path).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply.json()
    }

    /// Registers parcels as [`crate::order`] writes them; all must be accepted.
    pub async fn register(&self, parcels: &[Value]) -> Value {
        let request = self.request(Method::POST, "/v1/parcels").json(&json!({ "parcels": parcels }));
        let reply = self.send(request).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let done = reply.json();
        let results = done["results"].as_array().expect("a list");
        assert!(results.len() == parcels.len() && results.iter().all(|r| r["id"].is_string()), "{done}");
        done
    }

    /// A registered parcel with its events.
    pub async fn parcel(&self, carrier: &str, number: &str) -> Value {
        self.read(&format!("/v1/parcels/by-number/{carrier}/{number}")).await
    }

    /// Asks for a registered parcel until it is as told.
    pub async fn wait_for(&self, carrier: &str, number: &str, what: &str, good: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let asked = until(what, async || {
            last = self.parcel(carrier, number).await;
            good(&last).then(|| last.clone())
        });
        match tokio::time::timeout(crate::BOUND - Duration::from_secs(5), asked).await {
            Ok(parcel) => parcel,
            Err(_) => panic!("never came true: {what}; the last was {last}"),
        }
    }

    /// Asks for a registered parcel until its last look ended so.
    pub async fn wait_for_outcome(&self, carrier: &str, number: &str, outcome: &str) -> Value {
        self.wait_for(carrier, number, &format!("{carrier} {number} is `{outcome}`"), |p| p["outcome"] == outcome).await
    }

    /// The events of a parcel, by its id.
    pub async fn events(&self, id: &str) -> Vec<Value> {
        let told = self.read(&format!("/v1/parcels/{id}/events")).await;
        told["events"].as_array().expect("a list").clone()
    }

    /// Where a carrier pushes to.
    pub async fn push_url(&self, carrier: &str) -> String {
        let carriers = self.send(self.client.get(format!("{}/v1/carriers", self.url)).bearer_auth(&self.ops)).await.json();
        let named = carriers["carriers"].as_array().and_then(|all| all.iter().find(|c| c["id"] == carrier));
        let url = named.and_then(|c| c["accounts"][0]["push_url"].as_str()).unwrap_or_else(|| panic!("{carrier} pushes: {carriers}"));
        let path = url.splitn(4, '/').nth(3).expect("http://address/path");
        format!("{}/{path}", self.url)
    }
}
