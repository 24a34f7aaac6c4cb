//! One part of a workbook is looked through before it is read: what would it make the reader keep?
//!
//! The reader of workbooks keeps styles, names and shared texts whole, reserves room for as many
//! texts as a part claims, and gathers one cell however long it is. So each of these is charged
//! here, together with the bytes themselves, to what the workbook may take; a cell has an end; and
//! a reference that would not fit its counters is refused. Nothing is kept here but one event.

use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Refused;

/// What one cell, shared text or name may take with all its markup. Excel's longest has 32,767 characters.
const STRETCH: u64 = 1 << 20;
/// No part that is read nests as deep as this.
const DEPTH: usize = 128;
/// The names of fonts and number formats are repeated in every style.
const NAME: usize = 1_024;
/// Any element: it takes time, if no memory.
const ELEMENT: u64 = 16;
/// A style with its two names.
const KEPT: u64 = 2_048;
/// A shared text of one character; one that is only announced.
const TEXT: u64 = 64;
const ANNOUNCED: u64 = 24;

/// What is left of the budget when a part has been inflated to its end, or `None` if it was too little.
type Left = Result<Option<u64>, Refused>;

/// Unpacks a part that is never read.
pub(super) fn skip(entry: impl Read, left: u64) -> Left {
    let mut meter = Meter::new(entry, left);
    meter.stretch = None;
    match io::copy(&mut meter, &mut io::sink()) {
        Ok(_) => Ok(Some(meter.left)),
        Err(error) => meter.stopped(error),
    }
}

/// Unpacks a part that may be read and charges what reading it would keep.
pub(super) fn read(entry: impl Read, left: u64) -> Left {
    let mut xml = Reader::from_reader(BufReader::new(Meter::new(entry, left)));
    // Empty elements as a start and an end; otherwise strict, where the reader of workbooks is not.
    xml.config_mut().expand_empty_elements = true;
    let (mut buffer, mut nest) = (Vec::new(), Nest::default());
    loop {
        buffer.clear();
        let event = xml.read_event_into(&mut buffer);
        let meter = xml.get_mut().get_mut();
        match event {
            Err(error) => return meter.stopped(error),
            Ok(Event::Eof) if nest.depth > 0 => return Err(Refused::broken("a part ends too early")),
            Ok(Event::Eof) => return Ok(Some(meter.left)),
            Ok(Event::DocType(_)) => return Err(Refused::Declarations),
            Ok(Event::Start(tag)) => {
                nest.open(&tag)?;
                if !meter.charge(cost(&tag)?.saturating_add(ELEMENT)) {
                    return Ok(None);
                }
            }
            Ok(Event::End(_)) => nest.close(),
            Ok(_) => continue,
        }
        if nest.whole.is_none() {
            meter.stretch = Some(STRETCH);
        }
    }
}

/// Where in a part we are.
#[derive(Default)]
struct Nest {
    depth: usize,
    /// The depth of the element around us that is gathered as one.
    whole: Option<usize>,
}

impl Nest {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), Refused> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Refused::broken("a part is nested too deep"));
        }
        if is_whole(tag) {
            self.whole.get_or_insert(self.depth);
        }
        Ok(())
    }

    fn close(&mut self) {
        self.whole = self.whole.filter(|start| *start != self.depth);
        self.depth = self.depth.saturating_sub(1);
    }
}

/// Elements whose text is gathered over everything within them.
fn is_whole(tag: &BytesStart<'_>) -> bool {
    matches!(tag.local_name().as_ref(), "c" | "si" | "definedName")
}

/// What the reader would keep of an element besides its bytes: what it stores in lists, that is. See its `read_styles`,
/// `read_workbook`, `read_relationships` and `read_shared_strings` when its version is raised.
fn cost(tag: &BytesStart<'_>) -> Result<u64, Refused> {
    Ok(match tag.local_name().as_ref() {
        "c" | "row" => attribute(tag, "r")?.map_or(Ok(0), |name| place(&name).map(|_| 0))?,
        "dimension" => attribute(tag, "ref")?.map_or(Ok(0), |area| several(&area).map(|_| 0))?,
        "f" => formula(tag).map(|()| 0)?,
        "sst" => announced(tag)?,
        "si" => TEXT,
        "Relationship" => target(tag).map(|()| KEPT)?,
        "name" | "rFont" if tag.len() > NAME => return Err(Refused::broken("a font has too long a name")),
        "numFmt" if tag.len() > NAME => return Err(Refused::broken("a number format is too long")),
        "xf" | "font" | "fill" | "border" | "numFmt" | "sheet" | "definedName" => KEPT,
        _ => 0,
    })
}

