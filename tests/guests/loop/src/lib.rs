//! Sin: `read` never returns.

use std::hint::black_box;

use posthouse_sdk::prelude::*;

struct Loop;

impl Tracking for Loop {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(_: Task, _: Reply) -> Result<Reading, Fault> {
        let mut turns = 0u64;
        loop {
            turns = black_box(turns.wrapping_add(1));
        }
    }
}

posthouse_sdk::export!(Loop: tracking);
