//! Deppon with a mistake of the worst kind: whatever is answered, reading it traps.
//!
//! It asks and takes pushes as 1.0.0 does, so that nothing but an answer shows it.

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
        request::query(&task).map(Request::want)
    }

    fn read(task: Task, answer: Reply) -> Result<Reading, Fault> {
        trap(reply::of_one(&task, answer, reply::track))
    }
}

impl Subscribe for Deppon {
    fn ask(task: Task) -> Result<Option<Want>, Fault> {
        request::subscribe(&task).map(|request| Some(request.want()))
    }

    fn read(task: Task, answer: Reply) -> Result<Vec<OfOne>, Fault> {
        trap(reply::of_one(&task, answer, reply::subscribed))
    }
}

impl Push for Deppon {
    fn receive(delivery: Delivery) -> Result<Receipt, Refusal> {
        push::receive(&delivery)
    }
}

/// After the reading, as a release would that one wrong line broke.
fn trap<T>(_: Result<Vec<OfOne>, Fault>) -> T {
    panic!("this release reads nothing")
}

posthouse_sdk::export!(Deppon: tracking, subscribe, push);
