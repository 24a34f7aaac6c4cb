//! The way to a receiver: HTTP to addresses that the operator lets letters go to.
//!
//! A receiver's name is resolved here and connected to as it was resolved, so that a name which
//! points inside at the second asking reaches nothing. No redirect is followed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::{Keys, Message};
use crate::config;
use crate::fault::Instant;
use crate::fetch::public::is_public;

/// Of an answer so much is read, so that its connection can be used again.
const READ: usize = 64 << 10;
/// The longest pause that a receiver may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(86_400);

/// Sends letters.
pub struct Post {
    /// Over TLS, to public and allowed addresses.
    outside: Client,
    /// In the clear too, to allowed addresses only.
    inside: Client,
    allow: Arc<Vec<IpNet>>,
}

/// What came of one attempt.
#[derive(Debug, Clone)]
pub struct Sent {
    pub status: Option<u16>,
    pub took_ms: i64,
    /// Why it failed.
    pub failure: Option<String>,
    /// What the receiver asks for.
    pub retry_after: Option<Duration>,
}

/// An address that letters do not go to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    #[error("`url` is an address of http or https with a host")]
    NotAnAddress,
    #[error("`url` holds a user or a fragment: leave them out")]
    Decorated,
    #[error("`{0}` is no public address: an operator allows networks of our own in `webhooks.allow`")]
    Private(String),
    #[error("in the clear only to networks that an operator allows in `webhooks.allow`: use https")]
    InTheClear,
}

impl Post {
    pub fn new(config: &config::Webhooks, user_agent: &str) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let allow = Arc::new(config.allow.clone());
        let build = |public: bool| {
            Client::builder()
                .user_agent(user_agent)
                .connect_timeout(config.timeout.0)
                .timeout(config.timeout.0)
                .redirect(Policy::none())
                .retry(reqwest::retry::never())
                .no_proxy()
                .https_only(public)
                .dns_resolver(Arc::new(Guarded { allow: allow.clone(), public }))
                .pool_max_idle_per_host(64)
                .tcp_nodelay(true)
                .build()
        };
        Ok(Self { outside: build(true)?, inside: build(false)?, allow })
    }

    /// Whether letters may go there, as far as the address alone tells. Names are asked when something
    /// is sent.
    pub fn check(&self, url: &str) -> Result<Url, NotAllowed> {
        let parsed = Url::parse(url).map_err(|_| NotAllowed::NotAnAddress)?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none_or(str::is_empty) {
            return Err(NotAllowed::NotAnAddress);
        }
        if !parsed.username().is_empty() || parsed.password().is_some() || parsed.fragment().is_some() {
            return Err(NotAllowed::Decorated);
        }
        let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
        match host.parse::<IpAddr>() {
            Ok(ip) if !is_public(ip) && !allows(&self.allow, ip) => Err(NotAllowed::Private(host.to_owned())),
            Ok(ip) if parsed.scheme() == "http" && !allows(&self.allow, ip) => Err(NotAllowed::InTheClear),
            Err(_) if parsed.scheme() == "http" && self.allow.is_empty() => Err(NotAllowed::InTheClear),
            _ => Ok(parsed),
        }
    }

    /// One attempt. What is sent is signed now: a receiver refuses old signatures.
    pub async fn send(&self, url: &str, keys: &Keys, message: &Message, now: Instant) -> Sent {
        let begun = Clock::now();
        let took = || i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        let failed = |why: String| Sent { status: None, took_ms: took(), failure: Some(why), retry_after: None };
        let url = match self.check(url) {
            Ok(url) => url,
            Err(why) => return failed(why.to_string()),
        };
        let client = if url.scheme() == "https" { &self.outside } else { &self.inside };
        let seconds = now.div_euclid(1000);
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", keys.sign(&message.id, seconds, message.body.as_bytes(), now))
            .body(message.body.clone());
        let mut answer = match request.send().await {
            Ok(answer) => answer,
            Err(why) => return failed(words(why)),
        };
        let status = answer.status();
        let after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|text| pause(text, now));
        let mut read = 0;
        while let Ok(Some(chunk)) = answer.chunk().await {
            read += chunk.len();
            if read > READ {
                break;
            }
        }
        let failure = (!status.is_success()).then(|| match status.is_redirection() {
            true => format!("HTTP {status}: redirects are not followed, register where it points to"),
            false => format!("HTTP {status}"),
        });
        Sent { status: Some(status.as_u16()), took_ms: took(), failure, retry_after: after }
    }
}

