//! YTO's scans in our shape.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::{Deserialize, Deserializer, de::Error};

/// One element of the query's answer.
#[derive(Deserialize)]
pub struct Step<'a> {
    #[serde(rename = "waybill_No", borrow, deserialize_with = "json::text")]
    pub number: Cow<'a, str>,
    #[serde(rename = "upload_Time", deserialize_with = "instant")]
    at: time::Instant,
    #[serde(rename = "infoContent", borrow, deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(rename = "processInfo", borrow, deserialize_with = "json::text")]
    text: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    district: Cow<'a, str>,
    /// Kilograms, with the first scan only.
    #[serde(borrow, default, deserialize_with = "json::text")]
    weight: Cow<'a, str>,
}

/// The query's steps as a track.
pub fn track(number: &str, steps: Vec<Step<'_>>, odd: Vec<String>) -> Track {
    let extra = steps.iter().filter_map(|step| weight(&step.weight)).next_back().into_iter().collect();
    let events: Vec<Event> = steps.into_iter().map(event).collect();
    Track { number: number.into(), signed: signed(&events), events, odd, extra }
}

fn event(step: Step<'_>) -> Event {
    Event {
        at: step.at,
        code: step.code.into_owned(),
        status: None,
        text: step.text.into_owned(),
        place: place(&step.city, &step.district),
    }
}

/// City and district, as an address is written in China.
pub fn place(city: &str, district: &str) -> Option<String> {
    let place = [city.trim(), district.trim()].concat();
    (!place.is_empty()).then_some(place)
}

/// The weight as an extra fact.
pub fn weight(text: &str) -> Option<Pair> {
    let text = text.trim();
    (!text.is_empty()).then(|| Pair { name: "weight-kg".into(), value: text.into() })
}

/// The last SIGNED scan; YTO names the signer only in the text.
pub fn signed(events: &[Event]) -> Option<Signature> {
    let last = events.iter().filter(|event| event.code == "SIGNED").max_by_key(|event| event.at)?;
    Some(Signature { at: last.at, by: signer(&last.text) })
}

/// `…，签收人: 张*，…`: the words up to the next mark.
fn signer(text: &str) -> Option<String> {
    let (_, after) = text.split_once("签收人")?;
    let name = after.trim_start().strip_prefix([':', '：'])?.trim_start();
    let end = name.find(|c: char| c.is_whitespace() || ",，.。;；、!！".contains(c)).unwrap_or(name.len());
    (end > 0).then(|| name[..end].to_owned())
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
            ("您的快件已签收，签收人: 林*，感谢使用", Some("林*")),
            ("客户签收人：本人 已签收", Some("本人")),
            ("签收人:", None),
            ("签收人手机号已核对", None),
            ("已签收", None),
        ] {
            assert_eq!(signer(text).as_deref(), expected, "{text}");
        }
    }
}
