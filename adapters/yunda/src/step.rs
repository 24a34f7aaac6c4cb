//! One step of Yunda as an event.

use posthouse_sdk::prelude::*;

pub const SIGNED: &[&str] = &["action:SIGNED"];

/// `action` is empty on the page.
pub fn event(at: time::Instant, action: &str, text: &str, place: Option<String>) -> Event {
    let code = if action.is_empty() { String::new() } else { format!("action:{action}") };
    let status = if SIGNED.contains(&code.as_str()) { signature::handed_over(text) } else { leaving(&code, text) };
    Event { at, code, status, text: text.into(), place }
}

/// `到达：甲 发往：乙` is one scan (captured): what counts is that it goes on.
fn leaving(code: &str, text: &str) -> Option<String> {
    let goes_on = code.is_empty() && text.starts_with("到达") && text.contains("发往");
    goes_on.then(|| status::DEPARTED_FROM_HUB.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_named_only_where_wording_or_action_mislead() {
        for (action, text, expected) in [
            ("", "到达：广东深圳公司 发往：广东广州分拨中心", Some(status::DEPARTED_FROM_HUB)),
            ("", "到达：广东广州分拨中心 上级站点：广东深圳公司", None),
            ("", "到达：广东深圳公司福田区岗厦分部 由 已签收 签收", None),
            ("SIGNED", "快件已被合作驿站代签收", Some(status::DELIVERY_TO_LOCKER)),
            ("SIGNED", "快件已签收，签收人：本人", None),
        ] {
            assert_eq!(event(0, action, text, None).status.as_deref(), expected, "{action} {text}");
        }
    }
}
