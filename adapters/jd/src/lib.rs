//! JD Logistics: the public page of one parcel, or one signed call with a merchant's token,
//! and pushes that nobody signed.
//!
//! Facts are marked by where they come from: *official* is the platform's list, *captured* a real
//! push, *client* a public program, *inferred* nobody's word but ours. Of the page nothing is known:
//! its shape is invented around captured events.

mod api;
mod page;
mod push;
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

/// JD pushes what was agreed on with the merchant; there is nothing to subscribe to.
impl Push for Jd {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

posthouse_sdk::export!(Jd: tracking, push);
