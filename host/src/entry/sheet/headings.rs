//! The first filled row names the columns, each once.

use std::collections::HashSet;

use super::{Cell, Refused, Row};

/// The headings of a row. Two that differ only in the case of Latin letters are the same.
pub(super) fn read(row: Row) -> Result<Vec<String>, Refused> {
    let mut seen = HashSet::new();
    let mut headings = Vec::with_capacity(row.cells.len());
    for (index, cell) in row.cells.into_iter().enumerate() {
        let heading = match cell {
            Cell::Text(text) => text,
            Cell::Empty => String::new(),
            _ => return Err(Refused::Heading { column: index + 1 }),
        };
        if !heading.is_empty() && !seen.insert(heading.to_ascii_lowercase()) {
            return Err(Refused::HeadingTwice { heading });
        }
        headings.push(heading);
    }
    Ok(headings)
}
