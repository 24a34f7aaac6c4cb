//! Deppon Express (德邦快递): trace query (version 2 of the interface), subscription and push.
//!
//! One number per call. What is known of the interface comes from a client that says it runs
//! against it, the official SDK's digest and captured pushes; comments name what is weaker.

use posthouse_sdk::prelude::*;

mod push;
mod reply;
mod request;
mod step;

/// The adapter.
pub struct Deppon;

impl Tracking for Deppon {
    fn ask(task: Task) -> Result<Want, Fault> {
        request::query(&task).map(Request::want)
    }

    fn read(task: Task, answer: Reply) -> Result<Reading, Fault> {
        reply::of_one(&task, answer, reply::track).map(Reading::Tracks)
    }
}

impl Subscribe for Deppon {
    fn ask(task: Task) -> Result<Option<Want>, Fault> {
        request::subscribe(&task).map(|request| Some(request.want()))
    }

    fn read(task: Task, answer: Reply) -> Result<Vec<OfOne>, Fault> {
        reply::of_one(&task, answer, reply::subscribed)
    }
}

impl Push for Deppon {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

posthouse_sdk::export!(Deppon: tracking, subscribe, push);
