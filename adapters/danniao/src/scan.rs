//! One scan of Danniao as an event: two digits in the API, words alone on the page.

use posthouse_sdk::prelude::*;

pub const SIGNED: &[&str] = &["07"];

/// Names of the returns in the official list, where the page says them without their code: the
/// wording alone would leave out who the parcel goes to.
const RETURNS: &[(&str, &str)] = &[
    ("退商家成功", status::RETURNED_TO_SENDER),
    ("退商家失败", status::EXCEPTION),
    ("退商家出库", status::IN_RETURN_TRANSIT),
    ("退货入库", status::IN_RETURN_TRANSIT),
    ("退货出站", status::RETURN_INITIATED),
];

/// `code` is empty on the page.
pub fn event(at: time::Instant, code: &str, text: &str, place: Option<String>) -> Event {
    let named = RETURNS.iter().find(|(name, _)| code.is_empty() && text.contains(name));
    let status = named.map(|(_, status)| (*status).to_owned());
    Event { at, code: code.into(), status, text: text.into(), place }.unless_at_station(SIGNED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_named_only_where_code_or_wording_mislead() {
        for (code, text, expected) in [
            ("", "【杭州丹鸟仓】退商家成功", Some(status::RETURNED_TO_SENDER)),
            ("", "包裹退货出站", Some(status::RETURN_INITIATED)),
            ("", "包裹已签收，签收人：本人", None),
            ("07", "签收", None),
            ("07", "已由【某某驿站】代签收", Some(status::DELIVERY_TO_LOCKER)),
            ("08", "退货出站", None),
        ] {
            assert_eq!(event(0, code, text, None).status.as_deref(), expected, "{code} {text}");
        }
    }
}
