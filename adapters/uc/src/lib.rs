//! UC Express: rows by hand. Nothing of its interfaces or words is known; all of it is invented.

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Uc;

/// The manifest's `sign.codes`.
const SIGNED: &[&str] = &["签收", "已签收", "签收件", "代签", "代签收"];

const RULES: entry::Rules = entry::Rules { carrier: "优速快递", numbers: &[("", 12..=12), ("", 14..=14)], signed: SIGNED };

/// Steps that leave a parcel somewhere, and the customer asks where.
const LEFT: &[&str] = &["代收", "入库", "自提", "待自提"];

impl Entry for Uc {
    fn enter(row: Vec<Pair>) -> Result<Event, Fault> {
        let row = entry::Row::read(row)?;
        let event = row.event(&RULES)?;
        if LEFT.contains(&event.code.as_str()) && row.get(entry::TEXT).is_none() {
            row.need(entry::PLACE)?;
        }
        Ok(event)
    }
}

posthouse_sdk::export!(Uc: entry);
