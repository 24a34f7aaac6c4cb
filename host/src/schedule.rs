//! When, how often, how many at once. Tiers are data.

mod capacity;
mod channels;
mod clock;
mod lanes;
mod next;
mod plan;
mod quota;

pub use capacity::{Capacity, capacity};
pub use channels::Channels;
pub use lanes::Lanes;
pub use next::{after_push, next};
pub use plan::{Plan, Rules, plan};
pub use quota::{Quota, Quotas};
