//! J&T Express: the public page of one parcel, which is drawn, or one signed call, and
//! signed pushes.
//!
//! Facts are marked by where they come from: *official* is the platform's list, *captured* a real
//! answer, *client* a public program, *inferred* nobody's word but ours. Of the page nothing is known:
//! its shape is invented.

mod api;
mod page;
mod push;
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

/// Only an account with a key can subscribe.
impl Subscribe for Jt {
    fn ask(task: Task) -> Result<Option<Want>, Fault> {
        let parcel = task.one()?;
        credential::public("api-account").map(|account| api::subscribe(parcel, &account, task.now)).transpose()
    }

    fn read(task: Task, reply: Reply) -> Result<Vec<OfOne>, Fault> {
        api::subscribed(task.one()?, &reply.http()?).map(|track| vec![OfOne::track(track)])
    }
}

impl Push for Jt {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

posthouse_sdk::export!(Jt: tracking, subscribe, push);
