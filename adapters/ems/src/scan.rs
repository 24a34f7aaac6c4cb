//! One scan of EMS as an event, in the page's answer, the API's and in pushes, and who signed.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

/// 妥投, and the receiver took it out of the locker (official).
const SIGNED: &[&str] = &["704", "748"];
/// 投递妥投撤销: the delivery is taken back (official).
const REVOKED: &str = "743";

/// How a 704 went that is no delivery to the customer, and why a 705 was none, where that says
/// more than the code (official; `signed:` and `unsigned:` of the manifest).
const DELIVERED_HOW: &[(&str, &str)] = &[
    ("20", status::SIGNED_BY_THIRD_PARTY),
    ("30", status::DELIVERY_TO_LOCKER),
    ("50", status::DELIVERY_TO_LOCKER),
    ("60", status::SIGNED_BY_THIRD_PARTY),
    ("70", status::SIGNED_BY_THIRD_PARTY),
    ("80", status::DELIVERY_TO_LOCKER),
    ("180", status::EXCEPTION),
];
const NOT_DELIVERED_WHY: &[(&str, &str)] =
    &[("4", status::RECIPIENT_UNAVAILABLE), ("7", status::REFUSED), ("8", status::AWAITING_PICKUP), ("13", status::LOST)];

/// Borrowed from the answer.
#[derive(Deserialize)]
struct Scan<'a> {
    /// On the page, and in answers of the API beside `waybillNo` (captured).
    #[serde(borrow, default, rename = "traceNo", deserialize_with = "json::text")]
    trace: Cow<'a, str>,
    /// In answers of the API and in pushes.
    #[serde(borrow, default, rename = "waybillNo", deserialize_with = "json::text")]
    waybill: Cow<'a, str>,
    /// On the page often without a date: `07:01`.
    #[serde(borrow, default, rename = "opTime", deserialize_with = "json::text")]
    time: Cow<'a, str>,
    /// Only on the page: with the date, to the minute.
    #[serde(borrow, default, rename = "bubbleTime", deserialize_with = "json::text")]
    dated: Cow<'a, str>,
    /// Only on the page and only at the end: to the second.
    #[serde(borrow, default, rename = "detailOpTime", deserialize_with = "json::text")]
    exact: Cow<'a, str>,
    /// On the page a group of codes (5, 6, 11, 18), in the API the code.
    #[serde(borrow, default, rename = "opCode", deserialize_with = "json::text")]
    code: Cow<'a, str>,
    /// Only on the page: the code.
    #[serde(borrow, default, rename = "opStateCode", deserialize_with = "json::text")]
    state: Cow<'a, str>,
    #[serde(borrow, default, rename = "opDesc", deserialize_with = "json::text")]
    text: Cow<'a, str>,
    #[serde(borrow, default, rename = "opOrgCity", deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, rename = "opOrgName", deserialize_with = "json::text")]
    site: Cow<'a, str>,
    /// `deliverCode` in the API's answer.
    #[serde(borrow, default, rename = "deliverState", alias = "deliverCode", deserialize_with = "json::text")]
    how: Cow<'a, str>,
    #[serde(borrow, default, rename = "attemptDeliveryCode", deserialize_with = "json::text")]
    why_not: Cow<'a, str>,
}

/// The track of a list of scans, which may not be of another parcel.
pub fn track(parcel: &Parcel, list: &[&json::RawValue]) -> Result<Track, Fault> {
    let (scans, unread) = json::each::<Scan>(list);
    scans.iter().try_for_each(|scan| parcel.must_be(scan.number()))?;
    // Of what cannot be read only what is no person's: the raw text has `operatorNo` in it.
    let mut odd: Vec<String> = unread.iter().map(|_| "an element that is no scan".to_owned()).collect();
    let mut events = vec![];
    for scan in &scans {
        match event(scan) {
            Some(event) => events.push(event),
            None => odd.push(format!("{} {} {}", scan.time, scan.code(), scan.text)),
        }
    }
    let signed = signature(&events);
    Ok(Track { signed, ..parcel.track(events, odd)? })
}

/// Whose scan it is, where it can be told.
pub fn number(raw: &json::RawValue) -> Option<String> {
    let scan: Scan = json::inner(raw.get()).ok()?;
    Some(scan.number().to_owned()).filter(|number| !number.is_empty())
}

impl Scan<'_> {
    fn number(&self) -> &str {
        if self.waybill.is_empty() { &self.trace } else { &self.waybill }
    }

    fn code(&self) -> &str {
        if self.state.is_empty() { &self.code } else { &self.state }
    }
}

