//! EMS's public page: what it fetches itself is read (captured in March 2024, behind a slider).

use std::borrow::Cow;

use posthouse_sdk::prelude::*;
use serde::Deserialize;

use crate::scan;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(default, deserialize_with = "json::flag")]
    success: bool,
    #[serde(borrow, default, deserialize_with = "json::text")]
    message: Cow<'a, str>,
    #[serde(borrow)]
    value: Option<Value<'a>>,
}

#[derive(Deserialize)]
struct Value<'a> {
    #[serde(borrow, default, rename = "domesticMailResultDtoList")]
    mails: Option<Vec<Mail<'a>>>,
}

#[derive(Deserialize)]
struct Mail<'a> {
    #[serde(borrow, default, rename = "resMsg", deserialize_with = "json::text")]
    words: Cow<'a, str>,
    #[serde(borrow, default, rename = "resObj", deserialize_with = "json::list")]
    scans: Vec<&'a json::RawValue>,
}

pub fn lookup(parcel: &Parcel) -> Want {
    page::at("page")
        .with_query("mailNum", &parcel.number)
        .with_guards()
        .with_mark(fault::NOT_ELIGIBLE, ".pager .next", &[])
        .with_wait("#trackList")
        .with_heard("lookup")
        .want()
}

pub fn track(parcel: &Parcel, shown: &PageReply) -> Result<Track, Fault> {
    let heard = shown.heard("lookup")?;
    let answer: Answer = json::parse(&heard.body)?;
    if !answer.success {
        return Err(page::refused(&answer.message));
    }
    let mails = answer.value.and_then(|value| value.mails);
    let mails = mails.ok_or_else(|| Fault::new(fault::LAYOUT_CHANGED, "success without a list of results"))?;
    let Some(mail) = mails.first() else { return Err(Fault::new(fault::NOT_FOUND, "no result")) };
    if mail.scans.is_empty() && fault::of_words(&mail.words) == fault::NOT_FOUND {
        return Err(Fault::new(fault::NOT_FOUND, mail.words.as_ref()));
    }
    scan::track(parcel, &mail.scans)
}
