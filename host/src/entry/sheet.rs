//! A clerk's sheet is read row by row, or refused with what to do about it.
//!
//! A sheet comes from outside, so nothing it says about itself is believed: not its size, not how
//! much it unpacks to, not the value beside a formula. Everything that can be refused is refused by
//! [`open`], before the first row is handed out: nobody has to undo half a sheet. Nothing in a
//! workbook is ever executed and no link is followed; of a workbook only the cells of its first
//! visible worksheet are read.
//!
//! What the columns mean is not known here.

mod book;
mod cell;
mod errors;
mod headings;
mod pack;
mod part;
mod refused;
mod text;

#[cfg(test)]
mod tests;

pub use self::cell::Cell;
pub use self::errors::{MISTAKE, errors_sheet};
pub use self::refused::Refused;

/// How much of a sheet is read at most.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of the file as it came.
    pub bytes: u64,
    /// What a workbook may take unpacked, all its parts together, by what is really inflated and kept.
    pub unpacked: u64,
    /// Lines below the headings, blank ones counted: also the reach of a sheet that is nearly empty.
    pub rows: usize,
    /// The last column that may be filled.
    pub columns: usize,
    /// Characters of one cell.
    pub cell: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { bytes: 20 << 20, unpacked: 200 << 20, rows: 50_000, columns: 64, cell: 2_000 }
    }
}

/// One filled row. It has a cell for every heading, and more where somebody wrote beside them.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The number at the left edge of the spreadsheet program, from 1.
    pub line: u32,
    pub cells: Vec<Cell>,
}

/// A sheet that was read to its end once and found in order.
#[derive(Debug)]
pub struct Sheet {
    headings: Vec<String>,
    count: usize,
    bounds: Bounds,
    source: Source,
}

/// Reads a sheet once from end to end, so that every reason to refuse it is known before the first row is used.
pub fn open(bytes: Vec<u8>, bounds: Bounds) -> Result<Sheet, Refused> {
    let mut source = Source::tell(bytes, &bounds)?;
    let mut lines = source.lines(&bounds)?;
    let headings = headings::read(lines.next().ok_or(Refused::NoHeadings)??)?;
    let count = lines.try_fold(0, |count, row| row.map(|_| count + 1))?;
    drop(lines);
    Ok(Sheet { headings, count, bounds, source })
}

impl Sheet {
    /// The first filled row, trimmed; a column without a heading has an empty one.
    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// How many rows [`Sheet::rows`] gives.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The filled rows below the headings, one at a time, from the first again at every call.
    pub fn rows(&mut self) -> Result<Rows<'_>, Refused> {
        let mut lines = self.source.lines(&self.bounds)?;
        // The headings are known already.
        lines.next().transpose()?;
        Ok(Rows { width: self.headings.len(), lines })
    }
}

/// See [`Sheet::rows`].
pub struct Rows<'a> {
    width: usize,
    lines: Lines<'a>,
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = self.lines.next()?;
        if let Ok(Row { cells, .. }) = &mut row
            && cells.len() < self.width
        {
            cells.resize(self.width, Cell::Empty);
        }
        Some(row)
    }
}

#[derive(Debug)]
enum Source {
    Book(Box<book::Book>),
    Text(text::Text),
}

impl Source {
    /// Tells by the bytes, never by a file's name, what the sheet is.
    fn tell(bytes: Vec<u8>, bounds: &Bounds) -> Result<Self, Refused> {
        if bytes.len() as u64 > bounds.bytes {
            return Err(Refused::TooLarge { bound: bounds.bytes });
        }
        match bytes.as_slice() {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => book::Book::open(bytes, bounds).map(Box::new).map(Self::Book),
            [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(pack::compound(&bytes)),
            _ => text::Text::open(bytes).map(Self::Text),
        }
    }

    fn lines(&mut self, bounds: &Bounds) -> Result<Lines<'_>, Refused> {
        match self {
            Self::Book(book) => book.lines(bounds).map(Box::new).map(Lines::Book),
            Self::Text(text) => text.lines(bounds).map(Lines::Text),
        }
    }
}

/// All filled rows of a source, the headings among them.
enum Lines<'a> {
    Book(Box<book::Lines<'a>>),
    Text(text::Lines<'a>),
}

impl Iterator for Lines<'_> {
    type Item = Result<Row, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Book(lines) => lines.next(),
            Self::Text(lines) => lines.next(),
        }
    }
}

/// How far a sheet may reach: so many lines below the first filled one, so many columns.
#[derive(Debug)]
struct Reach {
    bounds: Bounds,
    last: u32,
    filled: bool,
}

impl Reach {
    fn new(bounds: &Bounds) -> Self {
        Self { bounds: *bounds, last: 1u32.saturating_add(rows(bounds)), filled: false }
    }

    /// Refuses a line too far down, also one that is blank: it was claimed.
    fn line(&self, line: u32) -> Result<(), Refused> {
        if line > self.last { Err(Refused::TooManyRows { bound: self.bounds.rows }) } else { Ok(()) }
    }

    /// Puts a filled cell into its place in the row.
    fn place(&mut self, row: &mut Row, column: usize, cell: Cell) -> Result<(), Refused> {
        if cell == Cell::Empty {
            return Ok(());
        }
        if column >= self.bounds.columns {
            return Err(Refused::TooManyColumns { bound: self.bounds.columns, line: row.line });
        }
        if !self.filled {
            self.filled = true;
            self.last = row.line.saturating_add(rows(&self.bounds));
        }
        if row.cells.len() <= column {
            row.cells.resize(column + 1, Cell::Empty);
        }
        row.cells[column] = cell;
        Ok(())
    }
}

fn rows(bounds: &Bounds) -> u32 {
    u32::try_from(bounds.rows).unwrap_or(u32::MAX)
}
