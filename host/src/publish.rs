//! Tells the world what changed: whoever waits here at once, webhooks from the outbox until they
//! have it, streams for as long as they listen.
//!
//! The outbox is written in the transaction of the change, so a change that is on disk is told, if
//! need be after a restart. A webhook gets each letter of a parcel in order, and may get one twice
//! with the same id if the host dies between the answer and the mark.

mod courier;
mod keys;
mod message;
mod office;
mod post;
mod wake;
mod webhook;

pub use keys::{Keys, Scheme};
pub use message::{Message, id, json, key, message};
pub use office::{Office, deliver};
pub use post::{Post, Sent};
pub use wake::wake;
pub use webhook::{BY_HAND, Wants, Webhook};
