//! JD's public page (invented): a number is typed, a button clicked, and a list shown, newest first.

use posthouse_sdk::prelude::*;

use crate::scan;

pub fn lookup(parcel: &Parcel) -> Want {
    page::at("page")
        .with_fill("input#waybill", &parcel.number)
        .with_click("button#query")
        .with_guards()
        .with_mark(fault::NOT_FOUND, ".trace-empty", &["未查询到运单信息"])
        .with_mark(fault::NO_EVENTS, ".trace-none", &["暂无"])
        .with_mark(fault::NOT_ELIGIBLE, ".pager .next", &[])
        .with_fact(("number", ".waybill-no", "text"))
        .with_rows(
            "ul.trace > li",
            &[
                ("time", ".trace-time", "text"),
                ("title", ".trace-title", "text"),
                ("text", ".trace-text", "text"),
                ("state", "", "attr:data-state"),
            ],
        )
        .with_drawn(&[("number", "ocr:number"), ("time", "ocr:time"), ("title", "ocr:words"), ("text", "ocr:words")])
        .want()
}

pub fn track(parcel: &Parcel, shown: &PageReply) -> Result<Track, Fault> {
    shown.track(parcel, event).map(scan::track)
}

fn event(row: &[Cell]) -> Option<Event> {
    let of = |name| page::value(row, name);
    Some(scan::event(time::parse(of("time")?)?, scan::code(of("state")?, ""), scan::words(of("title")?, of("text")?), None))
}
