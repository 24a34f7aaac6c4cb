//! Danniao, Cainiao's own carrier: what the public page of one parcel fetches, or one signed call.
//!
//! Facts are marked by where they come from: *client* is a public program, *report* a study of the
//! platforms, *inferred* nobody's word but ours.

mod api;
mod page;
mod scan;

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Danniao;

impl Tracking for Danniao {
    fn ask(task: Task) -> Result<Want, Fault> {
        let parcel = task.one()?;
        match credential::public("provider-id") {
            Some(key) => api::query(parcel, &key),
            None => Ok(page::lookup(parcel)),
        }
    }

    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        task.read(reply, page::track, api::track)
    }
}

posthouse_sdk::export!(Danniao: tracking);
