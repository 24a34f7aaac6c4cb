//! ANE Logistics: rows by hand. Nothing of its interfaces or words is known; all of it is invented.

use posthouse_sdk::prelude::*;

/// The adapter.
pub struct Ane;

/// The manifest's `sign.codes`.
const SIGNED: &[&str] = &["签收", "已签收", "正常签收", "代签", "代签收", "已自提"];

const RULES: entry::Rules = entry::Rules { carrier: "安能物流", numbers: &[("", 12..=12)], signed: SIGNED };

/// Steps of a truck, which say nothing without the site.
const AT_SITE: &[&str] = &["装车", "发车", "装车发车", "到车", "卸车", "到达分拨", "到达网点", "到达目的网点"];

impl Entry for Ane {
    fn enter(row: Vec<Pair>) -> Result<Event, Fault> {
        let row = entry::Row::read(row)?;
        let event = row.event(&RULES)?;
        if AT_SITE.contains(&event.code.as_str()) && row.get(entry::TEXT).is_none() {
            row.need(entry::PLACE)?;
        }
        Ok(event)
    }
}

posthouse_sdk::export!(Ane: entry);
