//! One HTTP request: out, in, bounded, masked.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::time::Instant as Clock;

use posthouse_sdk::manifest::Manifest;
use reqwest::redirect::Policy;
use reqwest::tls::TlsInfo;
use sha2::{Digest as _, Sha256};

use super::browser::Evidence;
use super::capture;
use super::fill::{self, Filled};
use super::{Fetched, Peer};
use crate::config;
use crate::fault::{Fault, Instant, Kind};
use crate::sandbox::types::{HttpReply, Pair, Reply, Request};
use crate::vault::Secrets;

/// The client. Connections are reused; nothing is retried and no redirect is followed.
#[derive(Clone)]
pub struct Http {
    pub(super) client: reqwest::Client,
}

impl Http {
    pub fn new(config: &config::Fetch) -> anyhow::Result<Self> {
        // A second call is harmless: somebody chose the same provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(&config.user_agent)
            .connect_timeout(config.connect.0)
            .timeout(config.whole.0)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .pool_max_idle_per_host(128)
            .tcp_nodelay(true)
            .tls_info(true)
            .build()?;
        Ok(Self { client })
    }

    /// Performs a request of this adapter with these secrets.
    pub async fn perform(
        &self,
        request: &Request,
        manifest: &Manifest,
        secrets: &Secrets,
        endpoints: &BTreeMap<String, String>,
        now: Instant,
    ) -> Fetched {
        let begun = Clock::now();
        let result = async {
            let filled = fill::fill(request, manifest, secrets, endpoints)?;
            let (reply, peer) = self.exchange(filled, manifest.limits.body).await?;
            let captured = capture::take(&request.captures, manifest, &reply.body, now);
            Ok((masked(reply, secrets, &captured), captured, peer))
        };
        let (reply, captured, peer) = match result.await {
            Ok((reply, captured, peer)) => (Ok(Reply::Http(reply)), captured, peer),
            Err(fault) => (Err(fault), vec![], None),
        };
        let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        Fetched { reply, evidence: Evidence::default(), captured, took_us, peer }
    }

    async fn exchange(&self, filled: Filled, cap: usize) -> Result<(HttpReply, Option<Peer>), Fault> {
        let mut request = self.client.request(filled.method, filled.url).headers(filled.headers);
        if let Some(body) = filled.body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(|e| unreachable(&e))?;
        let headers = pairs(response.headers());
        let (charset, peer) = (charset(&headers), peer(&response));
        let body = whole(&mut response, cap).await?;
        Ok((HttpReply { status: response.status().as_u16(), headers, body, charset }, peer))
    }
}

/// The host that answered over TLS, and its certificate's digest.
fn peer(response: &reqwest::Response) -> Option<Peer> {
    let certificate = response.extensions().get::<TlsInfo>()?.peer_certificate()?;
    Some((response.url().host_str()?.to_owned(), hex::encode(Sha256::digest(certificate))))
}

/// The body, if it is no larger than this.
pub(super) async fn whole(response: &mut reqwest::Response, cap: usize) -> Result<Vec<u8>, Fault> {
    let known = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    let mut body = Vec::with_capacity(known.min(cap));
    while let Some(chunk) = response.chunk().await.map_err(|e| unreachable(&e))? {
        if body.len() + chunk.len() > cap {
            return Err(Fault::new(Kind::Unreadable, format!("an answer of more than {cap} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Without the URL: it may hold a secret in its path or query.
pub fn unreachable(error: &reqwest::Error) -> Fault {
    let why = match error {
        e if e.is_timeout() => "no answer in time",
        e if e.is_connect() => "no connection",
        e if e.is_decode() && !broke(e) => return Fault::new(Kind::Unreadable, "the answer's content coding is broken"),
        _ => "the connection broke",
    };
    let mut source: &dyn std::error::Error = error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    let cause = source.to_string();
    let cause = if cause.contains("://") { String::new() } else { format!(": {cause}") };
    Fault::new(Kind::Unreachable, format!("{why}{cause}"))
}

/// Reqwest calls every failure in a body one of decoding; hyper's own are the connection's.
fn broke(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(deeper) = source {
        if deeper.is::<hyper::Error>() {
            return true;
        }
        source = deeper.source();
    }
    false
}

fn pairs(headers: &reqwest::header::HeaderMap) -> Vec<Pair> {
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| Pair { name: name.as_str().to_owned(), value: text(value) }).collect()
}

fn charset(headers: &[Pair]) -> Option<String> {
    let kind = headers.iter().find(|h| h.name == "content-type")?.value.to_lowercase();
    let named = kind.split("charset=").nth(1)?.split(';').next()?;
    Some(named.trim().trim_matches('"').to_owned())
}

fn masked(mut reply: HttpReply, secrets: &Secrets, captured: &[(String, crate::vault::Captured)]) -> HttpReply {
    let fresh = (!captured.is_empty()).then(|| secrets.with_captured(captured.iter().cloned().collect()));
    let masker = fresh.as_ref().unwrap_or(secrets).masker();
    if let std::borrow::Cow::Owned(body) = masker.mask(&reply.body) {
        reply.body = body;
    }
    for header in &mut reply.headers {
        if let std::borrow::Cow::Owned(value) = masker.mask(header.value.as_bytes()) {
            header.value = String::from_utf8_lossy(&value).into_owned();
        }
    }
    reply
}
