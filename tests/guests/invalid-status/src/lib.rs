//! Sin: `read` returns statuses which do not exist, one of them not even shaped like one, and a
//! code that the manifest's dictionary does not know.

use posthouse_sdk::prelude::*;

struct InvalidStatus;

impl Tracking for InvalidStatus {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        let event = |minutes: i64, code: &str, status: Option<&str>, text: &str| Event {
            at: task.now - minutes * 60_000,
            code: code.into(),
            status: status.map(Into::into),
            text: text.into(),
            place: None,
        };
        let events = vec![
            event(2, "10", Some("teleported"), "beamed up"),
            event(1, "10", Some("Gone!!"), "gone"),
            event(0, "no-such-code", None, "nobody knows"),
        ];
        let number = task.parcels[0].number.clone();
        Ok(Reading::Tracks(vec![track(number, events)]))
    }
}

fn track(number: String, events: Vec<Event>) -> OfOne {
    OfOne::track(Track { number, events, signed: None, odd: vec![], extra: vec![] })
}

posthouse_sdk::export!(InvalidStatus: tracking);
