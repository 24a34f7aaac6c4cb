//! Sin: `read` returns strings that are not UTF-8.

use posthouse_sdk::prelude::*;

struct Garbage;

impl Tracking for Garbage {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        let event = Event { at: task.now, code: "10".into(), status: None, text: garbage(), place: Some(garbage()) };
        let number = task.parcels[0].number.clone();
        Ok(Reading::Tracks(vec![track(number, vec![event])]))
    }
}

fn garbage() -> String {
    let bytes = vec![b'o', b'k', 0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80];
    // SAFETY: none: that is the sin. Nothing in here reads the string again.
    unsafe { String::from_utf8_unchecked(bytes) }
}

fn track(number: String, events: Vec<Event>) -> OfOne {
    OfOne::track(Track { number, events, signed: None, odd: vec![], extra: vec![] })
}

posthouse_sdk::export!(Garbage: tracking);
