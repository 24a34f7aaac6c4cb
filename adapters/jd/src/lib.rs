//! JD Logistics: the public page of one parcel, or one signed call with a merchant's token.
//!
//! Facts are marked by where they come from: *official* is the platform's list, *captured* a real
//! push, *client* a public program, *inferred* nobody's word but ours. Of the page nothing is known:
//! its shape is invented around captured events.

mod api;
mod page;
mod scan;

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Jd;

impl Tracking for Jd {
    fn ask(task: Task) -> Result<Want, Fault> {
        let parcel = task.one()?;
        match credential::public("app-key") {
            Some(key) => api::query(parcel, &key, task.now),
            None => Ok(page::lookup(parcel)),
        }
    }

    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        task.read(reply, page::track, api::track)
    }
}

posthouse_sdk::export!(Jd: tracking);
