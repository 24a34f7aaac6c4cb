//! Rewrites the text and the attributes of an XML document; elements stay as they are.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Redactor;
use super::keys::Key;

static TAG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^<(/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>"#).expect("written here"));
static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"([\w:.-]+)(\s*=\s*)(?:"([^"]*)"|'([^']*)')"#).expect("written here"));

/// `None` if the text is no XML.
pub fn rewrite(redactor: &Redactor, text: &str, key: &Key, depth: usize) -> Option<String> {
    let mut open = vec![key.clone()];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&content(redactor, &rest[..at], open.last()?, depth));
        rest = &rest[at..];
        let length = match special(rest) {
            Some((length, lead, tail)) => {
                let inside = &rest[lead..length - tail];
                let inside = if lead == CDATA.len() { redactor.leaf(open.last()?, inside, depth) } else { redactor.plain(inside) };
                out.push_str(&format!("{}{inside}{}", &rest[..lead], &rest[length - tail..length]));
                length
            }
            None => tag(redactor, rest, &mut open, &mut out, depth)?,
        };
        rest = &rest[length..];
    }
    out.push_str(&redactor.plain(rest));
    (open.len() == 1).then_some(out)
}

const CDATA: &str = "<![CDATA[";

/// A comment, a declaration or a stretch as it is: its length, and how much of it is brackets.
fn special(rest: &str) -> Option<(usize, usize, usize)> {
    let forms = [(CDATA, "]]>"), ("<!--", "-->"), ("<?", "?>"), ("<!", ">")];
    let (lead, tail) = forms.into_iter().find(|(lead, _)| rest.starts_with(lead))?;
    let end = rest.find(tail)?;
    (end >= lead.len()).then_some((end + tail.len(), lead.len(), tail.len()))
}

/// One tag; its length, or `None` if it closes what is not open.
fn tag(redactor: &Redactor, rest: &str, open: &mut Vec<Key>, out: &mut String, depth: usize) -> Option<usize> {
    let caps = TAG.captures(rest)?;
    let (whole, name) = (&caps[0], &caps[2]);
    if !caps[1].is_empty() {
        let closed = open.pop()?;
        out.push_str(whole);
        return (closed.name == Key::new(name, "").name && !open.is_empty()).then_some(whole.len());
    }
    let key = open.last()?.inside(name);
    out.push_str(&ATTRIBUTE.replace_all(whole, |caps: &Captures<'_>| {
        let raw = caps.get(3).or(caps.get(4)).map_or("", |m| m.as_str());
        let value = unescaped(raw);
        let redacted = redactor.leaf(&key.inside(&caps[1]), &value, depth);
        if redacted == value { caps[0].to_owned() } else { format!("{}{}\"{}\"", &caps[1], &caps[2], escaped(&redacted)) }
    }));
    if caps[4].is_empty() {
        open.push(key);
    }
    Some(whole.len())
}

fn content(redactor: &Redactor, raw: &str, key: &Key, depth: usize) -> String {
    let value = unescaped(raw);
    let redacted = redactor.leaf(key, &value, depth);
    if redacted == value { raw.to_owned() } else { escaped(&redacted) }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Without entities; one that is not known stays.
pub fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').filter(|end| *end < 10);
        match end.and_then(|end| Some((entity(&rest[1..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16));
            char::from_u32(hex.unwrap_or_else(|| number.parse()).ok()?)
        }
    }
}
