//! Rows that clerks typed or pasted: kept as they were, told like any event, and compared with what
//! the carrier says later.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::parcels::Known;
use super::record::TellsOf;
use super::track::{self, Reader};
use super::{NotStored, Store, Stored, parcels, record};
use crate::fault::Instant;
use crate::judge::{self, Judging};
use crate::parcel::{Account, Event, ParcelKey, Scan, Source, Track};
use crate::vault::Sealed;

/// A row and the event it means.
pub struct Entry {
    pub parcel: ParcelKey,
    pub track: Track,
    /// As it was typed: field to value.
    pub row: BTreeMap<String, String>,
    pub evidence: Option<String>,
}

/// Where rows come from.
#[derive(Debug, Clone)]
pub struct Typed {
    pub actor: String,
    /// The sheet's id.
    pub sheet: Option<String>,
    pub at: Instant,
}

/// A sheet that was taken in.
#[derive(Debug, Clone, Serialize)]
pub struct SheetRow {
    pub id: String,
    pub carrier: String,
    pub account: String,
    pub name: String,
    pub digest: String,
    pub at: Instant,
    pub actor: String,
    pub rows: i64,
    pub entered: i64,
    pub repeated: i64,
    pub refused: i64,
}

/// A row that the carrier contradicts.
#[derive(Debug, Clone)]
pub struct Disputed {
    pub entry: i64,
    pub at: Instant,
    pub actor: String,
    pub event: Event,
}

/// A row as it was typed.
#[derive(Debug, Clone)]
pub struct TypedRow {
    pub entry: i64,
    pub at: Instant,
    pub actor: String,
    pub sheet: Option<String>,
    pub evidence: Option<String>,
    /// `agreed`, `disputed`, `kept`, `withdrawn`, or none while the carrier has not got there.
    pub standing: Option<String>,
    pub row: BTreeMap<String, String>,
}

/// Work for a clerk.
#[derive(Debug)]
pub struct Waiting {
    pub known: Known,
    /// When its last answer came; else when it was registered.
    pub since: Instant,
    pub disputed: Vec<Disputed>,
}

