//! No sin: it says by which release it was asked and by which it is read, so that an answer which is
//! half one release's and half another's shows.
//!
//! The carrier answers `{"number":"…","mark":"…"}` with what it was asked.

use std::hint::black_box;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

/// The release, in the code itself: a test writes another one over it, in the component's data.
static MARK: [u8; 16] = *b"mark:00000000000";

#[derive(Deserialize)]
struct Answered<'a> {
    number: &'a str,
    mark: &'a str,
}

struct Echo;

impl Tracking for Echo {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number), text::field("mark", plain(mark()))]).want())
    }

    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        let reply = reply.http()?;
        if let Some(fault) = fault::of_status(&reply) {
            return Err(fault);
        }
        let answer: Answered = json::parse(&reply.body)?;
        let number = task.parcels[0].number.clone();
        if answer.number != number {
            return Err(Fault::new(fault::WRONG_PARCEL, answer.number));
        }
        let text = format!("asked {}, read {}", answer.mark, mark());
        let event = Event { at: 1_700_000_000_000, code: "10".into(), status: None, text, place: None };
        let track = Track { number, events: vec![event], signed: None, odd: vec![], extra: vec![] };
        Ok(Reading::Tracks(vec![OfOne::track(track)]))
    }
}

/// Read at run time: the compiler must not know it.
fn mark() -> String {
    String::from_utf8_lossy(black_box(&MARK)).into_owned()
}

posthouse_sdk::export!(Echo: tracking);
