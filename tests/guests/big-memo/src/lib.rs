//! Sin: `read` asks for another round and leaves itself a memo of one MiB; 4 KiB are allowed.

use posthouse_sdk::prelude::*;

struct BigMemo;

impl Tracking for BigMemo {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        Ok(Reading::More((Self::ask(task)?, vec![b'm'; 1 << 20])))
    }
}

posthouse_sdk::export!(BigMemo: tracking);
