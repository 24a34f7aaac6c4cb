//! CSV as spreadsheet programs save it, in any of the encodings they use, never half understood.

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

use super::cell::lost;
use super::{Bounds, Cell, Reach, Refused, Row};

/// No spreadsheet has more columns; a line with more is no sheet.
const WIDEST: usize = 16_384;
/// Stands in a line of its own at the end. It cannot be typed, and it is seen if a quotation mark was never closed.
const END: &str = "\u{1}";

/// The whole text, decoded, with plain line ends.
#[derive(Debug)]
pub(super) struct Text {
    text: String,
    delimiter: u8,
}

impl Text {
    /// Decodes the text without a doubt or refuses it.
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, Refused> {
        let mut text = decoded(bytes)?;
        if text.contains('\r') {
            text = text.replace("\r\n", "\n").replace('\r', "\n");
        }
        check(&text)?;
        let delimiter = delimiter(&text);
        text.push('\n');
        text.push_str(END);
        text.push('\n');
        Ok(Self { text, delimiter })
    }

    /// Starts at the first line again.
    pub(super) fn lines(&self, bounds: &Bounds) -> Result<Lines<'_>, Refused> {
        let delimiter = char::from(self.delimiter);
        if let Some(at) = self.text.lines().position(|line| line.matches(delimiter).nth(WIDEST).is_some()) {
            return Err(Refused::TooManyColumns { bound: bounds.columns, line: line_number(at) });
        }
        let mut builder = csv::ReaderBuilder::new();
        let records = builder.has_headers(false).flexible(true).delimiter(self.delimiter).from_reader(self.text.as_bytes());
        Ok(Lines { records, record: csv::StringRecord::new(), next: 1, reach: Reach::new(bounds) })
    }
}

/// The filled rows of a text.
pub(super) struct Lines<'a> {
    records: csv::Reader<&'a [u8]>,
    record: csv::StringRecord,
    /// The line where the next record stands if no blank line comes before it.
    next: u32,
    reach: Reach,
}

impl Iterator for Lines<'_> {
    type Item = Result<Row, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}

impl Lines<'_> {
    fn row(&mut self) -> Result<Option<Row>, Refused> {
        loop {
            let line = self.record()?;
            if self.record.len() == 1 && &self.record[0] == END {
                return Ok(None);
            }
            if self.record.iter().any(|cell| cell.contains(END)) {
                return Err(Refused::OpenQuote { line });
            }
            self.reach.line(line)?;
            let mut row = Row { line, cells: Vec::new() };
            for (column, raw) in self.record.iter().enumerate() {
                let cell = Cell::typed(raw, line, self.reach.bounds.cell)?;
                self.reach.place(&mut row, column, cell)?;
            }
            if !row.cells.is_empty() {
                return Ok(Some(row));
            }
        }
    }

    /// Reads a record and says in which row a spreadsheet program shows it.
    ///
    /// There a record is one row however many lines its cells have, and so is a blank line, which
    /// the reader passes over in silence: both are told by the line ends that were consumed.
    fn record(&mut self) -> Result<u32, Refused> {
        let before = self.records.position().line();
        if !self.records.read_record(&mut self.record).map_err(Refused::broken)? {
            // Only after the end was read: the caller went on.
            self.record = csv::StringRecord::from(vec![END]);
            return Ok(self.next);
        }
        let consumed = self.records.position().line() - before;
        let within: usize = self.record.iter().map(|cell| cell.matches('\n').count()).sum();
        let blank = consumed.saturating_sub(within as u64 + 1);
        let line = self.next.saturating_add(u32::try_from(blank).unwrap_or(u32::MAX));
        self.next = line.saturating_add(1);
        Ok(line)
    }
}

/// A mark at the start decides; without one the text is UTF-8 if it can be, else GB18030.
fn decoded(mut bytes: Vec<u8>) -> Result<String, Refused> {
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => {
            bytes.drain(..3);
            String::from_utf8(bytes).map_err(|_| Refused::Encoding)
        }
        [0xFF, 0xFE, rest @ ..] => strictly(UTF_16LE, rest),
        [0xFE, 0xFF, rest @ ..] => strictly(UTF_16BE, rest),
        _ => String::from_utf8(bytes).or_else(|error| {
            let bytes = error.into_bytes();
            let text = strictly(GB18030, &bytes)?;
            // Signs of nobody's own: the bytes were of another encoding.
            let private = text.contains(|c| matches!(c, '\u{E000}'..='\u{F8FF}'));
            if is_chinese(&bytes) && !private { Ok(text) } else { Err(Refused::Encoding) }
        }),
    }
}

fn strictly(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, Refused> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(String::from).ok_or(Refused::Encoding)
}

/// Nearly any bytes can be GB18030, so accents of Western text turn into rare signs. Chinese that
/// people write stands in the area of GB 2312 for the most part: both bytes of a pair are high.
fn is_chinese(bytes: &[u8]) -> bool {
    let (mut usual, mut rare, mut at) = (0usize, 0usize, 0);
    while at + 1 < bytes.len() {
        if bytes[at] < 0x81 {
            at += 1;
            continue;
        }
        let high = bytes[at] >= 0xA1 && bytes[at + 1] >= 0xA1;
        *(if high { &mut usual } else { &mut rare }) += 1;
        // A second byte of a digit means a sign of four bytes.
        at += if bytes[at + 1].is_ascii_digit() { 4 } else { 2 };
    }
    usual >= rare
}

/// Refuses what decodes and yet is no sheet, or lost something before it came here.
fn check(text: &str) -> Result<(), Refused> {
    if text.contains('\0') {
        return Err(Refused::Nul);
    }
    let start = text.trim_start();
    // Reports named .xls are often pages or XML.
    if start.starts_with(['<', '{']) || start.starts_with("%PDF") {
        return Err(Refused::NotASheet);
    }
    if let Some(at) = text.find(lost) {
        return Err(Refused::LostCharacter { line: line_number(text[..at].matches('\n').count()) });
    }
    Ok(())
}

/// What separates the headings: the sign that stands most often outside their quotation marks.
fn delimiter(text: &str) -> u8 {
    let blank = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"');
    let headings = text.lines().position(|line| !line.chars().all(blank)).unwrap_or(0);
    let start = text.split_inclusive('\n').take(headings).map(str::len).sum::<usize>();
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text[start..].bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(sign, _)| *sign == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    // The first of equals, so that a single column is a comma's.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(sign, _)| sign)
}

fn line_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}
