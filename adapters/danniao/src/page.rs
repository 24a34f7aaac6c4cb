//! Danniao's public page: what it fetches itself is read, newest first (client, 2020).

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

use crate::scan;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(default, deserialize_with = "json::flag")]
    success: bool,
    #[serde(borrow, default, rename = "errorMsg", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<Vec<Mail<'a>>>,
}

#[derive(Deserialize)]
struct Mail<'a> {
    #[serde(borrow, default, rename = "mailNo", deserialize_with = "json::text")]
    number: Cow<'a, str>,
    #[serde(borrow, default, rename = "fullTraceDetail", deserialize_with = "json::list")]
    steps: Vec<&'a json::RawValue>,
}

#[derive(Deserialize)]
struct Step<'a> {
    #[serde(rename = "time", deserialize_with = "json::instant")]
    at: time::Instant,
    #[serde(borrow, default, rename = "desc", deserialize_with = "json::text")]
    text: Cow<'a, str>,
}

pub fn lookup(parcel: &Parcel) -> Want {
    page::at("page")
        .with_query("mailNo", &parcel.number)
        .with_guards()
        .with_mark(fault::NOT_ELIGIBLE, ".pager .next", &[])
        .with_wait("#detail")
        .with_heard("lookup")
        .want()
}

pub fn track(parcel: &Parcel, shown: &PageReply) -> Result<Track, Fault> {
    let heard = shown.heard("lookup")?;
    let answer: Answer = json::parse(&heard.body)?;
    if !answer.success {
        return Err(page::refused(&answer.words));
    }
    let mails = answer.data.ok_or_else(|| Fault::new(fault::LAYOUT_CHANGED, "success without data"))?;
    let Some(mail) = mails.first() else { return Err(Fault::new(fault::NOT_FOUND, "no data for the number")) };
    parcel.must_be(&mail.number)?;
    let (steps, odd) = json::each::<Step>(&mail.steps);
    let events = steps.iter().map(|step| scan::event(step.at, "", &step.text, None)).collect();
    parcel.track(events, odd).map(|track| track.signed_by(scan::SIGNED))
}