impl Store {
    /// Takes rows in, all or none; of those that were typed before it says so.
    pub async fn enter(&self, entries: Vec<Entry>, typed: Typed, judging: Judging) -> Stored<Vec<bool>> {
        let seal = |entry: &Entry| self.vault.seal(Sealed::Exchange, serde_json::json!(entry.row).to_string().as_bytes());
        let entries: Vec<_> = entries.into_iter().map(|entry| (seal(&entry), entry)).collect();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let mut taken = vec![];
                    for (sealed, entry) in entries {
                        taken.push(enter(c, sealed, entry, &typed, &judging).await?);
                    }
                    Ok(taken)
                })
            })
            .await
    }

    /// Whether a row says nothing new (it was typed before, or the carrier told the same), and how many
    /// events are known of its parcel.
    pub async fn knows(&self, parcel: ParcelKey, event: &Event) -> Stored<(bool, usize)> {
        let identity = event.identity();
        let known = track::scans(&self.read, parcel).await?;
        Ok((known.iter().any(|scan| scan.identity == identity) || judge::tells(&known, event), known.len()))
    }

    /// Parcels of these accounts, and any in dispute, that people follow up: the longest without word
    /// first. `scope` are the account names that the reader may see; none for all.
    pub async fn worklist(
        &self,
        accounts: &[Account],
        scope: Option<&[String]>,
        now: Instant,
        after: (Instant, i64),
        most: u32,
    ) -> Stored<Vec<Waiting>> {
        let mut query = QueryBuilder::<Sqlite>::new(parcels::COLUMNS);
        query.push(" WHERE watched = 1 AND current = 1 AND (coalesce(as_of, registered_at), key) > (").push_bind(after.0);
        query.push(", ").push_bind(after.1).push(") AND (key IN (SELECT parcel FROM entries WHERE standing = 'disputed')");
        for account in accounts {
            query.push(" OR (carrier = ").push_bind(account.carrier.to_string()).push(" AND account = ");
            query.push_bind(account.name.to_string()).push(" AND coalesce(believed_from > ").push_bind(now).push(", 1))");
        }
        query.push(")");
        parcels::among(query.push(" AND account"), scope);
        query.push(" ORDER BY coalesce(as_of, registered_at), key LIMIT ").push_bind(most);
        let mut waiting = vec![];
        for known in query.build().fetch_all(&self.read).await?.iter().map(parcels::known) {
            let since = known.as_of.unwrap_or(known.registered_at);
            let disputed = self.disputed(known.key).await?;
            waiting.push(Waiting { known, since, disputed });
        }
        Ok(waiting)
    }

    /// What people typed of a parcel, as they typed it, the oldest first.
    pub async fn typed(&self, parcel: ParcelKey) -> Stored<Vec<TypedRow>> {
        let sql = "SELECT key, at, actor, sheet, evidence, standing, sealed FROM entries WHERE parcel = ? ORDER BY key";
        let rows = sqlx::query(sql).bind(parcel.0).fetch_all(&self.read).await?;
        let one = |row: &SqliteRow| {
            let opened = self.vault.unseal(Sealed::Exchange, &row.get::<Vec<u8>, _>(6)).map_err(|why| NotStored(why.to_string()))?;
            Ok(TypedRow {
                entry: row.get(0),
                at: row.get(1),
                actor: row.get(2),
                sheet: row.get(3),
                evidence: row.get(4),
                standing: row.get(5),
                row: serde_json::from_slice(&opened).unwrap_or_default(),
            })
        };
        rows.iter().map(one).collect()
    }

    async fn disputed(&self, parcel: ParcelKey) -> Stored<Vec<Disputed>> {
        let sql = "SELECT key, at, actor, identity FROM entries WHERE parcel = ? AND standing = 'disputed'";
        let rows: Vec<(i64, Instant, String, Vec<u8>)> = sqlx::query_as(sql).bind(parcel.0).fetch_all(&self.read).await?;
        if rows.is_empty() {
            return Ok(vec![]);
        }
        let scans = track::scans(&self.read, parcel).await?;
        let event = |identity: &[u8]| scans.iter().find(|scan| scan.identity[..] == *identity).map(|scan| scan.event.clone());
        let one =
            |(entry, at, actor, identity): (i64, Instant, String, Vec<u8>)| Some(Disputed { entry, at, actor, event: event(&identity)? });
        Ok(rows.into_iter().filter_map(one).collect())
    }

    /// A person decides a dispute: the row stays, or it goes with its event.
    pub async fn decide(&self, entry: i64, keep: bool, judging: Judging, now: Instant) -> Stored<bool> {
        self.writer.run(move |c| Box::pin(async move { decide(c, entry, keep, &judging, now).await })).await
    }

    /// The parcel of a disputed row.
    pub async fn parcel_of_entry(&self, entry: i64) -> Stored<Option<Known>> {
        let sql = format!("{} WHERE key = (SELECT parcel FROM entries WHERE key = ? AND standing = 'disputed')", parcels::COLUMNS);
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(entry).fetch_optional(&self.read).await?;
        Ok(row.as_ref().map(parcels::known))
    }

    /// Which heading of a carrier's sheets was which field.
    pub async fn headings(&self, account: &Account) -> Stored<BTreeMap<String, String>> {
        let kept: Option<String> = sqlx::query_scalar("SELECT fields FROM headings WHERE carrier = ? AND account = ?")
            .bind(&*account.carrier)
            .bind(&*account.name)
            .fetch_optional(&self.read)
            .await?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
    }

    /// Remembers a sheet that was taken in, its refused rows, and what its headings meant.
    pub async fn keep_sheet(&self, sheet: SheetRow, errors: Option<Vec<u8>>, headings: BTreeMap<String, String>) -> Stored<()> {
        let errors = errors.map(|errors| self.vault.seal(Sealed::Exchange, &errors));
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    // A sheet of which nothing was good says nothing of its headings.
                    if sheet.refused < sheet.rows {
                        sqlx::query("INSERT OR REPLACE INTO headings (carrier, account, fields) VALUES (?, ?, ?)")
                            .bind(&sheet.carrier)
                            .bind(&sheet.account)
                            .bind(serde_json::json!(headings).to_string())
                            .execute(&mut *c)
                            .await?;
                    }
                    keep_sheet(c, sheet, errors).await
                })
            })
            .await
    }

    pub async fn sheets(&self, accounts: Option<&[String]>, most: u32) -> Stored<Vec<SheetRow>> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT id, carrier, account, name, digest, at, actor, rows, entered, repeated, refused FROM sheets",
        );
        parcels::among(query.push(" WHERE account"), accounts);
        query.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(most);
        Ok(query.build().fetch_all(&self.read).await?.iter().map(sheet).collect())
    }

    /// A sheet's refused rows, and the account it was of.
    pub async fn refused_rows(&self, id: &str) -> Stored<Option<(String, Option<Vec<u8>>)>> {
        let row: Option<(String, Option<Vec<u8>>)> =
            sqlx::query_as("SELECT account, sealed FROM sheets WHERE id = ?").bind(id).fetch_optional(&self.read).await?;
        let Some((account, sealed)) = row else { return Ok(None) };
        let opened = sealed.map(|sealed| self.vault.unseal(Sealed::Exchange, &sealed)).transpose();
        Ok(Some((account, opened.map_err(|why| NotStored(why.to_string()))?)))
    }
}

fn sheet(row: &SqliteRow) -> SheetRow {
    SheetRow {
        id: row.get(0),
        carrier: row.get(1),
        account: row.get(2),
        name: row.get(3),
        digest: row.get(4),
        at: row.get(5),
        actor: row.get(6),
        rows: row.get(7),
        entered: row.get(8),
        repeated: row.get(9),
        refused: row.get(10),
    }
}

