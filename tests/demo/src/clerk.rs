//! The clerk of the demo: writes what the carriers by hand said into spreadsheets, tries each, and
//! sends it.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use anyhow::Context as _;
use jiff::tz::Offset;
use rust_xlsxwriter::Workbook;

use crate::by_hand::{self, Row};
use crate::hub::{Hub, Sheet};

/// What is still to be done, one round at a time.
pub struct Clerk {
    rounds: VecDeque<Vec<Turn>>,
}

/// A sheet to be tried or sent.
#[derive(Clone)]
struct Turn {
    carrier: &'static str,
    file: String,
    book: Vec<u8>,
    dry_run: bool,
}

/// What the host said to a sheet.
pub struct Report {
    pub carrier: &'static str,
    /// `kye-morning.xlsx`
    pub file: String,
    /// It was only tried.
    pub dry_run: bool,
    pub sheet: Sheet,
}

impl Clerk {
    /// Writes a morning's and an evening's sheet for each carrier by hand into this folder.
    pub fn prepare(folder: &Path, parcels: &[(String, String)]) -> anyhow::Result<Self> {
        let mut numbers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        parcels.iter().for_each(|(carrier, number)| numbers.entry(carrier).or_default().push(number.clone()));
        let now = Offset::constant(8).to_datetime(jiff::Timestamp::now());
        let (mut morning, mut evening) = (vec![], vec![]);
        for (carrier, numbers) in numbers {
            let Some(known) = by_hand::find(carrier) else { continue };
            let sheet = |time: &str, rows: Vec<Row>| -> anyhow::Result<Turn> {
                let file = format!("{carrier}-{time}.xlsx");
                let book = book(&known.headings(), &rows)?;
                std::fs::write(folder.join(&file), &book).with_context(|| format!("cannot write {file}"))?;
                Ok(Turn { carrier: known.carrier, file, book, dry_run: true })
            };
            morning.push(sheet("morning", known.morning(&numbers, now))?);
            evening.push(sheet("evening", known.evening(&numbers, now))?);
        }
        let for_real = |turns: &[Turn]| turns.iter().map(|turn| Turn { dry_run: false, ..turn.clone() }).collect();
        let (sent, sent_later) = (for_real(&morning), for_real(&evening));
        let rounds = [morning, sent, evening, sent_later].into_iter().filter(|round| !round.is_empty()).collect();
        Ok(Self { rounds })
    }

    pub fn is_done(&self) -> bool {
        self.rounds.is_empty()
    }

    /// Does the next round: tries a sheet of each carrier, or sends those that were tried.
    pub async fn work(&mut self, hub: &Hub) -> anyhow::Result<Vec<Report>> {
        let mut reports = vec![];
        for Turn { carrier, file, book, dry_run } in self.rounds.pop_front().unwrap_or_default() {
            let sheet = hub.sheet(carrier, &file, book, dry_run).await?;
            reports.push(Report { carrier, file, dry_run, sheet });
        }
        Ok(reports)
    }
}

/// A workbook with one sheet; all cells are text, as on the carrier's label.
fn book(headings: &[&str], rows: &[Row]) -> anyhow::Result<Vec<u8>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("轨迹")?;
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string(0, column, *heading)?;
        sheet.set_column_width(column, 18)?;
    }
    for (line, row) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(line, column, cell)?;
        }
    }
    Ok(book.save_to_buffer()?)
}
