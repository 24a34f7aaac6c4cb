//! China Post EMS: what the public page of one parcel fetches, or one call whose content is sealed,
//! and sealed pushes.
//!
//! Facts are marked by where they come from: *official* is the contract platform's list, *captured* a
//! real answer, *client* a public program, *inferred* nobody's word but ours. `operatorNo` held a
//! citizen's number in an old answer: nothing here reads it.

mod api;
mod page;
mod push;
mod scan;

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Ems;

impl Tracking for Ems {
    fn ask(task: Task) -> Result<Want, Fault> {
        let parcel = task.one()?;
        match credential::public("sender-no") {
            Some(key) => api::query(parcel, &key, task.now),
            None => Ok(page::lookup(parcel)),
        }
    }

    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        task.read(reply, page::track, api::track)
    }
}

/// EMS pushes what was agreed on with the customer; there is nothing to subscribe to.
impl Push for Ems {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

posthouse_sdk::export!(Ems: tracking, push);
