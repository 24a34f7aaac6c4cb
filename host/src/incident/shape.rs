//! The shape of an answer: which fields it has, never what they say.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Fields by path, each with the kinds of value it had.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape(BTreeMap<String, BTreeSet<&'static str>>);

/// What differs from the last good answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Good answers it was compared with; of none nothing can be said.
    pub compared: usize,
    pub added: Vec<String>,
    pub missing: Vec<String>,
    /// Fields of another kind, such as `$.data: array, was object`.
    pub changed: Vec<String>,
}

/// Fields kept of an answer, and named in a difference.
const MOST: usize = 1000;
const NAMED: usize = 40;
const DEEPEST: usize = 24;
/// So many digits in a name, and it is a number that somebody has, not a field's name.
const LONG_NUMBER: usize = 6;

impl Shape {
    /// Of an answer as it was kept.
    pub fn of(status: Option<u16>, body: &str) -> Self {
        let mut shape = Self::default();
        if let Some(status) = status {
            shape.0.entry("status".into()).or_default().insert(class(status));
        }
        match serde_json::from_str::<Value>(body) {
            Ok(json) => shape.add("$", &json, 0),
            Err(_) => match posthouse_sdk::xml::parse(body) {
                Ok(xml) => shape.add_xml("", &xml, 0),
                Err(_) => shape.put("body", if body.trim_start().starts_with('<') { "markup" } else { "text" }),
            },
        }
        shape
    }

    /// Every field's path.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    fn put(&mut self, path: &str, kind: &'static str) {
        if self.0.len() < MOST {
            self.0.entry(path.to_owned()).or_default().insert(kind);
        }
    }

    fn add(&mut self, path: &str, json: &Value, depth: usize) {
        self.put(path, kind(json));
        match json {
            _ if depth == DEEPEST => {}
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| self.add(&format!("{path}.{}", public(name)), value, depth + 1))
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(&format!("{path}[]"), item, depth + 1)),
            // JSON in JSON's text.
            Value::String(text) if text.starts_with(['{', '[']) => {
                if let Ok(inner) = serde_json::from_str(text) {
                    self.add(&format!("{path}~"), &inner, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn add_xml(&mut self, path: &str, element: &posthouse_sdk::xml::Element, depth: usize) {
        let path = format!("{path}/{}", public(&element.name));
        self.put(&path, if element.children.is_empty() { "text" } else { "element" });
        if depth < DEEPEST {
            element.children.iter().for_each(|child| self.add_xml(&path, child, depth + 1));
        }
    }

    /// What this answer has that no good one had, and lacks that every good one had.
    pub fn news(&self, good: &[Self]) -> News {
        let mut news = News { compared: good.len(), ..News::default() };
        if good.is_empty() {
            return news;
        }
        let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (path, kinds) in good.iter().flat_map(|shape| &shape.0) {
            known.entry(path).or_default().extend(kinds);
        }
        for (path, kinds) in &self.0 {
            match known.get(path.as_str()) {
                None => news.added.push(path.clone()),
                Some(were) if kinds.iter().all(|kind| !were.contains(kind)) => {
                    news.changed.push(format!("{path}: {}, was {}", list(kinds), list(were)));
                }
                Some(_) => {}
            }
        }
        let in_all = |path: &str| good.iter().all(|shape| shape.0.contains_key(path));
        news.missing = known.keys().filter(|path| !self.0.contains_key(**path) && in_all(path)).map(|path| (*path).to_owned()).collect();
        for list in [&mut news.added, &mut news.missing, &mut news.changed] {
            // What lies under a field that is new itself says nothing more.
            let tops = list.clone();
            list.retain(|path| !tops.iter().any(|top| is_under(path, top)));
            list.truncate(NAMED);
        }
        news
    }
}

fn is_under(path: &str, top: &str) -> bool {
    path.strip_prefix(top).is_some_and(|rest| rest.starts_with(['.', '[', '~', '/']))
}

fn class(status: u16) -> &'static str {
    match status {
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

fn kind(json: &Value) -> &'static str {
    match json {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Some carriers answer with the waybill as a field's name.
fn public(name: &str) -> String {
    let is_number = name.chars().filter(char::is_ascii_digit).count() >= LONG_NUMBER;
    if is_number || name.len() > 80 { "*".into() } else { name.into() }
}

fn list<'a>(kinds: impl IntoIterator<Item = &'a &'a str>) -> String {
    kinds.into_iter().copied().collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(body: &str) -> Shape {
        Shape::of(Some(200), body)
    }

    #[test]
    fn new_missing_and_other_fields_are_named() {
        let good =
            [json(r#"{"result":"true","data":{"list":[{"time":"a"}]},"note":null}"#), json(r#"{"result":"true","data":{"list":[]}}"#)];
        let news = json(r#"{"result":false,"code":3002,"data":null}"#).news(&good);
        assert_eq!(news.added, ["$.code"]);
        assert_eq!(news.missing, ["$.data.list"]);
        assert_eq!(news.changed, ["$.data: null, was object", "$.result: boolean, was text"]);
        assert_eq!(news.compared, 2);
        assert_eq!(json("{}").news(&[]), News::default());
    }

    #[test]
    fn a_waybill_is_no_field_and_text_may_hold_more() {
        let shape = json(r#"{"DPK100200300":{"x":"{\"y\":1}"}}"#);
        assert_eq!(shape.news(&[json("{}")]).added, ["$.*"]);
        assert!(shape.0.contains_key("$.*.x~.y"));
    }

    #[test]
    fn a_page_or_xml_instead_of_json_is_seen() {
        let good = [json("{}")];
        let page = Shape::of(Some(503), "<html><body>系统升级中<br></body>").news(&good);
        assert_eq!((&page.added[..], &page.changed[..]), (&["body".to_owned()][..], &["status: 5xx, was 2xx".to_owned()][..]));
        assert_eq!(json("<a><b>1</b></a>").news(&good).added, ["/a"]);
    }
}
