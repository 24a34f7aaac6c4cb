//! Sin: `read` returns 8192 events whose texts are all the same MiB of memory, so that two MiB
//! here unfold to eight GiB in a host that copies before it counts.

use posthouse_sdk::prelude::*;

const EVENTS: i64 = 8192;

struct Overlapping;

impl Tracking for Overlapping {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        let text = "x".repeat(1 << 20);
        let events = (0..EVENTS).map(|nth| Event { at: task.now - nth, code: "10".into(), status: None, text: alias(&text), place: None });
        let events = events.collect();
        std::mem::forget(text);
        let number = task.parcels[0].number.clone();
        Ok(Reading::Tracks(vec![track(number, events)]))
    }
}

/// A second owner of the same bytes.
fn alias(text: &str) -> String {
    // SAFETY: none, in general: two owners. It goes well because nobody writes to the bytes, and
    // because the sdk's allocator reuses no block while this instance lives.
    unsafe { String::from_raw_parts(text.as_ptr().cast_mut(), text.len(), text.len()) }
}

fn track(number: String, events: Vec<Event>) -> OfOne {
    OfOne::track(Track { number, events, signed: None, odd: vec![], extra: vec![] })
}

posthouse_sdk::export!(Overlapping: tracking);
