//! Sin: `ask` uses a secret that declares `digest:md5` for a SHA-256 (numbers that end in 0) or an
//! HMAC (all others), and carries on with its request when that is refused.

use posthouse_sdk::prelude::*;

struct UndeclaredUse;

impl Tracking for UndeclaredUse {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = &task.parcels[0].number;
        let refused = if number.ends_with('0') {
            credential::digest("sha256", &secret("key"))
        } else {
            credential::hmac("hmac-sha256", &text::slot("key", "none"), &plain(number))
        };
        let sign = sign::hex(&refused.unwrap_or_default());
        let query = vec![text::field("number", plain(number)), text::field("sign", plain(sign))];
        Ok(http::get("track", query).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        Ok(Reading::Tracks(fault::no_events("").for_each(&task.parcels)))
    }
}

posthouse_sdk::export!(UndeclaredUse: tracking);
