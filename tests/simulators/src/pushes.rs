//! What carriers with a page push, and what they want to be answered.

pub mod ems;
pub mod jd;
pub mod jt;
pub mod sto;
