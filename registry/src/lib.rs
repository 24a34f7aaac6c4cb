//! Packages, signs, finds and checks adapters.

pub mod folder;
pub mod index;
pub mod known;
mod module;
pub mod oci;
pub mod package;
pub mod policy;
pub mod signed;
pub mod statement;
pub mod store;

pub use index::{BadIndex, Index};
pub use known::Known;
pub use package::{Digest, NotAnAdapter, Package};
pub use policy::{BadPolicy, Distrust, Policy, Trusted};
pub use signed::Signed;
pub use statement::{Ring, Statement};
