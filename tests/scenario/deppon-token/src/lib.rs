//! Deppon after the story's "V3.2": the form carries a token, which the carrier sent with the new account.
//!
//! No such version of the real interface is known; the simulator speaks it when it is told to.

use posthouse_sdk::prelude::*;

// The files of the adapter itself: a second copy could differ. A dependency on its crate would
// export every function twice.
#[path = "../../../../adapters/deppon/src"]
mod deppon {
    pub mod push;
    pub mod reply;
    pub mod request;
    pub mod step;
}

use deppon::{push, reply, request, step};

/// The adapter.
pub struct Deppon;

impl Tracking for Deppon {
    fn ask(task: Task) -> Result<Want, Fault> {
        request::query(&task).map(with_token)
    }

    fn read(task: Task, answer: Reply) -> Result<Reading, Fault> {
        reply::of_one(&task, answer, reply::track).map(Reading::Tracks)
    }
}

impl Subscribe for Deppon {
    fn ask(task: Task) -> Result<Option<Want>, Fault> {
        request::subscribe(&task).map(with_token).map(Some)
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

/// The one thing that is new: a field, which the digest does not cover.
fn with_token(mut request: Request) -> Want {
    if let Body::Form(fields) = &mut request.body {
        fields.push(text::field("token", secret("token")));
    }
    request.want()
}

posthouse_sdk::export!(Deppon: tracking, subscribe, push);
