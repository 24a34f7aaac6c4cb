//! One step of Yunda as an event.

use posthouse_sdk::prelude::*;

const SIGNED: &[&str] = &["action:SIGNED"];

/// `action` is empty on the page, whose words have forms of their own.
pub fn event(at: time::Instant, action: &str, text: &str, place: Option<String>) -> Event {
    let (code, status) = if action.is_empty() { (String::new(), of_wording(text)) } else { (format!("action:{action}"), None) };
    Event { at, code, status, text: text.into(), place }.unless_at_station(SIGNED)
}

/// Every text begins with 到达, whatever it says (captured): `到达：甲 发往：乙` is one scan that goes
/// on, `到达：甲 由 某某 签收` a signature.
fn of_wording(text: &str) -> Option<String> {
    if signer(text).is_some() {
        return Some(status::DELIVERED.into());
    }
    (text.starts_with("到达") && text.contains("发往")).then(|| status::DEPARTED_FROM_HUB.into())
}

/// Who stands in `由 … 签收`. It may be a word instead of a name: 已签收, 凭取货码.
fn signer(text: &str) -> Option<&str> {
    let (_, signer) = text.strip_suffix(" 签收")?.rsplit_once("由 ")?;
    (!signer.is_empty() && !signature::at_station(signer)).then_some(signer)
}

/// The track with its signature, which on the page only the words state.
pub fn signed(track: Track) -> Track {
    let by_words = track.events.iter().filter_map(|event| {
        let by = signer(&event.text).filter(|_| event.code.is_empty())?;
        let is_name = !["已签收", "凭取货码", "凭取件码"].contains(&by);
        Some(Signature { at: event.at, by: is_name.then(|| by.to_owned()) })
    });
    let last = by_words.max_by_key(|signature| signature.at);
    if last.is_some() { Track { signed: last, ..track } } else { track.signed_by(SIGNED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_named_only_where_wording_or_action_mislead() {
        for (action, text, expected) in [
            ("", "到达：广东深圳公司 发往：广东广州分拨中心", Some(status::DEPARTED_FROM_HUB)),
            ("", "到达：广东广州分拨中心 上级站点：广东深圳公司", None),
            ("", "到达：广东深圳公司福田区岗厦分部 由 已签收 签收", Some(status::DELIVERED)),
            ("", "到达：广东深圳公司福田区岗厦分部 由 某某驿站 签收", None),
            ("", "到达：广东深圳公司福田区岗厦分部 指定：卫某 派送，请您准备签收", None),
            ("SIGNED", "快件已被合作驿站代签收", Some(status::DELIVERY_TO_LOCKER)),
            ("SIGNED", "快件已签收，签收人：本人", None),
        ] {
            assert_eq!(event(0, action, text, None).status.as_deref(), expected, "{action} {text}");
        }
    }

    #[test]
    fn the_name_between_the_words_signed() {
        let parcel = Parcel::of("3900000000017");
        let read =
            |action: &str, text: &str| signed(parcel.track(vec![event(1, action, text, None)], vec![]).unwrap()).signed.map(|s| s.by);
        assert_eq!(read("", "到达：某某分部 由 卫** 签收"), Some(Some("卫**".into())));
        assert_eq!(read("", "到达：某某分部 由 已签收 签收"), Some(None));
        assert_eq!(read("SIGNED", "已签收，签收人：门卫"), Some(Some("门卫".into())));
        assert_eq!(read("", "到达：某某分部 由 某某驿站 签收"), None);
    }
}
