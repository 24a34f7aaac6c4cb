//! What a peer's status means here, and what ours is called there, with what is lost on the way.
//!
//! One table for each published taxonomy, compiled in from `vocabulary/NAME.csv`; nothing here knows
//! a code. The walk over the published lists proves that a loss is declared exactly where there is
//! one. Where the nearest word of a peer would name a cause, a place or a person that we do not know,
//! the wider one is told.

mod document;
#[cfg(test)]
mod published;
#[cfg(test)]
mod walk;

use std::sync::LazyLock;

use posthouse_sdk::status;

pub use document::document;

/// Of a pair that the table does not have: the code decides, and a client should know that.
const UNREAD: &str = "detail: not known under this code and left out";

macro_rules! tables {
    ($($name:literal),+ $(,)?) => {
        const TABLES: &[(&str, &str)] = &[$(($name, include_str!(concat!("vocabulary/", $name, ".csv")))),+];
    };
}

tables!["aftership", "17track", "easypost", "shippo", "karrio", "kuaidi100", "kdniao", "trackingmore", "delivery-tracker", "ulsc"];

static VOCABULARIES: LazyLock<Vec<Vocabulary>> =
    LazyLock::new(|| TABLES.iter().map(|(name, table)| Vocabulary::parse(name, table)).collect());

/// A published taxonomy: a code, and for most of them a detail below it.
#[derive(Debug)]
pub struct Vocabulary {
    name: &'static str,
    title: &'static str,
    source: &'static str,
    /// What the peer calls the field of the code, and that of the detail if it has one.
    fields: (&'static str, Option<&'static str>),
    notes: Vec<&'static str>,
    reads: Vec<Theirs>,
    tells: Vec<Ours>,
}

/// A row of theirs; `None` as status: it says that nothing is known yet.
#[derive(Debug)]
struct Theirs {
    codes: Vec<&'static str>,
    detail: Option<&'static str>,
    meaning: Option<&'static str>,
    reading: Reading,
}

/// A row of ours; `None` as status: nothing is known yet.
#[derive(Debug)]
struct Ours {
    status: Option<&'static str>,
    word: Word,
}

/// What their code means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// One of ours; none when their code says that nothing is known yet.
    pub status: Option<&'static str>,
    /// What telling it back would not say; after `detail: ` when their code itself would come back.
    pub loss: Option<&'static str>,
}

/// What we call a status in their words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Empty only for "nothing known yet" in a taxonomy that has no word for it.
    pub code: &'static str,
    pub detail: Option<&'static str>,
    /// What reading it back would not say; after `detail: ` when only the part of ours after the dot.
    pub loss: Option<&'static str>,
}

/// The vocabularies, in the order of the documentation.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

/// The vocabulary of a name, in capitals or not.
pub fn known(name: &str) -> Option<&'static Vocabulary> {
    VOCABULARIES.iter().find(|vocabulary| vocabulary.name.eq_ignore_ascii_case(name))
}

impl Vocabulary {
    /// Our status in their words. None: nothing is known of the parcel yet. A status this build
    /// does not know is told as its parent, and without one as nothing known.
    pub fn tells(&self, status: Option<&str>) -> Word {
        let status = status.and_then(status::known);
        let row = self.tells.iter().find(|row| row.status == status);
        row.expect("each status has a row, which a test walks").word
    }

    /// Their code in our words; none for a code they do not publish.
    ///
    /// A detail that the code is not known to go with is left out: the code is what they stand by.
    /// One that goes with a single code may stand for it, as some peers put the finer value there.
    pub fn reads(&self, code: &str, detail: Option<&str>) -> Option<Reading> {
        let detail = detail.filter(|detail| !detail.is_empty());
        if let Some(row) = self.row(code, detail) {
            return Some(row.reading);
        }
        let alone = self.row(code, None).or_else(|| self.standing_alone(code))?.reading;
        let repeated = detail.is_none_or(|detail| detail == code);
        Some(if repeated { alone } else { Reading { loss: Some(UNREAD), ..alone } })
    }

    fn row(&self, code: &str, detail: Option<&str>) -> Option<&Theirs> {
        self.reads.iter().find(|row| row.detail == detail && row.codes.contains(&code))
    }

    fn standing_alone(&self, detail: &str) -> Option<&Theirs> {
        let mut rows = self.reads.iter().filter(|row| row.detail == Some(detail));
        rows.next().filter(|row| row.codes.len() == 1 && rows.next().is_none())
    }

    fn parse(name: &'static str, table: &'static str) -> Self {
        let head = |key| table.lines().filter_map(move |line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(": "));
        let one = |key| head(key).next().expect("a table has its head");
        let rows = table.lines().filter(|line| !line.starts_with('#')).skip(1).map(cells);
        let (theirs, ours): (Vec<_>, Vec<_>) = rows.partition(|[direction, ..]| *direction == "in");
        Self {
            name,
            title: one("title"),
            source: one("source"),
            fields: (one("code"), filled(one("detail"))),
            notes: head("note").collect(),
            reads: theirs.into_iter().map(Theirs::of).collect(),
            tells: ours.into_iter().map(Ours::of).collect(),
        }
    }
}

impl Theirs {
    fn of([_, codes, detail, meaning, status, loss]: [&'static str; 6]) -> Self {
        let reading = Reading { status: ours(status), loss: filled(loss) };
        Self { codes: codes.split('|').collect(), detail: filled(detail), meaning: filled(meaning), reading }
    }
}

impl Ours {
    fn of([_, code, detail, _, status, loss]: [&'static str; 6]) -> Self {
        let word = Word { code: filled(code).unwrap_or_default(), detail: filled(detail), loss: filled(loss) };
        Self { status: ours(status), word }
    }
}

/// Direction, code or codes, detail, meaning, status, loss.
fn cells(line: &'static str) -> [&'static str; 6] {
    let cells: Vec<_> = line.split(',').collect();
    cells.try_into().expect("a row has six cells")
}

fn filled(cell: &'static str) -> Option<&'static str> {
    (cell != "-").then_some(cell)
}

fn ours(cell: &'static str) -> Option<&'static str> {
    filled(cell).map(|code| status::ALL.iter().find(|(known, ..)| *known == code).expect("a status of ours").0)
}
