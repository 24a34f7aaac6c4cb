//! Yunda's public page: a script fills a table with times and texts, oldest first (client, until
//! 2020). It is written in GBK, which the browser has decoded before anybody here sees it.

use posthouse_sdk::prelude::*;

use crate::step;

pub fn lookup(parcel: &Parcel) -> Want {
    page::at("page")
        .with_query("wen", &parcel.number)
        .with_guards()
        .with_mark(fault::NOT_FOUND, "#showTable td[colspan]", &["无物流信息记录"])
        .with_mark(fault::NO_EVENTS, "#showTable td[colspan]", &["暂无物流信息"])
        .with_mark(fault::NOT_ELIGIBLE, ".pager .next", &[])
        .with_fact(("number", "#wen_no", "text"))
        .with_rows("#showTable tr", &[("time", "td:nth-child(1):not([colspan])", "text"), ("text", "td:nth-child(2)", "text")])
        .with_drawn(&[("number", "ocr:number"), ("time", "ocr:time"), ("text", "ocr:words")])
        .want()
}

pub fn track(parcel: &Parcel, shown: &PageReply) -> Result<Track, Fault> {
    shown.track(parcel, event).map(step::signed)
}

fn event(row: &[Cell]) -> Option<Event> {
    Some(step::event(time::parse(page::value(row, "time")?)?, "", page::value(row, "text")?, None))
}
