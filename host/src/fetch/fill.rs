//! A description of a request becomes a request: endpoint, path, secrets.

use std::collections::BTreeMap;

use posthouse_sdk::http::form_encode;
use posthouse_sdk::manifest::{Manifest, Use};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::capture;
use crate::fault::{Fault, Kind};
use crate::sandbox::types::{Body, Field, Piece, Request};
use crate::vault::Secrets;

/// A request with its secrets in it. Never logged, never stored, never printed.
pub struct Filled {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
}

/// Headers that are the host's business.
const OURS: &[&str] = &["host", "content-length", "transfer-encoding", "connection", "user-agent", "expect", "upgrade", "te", "trailer"];
const MOST_HEADERS: usize = 32;
const LARGEST_BODY: usize = 1 << 20;

struct Filling<'a> {
    secrets: &'a Secrets,
    manifest: &'a Manifest,
    used: Use,
}

/// Builds the request. `overrides` are the operator's endpoints.
pub fn fill(request: &Request, manifest: &Manifest, secrets: &Secrets, overrides: &BTreeMap<String, String>) -> Result<Filled, Fault> {
    let base = overrides.get(&request.endpoint).or_else(|| manifest.endpoints.get(&request.endpoint));
    let base = base.ok_or_else(|| Fault::contract(format!("no endpoint `{}` in the manifest", request.endpoint)))?;
    capture::declared(&request.captures, manifest)?;
    let filling = Filling { secrets, manifest, used: Use::Send(request.endpoint.clone()) };
    let method = match request.method.as_str() {
        "GET" => Method::GET,
        "POST" => Method::POST,
        other => return Err(Fault::contract(format!("method `{other}`: GET or POST"))),
    };
    let mut headers = filling.headers(&request.headers)?;
    let body = filling.body(&request.body, &mut headers)?;
    Ok(Filled { method, url: filling.url(base, request)?, headers, body })
}

impl Filling<'_> {
    fn text(&self, pieces: &[Piece]) -> Result<Vec<u8>, Fault> {
        let mut out = vec![];
        for piece in pieces {
            match piece {
                Piece::Plain(bytes) => out.extend_from_slice(bytes),
                Piece::Secret(slot) => out.extend(self.secret(&slot.name, &slot.encode)?),
                Piece::Sealed(seal) => out.extend(self.secrets.seal(&seal.scheme, &seal.key.name, &seal.plain).map_err(Fault::contract)?),
            }
            if out.len() > LARGEST_BODY {
                return Err(Fault::new(Kind::Limit, "a request over 1 MiB"));
            }
        }
        Ok(out)
    }

    /// A token that is not there yet is fetched; anything else missing is the adapter's mistake.
    fn secret(&self, name: &str, encode: &str) -> Result<Vec<u8>, Fault> {
        self.secrets.value(name, encode, &self.used).map_err(|why| {
            let token = self.manifest.credential.get(name).is_some_and(|f| f.captured && f.uses.contains(&self.used));
            if token { Fault::new(Kind::TokenExpired, why) } else { Fault::contract(why) }
        })
    }

    fn url(&self, base: &str, request: &Request) -> Result<Url, Fault> {
        let mut url = at_path(base, &request.endpoint, &utf8(self.text(&request.path)?)?)?;
        if !request.query.is_empty() {
            url.set_query(Some(&self.form(&request.query)?));
        }
        Ok(url)
    }

    fn form(&self, fields: &[Field]) -> Result<String, Fault> {
        let mut out = String::new();
        for field in fields {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(&form_encode(&field.name));
            out.push('=');
            out.push_str(&form_encode(self.text(&field.value)?));
        }
        Ok(out)
    }

    fn headers(&self, fields: &[Field]) -> Result<HeaderMap, Fault> {
        if fields.len() > MOST_HEADERS {
            return Err(Fault::new(Kind::Limit, format!("more than {MOST_HEADERS} headers")));
        }
        let mut headers = HeaderMap::with_capacity(fields.len() + 1);
        for field in fields {
            let name = HeaderName::try_from(&field.name).map_err(|_| Fault::contract(format!("header name {:?}", field.name)))?;
            if OURS.contains(&name.as_str()) {
                return Err(Fault::contract(format!("the header `{name}` is the host's")));
            }
            let value = HeaderValue::from_bytes(&self.text(&field.value)?);
            headers.append(&name, value.map_err(|_| Fault::contract(format!("the value of header `{name}`")))?);
        }
        Ok(headers)
    }

    fn body(&self, body: &Body, headers: &mut HeaderMap) -> Result<Option<Vec<u8>>, Fault> {
        Ok(match body {
            Body::Empty => None,
            Body::Raw(text) => Some(self.text(text)?),
            Body::Form(fields) => {
                let form = HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8");
                headers.entry(reqwest::header::CONTENT_TYPE).or_insert(form);
                Some(self.form(fields)?.into_bytes())
            }
        })
    }
}

/// An endpoint's address with a path behind it.
pub fn at_path(base: &str, endpoint: &str, path: &str) -> Result<Url, Fault> {
    let mut url = Url::parse(base).map_err(|e| Fault::new(Kind::Host, format!("endpoint `{endpoint}`: {e}")))?;
    if path.split('/').any(|step| matches!(step, "." | "..")) || path.contains(['\\', '?', '#', '%']) {
        return Err(Fault::contract("a path may hold no `..`, `?`, `#`, `%` or backslash"));
    }
    if !path.is_empty() {
        let whole = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&whole);
    }
    Ok(url)
}

fn utf8(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|_| Fault::contract("a path that is not UTF-8"))
}
