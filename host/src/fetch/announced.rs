//! A page of announcements: fetched only if it changed, and not again from a site that refuses.

use std::collections::BTreeMap;

use jiff::fmt::rfc2822;
use posthouse_sdk::manifest::Manifest;
use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::{Response, StatusCode, Url};

use super::http::{unreachable, whole};
use super::{Http, Pages};
use crate::fault::{Fault, Instant, Kind};
use crate::sandbox::types::{PageRequest, Pair, Reply};

/// By which a site tells whether a page is still what it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// What a site said of a page.
#[derive(Debug)]
pub enum Answer {
    NotModified,
    Page(Got),
}

/// A page as it is now.
#[derive(Debug)]
pub struct Got {
    pub content_type: Option<String>,
    pub body: Vec<u8>,
    pub validators: Validators,
}

/// A page for the browser.
pub struct Rendered<'a> {
    pub url: &'a Url,
    pub endpoint: &'a str,
    /// Below the endpoint.
    pub path: &'a str,
    pub wait_for: &'a str,
}

/// Longest that a site may ask us to wait; longer is a refusal.
const PATIENCE: Instant = 86_400_000;
/// Longest validator that is kept.
const LONGEST: usize = 512;

impl Http {
    /// Gets a page if it is not what it was. Anything but a page is a fault: a refusal is one of them.
    pub async fn if_changed(&self, url: &Url, known: &Validators, cap: usize, now: Instant) -> Result<Answer, Fault> {
        let mut request = self.client.get(url.clone());
        for (name, value) in [(header::IF_NONE_MATCH, &known.etag), (header::IF_MODIFIED_SINCE, &known.last_modified)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let mut response = request.send().await.map_err(|e| unreachable(&e))?;
        match response.status() {
            StatusCode::NOT_MODIFIED => Ok(Answer::NotModified),
            StatusCode::OK => {
                let headers = response.headers();
                let validators = Validators { etag: text(headers, header::ETAG), last_modified: text(headers, header::LAST_MODIFIED) };
                let content_type = text(headers, header::CONTENT_TYPE);
                Ok(Answer::Page(Got { content_type, body: whole(&mut response, cap).await?, validators }))
            }
            _ => Err(refusal(&response, now)),
        }
    }
}

impl Pages {
    /// The same with a browser, for a page that is made by its scripts: it costs a whole page each time.
    pub async fn rendered(&self, at: &Rendered<'_>, manifest: &Manifest, overrides: &BTreeMap<String, String>) -> Result<Answer, Fault> {
        let query = at.url.query_pairs().map(|(name, value)| Pair { name: name.into_owned(), value: value.into_owned() });
        let request = PageRequest {
            endpoint: at.endpoint.to_owned(),
            path: at.path.to_owned(),
            query: query.collect(),
            wait_for: at.wait_for.to_owned(),
            steps: vec![],
            marks: vec![],
            row: String::new(),
            fields: vec![],
            facts: vec![],
            hears: vec![],
        };
        let fetched = self.perform(&request, manifest, overrides).await;
        let Reply::Page(page) = fetched.reply? else { return Err(Fault::contract("a page was asked for")) };
        let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::BAD_GATEWAY);
        if status != StatusCode::OK {
            return Err(of_status(status, &HeaderMap::new(), 0));
        }
        let html = fetched.evidence.html.ok_or_else(|| Fault::new(Kind::Unreadable, "the browser showed a page and told nothing of it"))?;
        let content_type = Some("text/html; charset=utf-8".into());
        Ok(Answer::Page(Got { content_type, body: html.into_bytes(), validators: Validators::default() }))
    }
}

fn refusal(response: &Response, now: Instant) -> Fault {
    of_status(response.status(), response.headers(), now)
}

fn of_status(status: StatusCode, headers: &HeaderMap, now: Instant) -> Fault {
    let fault = |kind| Fault::new(kind, format!("HTTP {status}"));
    match status.as_u16() {
        429 | 503 => match until(headers, now) {
            Some(until) => Fault { until: Some(until), ..fault(Kind::Throttled) },
            // "Too often", and not when to come back: a person decides.
            None if status == StatusCode::TOO_MANY_REQUESTS => fault(Kind::TurnedAway),
            None => fault(Kind::CarrierError),
        },
        401 | 403 | 407 | 451 => fault(Kind::TurnedAway),
        404 | 410 => fault(Kind::NotFound),
        300..=399 => {
            let to = text(headers, header::LOCATION).unwrap_or_default();
            Fault::new(Kind::LayoutChanged, format!("HTTP {status}: it has moved to {to}"))
        }
        500.. => fault(Kind::CarrierError),
        _ => fault(Kind::LayoutChanged),
    }
}

/// `Retry-After`, in seconds or as a date.
fn until(headers: &HeaderMap, now: Instant) -> Option<Instant> {
    let text = text(headers, header::RETRY_AFTER)?;
    let seconds = text.parse::<u32>().map(|s| now + i64::from(s) * 1000).ok();
    let at = seconds.or_else(|| Some(rfc2822::parse(&text).ok()?.timestamp().as_millisecond()))?;
    (at <= now + PATIENCE).then_some(at.max(now))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty() && text.len() <= LONGEST).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_says_when_to_come_back_in_two_ways() {
        let now = 1_768_838_400_000;
        let told = |value: &str| until(&HeaderMap::from_iter([(header::RETRY_AFTER, value.parse().unwrap())]), now);
        assert_eq!(told("120"), Some(now + 120_000));
        assert_eq!(told("Mon, 19 Jan 2026 17:00:00 GMT"), Some(now + 3_600_000));
        for never in ["tomorrow", "604800"] {
            assert_eq!(told(never), None, "{never}");
        }
    }
}
