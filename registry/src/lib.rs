//! Packages, finds and checks adapters.

pub mod folder;
mod module;
pub mod package;

pub use package::{Digest, NotAnAdapter, Package};
