//! A workbook, read cell by cell. The only file that knows how a workbook is read.
//!
//! The reader of workbooks trusts what it reads, so every part passes [`pack`](super::pack) first.

use std::io::Cursor;

use calamine::{Reader as _, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError};

use super::{Bounds, Cell, Reach, Refused, Row, pack};

/// A workbook and the name of its first visible worksheet.
pub(super) struct Book {
    workbook: Xlsx<Cursor<Vec<u8>>>,
    sheet: String,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Book").field("sheet", &self.sheet).finish_non_exhaustive()
    }
}

impl Book {
    /// Weighs the workbook, then takes in its styles and its table of shared texts, but no cell.
    pub(super) fn open(bytes: Vec<u8>, bounds: &Bounds) -> Result<Self, Refused> {
        pack::weigh(&bytes, bounds)?;
        let workbook = Xlsx::new(Cursor::new(bytes)).map_err(refused)?;
        let sheets = workbook.sheets_metadata();
        let visible = sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet);
        let sheet = visible.ok_or(Refused::NoWorksheet)?.name.clone();
        Ok(Self { workbook, sheet })
    }

    /// Starts at the first line again.
    pub(super) fn lines(&mut self, bounds: &Bounds) -> Result<Lines<'_>, Refused> {
        let from_1904 = self.workbook.has_1904_epoch();
        let cells = self.workbook.worksheet_cells_reader(&self.sheet).map_err(refused)?;
        let reach = Reach::new(bounds);
        reach.line(cells.dimensions().end.0.saturating_add(1))?;
        Ok(Lines { cells, from_1904, reach, held: None, ended: false })
    }
}

/// The filled rows of a worksheet; one row is in memory at a time.
pub(super) struct Lines<'a> {
    cells: XlsxCellReader<'a, Cursor<Vec<u8>>>,
    from_1904: bool,
    reach: Reach,
    /// The first cell of the next row: read to know that a row had ended.
    held: Option<Found>,
    /// The reader of workbooks must not be asked again after its last cell.
    ended: bool,
}

struct Found {
    line: u32,
    column: usize,
    cell: Cell,
}

impl Iterator for Lines<'_> {
    type Item = Result<Row, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}

impl Lines<'_> {
    fn row(&mut self) -> Result<Option<Row>, Refused> {
        let first = match self.held.take() {
            Some(found) => Some(found),
            None => self.filled()?,
        };
        let Some(first) = first else { return Ok(None) };
        let mut row = Row { line: first.line, cells: Vec::new() };
        let mut next = Some(first);
        while let Some(found) = next.take_if(|found| found.line == row.line) {
            self.reach.place(&mut row, found.column, found.cell)?;
            next = self.filled()?;
        }
        if next.as_ref().is_some_and(|found| found.line < row.line) {
            return Err(Refused::broken("its rows are out of order"));
        }
        self.held = next;
        Ok(Some(row))
    }

    /// The next cell that is not blank.
    fn filled(&mut self) -> Result<Option<Found>, Refused> {
        while !self.ended {
            let Some(record) = self.cells.next_cell_with_formula_metadata().map_err(refused)? else {
                self.ended = true;
                break;
            };
            let (line, column) = (record.pos.0.saturating_add(1), record.pos.1 as usize);
            self.reach.line(line)?;
            let cell = match record.formula {
                Some(_) => Cell::Formula,
                None => Cell::stored(&record.value, self.from_1904, line, self.reach.bounds.cell)?,
            };
            if cell != Cell::Empty {
                return Ok(Some(Found { line, column, cell }));
            }
        }
        Ok(None)
    }
}

fn refused(error: XlsxError) -> Refused {
    match error {
        XlsxError::Password => Refused::Encrypted,
        other => Refused::broken(other),
    }
}