/// Shared texts that a part announces: room is reserved for them before the first is seen.
fn announced(tag: &BytesStart<'_>) -> Result<u64, Refused> {
    let count = attribute(tag, "uniqueCount")?.unwrap_or_default();
    Ok(count.trim().parse::<u64>().unwrap_or(0).saturating_mul(ANNOUNCED))
}

/// Whatever is read as a worksheet or as the workbook must have been looked through here.
fn target(tag: &BytesStart<'_>) -> Result<(), Refused> {
    let kind = attribute(tag, "Type")?.unwrap_or_default();
    if !matches!(kind.rsplit('/').next(), Some("worksheet" | "chartsheet" | "dialogsheet" | "officeDocument")) {
        return Ok(());
    }
    let target = attribute(tag, "Target")?.unwrap_or_default();
    if target.to_ascii_lowercase().ends_with(".xml") { Ok(()) } else { Err(Refused::broken("a worksheet is no XML part")) }
}

/// A formula that fills several cells stands only in the first of them; the others look like values.
fn formula(tag: &BytesStart<'_>) -> Result<(), Refused> {
    let Some(range) = attribute(tag, "ref")? else { return Ok(()) };
    let several = several(&range)?;
    let fills = matches!(attribute(tag, "t")?.as_deref(), Some("array" | "dataTable"));
    if fills && several { Err(Refused::ArrayFormula) } else { Ok(()) }
}

/// True of `B2:D9`, false of `B2` and `B2:B2`.
fn several(area: &str) -> Result<bool, Refused> {
    let (start, end) = area.split_once(':').unwrap_or((area, area));
    let (start, end) = (place(start)?, place(end)?);
    if start.0 <= end.0 && start.1 <= end.1 { Ok(start != end) } else { Err(Refused::broken("an area ends before it begins")) }
}

/// Column and row of `XFD1048576`, or the row of `1048576`: short enough for every counter.
fn place(name: &str) -> Result<(u32, u32), Refused> {
    let digits = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &name[..name.len() - digits.len()];
    if letters.len() > 3 || digits.len() > 7 || digits.bytes().any(|b| !b.is_ascii_digit()) {
        return Err(Refused::broken("a cell stands nowhere"));
    }
    let column = letters.bytes().fold(0, |column, b| column * 26 + u32::from(b.to_ascii_uppercase() - b'A') + 1);
    Ok((column, digits.parse().map_err(|_| Refused::broken("a cell stands nowhere"))?))
}

fn attribute(tag: &BytesStart<'_>, key: &str) -> Result<Option<String>, Refused> {
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(Refused::broken)?;
        if attribute.key.as_ref() == key {
            return Ok(Some(attribute.value.to_string()));
        }
    }
    Ok(None)
}

/// Counts what really comes out, and stops it.
struct Meter<R> {
    inner: R,
    left: u64,
    /// What may still come before the next element ends; unlimited where nothing is gathered.
    stretch: Option<u64>,
    over: Option<Over>,
}

#[derive(Clone, Copy)]
enum Over {
    Budget,
    Stretch,
}

impl<R> Meter<R> {
    fn new(inner: R, left: u64) -> Self {
        Self { inner, left, stretch: Some(STRETCH), over: None }
    }

    /// False if it is more than what is left.
    fn charge(&mut self, cost: u64) -> bool {
        let left = self.left.checked_sub(cost);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// Why reading ended: stopped here, or broken.
    fn stopped(&self, error: impl std::fmt::Display) -> Left {
        match self.over {
            Some(Over::Budget) => Ok(None),
            Some(Over::Stretch) => Err(Refused::broken("a cell is endless")),
            None => Err(Refused::broken(error)),
        }
    }
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let spent = count as u64;
        let stretched = self.stretch.is_some_and(|stretch| spent > stretch);
        if !self.charge(spent) {
            self.over = Some(Over::Budget);
        } else if stretched {
            self.over = Some(Over::Stretch);
        }
        self.stretch = self.stretch.map(|stretch| stretch.saturating_sub(spent));
        if self.over.is_some() { Err(io::Error::other("too much")) } else { Ok(count) }
    }
}
