//! STO's public page: a table of times and texts, newest first (a page of about 2016; the number
//! beside it, the table's last row and the pager are ours).

use posthouse_sdk::prelude::*;

use crate::scan;

pub fn lookup(parcel: &Parcel) -> Want {
    page::at("page")
        .with_query("wen", &parcel.number)
        .with_guards()
        .with_mark(fault::NOT_FOUND, ".no_result", &["没有查到"])
        .with_mark(fault::NO_EVENTS, "table.tab_result td[colspan]", &["暂无物流信息"])
        .with_mark(fault::NOT_ELIGIBLE, ".pager .next", &[])
        .with_fact(("number", "#Repeater1_lblBillCode_0", "text"))
        .with_rows("table.tab_result tr", &[("time", "td[width=\"25%\"]", "text"), ("text", "td[width=\"75%\"]", "text")])
        .with_wait("table.tab_result")
        .with_drawn(&[("number", "ocr:number"), ("time", "ocr:time"), ("text", "ocr:words")])
        .want()
}

pub fn track(parcel: &Parcel, shown: &PageReply) -> Result<Track, Fault> {
    shown.track(parcel, event).map(|track| track.signed_by(scan::SIGNED))
}

fn event(row: &[Cell]) -> Option<Event> {
    let text = page::value(row, "text")?;
    Some(scan::event(time::parse(page::value(row, "time")?)?, scan::kind(text), text, None))
}
