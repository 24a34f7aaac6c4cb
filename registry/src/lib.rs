//! Packages, finds and checks adapters.

pub mod folder;
pub mod package;

pub use package::{Digest, NotAnAdapter, Package};
