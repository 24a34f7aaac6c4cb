//! Sin: `read` calls itself until no stack is left.

use std::hint::black_box;

use posthouse_sdk::prelude::*;

struct Recursion;

impl Tracking for Recursion {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(task: Task, _: Reply) -> Result<Reading, Fault> {
        let depth = dive(task.parcels.len() as u64);
        Err(fault::no_events(format!("came back from {depth}")))
    }
}

/// Work is left after the call, which nobody can look through: no tail call, no loop.
#[inline(never)]
#[expect(unconditional_recursion, reason = "this is the sin")]
fn dive(depth: u64) -> u64 {
    black_box(dive(black_box(depth + 1))) ^ depth
}

posthouse_sdk::export!(Recursion: tracking);
