//! Deppon after the story's "V3.2", of the kind whose token is fetched and ends.
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

mod session;

use deppon::{push, reply, request, step};

/// The adapter.
pub struct Deppon;

impl Tracking for Deppon {
    fn ask(task: Task) -> Result<Want, Fault> {
        request::query(&task).map(session::with_token)
    }

    fn read(task: Task, answer: Reply) -> Result<Reading, Fault> {
        session::or_expired(reply::of_one(&task, answer, reply::track)).map(Reading::Tracks)
    }
}

impl Subscribe for Deppon {
    fn ask(task: Task) -> Result<Option<Want>, Fault> {
        request::subscribe(&task).map(session::with_token).map(Some)
    }

    fn read(task: Task, answer: Reply) -> Result<Vec<OfOne>, Fault> {
        session::or_expired(reply::of_one(&task, answer, reply::subscribed))
    }
}

impl Session for Deppon {
    fn ask(task: Task) -> Result<Want, Fault> {
        session::fetch(task.now)
    }
}

impl Push for Deppon {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

posthouse_sdk::export!(Deppon: tracking, subscribe, session, push);
