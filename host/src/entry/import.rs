//! A sheet from headings to verdicts: one pass, a few rows at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::mapping::{self, Columns};
use super::sheet::{self, Bounds, Cell, Refused, Row};
use super::{Fields, Seen, Verdict, enter};
use crate::app::House;
use crate::fault::Kind;
use crate::parcel::Account;
use crate::store::{NotStored, SheetRow, Typed};

/// Rows that are read, judged and stored together.
const TOGETHER: usize = 250;

/// A sheet and how it is taken.
pub struct Import {
    pub account: Account,
    /// The file's name.
    pub name: String,
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// Heading to field, as told now.
    pub told: BTreeMap<String, String>,
    pub actor: String,
    pub dry_run: bool,
}

/// What became of it.
pub struct Imported {
    /// None for a trial.
    pub id: Option<String>,
    pub columns: BTreeMap<String, String>,
    /// By line.
    pub verdicts: Vec<(u32, Verdict)>,
    /// The refused rows as a sheet.
    pub errors: Option<Vec<u8>>,
}

/// Why nothing of it was taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    #[error(transparent)]
    Sheet(#[from] Refused),
    #[error("{0}")]
    Columns(String),
    #[error(transparent)]
    Store(#[from] NotStored),
}

/// Reads a sheet and takes its good rows in, or only says what would become of each.
pub async fn import(house: &Arc<House>, import: Import, bytes: Vec<u8>) -> Result<Imported, NotImported> {
    let carrier = import.account.carrier.clone();
    let adapter = house.adapter(&carrier).ok_or_else(|| NotImported::Columns(format!("no adapter for {carrier}")))?;
    let mut sheet = tokio::task::spawn_blocking(|| sheet::open(bytes, Bounds::default())).await.expect("a reader does not panic")?;
    let headings = sheet.headings().to_vec();
    let remembered = house.store.headings(&import.account).await?;
    let columns = mapping::columns(&adapter.manifest, &headings, &import.told, &remembered).map_err(NotImported::Columns)?;
    let id = (!import.dry_run).then(|| format!("sht_{}", Uuid::now_v7().simple()));
    let typed = id.clone().map(|sheet| Typed { actor: import.actor.clone(), sheet: Some(sheet), at: house.now() });
    let (mut verdicts, mut refused, mut seen) = (vec![], vec![], Seen::new());
    let mut rows = sheet.rows()?;
    loop {
        let together: Vec<Row> = rows.by_ref().take(TOGETHER).collect::<Result<_, _>>()?;
        if together.is_empty() {
            break;
        }
        let told = judged(house, &import.account, &columns, &together, typed.clone(), &mut seen).await?;
        for (row, verdict) in together.into_iter().zip(told) {
            let line = row.line;
            if let Verdict::Refused { why, .. } = &verdict {
                refused.push((row, why.clone()));
            }
            verdicts.push((line, verdict));
        }
    }
    drop(rows);
    let errors = (!refused.is_empty()).then(|| sheet::errors_sheet(&headings, refused.iter().map(|(row, why)| (row, why.as_str()))));
    let fields = mapping::remembered(&headings, &columns);
    if let Some(id) = &id {
        let row = summary(&import, id.clone(), &verdicts, house.now());
        house.store.keep_sheet(row, errors.clone(), fields.clone()).await?;
    }
    Ok(Imported { id, columns: fields, verdicts, errors })
}

fn summary(import: &Import, id: String, verdicts: &[(u32, Verdict)], at: i64) -> SheetRow {
    let count = |is: fn(&Verdict) -> bool| i64::try_from(verdicts.iter().filter(|(_, verdict)| is(verdict)).count()).unwrap_or(i64::MAX);
    SheetRow {
        id,
        carrier: import.account.carrier.to_string(),
        account: import.account.name.to_string(),
        name: import.name.clone(),
        digest: import.digest.clone(),
        at,
        actor: import.actor.clone(),
        rows: count(|_| true),
        entered: count(|verdict| matches!(verdict, Verdict::Entered { .. })),
        repeated: count(|verdict| matches!(verdict, Verdict::Repeated { .. })),
        refused: count(|verdict| matches!(verdict, Verdict::Refused { .. })),
    }
}

/// One verdict for each row, in their order; a row with a cell that cannot be believed gets no further.
async fn judged(
    house: &Arc<House>,
    account: &Account,
    columns: &Columns,
    rows: &[Row],
    typed: Option<Typed>,
    seen: &mut Seen,
) -> Result<Vec<Verdict>, NotStored> {
    let read: Vec<Result<Fields, String>> = rows.iter().map(|row| fields(columns, row)).collect();
    let good = read.iter().filter_map(|row| Some((row.as_ref().ok()?.clone(), None))).collect();
    let mut judged = enter(house, account, good, typed, seen).await?.into_iter();
    let refused = |why: String| Verdict::Refused { code: Kind::Unreadable.code(), why };
    Ok(read.into_iter().map(|row| row.map_or_else(refused, |_| judged.next().expect("one for each good row"))).collect())
}

/// A row by field, or what is wrong with one of its cells.
fn fields(columns: &Columns, row: &Row) -> Result<Fields, String> {
    let mut fields = Fields::new();
    for (field, cell) in columns.iter().zip(&row.cells) {
        let Some(field) = field else { continue };
        let text = match cell {
            Cell::Empty => continue,
            Cell::Text(text) => text.clone(),
            Cell::Formula => return Err(mistake(field, "是公式，请粘贴为数值", "is a formula, paste values")),
            Cell::Rounded(_) => {
                return Err(mistake(
                    field,
                    "被表格改成了近似数，请把该列设为文本后重填",
                    "was rounded by the sheet, format the column as text",
                ));
            }
            Cell::Error(_) => return Err(mistake(field, "是错误值，请重填", "is an error value")),
            Cell::TooLong => return Err(mistake(field, "太长", "is too long")),
        };
        fields.insert(field.clone(), text);
    }
    Ok(fields)
}

fn mistake(field: &str, zh: &str, en: &str) -> String {
    let label = posthouse_sdk::entry::FIELDS.iter().find(|(name, ..)| *name == field).map_or(field, |(_, label, _)| label);
    format!("{label}{zh} ({field}: {en})")
}
