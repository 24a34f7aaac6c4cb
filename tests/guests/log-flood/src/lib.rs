//! Sin: `read` writes 100,000 log lines of 10 KB before it says that there is nothing.

use posthouse_sdk::prelude::*;

struct LogFlood;

impl Tracking for LogFlood {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        let line = "flood ".repeat(10_240 / 6);
        for _ in 0..100_000 {
            posthouse_sdk::log::write("info", &line);
        }
        Ok(Reading::Tracks(fault::no_events("").for_each(&task.parcels)))
    }
}

posthouse_sdk::export!(LogFlood: tracking);
