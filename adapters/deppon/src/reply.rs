//! What Deppon answers.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

use crate::request;
use crate::step::{Steps, Traces};

/// A query's envelope.
#[derive(Deserialize)]
struct Envelope<'a, P> {
    /// `true` in one interface, `"true"` in another.
    #[serde(default, deserialize_with = "json::flag")]
    result: bool,
    #[serde(rename = "resultCode", borrow, default, deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    reason: Cow<'a, str>,
    #[serde(rename = "responseParam")]
    param: Option<P>,
}

/// An answer about the one parcel of a task; `read` is [`track`] or [`subscribed`].
pub fn of_one(task: &Task, answer: Reply, read: fn(&str, &[u8]) -> Result<Track, Fault>) -> Result<Vec<OfOne>, Fault> {
    let answer = answer.http()?;
    if let Some(fault) = fault::of_status(&answer) {
        return Err(fault);
    }
    let number = request::number(task)?;
    Ok(vec![OfOne { number: number.into(), outcome: read(number, &answer.body) }])
}

/// The answer to a query.
pub fn track(number: &str, body: &[u8]) -> Result<Track, Fault> {
    match json::parse::<Envelope<Traces>>(body) {
        Ok(answer) => answer.read(number),
        Err(_) => nested(number, body),
    }
}

/// The same with JSON text for responseParam, as some interfaces have it.
fn nested(number: &str, body: &[u8]) -> Result<Track, Fault> {
    let Envelope { result, code, reason, param } = json::parse::<Envelope<&json::RawValue>>(body)?;
    let text: String = match param {
        Some(raw) => json::inner(raw.get()).map_err(|_| layout_changed("responseParam is neither traces nor text"))?,
        None => String::new(),
    };
    let param = if text.trim().is_empty() { None } else { Some(json::inner::<Traces>(&text)?) };
    Envelope { result, code, reason, param }.read(number)
}

impl Envelope<'_, Traces<'_>> {
    fn read(self, number: &str) -> Result<Track, Fault> {
        let nothing_yet = self.reason.contains("暂无查询记录");
        if !self.result && !nothing_yet {
            return Err(refused(&self.code, &self.reason));
        }
        match self.param {
            Some(traces) if !traces.orders.is_empty() => of_orders(number, traces),
            Some(traces) if is_another(&traces, number) => Err(wrong_parcel(number, &traces.tracking_number)),
            Some(traces) if traces.has_scans() => readable(traces.into_track()),
            Some(traces) if traces.trace_list.is_some() || nothing_yet => Err(fault::no_events(self.reason)),
            None if nothing_yet => Err(fault::no_events(self.reason)),
            _ => Err(layout_changed("success without a trace_list")),
        }
    }
}

/// An answer with scans must name the asked number; one without may leave it out.
fn is_another(traces: &Traces<'_>, number: &str) -> bool {
    let nameless = traces.tracking_number.is_empty() && !traces.has_scans();
    !nameless && traces.tracking_number != number
}

fn of_orders(number: &str, traces: Traces<'_>) -> Result<Track, Fault> {
    let order = traces.orders.into_iter().find(|order| order.number == number);
    let order = order.ok_or_else(|| wrong_parcel(number, "other orders"))?;
    if order.steps.as_ref().is_none_or(Steps::is_empty) {
        return Err(fault::no_events("an order without steps"));
    }
    readable(order.into_track())
}

/// One odd scan is quarantined; nothing but odd ones is another layout.
fn readable(track: Track) -> Result<Track, Fault> {
    if track.events.is_empty() { Err(layout_changed(&format!("none of {} scans can be read", track.odd.len()))) } else { Ok(track) }
}

/// How a subscription went, with names of its own; a refusal has the query's ones [inferred].
#[derive(Deserialize)]
struct Subscribed<'a> {
    #[serde(default, deserialize_with = "json::flag")]
    result: bool,
    #[serde(borrow, default, deserialize_with = "json::text")]
    error_code: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    error_message: Cow<'a, str>,
    #[serde(rename = "resultCode", borrow, default, deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    reason: Cow<'a, str>,
}

