//! What a program without a host would do: the same requests, signed before, answers thrown away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use serde_json::json;

use crate::carriers::Control;

/// A client set up as the host's, and requests ready to be sent.
pub struct Plain {
    client: reqwest::Client,
    url: String,
    requests: Vec<(HeaderMap, Vec<u8>)>,
}

impl Plain {
    pub async fn new(control: &Control, numbers: &[String]) -> anyhow::Result<Arc<Self>> {
        let (accounts, endpoints) = (control.get("accounts").await?, control.get("endpoints").await?);
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned).context("no account of zto");
        let (key, secret) = (text(&accounts["zto"]["app-key"])?, text(&accounts["zto"]["app-secret"])?);
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(60))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .pool_max_idle_per_host(1024)
            .tcp_nodelay(true)
            .build()?;
        let request = |number: &String| signed(number, &key, &secret);
        Ok(Arc::new(Self {
            client,
            url: text(&endpoints["zto"]["query"])?,
            requests: numbers.iter().map(request).collect::<Result<_, _>>()?,
        }))
    }

    /// Asks about one parcel and reads the whole answer.
    pub async fn ask(&self, which: usize) -> anyhow::Result<usize> {
        let (headers, body) = &self.requests[which % self.requests.len()];
        let request = self.client.post(&self.url).headers(headers.clone()).body(body.clone());
        let mut response = request.send().await?.error_for_status()?;
        let mut read = 0;
        while let Some(chunk) = response.chunk().await? {
            read += chunk.len();
        }
        Ok(read)
    }

    /// Requests a second with so many in flight.
    pub async fn per_second(self: &Arc<Self>, in_flight: usize, length: Duration) -> anyhow::Result<f64> {
        let (begun, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
        let one = |_| {
            let (plain, next) = (self.clone(), next.clone());
            tokio::spawn(async move {
                while begun.elapsed() < length {
                    plain.ask(next.fetch_add(1, Ordering::Relaxed)).await?;
                }
                anyhow::Ok(())
            })
        };
        for task in (0..in_flight).map(one).collect::<Vec<_>>() {
            task.await??;
        }
        Ok(next.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64())
    }
}

fn signed(number: &str, key: &str, secret: &str) -> anyhow::Result<(HeaderMap, Vec<u8>)> {
    let body = json!({ "billCode": number }).to_string();
    let digest = STANDARD.encode(Md5::digest(format!("{body}{secret}")));
    let headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")),
        (reqwest::header::HeaderName::from_static("x-appkey"), HeaderValue::try_from(key)?),
        (reqwest::header::HeaderName::from_static("x-datadigest"), HeaderValue::try_from(digest)?),
    ]);
    Ok((headers, body.into_bytes()))
}
