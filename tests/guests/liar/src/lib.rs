//! Sin: the manifest claims `tracking` and `push`; the component exports only `tracking`.

use posthouse_sdk::prelude::*;

struct Liar;

impl Tracking for Liar {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        Ok(Reading::Tracks(fault::no_events("").for_each(&task.parcels)))
    }
}

posthouse_sdk::export!(Liar: tracking);
