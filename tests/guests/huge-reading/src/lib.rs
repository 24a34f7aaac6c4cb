//! Sin: `read` returns five million events of 100 bytes each.

use posthouse_sdk::prelude::*;

const EVENTS: i64 = 5_000_000;

struct HugeReading;

impl Tracking for HugeReading {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        let events =
            (0..EVENTS).map(|nth| Event { at: task.now - nth, code: "10".into(), status: None, text: format!("{nth:0100}"), place: None });
        let number = task.parcels[0].number.clone();
        Ok(Reading::Tracks(vec![track(number, events.collect())]))
    }
}

fn track(number: String, events: Vec<Event>) -> OfOne {
    OfOne::track(Track { number, events, signed: None, odd: vec![], extra: vec![] })
}

posthouse_sdk::export!(HugeReading: tracking);