/// The answer to a subscription.
pub fn subscribed(number: &str, body: &[u8]) -> Result<Track, Fault> {
    let answer: Subscribed = json::parse(body)?;
    let words = either(answer.error_message, answer.reason);
    // Renewal asks again for a number that may still be subscribed; the code for that is not
    // known, so the words decide.
    if answer.result || words.contains("已订阅") || words.contains("重复订阅") {
        return Ok(Steps::default().track_of(number.into(), |_| false));
    }
    Err(refused(&either(answer.error_code, answer.code), &words))
}

fn either<'a>(own: Cow<'a, str>, other: Cow<'a, str>) -> Cow<'a, str> {
    if own.is_empty() { other } else { own }
}

/// 2006 and 3002 are known from a live client; the full list is not, and a signature's code is
/// not among them, so its words must do.
fn refused(code: &str, words: &str) -> Fault {
    let names = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let fault = match code {
        "2006" if names(&["customerCode", "客户编码"]) => fault::CREDENTIAL_REJECTED,
        "2006" => fault::NOT_ELIGIBLE,
        "3002" => fault::CREDENTIAL_REJECTED,
        "" if words.is_empty() => fault::LAYOUT_CHANGED,
        _ if names(&["签名", "验签", "digest", "companyCode", "appkey"]) => fault::CREDENTIAL_REJECTED,
        _ => fault::CARRIER_ERROR,
    };
    Fault::new(fault, format!("{code}: {words}"))
}

fn wrong_parcel(asked: &str, found: &str) -> Fault {
    Fault::new(fault::WRONG_PARCEL, format!("asked for {asked}, answered for {found:?}"))
}

fn layout_changed(why: &str) -> Fault {
    Fault::new(fault::LAYOUT_CHANGED, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &[u8]) -> String {
        track("DPK9900000000101", body).unwrap_err().code
    }

    #[test]
    fn what_is_no_json_is_unreadable() {
        let gbk: &[u8] = b"{\"result\":\"true\",\"reason\":\"\xb3\xc9\xb9\xa6\",\"responseParam\":{}}";
        for body in [gbk, b"", b"{\"result\":\"true\",\"responseParam\":{\"tra", b"<html></html>", b"[]"] {
            assert_eq!(code(body), fault::UNREADABLE, "{}", body.escape_ascii());
        }
    }

    #[test]
    fn every_known_refusal_has_its_fault() {
        for (body, expected) in [
            (r#"{"result":false,"resultCode":"2006","reason":"参数校验失败：customerCode不能为空"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"result":"false","resultCode":2006,"reason":"参数校验失败：waybillNo格式错误"}"#, fault::NOT_ELIGIBLE),
            (r#"{"result":"false","resultCode":"3002","reason":"无接口权限"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"result":"false","resultCode":"1001","reason":"签名错误"}"#, fault::CREDENTIAL_REJECTED),
            (r#"{"result":"false","resultCode":"9999","reason":"系统繁忙","responseParam":""}"#, fault::CARRIER_ERROR),
            (r#"{"result":true,"reason":"暂无查询记录"}"#, fault::NO_EVENTS),
            (r#"{"result":false,"reason":"暂无查询记录","responseParam":null}"#, fault::NO_EVENTS),
            (r#"{"result":true,"responseParam":{"tracking_number":"DPK9900000000999","trace_list":[]}}"#, fault::WRONG_PARCEL),
            (r#"{"result":true,"responseParam":{"orders":[{"mailNo":"1"}]}}"#, fault::WRONG_PARCEL),
            (r#"{"result":true,"responseParam":[]}"#, fault::LAYOUT_CHANGED),
            (r#"{"result":true,"responseParam":{"tracking_number":"DPK9900000000101","trace_list":[{"at":1}]}}"#, fault::LAYOUT_CHANGED),
            (r#"{"result":true,"responseParam":{}}"#, fault::LAYOUT_CHANGED),
            (r#"{"result":true,"responseParam":{"tracking_number":"DPK9900000000101","traces":[]}}"#, fault::LAYOUT_CHANGED),
            ("{}", fault::LAYOUT_CHANGED),
        ] {
            assert_eq!(code(body.as_bytes()), expected, "{body}");
        }
    }
}
