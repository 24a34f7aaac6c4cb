//! J&T's public page (invented): number, times, cities and statuses are drawn and read from pixels,
//! newest first. What is not read surely is told by nobody: a row with one such value is odd, and a
//! number that is not sure makes the whole page so.

use posthouse_sdk::prelude::*;

use crate::scan;

pub fn lookup(parcel: &Parcel) -> Want {
    page::at("page")
        .with_query("billCode", &parcel.number)
        .with_guards()
        .with_mark(fault::NOT_FOUND, "div.empty", &["暂无轨迹"])
        .with_mark(fault::NOT_ELIGIBLE, ".pager .next", &[])
        .with_fact(("number", ".bill", "ocr:number"))
        .with_rows("div.scan", &[("time", ".time", "ocr:time"), ("city", ".city", "ocr:city"), ("status", ".status", "ocr:phrase")])
        .want()
}

pub fn track(parcel: &Parcel, shown: &PageReply) -> Result<Track, Fault> {
    shown.track(parcel, event).map(|track| track.signed_by(scan::SIGNED))
}

/// The phrase is both the type of the scan and all that is said of it.
fn event(row: &[Cell]) -> Option<Event> {
    let phrase = page::value(row, "status").filter(|phrase| !phrase.is_empty())?;
    let place = track::place(page::value(row, "city")?, "");
    Some(scan::event(time::parse(page::value(row, "time")?)?, phrase, phrase, place))
}
