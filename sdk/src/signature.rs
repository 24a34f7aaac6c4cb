//! Who signed, where only the wording says so: a page's rows have no codes.
//!
//! Made to be sure rather than complete. What is promised (准备签收, 预计投递), taken back, returned
//! or left at a station is no signature of the customer.

use crate::{Event, Signature, status};

const SIGNED: &[&str] = &["已签收", "签收人", "已妥投", "已代签收", "客户已取件", "凭取货码签收", "凭取件码签收", "凭取件码取出", "已取走"];

const NOT_SIGNED: &[&str] =
    &["准备签收", "预计", "将于", "即将", "未签收", "未妥投", "拒签", "拒收", "退回", "退件", "退货", "退商家", "取消派件", "撤销"];

const STATIONS: &[&str] = &["驿站", "自提点", "自提柜", "快递柜", "丰巢", "包裹柜", "代收点", "代理点", "便民点"];

const COLLECTED: &[&str] = &["已取走", "客户已取件", "凭取货码签收", "凭取件码签收", "凭取件码取出"];

/// Whether a wording states that the customer signed or took the parcel.
pub fn is_stated(text: &str) -> bool {
    has(text, SIGNED) && !has(text, NOT_SIGNED) && handed_over(text).is_none()
}

/// Whether a wording is about a station or a locker, whose signature is not the customer's.
pub fn at_station(text: &str) -> bool {
    has(text, STATIONS)
}

/// The status of a delivery scan whose words leave the parcel at a station: no delivery yet.
pub fn handed_over(text: &str) -> Option<String> {
    (at_station(text) && !has(text, COLLECTED)).then(|| status::DELIVERY_TO_LOCKER.into())
}

/// The signature that an event states: by one of these codes, or without a code by its wording.
pub fn of(event: &Event, codes: &[&str]) -> Option<Signature> {
    let coded = codes.contains(&event.code.as_str()) && handed_over(&event.text).is_none();
    let worded = event.code.is_empty() && is_stated(&event.text);
    (coded || worded).then(|| Signature { at: event.at, by: by(&event.text) })
}

/// The last signature that the events state.
pub fn last(events: &[Event], codes: &[&str]) -> Option<Signature> {
    events.iter().filter_map(|event| of(event, codes)).max_by_key(|signature| signature.at)
}

/// Who signed, in the forms that leave no doubt: `签收人是:【…】`, `签收人：…`, `已由【…】签收`,
/// `已代签收【…】`, `已签收【…】`, `已签收(…签收)`.
pub fn by(text: &str) -> Option<String> {
    const AFTER: &[&str] = &[
        "签收人是:",
        "签收人是：",
        "签收人:",
        "签收人：",
        "签收人 :",
        "已由【",
        "已代签收【",
        "代签收【",
        "已签收【",
        "已签收(",
        "已签收（",
    ];
    let after = AFTER.iter().find_map(|mark| text.split_once(mark))?.1.trim_start().trim_start_matches('【');
    let name = after.split([',', '，', '。', ';', '；', ' ', ')', '）', '】']).next()?.trim_end_matches("签收").trim();
    (!name.is_empty() && name.chars().count() <= 20).then(|| name.to_owned())
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_customers_signature_is_one() {
        for (text, expected) in [
            ("【签收】已签收,签收人是:【朋友代签】", true),
            ("您的快件已代签收【家门口】，如有疑问请电联快递员", true),
            ("到达：广东深圳公司 由 已签收 签收", true),
            ("收件人已取走邮件", true),
            ("已从驿站取出，客户已取件", true),
            ("快件正在派送中，请您准备签收", false),
            ("快递员取消派件将快件取出丰巢", false),
            ("预计今天已妥投", false),
            ("未妥投：收件人不在", false),
            ("快件已被合作驿站代签收", false),
            ("包裹已放入【菜鸟驿站】，请凭取件码领取", false),
            ("包裹已凭取件码签收", true),
            ("已签收，签收人：菜鸟驿站", false),
            ("投递妥投撤销", false),
            ("退回妥投，签收人：商家", false),
            ("快件到达杭州", false),
        ] {
            assert_eq!(is_stated(text), expected, "{text}");
        }
    }

    #[test]
    fn the_signer_is_told_only_where_it_is_sure() {
        for (text, expected) in [
            ("【签收】已签收,签收人是:【朋友代签卫*】", Some("朋友代签卫*")),
            ("客户 签收人 :卫 已签收 感谢使用", Some("卫")),
            ("您的快件已由【客户指定地点】代收", Some("客户指定地点")),
            ("您的快件已代签收【家门口】，如有疑问", Some("家门口")),
            ("您的快件已签收【卫*】，感谢您使用中国邮政", Some("卫*")),
            ("已签收(家人签收),感谢使用", Some("家人")),
            ("签收人：本人。", Some("本人")),
            ("到达：广东深圳公司 由 已签收 签收", None),
            ("已签收,感谢使用", None),
        ] {
            assert_eq!(by(text).as_deref(), expected, "{text}");
        }
    }
}
