//! Posthouse: one binary that turns every carrier into one normalised, honest tracking API,
//! through sandboxed WebAssembly adapters.
//!
//! Start reading at [`pipeline`]: it is the sentence everything else serves.

pub mod alert;
pub mod api;
pub mod app;
mod check;
pub mod command;
pub mod config;
mod converse;
mod customer;
pub mod entry;
pub mod fault;
pub mod fetch;
mod flood;
pub mod incident;
pub mod judge;
mod learn;
mod live;
pub mod notice;
mod pair;
pub mod parcel;
pub mod permit;
mod pipeline;
mod proof;
pub mod publish;
pub mod push;
mod recall;
pub mod redact;
pub mod replay;
pub mod rollout;
pub mod route;
pub mod sandbox;
pub mod schedule;
mod session;
mod shelf;
pub mod sla;
pub mod store;
mod sync;
pub mod task;
pub mod vault;
