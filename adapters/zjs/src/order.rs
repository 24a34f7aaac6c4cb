//! An answer of ZJS: one order, its steps (one or many) and who signed it (client).

use posthouse_sdk::prelude::*;
use posthouse_sdk::xml::{self, Element};

/// The track in an answer; `refused` says whose a refusal is, by its words.
pub fn track(parcel: &Parcel, body: &[u8], refused: impl Fn(&str) -> Fault) -> Result<Track, Fault> {
    let text = str::from_utf8(body).map_err(|why| fault::unreadable(why, body))?;
    let document = unwrapped(xml::parse(text.trim())?)?;
    let Some(orders) = document.first("orders") else {
        let words = document.text_of("error");
        let unknown = || Fault::new(fault::LAYOUT_CHANGED, "no orders in the answer");
        return Err(if words.is_empty() { unknown() } else { refused(words) });
    };
    let Some(order) = orders.first("order") else { return Err(Fault::new(fault::NOT_FOUND, "no order in the answer")) };
    parcel.must_be(order.text_of("mailNo"))?;
    let (mut events, odd) = steps(order);
    match order.text_of("error") {
        words if events.is_empty() && !words.is_empty() => return Err(refused(words)),
        _ => settle(order, &mut events),
    }
    let signed = signature(order, &events);
    Ok(Track { signed, ..parcel.track(events, odd)? })
}

/// The call answers XML as the text of an element (client); the page's own is taken either way.
fn unwrapped(root: Element) -> Result<Element, Fault> {
    if root.name == "string" { xml::parse(&root.text) } else { Ok(root) }
}

fn steps(order: &Element) -> (Vec<Event>, Vec<String>) {
    let (mut events, mut odd) = (vec![], vec![]);
    for step in order.all("steps").flat_map(|steps| steps.all("step")) {
        let (time, text) = (step.text_of("acceptTime"), step.text_of("acceptAddress"));
        match time::parse(time) {
            Some(at) => events.push(Event { at, code: String::new(), status: None, text: text.into(), place: None }),
            None => odd.push(format!("{time} {text}").trim().to_owned()),
        }
    }
    (events, odd)
}

/// The order's own end is the code of the step at its time, or an event by itself. GOT says only
/// that it is under way and would undo later steps.
fn settle(order: &Element, events: &mut Vec<Event>) {
    let code @ ("SIGNED" | "FAILED") = order.text_of("orderStatus") else { return };
    let Some(at) = time::parse(order.text_of("statusTime")) else { return };
    let signer = order.text_of("signinPer");
    let status = if code == "SIGNED" { signature::handed_over(signer) } else { None };
    match events.iter_mut().rfind(|event| event.at == at) {
        // Its words say more: refused, returned, nobody there.
        Some(_) if code == "FAILED" => {}
        Some(event) => (event.code, event.status) = (code.into(), status),
        None => events.push(Event { at, code: code.into(), status, text: signer.into(), place: None }),
    }
}

/// SIGNED and its time, and who: a station is not the customer.
fn signature(order: &Element, events: &[Event]) -> Option<Signature> {
    let signed = events.iter().find(|event| event.code == "SIGNED" && event.status.is_none())?;
    let signer = order.text_of("signinPer");
    Some(Signature { at: signed.at, by: (!signer.is_empty()).then(|| signer.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(order: &str) -> Result<Track, Fault> {
        let parcel = Parcel::of("A000000000019");
        let body = format!("<BatchQueryResponse><orders>{order}</orders></BatchQueryResponse>");
        track(&parcel, body.as_bytes(), page::refused)
    }

    fn order(inside: &str) -> String {
        format!("<order><mailNo>A000000000019</mailNo>{inside}</order>")
    }

    const STEP: &str = "<step><acceptTime>2026-01-18 09:00:00</acceptTime><acceptAddress>北京 派送中</acceptAddress></step>";

    #[test]
    fn one_step_or_many_are_read_alike() {
        for (steps, count) in [(STEP.to_owned(), 1), (STEP.repeat(3), 3)] {
            let track = read(&order(&format!("<orderStatus>GOT</orderStatus><steps>{steps}</steps>"))).unwrap();
            assert_eq!((track.events.len(), track.signed.is_none()), (count, true));
        }
    }

    #[test]
    fn the_orders_own_end_is_an_event_once() {
        let ended = |status: &str, time: &str, signer: &str| {
            let about = format!("<orderStatus>{status}</orderStatus><statusTime>{time}</statusTime><signinPer>{signer}</signinPer>");
            read(&order(&format!("{about}<steps>{STEP}</steps>"))).unwrap()
        };
        let at_a_step = ended("SIGNED", "2026-01-18 09:00:00", "本人");
        assert_eq!((at_a_step.events.len(), at_a_step.events[0].code.as_str()), (1, "SIGNED"));
        assert_eq!(at_a_step.signed.unwrap().by.as_deref(), Some("本人"));
        assert_eq!(ended("SIGNED", "2026-01-18 10:00:00", "").events.len(), 2);
        let station = ended("SIGNED", "2026-01-18 10:00:00", "某某驿站");
        assert_eq!((station.signed.is_none(), station.events[1].status.as_deref()), (true, Some(status::DELIVERY_TO_LOCKER)));
        assert!(ended("FAILED", "2026-01-18 10:00:00", "").signed.is_none());
    }

    #[test]
    fn answers_without_steps_have_their_faults() {
        let parcel_of = |body: &str| {
            let parcel = Parcel::of("A000000000019");
            track(&parcel, body.as_bytes(), page::refused).unwrap_err().code
        };
        for (inside, expected) in [
            (String::new(), fault::NOT_FOUND),
            (order("<steps/>"), fault::NO_EVENTS),
            (order("<error>无此运单</error>"), fault::NOT_FOUND),
            ("<order><mailNo>A000000000099</mailNo></order>".to_owned(), fault::WRONG_PARCEL),
        ] {
            assert_eq!(read(&inside).unwrap_err().code, expected, "{inside}");
        }
        assert_eq!(parcel_of("<r><error>请完成滑块验证</error></r>"), fault::CHALLENGE);
        assert_eq!(parcel_of("<r/>"), fault::LAYOUT_CHANGED);
        assert_eq!(parcel_of("<html><br></html>"), fault::UNREADABLE);
        assert_eq!(parcel_of("{}"), fault::UNREADABLE);
    }
}
