//! No sin: what its neighbours do to it is measured.
//!
//! Reads `{"events":[{"at":MILLISECONDS,"code":"80","text":"…"}]}`, one answer per number.

use posthouse_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Answered {
    events: Vec<Scan>,
}

#[derive(Deserialize)]
struct Scan {
    at: time::Instant,
    code: String,
    text: String,
}

struct Good;

impl Tracking for Good {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        let reply = reply.http()?;
        if let Some(fault) = fault::of_status(&reply) {
            return Err(fault);
        }
        let answer: Answered = json::parse(&reply.body)?;
        let number = task.parcels[0].number.clone();
        if answer.events.is_empty() {
            return Ok(Reading::Tracks(vec![OfOne::fault(number, fault::no_events(""))]));
        }
        let events = answer.events.into_iter().map(event).collect();
        Ok(Reading::Tracks(vec![track(number, events)]))
    }
}

fn event(scan: Scan) -> Event {
    Event { at: scan.at, code: scan.code, status: None, text: scan.text, place: None }
}

fn track(number: String, events: Vec<Event>) -> OfOne {
    OfOne::track(Track { number, events, signed: None, odd: vec![], extra: vec![] })
}

posthouse_sdk::export!(Good: tracking);
