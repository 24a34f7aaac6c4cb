//! KYE Express: rows by hand, until an account of its API is there.
//!
//! Of the API the words of the steps are known (client); the rest is nobody's word but ours.

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Kye;

/// The manifest's `sign.codes`.
const SIGNED: &[&str] = &["签收完毕", "100", "签收", "已签收"];

const RULES: entry::Rules = entry::Rules { carrier: "跨越速运", numbers: &[("KY", 13..=13), ("", 12..=15)], signed: SIGNED };

impl Entry for Kye {
    fn enter(row: Vec<Pair>) -> Result<Event, Fault> {
        let row = entry::Row::read(row)?;
        let event = row.event(&RULES)?;
        // With a signature the API tells the receiver too (client): a row without one was not read to its end.
        if SIGNED.contains(&event.code.as_str()) && signature::by(&event.text).is_none() {
            row.need(entry::SIGNER)?;
        }
        Ok(event)
    }
}

posthouse_sdk::export!(Kye: entry);
