//! Sin: `ask` puts a secret declared `send:track` into a request for the endpoint `other`, which
//! is declared too, but not for that secret.

use posthouse_sdk::prelude::*;

struct SendsElsewhere;

impl Tracking for SendsElsewhere {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        let query = vec![text::field("number", number), text::field("key", secret("key"))];
        Ok(http::get("other", query).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        Ok(Reading::Tracks(fault::no_events("").for_each(&task.parcels)))
    }
}

posthouse_sdk::export!(SendsElsewhere: tracking);
