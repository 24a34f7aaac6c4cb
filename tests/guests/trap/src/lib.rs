//! Sin: `read` traps.
#![cfg(target_arch = "wasm32")]

use posthouse_sdk::prelude::*;

struct Trap;

impl Tracking for Trap {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = plain(&task.parcels[0].number);
        Ok(http::get("track", vec![text::field("number", number)]).want())
    }

    fn read(_: Task, _: Reply) -> Result<Reading, Fault> {
        core::arch::wasm32::unreachable()
    }
}

posthouse_sdk::export!(Trap: tracking);
