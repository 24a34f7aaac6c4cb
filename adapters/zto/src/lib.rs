//! ZTO Express: one waybill a call, signed JSON in, a flat list of scans out.
//!
//! Facts are marked by where they come from: *captured* is a real call or push log, *client* a
//! public program, *inferred* nobody's word but ours.

mod push;
mod reply;
mod request;
mod scan;

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Zto;

impl Tracking for Zto {
    fn ask(task: Task) -> Result<Want, Fault> {
        request::about_one(&task, "query")
    }

    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        reply::scans(request::one(&task)?, &reply.http()?).map(|one| Reading::Tracks(vec![one]))
    }
}

impl Subscribe for Zto {
    fn ask(task: Task) -> Result<Option<Want>, Fault> {
        request::about_one(&task, "subscribe").map(Some)
    }

    fn read(task: Task, reply: Reply) -> Result<Vec<OfOne>, Fault> {
        reply::subscribed(request::one(&task)?, &reply.http()?).map(|one| vec![one])
    }
}

impl Push for Zto {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

posthouse_sdk::export!(Zto: tracking, subscribe, push);
