//! One scan of ZTO as an event, in the current answer and in the old one.

use std::borrow::Cow;
use std::fmt;

use posthouse_sdk::prelude::*;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A signature by the customer: 签收, the same after 转单, and "taken out" of a locker.
const SIGNED: &[&str] = &["签收", "5", "SIGNED"];

/// Borrowed from the answer. Reading fails where its time cannot be told.
#[derive(Deserialize)]
pub struct Scan<'a> {
    #[serde(borrow, default, rename = "billCode", deserialize_with = "json::text")]
    pub number: Cow<'a, str>,
    /// Epoch milliseconds as text or number; local time in the old answer.
    #[serde(rename = "scanDate", deserialize_with = "instant")]
    at: time::Instant,
    #[serde(borrow, default, rename = "scanType", deserialize_with = "json::text")]
    code: Cow<'a, str>,
    #[serde(borrow, default, rename = "desc", deserialize_with = "json::text")]
    text: Cow<'a, str>,
    #[serde(borrow, default, rename = "scanSite")]
    site: Site<'a>,
    /// Only in the old answer; now inside the site.
    #[serde(borrow, default, rename = "scanCity", deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, rename = "signMan", deserialize_with = "json::text")]
    signer: Cow<'a, str>,
}

/// An object now, a name in the old answer, null where there is none.
#[derive(Default)]
struct Site<'a> {
    city: Cow<'a, str>,
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct SiteFields<'a> {
    #[serde(borrow, default, deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    name: Cow<'a, str>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Site<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SiteVisitor)
    }
}

struct SiteVisitor;

impl<'de> Visitor<'de> for SiteVisitor {
    type Value = Site<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a site or its name")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let SiteFields { city, name } = SiteFields::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Site { city, name })
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Site { city: "".into(), name: name.into() })
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Site { city: "".into(), name: name.to_owned().into() })
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Site::default())
    }
}

/// A time in any of the carrier's forms.
pub fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<time::Instant, D::Error> {
    let text = json::text(from)?;
    time::parse(&text).ok_or_else(|| D::Error::custom("no time"))
}

/// City and site, whichever is known.
pub fn place(city: &str, site: &str) -> Option<String> {
    match (city, site) {
        ("", "") => None,
        ("", one) | (one, "") => Some(one.into()),
        (city, site) => Some(format!("{city} {site}")),
    }
}

/// The last signature that is stated with its time.
pub fn signature(scans: &[Scan]) -> Option<Signature> {
    let signed = scans.iter().filter(|scan| SIGNED.contains(&scan.code.as_ref())).max_by_key(|scan| scan.at)?;
    let by = (!signed.signer.is_empty()).then(|| signed.signer.to_string());
    Some(Signature { at: signed.at, by })
}

impl From<Scan<'_>> for Event {
    fn from(scan: Scan<'_>) -> Self {
        let city = if scan.site.city.is_empty() { &scan.city } else { &scan.site.city };
        Self { at: scan.at, place: place(city, &scan.site.name), code: scan.code.into_owned(), status: None, text: scan.text.into_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_is_read_in_each_known_dress() {
        let at = time::parse("2024-03-05 09:10:11").unwrap();
        for (raw, place) in [
            (r#"{"scanType":"到件","scanDate":"1709601011000","desc":"d"}"#, None),
            (r#"{"scanType":"到件","scanDate":1709601011000,"desc":"d","scanSite":null}"#, None),
            (
                r#"{"scanType":"到件","scanDate":1709601011000,"desc":"d","scanSite":{"name":"甲网点","city":"宁波","prov":"浙江"}}"#,
                Some("宁波 甲网点"),
            ),
            (r#"{"scanType":"到件","scanDate":"2024-03-05 09:10:11","desc":"d","scanSite":"甲网点","scanCity":""}"#, Some("甲网点")),
            (
                r#"{"scanType":"到件","scanDate":"2024-03-05 09:10:11","desc":"d","scanSite":"甲\u7f51点","scanCity":"宁波市"}"#,
                Some("宁波市 甲网点"),
            ),
        ] {
            let event: Event = json::inner::<Scan>(raw).unwrap().into();
            assert_eq!((event.at, event.code.as_str(), event.place.as_deref()), (at, "到件", place), "{raw}");
        }
        for raw in [r#"{"scanType":"到件","scanDate":"昨天"}"#, r#"{"scanType":"到件"}"#, r#"{"scanDate":1709601011000,"scanSite":[]}"#]
        {
            assert!(json::inner::<Scan>(raw).is_err(), "{raw}");
        }
    }
}
