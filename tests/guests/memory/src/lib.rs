//! Sin: `read` allocates, and touches, one MiB after the other in its one memory.

use std::hint::black_box;

use posthouse_sdk::prelude::*;

struct Memory;

impl Tracking for Memory {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(_: Task, _: Reply) -> Result<Reading, Fault> {
        let mut hoard = vec![];
        loop {
            hoard.push(black_box(vec![1u8; 1 << 20]));
        }
    }
}

posthouse_sdk::export!(Memory: tracking);
