//! One scan of STO as an event: its type is a word, on the page the first in the text.

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

pub const SIGNED: &[&str] = &["签收"];

/// What may stand in 【】 before a text (official; the second line is withdrawn or only on pages).
const KINDS: &[&str] = &[
    "收件",
    "发件",
    "到件",
    "派件",
    "第三方代派",
    "柜机代收",
    "驿站代收",
    "快件取出",
    "驿站出库",
    "问题件",
    "退回件",
    "改地址件",
    "转邮",
    "转同行",
    "签收",
    "留仓件",
    "代取快递",
    "派件入柜",
    "第三方代收",
    "装袋",
];

/// As answers and pushes write it (official).
#[derive(Deserialize)]
pub struct Scan<'a> {
    #[serde(rename = "opTime", deserialize_with = "json::instant")]
    at: time::Instant,
    #[serde(borrow, default, rename = "scanType", deserialize_with = "json::text")]
    kind: Cow<'a, str>,
    #[serde(borrow, default, rename = "memo", deserialize_with = "json::text")]
    text: Cow<'a, str>,
    #[serde(borrow, default, rename = "opOrgCityName", deserialize_with = "json::text")]
    city: Cow<'a, str>,
    #[serde(borrow, default, rename = "opOrgName", deserialize_with = "json::text")]
    site: Cow<'a, str>,
    #[serde(borrow, default, rename = "signoffPeople", deserialize_with = "json::text")]
    signer: Cow<'a, str>,
}

impl Scan<'_> {
    pub fn event(&self) -> Event {
        let words = if self.text.is_empty() { &self.kind } else { &self.text };
        let event = event(self.at, &code(&self.kind), words, track::place(&self.city, &self.site));
        let status = if self.is_signed_by_station() { Some(status::DELIVERY_TO_LOCKER.into()) } else { event.status };
        Event { status, ..event }
    }

    pub fn signature(&self) -> Option<Signature> {
        let stated = signature::of(&self.event(), SIGNED).filter(|_| !self.is_signed_by_station())?;
        Some(if self.signer.is_empty() { stated } else { Signature { by: Some(self.signer.to_string()), ..stated } })
    }

    /// The signer is told beside the words.
    fn is_signed_by_station(&self) -> bool {
        SIGNED.contains(&self.kind.as_ref()) && signature::at_station(&self.signer)
    }
}

/// The type that a text begins with: `【到件】快件到达…` (captured). A place may stand there instead.
pub fn kind(text: &str) -> &str {
    let first = text.strip_prefix('【').and_then(|rest| rest.split_once('】')).map_or("", |(first, _)| first);
    if KINDS.contains(&first) { first } else { "" }
}

/// International parcels have English codes (official), which get a name of their own.
pub fn code(scan_type: &str) -> String {
    let international = scan_type.contains('_') || scan_type == "GOT";
    if international { format!("intl:{scan_type}") } else { scan_type.to_owned() }
}

pub fn event(at: time::Instant, code: &str, text: &str, place: Option<String>) -> Event {
    Event { at, code: code.into(), status: None, text: text.into(), place }.unless_at_station(SIGNED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_begins_with_its_type_or_with_a_place() {
        for (text, expected) in [
            ("【到件】快件到达【陕西西安航空部】", "到件"),
            ("【装袋】【陕西西安航空部】已进行【装袋】扫描", "装袋"),
            ("【陕西西安公司】的【西安仓储】已收件", ""),
            ("已签收,签收人是:【本人】", ""),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn a_station_does_not_sign_for_the_customer() {
        let signed = |text: &str| event(0, "签收", text, None).status;
        assert_eq!(signed("【签收】已签收,签收人是:【本人】"), None);
        assert_eq!(signed("【签收】已签收,签收人是:【菜鸟驿站】").as_deref(), Some(status::DELIVERY_TO_LOCKER));
        assert_eq!(code("CC_IM_START"), "intl:CC_IM_START");
        assert_eq!(code("到件"), "到件");
    }
}
