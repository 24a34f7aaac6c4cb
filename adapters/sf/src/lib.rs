//! SF Express: one signed form in, JSON text inside JSON out.
//!
//! Facts are marked by where they come from: *official* is a copy of SF's own page, *captured* a
//! real answer, *client* a public program, *inferred* nobody's word but ours.

mod push;
mod reply;
mod request;
mod route;

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Sf;

impl Tracking for Sf {
    fn ask(task: Task) -> Result<Want, Fault> {
        request::routes(&task)
    }

    fn read(_task: Task, reply: Reply) -> Result<Reading, Fault> {
        reply::routes(&reply.http()?).map(Reading::Tracks)
    }
}

impl Subscribe for Sf {
    fn ask(task: Task) -> Result<Option<Want>, Fault> {
        request::register(&task).map(Some)
    }

    fn read(task: Task, reply: Reply) -> Result<Vec<OfOne>, Fault> {
        reply::registered(&task, &reply.http()?)
    }
}

impl Session for Sf {
    fn ask(_task: Task) -> Result<Want, Fault> {
        request::session()
    }
}

impl Push for Sf {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

posthouse_sdk::export!(Sf: tracking, subscribe, session, push);
