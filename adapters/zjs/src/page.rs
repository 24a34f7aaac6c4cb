//! ZJS's public page (invented around its call, which was known in 2020): what it fetches is read.

use posthouse_sdk::prelude::*;

use crate::order;

pub fn lookup(parcel: &Parcel) -> Want {
    page::at("page")
        .with_query("orderNos", &parcel.number)
        .with_guards()
        .with_mark(fault::NOT_ELIGIBLE, ".pager .next", &[])
        .with_wait("#result")
        .with_heard("lookup")
        .want()
}

/// A refusal in the answer is the page's: nobody signed anything.
pub fn track(parcel: &Parcel, shown: &PageReply) -> Result<Track, Fault> {
    order::track(parcel, &shown.heard("lookup")?.body, page::refused)
}