async fn keep_sheet(c: &mut SqliteConnection, sheet: SheetRow, errors: Option<Vec<u8>>) -> sqlx::Result<()> {
    let sql = "INSERT INTO sheets (id, carrier, account, name, digest, at, actor, rows, entered, repeated, refused, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(sheet.id)
        .bind(sheet.carrier)
        .bind(sheet.account)
        .bind(sheet.name)
        .bind(sheet.digest)
        .bind(sheet.at)
        .bind(sheet.actor)
        .bind(sheet.rows)
        .bind(sheet.entered)
        .bind(sheet.repeated)
        .bind(sheet.refused)
        .bind(errors)
        .execute(c)
        .await
        .map(drop)
}

/// False: the same row was typed before, or the parcel was erased meanwhile.
async fn enter(c: &mut SqliteConnection, sealed: Vec<u8>, entry: Entry, typed: &Typed, judging: &Judging) -> sqlx::Result<bool> {
    let Entry { parcel, track, evidence, .. } = entry;
    let (Some(before), Some(event)) = (track::before(c, parcel).await?, track.events.first()) else { return Ok(false) };
    // A row that was withdrawn may be typed again; any other is known.
    let sql = "INSERT INTO entries (parcel, at, actor, sheet, evidence, identity, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
               ON CONFLICT (parcel, identity) DO UPDATE SET at = ?2, actor = ?3, sheet = ?4, evidence = ?5, sealed = ?7, standing = NULL \
               WHERE standing = 'withdrawn'";
    let done = sqlx::query(sql)
        .bind(parcel.0)
        .bind(typed.at)
        .bind(&typed.actor)
        .bind(&typed.sheet)
        .bind(evidence)
        .bind(&event.identity()[..])
        .bind(sealed)
        .execute(&mut *c)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let reader = Reader { release: "", source: Source::Clerk, at: typed.at };
    let (known, news) = track::add(c, parcel, &track.events, reader).await?;
    let settled = track::settled(known, &before, track.signed.as_ref(), judging, typed.at);
    track::keep(c, parcel, &settled, typed.at).await?;
    // The next answer is compared with the row, whether it is a new one or not.
    let sql = "UPDATE parcels SET changed_at = ?2, as_of = ?2, outcome = 'tracks', detail = NULL, reading = NULL WHERE key = ?1";
    sqlx::query(sql).bind(parcel.0).bind(typed.at).execute(&mut *c).await?;
    record::tell(c, parcel, typed.at, &settled, &news, TellsOf::clerk()).await?;
    Ok(true)
}

/// A row that the carrier tells too is agreed; one that its whole answer passed over is disputed.
pub(super) async fn reconcile(c: &mut SqliteConnection, key: ParcelKey, known: &[Scan], answer: &Track) -> sqlx::Result<()> {
    let sql = "SELECT key, identity FROM entries WHERE parcel = ? AND (standing IS NULL OR standing = 'disputed')";
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(sql).bind(key.0).fetch_all(&mut *c).await?;
    for (entry, identity) in rows {
        let Some(row) = known.iter().find(|scan| scan.identity[..] == *identity) else { continue };
        let passed = || answer.events.last().is_some_and(|last| last.at > row.event.at);
        let standing = match judge::tells(known, &row.event) {
            true => "agreed",
            false if passed() => "disputed",
            false => continue,
        };
        sqlx::query("UPDATE entries SET standing = ? WHERE key = ?").bind(standing).bind(entry).execute(&mut *c).await?;
    }
    Ok(())
}

async fn decide(c: &mut SqliteConnection, entry: i64, keep: bool, judging: &Judging, now: Instant) -> sqlx::Result<bool> {
    let standing = if keep { "kept" } else { "withdrawn" };
    let sql = "UPDATE entries SET standing = ? WHERE key = ? AND standing = 'disputed' RETURNING parcel, identity";
    let decided: Option<(i64, Vec<u8>)> = sqlx::query_as(sql).bind(standing).bind(entry).fetch_optional(&mut *c).await?;
    let Some((parcel, identity)) = decided else { return Ok(false) };
    if !keep {
        let sql = "DELETE FROM events WHERE parcel = ? AND identity = ? AND source = 2 RETURNING at";
        let at: Option<Instant> = sqlx::query_scalar(sql).bind(parcel).bind(identity).fetch_optional(&mut *c).await?;
        // The signature that it stated goes with it; what the carrier states is read anew.
        let sql = "UPDATE parcels SET reading = NULL, signed_at = nullif(signed_at, ?2), signed_by = iif(signed_at = ?2, NULL, signed_by) WHERE key = ?1";
        sqlx::query(sql).bind(parcel).bind(at).execute(&mut *c).await?;
        if let Some(settled) = track::rejudge(c, ParcelKey(parcel), judging, now).await? {
            record::tell(c, ParcelKey(parcel), now, &settled, &[], TellsOf::clerk()).await?;
        }
    }
    Ok(true)
}
