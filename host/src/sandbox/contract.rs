//! Bindings made from `wit/`. Nothing here is written by hand.

wasmtime::component::bindgen!({
    path: "../wit/0.1.0",
    world: "carrier",
    additional_derives: [Clone, PartialEq],
});

/// The shapes that cross the boundary.
pub use posthouse::adapter::types;
