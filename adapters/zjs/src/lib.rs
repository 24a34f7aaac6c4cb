//! ZJS Express: what the public page of one parcel fetches, or one signed call. Both answer alike.
//!
//! Facts are marked by where they come from: *client* is a public program, *inferred* nobody's word
//! but ours. Of the page only its call is known.

mod api;
mod order;
mod page;

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Zjs;

impl Tracking for Zjs {
    fn ask(task: Task) -> Result<Want, Fault> {
        let parcel = task.one()?;
        match credential::public("client-flag") {
            Some(key) => api::query(parcel, &key, &task.nonce),
            None => Ok(page::lookup(parcel)),
        }
    }

    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        task.read(reply, page::track, api::track)
    }
}

posthouse_sdk::export!(Zjs: tracking);
