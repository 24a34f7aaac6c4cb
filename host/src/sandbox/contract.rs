//! Bindings made from `wit/`. Nothing here is written by hand.

wasmtime::component::bindgen!({
    path: "../wit/0.1.0",
    world: "carrier",
    additional_derives: [Clone, PartialEq],
});

/// Of readers of announcements: a contract of its own.
mod announced {
    wasmtime::component::bindgen!({
        path: "../wit/bulletin-0.1.0",
        world: "bulletin",
        additional_derives: [Clone, PartialEq],
    });
}

/// What a reader of announcements is given, and what it says.
pub mod notices {
    pub use super::announced::exports::posthouse::bulletin::notices::{Fault, Listed, Page};
}

/// The shapes that cross the boundary.
pub use posthouse::adapter::types;
