//! The rows that were refused go back to the clerk as a sheet that can be mended and sent again.

use super::cell::{dangerous, shielded};
use super::{Cell, Row};

/// The heading of the column that says what is wrong. When a mended sheet comes back, the caller passes over it.
pub const MISTAKE: &str = "错误 mistake";

/// The rows with their mistakes, as CSV that Excel opens rightly: UTF-8 with its mark, lines ended by CR LF.
///
/// No cell can become a formula there: one that begins like a formula gets an apostrophe before it,
/// which [`open`](super::open) takes away again. What was not believed is not believed on its way back either.
/// A column of mistakes from an earlier round is replaced.
pub fn errors_sheet<'a>(headings: &[String], rows: impl Iterator<Item = (&'a Row, &'a str)>) -> Vec<u8> {
    let mut bytes = "\u{FEFF}".as_bytes().to_vec();
    let mut sheet = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(&mut bytes);
    let old = headings.iter().position(|heading| heading == MISTAKE);
    let mut write = |cells: Vec<&str>, mistake: &str| {
        let split = headings.len().min(cells.len());
        // What stands beside the headings stays beside them.
        let (under, beside) = cells.split_at(split);
        let kept = under.iter().enumerate().filter(|(column, _)| Some(*column) != old).map(|(_, cell)| *cell);
        let all = kept.chain([mistake]).chain(beside.iter().copied());
        sheet.write_record(all.map(harmless)).expect("memory takes every record");
    };
    write(headings.iter().map(String::as_str).collect(), MISTAKE);
    for (row, mistake) in rows {
        let missing = headings.len().saturating_sub(row.cells.len());
        write(row.cells.iter().map(Cell::shown).chain(std::iter::repeat_n("", missing)).collect(), mistake);
    }
    sheet.flush().expect("memory takes every record");
    drop(sheet);
    bytes
}

/// An apostrophe before what would be a formula, and before what would be taken for such an apostrophe.
fn harmless(cell: &str) -> String {
    if dangerous(cell) || shielded(cell) { format!("'{cell}") } else { cell.to_owned() }
}
