//! STO Express: the public page of one parcel, or one signed call, and signed pushes.
//!
//! Facts are marked by where they come from: *official* is the platform's list or SDK, *captured* a
//! real answer or page, *client* a public program, *inferred* nobody's word but ours.

mod api;
mod page;
mod push;
mod scan;

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Sto;

impl Tracking for Sto {
    fn ask(task: Task) -> Result<Want, Fault> {
        let parcel = task.one()?;
        match credential::public("app-key") {
            Some(key) => api::query(parcel, &key),
            None => Ok(page::lookup(parcel)),
        }
    }

    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        task.read(reply, page::track, api::track)
    }
}

/// Only an account with a key can subscribe.
impl Subscribe for Sto {
    fn ask(task: Task) -> Result<Option<Want>, Fault> {
        let parcel = task.one()?;
        credential::public("app-key").map(|key| api::subscribe(parcel, &key)).transpose()
    }

    fn read(task: Task, reply: Reply) -> Result<Vec<OfOne>, Fault> {
        api::subscribed(task.one()?, &reply.http()?).map(|track| vec![OfOne::track(track)])
    }
}

impl Push for Sto {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

posthouse_sdk::export!(Sto: tracking, subscribe, push);
