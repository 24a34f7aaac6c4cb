//! One scan of STO as an event: its type is a word, on the page the first in the text.

use posthouse_sdk::prelude::*;

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
