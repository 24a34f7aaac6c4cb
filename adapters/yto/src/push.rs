//! What YTO pushes: one scan as XML in the form field `logistics_interface`.
//!
//! The fields are those of public clients' handlers. The old interface signs with `data_digest`;
//! the new one's exact body is not public, and a push without a digest is read but never
//! verified, so that the host takes it as a hint only.

use posthouse_sdk::prelude::*;
use posthouse_sdk::text::Pieces;
use posthouse_sdk::xml::{self, Element};

use crate::event;

/// Reads one push. It is answered with the order number it came with.
pub fn receive(delivery: &Delivery) -> Result<Receipt, Refusal> {
    let bare = |fault| Refusal { fault, answer: answer("", false) };
    let Some(field) = delivery.form_field("logistics_interface") else {
        return Err(bare(fault::unreadable("no logistics_interface in the form", &delivery.body)));
    };
    let document = std::str::from_utf8(&field).map_err(|_| bare(fault::unreadable("not UTF-8", &field)))?;
    let info = xml::parse(document).map_err(bare)?;
    let order = info.text_of("txLogisticID");
    let refuse = |fault| Refusal { fault, answer: answer(order, false) };
    check_digest(delivery, &field).map_err(refuse)?;
    let track = track(&info, document).map_err(refuse)?;
    Ok(Receipt { key: None, readings: vec![OfOne::track(track)], kept: answer(order, true), failed: answer(order, false) })
}

/// `data_digest = Base64(MD5(xml + secret))`, where there is one.
fn check_digest(delivery: &Delivery, xml: &[u8]) -> Result<(), Fault> {
    let Some(digest) = delivery.form_field("data_digest") else {
        return Ok(());
    };
    let rejected = |why: &str| Fault::new(fault::CREDENTIAL_REJECTED, why);
    let found = sign::unbase64(digest.trim_ascii()).unwrap_or_default();
    match credential::verify("md5", None, &plain(xml).then(secret("secret")), &found) {
        Ok(true) => Ok(()),
        Ok(false) => Err(rejected("data_digest is not the digest of this push")),
        Err(why) => Err(rejected(&why)),
    }
}

/// A scan without a time we can read is kept as raw text.
fn track(info: &Element, document: &str) -> Result<Track, Fault> {
    let number = info.text_of("mailNo");
    if info.name != "UpdateInfo" || number.is_empty() {
        return Err(Fault::new(fault::LAYOUT_CHANGED, format!("`{}` is no UpdateInfo with a mailNo", info.name)));
    }
    let (events, odd) = match scan(info) {
        Some(event) => (vec![event], vec![]),
        None => (vec![], vec![document.to_owned()]),
    };
    let extra = event::weight(info.text_of("weight")).into_iter().collect();
    Ok(Track { number: number.into(), signed: event::signed(&events), events, odd, extra })
}

fn scan(info: &Element) -> Option<Event> {
    let place = event::place(info.text_of("city"), info.text_of("district"));
    Some(Event {
        at: time::parse(info.text_of("acceptTime"))?,
        code: info.text_of("infoContent").into(),
        status: None,
        text: info.text_of("remark").into(),
        place: place.or_else(|| event::place(info.text_of("orgName"), "")),
    })
}

/// The shape of a public client's handler, on one line.
fn answer(order: &str, success: bool) -> Answer {
    let order = xml::escape(order);
    Answer::xml(format!(
        "<Response><logisticProviderID>YTO</logisticProviderID><txLogisticID>{order}</txLogisticID><success>{success}</success></Response>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(form: &[(&str, &str)]) -> (String, String) {
        let body = form.iter().map(|(name, value)| format!("{name}={}", http::form_encode(value))).collect::<Vec<_>>().join("&");
        let delivery =
            Delivery { method: "POST".into(), path: "/".into(), query: vec![], headers: vec![], body: body.into_bytes(), now: 0 };
        let refusal = receive(&delivery).unwrap_err();
        (refusal.fault.code, String::from_utf8(refusal.answer.body).unwrap())
    }

    #[test]
    fn what_is_no_push_is_refused_with_its_order_number() {
        for (form, code, order) in [
            (vec![("other", "1")], fault::UNREADABLE, ""),
            (vec![("logistics_interface", "<UpdateInfo>")], fault::UNREADABLE, ""),
            (
                vec![("logistics_interface", "<UpdateInfo><txLogisticID>A&amp;1</txLogisticID></UpdateInfo>")],
                fault::LAYOUT_CHANGED,
                "A&amp;1",
            ),
        ] {
            let (found, reply) = refused(&form);
            assert_eq!(found, code, "{form:?}");
            assert!(reply.contains(&format!("<txLogisticID>{order}</txLogisticID><success>false</success>")), "{reply}");
        }
    }
}
