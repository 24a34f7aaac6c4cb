//! J&T Express: the public page of one parcel, which is drawn, or one signed call.
//!
//! Facts are marked by where they come from: *official* is the platform's list, *captured* a real
//! answer, *client* a public program, *inferred* nobody's word but ours. Of the page nothing is known:
//! its shape is invented.

mod api;
mod page;
mod scan;

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Jt;

impl Tracking for Jt {
    fn ask(task: Task) -> Result<Want, Fault> {
        let parcel = task.one()?;
        match credential::public("api-account") {
            Some(key) => api::query(parcel, &key, task.now),
            None => Ok(page::lookup(parcel)),
        }
    }

    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        task.read(reply, page::track, api::track)
    }
}

posthouse_sdk::export!(Jt: tracking);