/// Seconds, or a date.
fn pause(text: &str, now: Instant) -> Option<Duration> {
    let seconds = match text.trim().parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp().as_millisecond();
            u64::try_from((at - now).max(0)).ok()?.div_ceil(1000)
        }
    };
    Some(Duration::from_secs(seconds).min(LONGEST_PAUSE))
}

/// Why nothing was answered, without the address: it may hold what only the receiver should know.
fn words(why: reqwest::Error) -> String {
    let why = why.without_url();
    let deepest = std::iter::successors(std::error::Error::source(&why), |inner| inner.source()).last();
    match (why.is_timeout(), deepest) {
        (true, _) => "no answer in time".into(),
        (false, Some(inner)) => inner.to_string(),
        (false, None) => why.to_string(),
    }
}

fn allows(allow: &[IpNet], ip: IpAddr) -> bool {
    allow.iter().any(|net| net.contains(&ip))
}

/// Resolves names to addresses that letters may go to.
struct Guarded {
    allow: Arc<Vec<IpNet>>,
    public: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow, public) = (self.allow.clone(), self.public);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let good: Vec<SocketAddr> = found.filter(|at| allows(&allow, at.ip()) || (public && is_public(at.ip()))).collect();
            if good.is_empty() {
                return Err(NotAllowed::Private(name.as_str().to_owned()).into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn post(allow: &str) -> Post {
        let config = Config::with(&format!("webhooks.allow = [{allow}]")).unwrap();
        Post::new(&config.webhooks, "test").unwrap()
    }

    #[test]
    fn letters_go_out_over_tls_and_inside_only_where_it_is_allowed() {
        let (closed, open) = (post(""), post("'127.0.0.0/8'"));
        assert!(closed.check("https://hub.example/in").is_ok() && closed.check("https://1.1.1.1/in").is_ok());
        for (url, why) in [
            ("ftp://hub.example/", NotAllowed::NotAnAddress),
            ("hub.example", NotAllowed::NotAnAddress),
            ("https://me:you@hub.example/", NotAllowed::Decorated),
            ("https://hub.example/#a", NotAllowed::Decorated),
            ("http://hub.example/", NotAllowed::InTheClear),
            ("http://1.1.1.1/", NotAllowed::InTheClear),
            ("https://127.0.0.1/", NotAllowed::Private("127.0.0.1".into())),
            ("https://0x7f.1/", NotAllowed::Private("127.0.0.1".into())),
            ("https://[::ffff:10.0.0.1]/", NotAllowed::Private("::ffff:a00:1".into())),
            ("https://169.254.169.254/latest", NotAllowed::Private("169.254.169.254".into())),
        ] {
            assert_eq!(closed.check(url).unwrap_err(), why, "{url}");
        }
        assert!(open.check("http://127.0.0.1:9/in").is_ok() && open.check("http://10.0.0.1/").is_err());
    }

    #[tokio::test]
    async fn a_name_that_points_inside_reaches_nothing() {
        let message = Message { id: "evt_1".into(), body: "{}".into() };
        let keys = Keys::fresh(super::super::Scheme::V1);
        let sent = post("").send("https://localhost:9/in", &keys, &message, 0).await;
        assert!(sent.status.is_none() && sent.failure.as_ref().unwrap().contains("webhooks.allow"), "{sent:?}");
    }

    #[test]
    fn a_pause_is_seconds_or_a_date_and_has_an_end() {
        assert_eq!(pause("120", 0), Some(Duration::from_secs(120)));
        assert_eq!(pause("Thu, 01 Jan 1970 00:01:00 GMT", 30_000), Some(Duration::from_secs(30)));
        assert_eq!(pause("9999999", 0), Some(LONGEST_PAUSE));
        assert_eq!(pause("soon", 0), None);
    }
}
