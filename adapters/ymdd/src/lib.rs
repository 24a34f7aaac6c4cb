//! YMDD: rows by hand. Nothing of its interfaces or words is known; all of it is invented.

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Ymdd;

/// The manifest's `sign.codes`.
const SIGNED: &[&str] = &["签收", "已签收", "正常签收", "代签", "代签收", "已自提"];

const RULES: entry::Rules = entry::Rules { carrier: "壹米滴答", numbers: &[("", 11..=12)], signed: SIGNED };

/// A network of regional carriers: whose trouble it is, only the wording says.
const TROUBLE: &[&str] = &["异常", "少货"];

impl Entry for Ymdd {
    fn enter(row: Vec<Pair>) -> Result<Event, Fault> {
        let row = entry::Row::read(row)?;
        let event = row.event(&RULES)?;
        if TROUBLE.contains(&event.code.as_str()) {
            row.need(entry::TEXT)?;
        }
        Ok(event)
    }
}

posthouse_sdk::export!(Ymdd: entry);