fn event(scan: &Scan) -> Option<Event> {
    // To the minute: the newest scan alone has seconds, and would be another scan at the next look.
    let at = [&scan.dated, &scan.time, &scan.exact].into_iter().find_map(|text| time::parse(text))?;
    let place = track::place(&scan.city, &scan.site);
    Some(Event { at, code: scan.code().into(), status: status(scan), text: scan.text.to_string(), place })
}

/// A status where more is said than the code. The receiver who took it away stands above all.
fn status(scan: &Scan) -> Option<String> {
    let of = |table: &[(&str, &str)], key: &str| table.iter().find(|(code, _)| *code == key).map(|(_, status)| (*status).to_owned());
    match scan.code() {
        "704" if scan.text.contains("已取走") => None,
        "704" => of(DELIVERED_HOW, &scan.how).or_else(|| signature::handed_over(&scan.text)),
        "705" => of(NOT_DELIVERED_WHY, &scan.why_not),
        _ => None,
    }
}

/// The last signature that was not taken back after it.
fn signature(events: &[Event]) -> Option<Signature> {
    let revoked = events.iter().filter(|event| event.code == REVOKED).map(|event| event.at).max();
    let signed = events.iter().filter(|event| event.status.is_none()).filter_map(|event| signature::of(event, SIGNED));
    signed.filter(|signature| revoked.is_none_or(|at| signature.at > at)).max_by_key(|signature| signature.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Option<Event> {
        event(&json::inner::<Scan>(raw).unwrap())
    }

    #[test]
    fn the_page_has_three_times_and_one_of_them_has_a_date() {
        for (raw, at) in [
            (r#"{"opTime":"07:01","bubbleTime":"2024-03-13 07:01"}"#, Some("2024-03-13 07:01:00")),
            (r#"{"opTime":"2024-03-13 21:11","bubbleTime":""}"#, Some("2024-03-13 21:11:00")),
            (r#"{"opTime":"12:42","bubbleTime":"2024-03-15 12:42","detailOpTime":"2024-03-15 12:42:20"}"#, Some("2024-03-15 12:42:00")),
            (r#"{"opTime":"2017-12-14 19:57:14"}"#, Some("2017-12-14 19:57:14")),
            (r#"{"opTime":"07:01"}"#, None),
        ] {
            assert_eq!(read(raw).map(|event| event.at), at.and_then(time::parse), "{raw}");
        }
    }

    #[test]
    fn one_scan_may_name_its_number_twice() {
        for (raw, expected) in [
            (r#"{"traceNo":"9900000000019"}"#, Some("9900000000019")),
            (r#"{"traceNo":"9900000000019","waybillNo":"9900000000019"}"#, Some("9900000000019")),
            (r#"{"waybillNo":"9900000000019"}"#, Some("9900000000019")),
            (r#"{"opCode":"704"}"#, None),
            ("[]", None),
        ] {
            let raw: &json::RawValue = json::inner(raw).unwrap();
            assert_eq!(number(raw).as_deref(), expected, "{raw}");
        }
    }

    #[test]
    fn how_it_was_delivered_counts() {
        let status = |how: &str, text: &str| {
            let raw = format!(r#"{{"opTime":"2024-03-13 21:11","opStateCode":"704","deliverState":"{how}","opDesc":"{text}"}}"#);
            read(&raw).unwrap().status
        };
        assert_eq!(status("161", "您的快件已代签收【家门口】"), None);
        assert_eq!(status("30", "已妥投"), Some(status::DELIVERY_TO_LOCKER.into()));
        assert_eq!(status("", "已由【某某驿站】代签收"), Some(status::DELIVERY_TO_LOCKER.into()));
        assert_eq!(status("", "收件人已取走邮件，驿站"), None);
        assert_eq!(status("20", "他人代收"), Some(status::SIGNED_BY_THIRD_PARTY.into()));
    }

    #[test]
    fn a_revoked_delivery_is_not_signed() {
        let event = |at: i64, code: &str| Event { at, code: code.into(), status: None, text: "已签收".into(), place: None };
        let signed = |codes: &[&str]| {
            let events: Vec<Event> = codes.iter().zip(1..).map(|(code, at)| event(at, code)).collect();
            signature(&events).map(|signature| signature.at)
        };
        assert_eq!(signed(&["702", "704"]), Some(2));
        assert_eq!(signed(&["704", "743"]), None);
        assert_eq!(signed(&["704", "743", "702", "704"]), Some(4));
        assert_eq!(signed(&["704", "748"]), Some(2));
    }
}
