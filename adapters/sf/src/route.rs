//! One route of SF as an event, in answers and in pushes alike.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::{Deserialize, Deserializer, de::Error};

/// "Signed" (official).
const SIGNED: &str = "80";
/// "Out for delivery" (official); captured also while SF's own state is still 运送中.
const DELIVERING: &str = "44";
const BEING_ASSIGNED: &str = "正在为您的快件分配最合适的快递员";

/// Borrowed from the answer. Reading fails where its time cannot be told.
#[derive(Deserialize)]
pub struct Route<'a> {
    #[serde(rename = "acceptTime", deserialize_with = "instant")]
    at: time::Instant,
    #[serde(borrow, default, rename = "acceptAddress", deserialize_with = "json::text")]
    place: Cow<'a, str>,
    #[serde(borrow, default, rename = "remark", deserialize_with = "json::text")]
    text: Cow<'a, str>,
    /// `opcode` in older answers.
    #[serde(borrow, default, rename = "opCode", alias = "opcode", deserialize_with = "json::text")]
    code: Cow<'a, str>,
}

fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<time::Instant, D::Error> {
    let text = json::text(from)?;
    time::parse(&text).ok_or_else(|| D::Error::custom("no time"))
}

impl From<Route<'_>> for Event {
    fn from(route: Route<'_>) -> Self {
        let assigned = route.code == DELIVERING && route.text.contains(BEING_ASSIGNED);
        Self {
            at: route.at,
            code: route.code.into_owned(),
            status: assigned.then(|| status::IN_TRANSIT.into()),
            text: route.text.into_owned(),
            place: (!route.place.is_empty()).then(|| route.place.into_owned()),
        }
    }
}

/// The last signature: the time of opCode 80, and who signed where the wording says so.
pub fn signature(events: &[Event]) -> Option<Signature> {
    let signed = events.iter().filter(|event| event.code == SIGNED).max_by_key(|event| event.at)?;
    Some(Signature { at: signed.at, by: signer(&signed.text) })
}

/// SF names the signer only in free text. Two forms are safe: `已签收(丰巢签收)` and `签收人:本人`.
fn signer(text: &str) -> Option<String> {
    let (after, ends): (&str, &[char]) = match (after_any(text, &["签收人:", "签收人："]), after_any(text, &["已签收(", "已签收（"]))
    {
        (Some(after), _) => (after.trim_start(), &[',', '，', '。', '.', ';', '；', ' ', ')', '）', '】']),
        (None, Some(after)) => (after, &[')', '）']),
        (None, None) => return None,
    };
    let name = after.split(ends).next()?.trim_end_matches("签收").trim();
    (!name.is_empty() && name.chars().count() <= 20).then(|| name.to_owned())
}

fn after_any<'a>(text: &'a str, marks: &[&str]) -> Option<&'a str> {
    marks.iter().find_map(|mark| text.split_once(mark)).map(|(_, after)| after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signer_is_told_only_where_it_is_sure() {
        for (text, expected) in [
            ("已签收(丰巢签收),感谢使用顺丰,期待再次为您服务", Some("丰巢")),
            ("已签收（家人签收），感谢使用顺丰", Some("家人")),
            ("您的快件已签收，签收人：本人，感谢您使用顺丰", Some("本人")),
            ("签收人: 前台。", Some("前台")),
            ("已签收,感谢使用顺丰,期待再次为您服务", None),
            ("您的快件已签收，如有疑问请电联快递员【赵**，电话：138****0000】", None),
            ("在官网\"运单资料&签收图\",可查看签收人信息", None),
            ("已签收()", None),
        ] {
            assert_eq!(signer(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_route_is_read_in_each_known_dress() {
        let at = time::parse("2024-03-05 09:10:11").unwrap();
        for raw in [
            r#"{"acceptTime":"2024-03-05 09:10:11","acceptAddress":"杭州市","remark":"快件到达","opCode":"31"}"#,
            r#"{"acceptTime":"2024-03-05 09:10:11","acceptAddress":"杭州市","remark":"快件到达","opcode":31}"#,
            r#"{"acceptTime":1709601011000,"acceptAddress":"杭州\u5e02","remark":"快件到达","opCode":"31","firstStatusCode":null}"#,
        ] {
            let event: Event = json::inner::<Route>(raw).unwrap().into();
            assert_eq!((event.at, event.code.as_str(), event.place.as_deref()), (at, "31", Some("杭州市")), "{raw}");
        }
        for raw in [r#"{"acceptTime":"昨天","opCode":"31"}"#, r#"{"opCode":"31"}"#, "null", "7"] {
            assert!(json::inner::<Route>(raw).is_err(), "{raw}");
        }
    }
}
