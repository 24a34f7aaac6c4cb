//! One event of JD, on the page, in answers and in pushes: a state code, a title and a remark.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

pub const SIGNED: &[&str] = &["state:10034", "status:510"];
/// 换单打印: the parcel goes on under the number that the remark names (official).
const NEW_NUMBER: &str = "state:200020";

/// As answers and pushes write it (captured of pushes).
#[derive(Deserialize)]
pub struct Scan<'a> {
    #[serde(rename = "operationTime", deserialize_with = "json::instant")]
    at: time::Instant,
    #[serde(borrow, default, deserialize_with = "json::text")]
    state: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::text")]
    category: Cow<'a, str>,
    #[serde(borrow, default, rename = "operationTitle", deserialize_with = "json::text")]
    title: Cow<'a, str>,
    #[serde(borrow, default, rename = "operationRemark", deserialize_with = "json::text")]
    remark: Cow<'a, str>,
    #[serde(borrow, default, rename = "routeCityName", alias = "city", deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, rename = "operateSite", deserialize_with = "json::text")]
    site: Cow<'a, str>,
}

impl Scan<'_> {
    pub fn event(&self) -> Event {
        let code = code(&self.state, &self.category);
        event(self.at, code, words(&self.title, &self.remark), track::place(&self.city, &self.site))
    }
}

/// The event's state; the category of the parcel where it has none.
pub fn code(state: &str, category: &str) -> String {
    match (state, category) {
        ("", "") => String::new(),
        ("", category) => format!("status:{category}"),
        (state, _) => format!("state:{state}"),
    }
}

/// The remark says what happened, the title only what kind it is.
pub fn words<'a>(title: &'a str, remark: &'a str) -> &'a str {
    if remark.is_empty() { title } else { remark }
}

pub fn event(at: time::Instant, code: String, text: &str, place: Option<String>) -> Event {
    Event { at, code, status: None, text: text.into(), place }.unless_at_station(SIGNED)
}

/// With what the events say of the whole parcel.
pub fn track(track: Track) -> Track {
    let renamed = track.events.iter().filter(|event| event.code == NEW_NUMBER).max_by_key(|event| event.at);
    let number = renamed.and_then(|event| number_in(&event.text)).filter(|number| *number != track.number);
    let extra = number.map(|number| Pair { name: "new-number".into(), value: number.to_owned() }).into_iter().collect();
    Track { extra, ..track.signed_by(SIGNED) }
}

/// The first waybill number in a text.
fn number_in(text: &str) -> Option<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.into_iter().find(|word| word.starts_with("JD") && (12..=17).contains(&word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_counts_before_the_category() {
        for (state, category, expected) in [("10034", "510", "state:10034"), ("", "510", "status:510"), ("", "", "")] {
            assert_eq!(code(state, category), expected);
        }
    }

    #[test]
    fn the_new_number_is_in_the_remark() {
        let event = event(1, "state:200020".into(), "换单打印,新运单号：JDVX00000000027。", None);
        let parcel = Parcel::of("JDVX00000000019");
        let read = track(parcel.track(vec![event], vec![]).unwrap());
        assert_eq!(read.extra[0].value, "JDVX00000000027");
        assert_eq!(number_in("JD快递已换单"), None);
    }

    #[test]
    fn a_station_does_not_sign_for_the_customer() {
        let signed = |text: &str| event(0, "state:10034".into(), text, None).status;
        assert_eq!(signed("您的快件已由【客户指定地点】代收"), None);
        assert_eq!(signed("您的快件已由【某某驿站】代收").as_deref(), Some(status::DELIVERY_TO_LOCKER));
    }
}
