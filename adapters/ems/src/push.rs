//! What EMS pushes: one scan, sealed, in a wrapper (both captured; the scan in a list in 2017, alone in
//! handlers of today).
//!
//! Requests are sealed with the key's text at the end, and a push that is vouches for itself. Handlers of
//! today read the opened text as JSON without cutting anything, so theirs may be without it: such a
//! push is read, but never verified, so that the host takes it as a hint only. Nothing of what was sealed
//! is ever told in a fault: `operatorNo` may be in it.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

use crate::scan;

/// Success and failure (client); the words are ours.
const KEPT: (&str, &str) = ("00000", "");
const NOT_OPENED: (&str, &str) = ("S00001", "签名验证失败");
const NOT_READ: (&str, &str) = ("S00001", "报文格式错误");
const NOT_KEPT: (&str, &str) = ("S00001", "系统繁忙");

#[derive(Deserialize)]
struct Wrapper<'a> {
    /// Misspelt by the carrier.
    #[serde(borrow, default, rename = "logitcsInterface", deserialize_with = "json::text")]
    sealed: Cow<'a, str>,
    #[serde(borrow, default, rename = "serialNo", deserialize_with = "json::text")]
    serial: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow, default, deserialize_with = "json::list")]
    traces: Vec<&'a json::RawValue>,
}

/// A repeat has the serial number of the push it repeats.
pub fn receive(delivery: &Delivery) -> Result<Receipt, Refusal> {
    let refusal = |code, serial: &str, fault| Refusal { fault, answer: answer(code, serial) };
    let wrapper: Wrapper = json::parse(&delivery.body).map_err(|fault| refusal(NOT_READ, "", fault))?;
    let opened = open(&wrapper.sealed);
    let opened = opened.map_err(|why| refusal(NOT_OPENED, &wrapper.serial, Fault::new(fault::CREDENTIAL_REJECTED, why)))?;
    let readings = readings(&opened).map_err(|fault| refusal(NOT_READ, &wrapper.serial, fault))?;
    let key = Some(wrapper.serial.to_string()).filter(|serial| !serial.is_empty());
    Ok(Receipt { key, readings, kept: answer(KEPT, &wrapper.serial), failed: answer(NOT_KEPT, &wrapper.serial) })
}

fn open(sealed: &str) -> Result<Vec<u8>, String> {
    if credential::public("sender-no").is_none() {
        return Err("this account has no sender-no: none of its pushes can be opened".into());
    }
    credential::open("ems-sm4", &text::slot("sm4-key", "none"), sealed.as_bytes())
}

/// A scan that names no number cannot be given to anybody and is left out; a push of nothing else is refused.
fn readings(opened: &[u8]) -> Result<Vec<OfOne>, Fault> {
    let mut parcels: Vec<(String, Vec<&json::RawValue>)> = vec![];
    for raw in scans(opened).ok_or_else(|| Fault::new(fault::UNREADABLE, "what was sealed is no JSON"))? {
        let Some(number) = scan::number(raw) else { continue };
        match parcels.iter_mut().find(|(known, _)| *known == number) {
            Some((_, list)) => list.push(raw),
            None => parcels.push((number, vec![raw])),
        }
    }
    if parcels.is_empty() {
        return Err(Fault::new(fault::LAYOUT_CHANGED, "no scan of the push names a number"));
    }
    let reading = |(number, list): (String, Vec<_>)| OfOne { outcome: scan::track(&Parcel::of(&number), &list), number };
    Ok(parcels.into_iter().map(reading).collect())
}

fn scans(opened: &[u8]) -> Option<Vec<&json::RawValue>> {
    let listed: Listed = json::parse(opened).ok()?;
    if listed.traces.is_empty() { json::parse(opened).ok().map(|alone| vec![alone]) } else { Some(listed.traces) }
}

fn answer((code, words): (&str, &str), serial: &str) -> Answer {
    let sender = json::quote(&credential::public("sender-no").unwrap_or_default());
    let serial = json::quote(serial);
    Answer::json(format!(r#"{{"serialNo":{serial},"code":"{code}","codeMessage":"{words}","senderNo":{sender}}}"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_are_alone_or_in_a_list_and_each_goes_to_its_parcel() {
        let scan = |number: &str, at: &str| format!(r#"{{"waybillNo":"{number}","opTime":"2026-01-19 {at}","opCode":"954"}}"#);
        let (one, two) = ("9900000000019", "9900000000026");
        let list = format!(r#"{{"traces":[{},{},{},{{}}]}}"#, scan(one, "05:00:00"), scan(two, "06:00:00"), scan(one, "07:00:00"));
        let read = |text: &str| {
            let counted = |read: OfOne| (read.number, read.outcome.unwrap().events.len());
            readings(text.as_bytes()).unwrap().into_iter().map(counted).collect::<Vec<_>>()
        };
        assert_eq!(read(&scan(one, "05:00:00")), [(one.to_owned(), 1)]);
        assert_eq!(read(&list), [(one.to_owned(), 2), (two.to_owned(), 1)]);
    }

    #[test]
    fn a_fault_tells_nothing_of_what_was_sealed() {
        for (text, code) in [(r#"{"operatorNo":"110101199003070000"}"#, fault::LAYOUT_CHANGED), ("110101199003070000 {", fault::UNREADABLE)]
        {
            let fault = readings(text.as_bytes()).unwrap_err();
            assert_eq!(fault.code, code);
            assert!(!fault.detail.contains("1101"), "{}", fault.detail);
        }
    }
}
