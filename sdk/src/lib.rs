//! What the author of a Posthouse adapter sees.
//!
//! An adapter is a pure translation. It says what to ask a carrier ([`Tracking::ask`]) and reads
//! what the carrier answered ([`Tracking::read`]). It does no I/O, keeps nothing between calls,
//! has no clock but [`Task::now`] and never sees a secret: it names them ([`text`]).
//!
//! ```ignore
//! use posthouse_sdk::prelude::*;
//!
//! struct Acme;
//! impl Tracking for Acme {
//!     fn ask(task: Task) -> Result<Want, Fault> { /* describe one request */ }
//!     fn read(task: Task, reply: Reply) -> Result<Reading, Fault> { /* bytes to tracks */ }
//! }
//! posthouse_sdk::export!(Acme: tracking);
//! ```
//!
//! The same code compiles natively, so `cargo test` replays recorded answers without wasm
//! ([`replay`]).

#[cfg(target_arch = "wasm32")]
mod arena;
pub mod bulletin;
pub mod credential;
#[cfg(not(target_arch = "wasm32"))]
pub mod digest;
pub mod entry;
pub mod fault;
#[cfg(feature = "gbk")]
pub mod gbk;
#[cfg(feature = "html")]
pub mod html;
pub mod http;
pub mod json;
pub mod log;
#[cfg(not(target_arch = "wasm32"))]
pub mod manifest;
pub mod page;
#[cfg(not(target_arch = "wasm32"))]
pub mod replay;
#[cfg(not(target_arch = "wasm32"))]
pub mod seal;
mod shown;
pub mod sign;
pub mod signature;
#[cfg(not(target_arch = "wasm32"))]
pub mod state;
pub mod status;
pub mod text;
pub mod time;
pub mod track;
mod typed;
#[doc(hidden)]
pub mod wit;
#[cfg(not(target_arch = "wasm32"))]
pub mod wording;
#[cfg(feature = "xml")]
pub mod xml;

pub use wit::{Entry, Push, Session, Subscribe, Tracking, types::*};

/// Everything an adapter needs, in one line.
pub mod prelude {
    pub use crate::{
        Answer, Body, Capture, Cell, Delivery, Entry, Event, Fault, Field, HttpReply, OfOne, PageReply, PageRequest, Pair, Parcel, Push,
        Reading, Receipt, Refusal, Reply, Request, Session, Signature, Slot, Subscribe, Task, Text, Track, Tracking, Want, credential,
        entry, fault, http, json, page, sign, signature, status,
        text::{self, plain, secret},
        time, track,
    };
}

/// Exports an adapter's interfaces from its component: `export!(Sf: tracking, subscribe, push);`.
///
/// Only what is named is exported, so the component has exactly what its manifest claims.
#[macro_export]
macro_rules! export {
    ($adapter:ident : $($interface:ident),+ $(,)?) => {
        // Natively there is nothing to export, and some linkers refuse the names.
        $(#[cfg(target_arch = "wasm32")] $crate::export!(@one $interface $adapter);)+
    };
    (@one tracking $a:ident) => { $crate::wit::tracking::export!($a with_types_in $crate::wit::tracking); };
    (@one subscribe $a:ident) => { $crate::wit::subscribe::export!($a with_types_in $crate::wit::subscribe); };
    (@one session $a:ident) => { $crate::wit::session::export!($a with_types_in $crate::wit::session); };
    (@one push $a:ident) => { $crate::wit::push::export!($a with_types_in $crate::wit::push); };
    (@one notices $a:ident) => { $crate::wit::notices::export!($a with_types_in $crate::wit::notices); };
    (@one entry $a:ident) => { $crate::wit::entry::export!($a with_types_in $crate::wit::entry); };
}
