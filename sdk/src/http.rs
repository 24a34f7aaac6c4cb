//! Short ways to describe a request and to answer a push.

use crate::{Answer, Body, Delivery, Fault, Field, HttpReply, Pair, Reply, Request, Text, Want, fault, text};

/// A `POST` of form fields to a declared endpoint.
pub fn post_form(endpoint: &str, fields: Vec<Field>) -> Request {
    Request { body: Body::Form(fields), ..empty("POST", endpoint) }
}

/// A `POST` of exact bytes.
pub fn post(endpoint: &str, content_type: &str, body: Text) -> Request {
    empty("POST", endpoint).with_header("content-type", text::plain(content_type)).with_body(Body::Raw(body))
}

/// A `GET`.
pub fn get(endpoint: &str, query: Vec<Field>) -> Request {
    Request { query, ..empty("GET", endpoint) }
}

fn empty(method: &str, endpoint: &str) -> Request {
    Request {
        method: method.into(),
        endpoint: endpoint.into(),
        path: vec![],
        query: vec![],
        headers: vec![],
        body: Body::Empty,
        captures: vec![],
    }
}

impl Request {
    /// With one more header.
    pub fn with_header(mut self, name: &str, value: Text) -> Self {
        self.headers.push(text::field(name, value));
        self
    }

    /// With this path after the endpoint's own.
    pub fn with_path(self, path: Text) -> Self {
        Self { path, ..self }
    }

    fn with_body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// As the answer to `ask`.
    pub fn want(self) -> Want {
        Want::Http(self)
    }
}

impl HttpReply {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

impl Reply {
    /// The answer over HTTP. An adapter that asked for no page never gets one.
    pub fn http(self) -> Result<HttpReply, Fault> {
        match self {
            Reply::Http(reply) => Ok(reply),
            Reply::Page(_) => Err(fault::unreadable("a page came where an HTTP answer was asked for", b"")),
        }
    }
}

impl Delivery {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The decoded value of a form field of the body.
    pub fn form_field(&self, name: &str) -> Option<Vec<u8>> {
        form_value(&self.body, name)
    }
}

fn find<'a>(pairs: &'a [Pair], name: &str) -> Option<&'a str> {
    pairs.iter().find(|p| p.name == name).map(|p| p.value.as_str())
}

impl Answer {
    /// HTTP 200 with a JSON text.
    pub fn json(body: impl Into<String>) -> Self {
        Self::with_type("application/json; charset=utf-8", body)
    }

    /// HTTP 200 with an XML text.
    pub fn xml(body: impl Into<String>) -> Self {
        Self::with_type("text/xml; charset=utf-8", body)
    }

    fn with_type(content_type: &str, body: impl Into<String>) -> Self {
        let header = Pair { name: "content-type".into(), value: content_type.into() };
        Self { status: 200, headers: vec![header], body: body.into().into_bytes() }
    }
}

/// The first value of `name` in an `application/x-www-form-urlencoded` body.
pub fn form_value(body: &[u8], name: &str) -> Option<Vec<u8>> {
    body.split(|b| *b == b'&').find_map(|pair| {
        let mut halves = pair.splitn(2, |b| *b == b'=');
        let key = form_decode(halves.next()?);
        (key == name.as_bytes()).then(|| form_decode(halves.next().unwrap_or_default()))
    })
}

/// Undoes form encoding: `+` is a blank, `%XX` a byte; a broken escape stays as it is.
pub fn form_decode(encoded: &[u8]) -> Vec<u8> {
    let hex = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'+', _) => out.push(b' '),
            (b'%', [a, b, tail @ ..]) if hex(*a).is_some() && hex(*b).is_some() => {
                out.push(hex(*a).unwrap_or_default() << 4 | hex(*b).unwrap_or_default());
                rest = tail;
            }
            _ => out.push(first),
        }
    }
    out
}

/// Form encoding as Java's `URLEncoder` does it: blank is `+`, only `A-Za-z0-9*-._` stay.
/// Encoding splits over concatenation, so a secret part may be encoded by the host (`form`).
pub fn form_encode(bytes: impl AsRef<[u8]>) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let bytes = bytes.as_ref();
    let mut out = String::with_capacity(bytes.len() * 2);
    for &b in bytes {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(b as char),
            b' ' => out.push('+'),
            _ => out.extend(['%', HEX[(b >> 4) as usize] as char, HEX[(b & 15) as usize] as char]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_encoding_is_javas() {
        assert_eq!(form_encode("SF 1*~测试"), "SF+1*%7E%E6%B5%8B%E8%AF%95");
    }

    #[test]
    fn form_values_are_found_and_decoded() {
        let body = b"a=1&data=%7B%22x%22%3A+1%7D&broken=%zz&empty";
        assert_eq!(form_value(body, "data").unwrap(), br#"{"x": 1}"#);
        assert_eq!(form_value(body, "broken").unwrap(), b"%zz");
        assert_eq!(form_value(body, "empty").unwrap(), b"");
        assert_eq!(form_value(body, "absent"), None);
    }
}
