//! The seven carriers that are read as a person reads them: a page each, and the faces it can have.
//!
//! Facts are the carriers' old or invented pages; nothing here breaks or helps to break a guard.

pub mod danniao;
pub mod ems;
mod face;
mod front;
pub mod jd;
pub mod jt;
mod look;
mod notice;
mod robots;
mod routes;
mod sheet;
pub mod sto;
mod style;
mod template;
pub mod yunda;
pub mod zjs;

pub use face::{Face, Wish};
pub use front::Front;
pub use robots::Robots;
pub use routes::{PAGES, TOLD_LOOKUPS, routes};
