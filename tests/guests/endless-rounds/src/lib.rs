//! Sin: `read` always asks for one more round.

use posthouse_sdk::prelude::*;

struct EndlessRounds;

impl Tracking for EndlessRounds {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        let memo = vec![task.round];
        Ok(Reading::More((Self::ask(task)?, memo)))
    }
}

posthouse_sdk::export!(EndlessRounds: tracking);
