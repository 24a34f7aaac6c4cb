//! Deppon's scans in our shape. Queries and pushes carry the same ones.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::{Deserialize, Deserializer, de::Error};

/// One parcel's scans, in no order that could be relied on.
#[derive(Deserialize)]
pub struct Traces<'a> {
    #[serde(borrow, default, deserialize_with = "json::text")]
    pub tracking_number: Cow<'a, str>,
    #[serde(default, deserialize_with = "steps::<_, Step>")]
    pub trace_list: Option<Steps>,
    /// The shape of version 0 (traceOrder, until about 2017).
    #[serde(borrow, default)]
    pub orders: Vec<Order<'a>>,
}

/// Version 0's parcel.
#[derive(Deserialize)]
pub struct Order<'a> {
    #[serde(rename = "mailNo", borrow, default, deserialize_with = "json::text")]
    pub number: Cow<'a, str>,
    #[serde(rename = "orderStatus", borrow, default, deserialize_with = "json::text")]
    status: Cow<'a, str>,
    #[serde(default, deserialize_with = "steps::<_, OldStep>")]
    pub steps: Option<Steps>,
}

/// The scans that could be read, and the raw text of those that could not.
#[derive(Default)]
pub struct Steps {
    events: Vec<Event>,
    odd: Vec<String>,
}

#[derive(Deserialize)]
struct Step<'a> {
    #[serde(deserialize_with = "instant")]
    time: time::Instant,
    #[serde(borrow, deserialize_with = "json::text")]
    status: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "json::text")]
    description: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    site: Cow<'a, str>,
}

/// Version 0 had no code and no place.
#[derive(Deserialize)]
struct OldStep<'a> {
    #[serde(rename = "acceptTime", deserialize_with = "instant")]
    time: time::Instant,
    #[serde(borrow, deserialize_with = "json::text")]
    remark: Cow<'a, str>,
}

impl Traces<'_> {
    /// Whether there is a scan, readable or odd.
    pub fn has_scans(&self) -> bool {
        self.trace_list.as_ref().is_some_and(|steps| !steps.is_empty())
    }

    /// As a track of the number it names.
    pub fn into_track(self) -> Track {
        let steps = self.trace_list.unwrap_or_default();
        steps.track_of(self.tracking_number, |event| matches!(event.code.as_str(), "SIGNED" | "STA_SIGN"))
    }
}

impl Order<'_> {
    /// As a track. Version 0 says that it was signed of the order, and when only in words.
    pub fn into_track(self) -> Track {
        let signed = self.status == "SIGNSUCCESS";
        self.steps.unwrap_or_default().track_of(self.number, |event| signed && event.text.contains("签收人"))
    }
}

impl Steps {
    /// Whether there was not even an odd one.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.odd.is_empty()
    }

    /// As a track; the last scan that means signed is the signature.
    pub fn track_of(self, number: Cow<'_, str>, means_signed: impl Fn(&Event) -> bool) -> Track {
        let last = self.events.iter().filter(|event| means_signed(event)).max_by_key(|event| event.at);
        let signed = last.map(|event| Signature { at: event.at, by: signer(&event.text) });
        Track { number: number.into_owned(), signed, events: self.events, odd: self.odd, extra: vec![] }
    }
}

impl From<Step<'_>> for Event {
    fn from(step: Step<'_>) -> Self {
        let place = place(step.city.trim(), step.site.trim());
        Self { at: step.time, code: step.status.into_owned(), status: None, text: step.description.into_owned(), place }
    }
}

impl From<OldStep<'_>> for Event {
    fn from(step: OldStep<'_>) -> Self {
        Self { at: step.time, code: String::new(), status: None, text: step.remark.into_owned(), place: None }
    }
}

fn place(city: &str, site: &str) -> Option<String> {
    let place = if site.contains(city) { site.to_owned() } else { [city, site].concat() };
    (!place.is_empty()).then_some(place)
}

/// `签收人类型:本人` or `签收人：赵**`: Deppon has no field for it.
fn signer(text: &str) -> Option<String> {
    let (_, after) = text.split_once("签收人")?;
    let after = after.strip_prefix("类型").unwrap_or(after);
    let name = after.trim_start().strip_prefix([':', '：'])?.trim_start();
    let end = name.find(|c: char| c.is_whitespace() || ",，.。;；!！".contains(c)).unwrap_or(name.len());
    (end > 0).then(|| name[..end].to_owned())
}

/// All at once; one by one only if that fails, so that an odd scan costs nothing but itself.
fn steps<'de, D: Deserializer<'de>, S: Deserialize<'de> + Into<Event>>(from: D) -> Result<Option<Steps>, D::Error> {
    let raw = <&json::RawValue>::deserialize(from)?.get();
    if !raw.starts_with('[') {
        return Ok(Some(Steps::default()));
    }
    let (read, odd) = match json::inner::<Vec<S>>(raw) {
        Ok(read) => (read, vec![]),
        Err(_) => json::each(&json::inner::<Vec<&json::RawValue>>(raw).map_err(|fault| D::Error::custom(fault.detail))?),
    };
    Ok(Some(Steps { events: read.into_iter().map(Into::into).collect(), odd }))
}

fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<time::Instant, D::Error> {
    let text = json::text(from)?;
    time::parse(&text).ok_or_else(|| D::Error::custom("not a time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signer_is_found_in_the_wording() {
        for (text, expected) in [
            ("正常签收,签收人类型:本人", Some("本人")),
            ("正常签收,签收人类型：门卫,如有疑问请联系", Some("门卫")),
            (" 签收人：何**", Some("何**")),
            ("签收人电话已核对", None),
            ("取件码签收", None),
        ] {
            assert_eq!(signer(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_place_says_the_city_once() {
        for (city, site, expected) in [
            ("宁波市", "宁波市转运中心", Some("宁波市转运中心")),
            ("宁波市", "【鄞州】营业部", Some("宁波市【鄞州】营业部")),
            ("宁波市", "", Some("宁波市")),
            ("", "", None),
        ] {
            assert_eq!(place(city, site).as_deref(), expected);
        }
    }
}
