//! What changed, in the order in which it was committed: read by webhooks and streams, each with a
//! place of its own in it.

use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{NotStored, Store, Stored};
use crate::fault::Instant;
use crate::parcel::{Account, ParcelKey};

/// One change of one parcel.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its place in the outbox.
    pub key: i64,
    pub at: Instant,
    /// `parcel.events`.
    pub kind: String,
    pub payload: Value,
    pub parcel: ParcelKey,
    /// The parcel's public id.
    pub id: String,
    pub account: Account,
    pub number: String,
}

pub(super) const COLUMNS: &str = "o.key, o.at, o.kind, o.payload, o.parcel, p.id, p.carrier, p.account, p.number";

impl Store {
    /// Letters after a place, in order.
    pub async fn letters(&self, after: i64, most: u32) -> Stored<Vec<Letter>> {
        let sql = format!("SELECT {COLUMNS} FROM outbox o JOIN parcels p ON p.key = o.parcel WHERE o.key > ? ORDER BY o.key LIMIT ?");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after).bind(most).fetch_all(&self.read).await?;
        rows.iter().map(letter).collect()
    }

    /// One letter, unless it is gone with time or with its parcel.
    pub async fn letter(&self, key: i64) -> Stored<Option<Letter>> {
        let sql = format!("SELECT {COLUMNS} FROM outbox o JOIN parcels p ON p.key = o.parcel WHERE o.key = ?");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(key).fetch_optional(&self.read).await?;
        row.as_ref().map(letter).transpose()
    }

    /// The places of the oldest letter that is kept, or of the next one if none is, and of the newest that ever was.
    pub async fn outbox_ends(&self) -> Stored<(i64, i64)> {
        let sql = "SELECT (SELECT min(key) FROM outbox), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0)";
        let (oldest, newest): (Option<i64>, i64) = sqlx::query_as(sql).fetch_one(&self.read).await?;
        Ok((oldest.unwrap_or(newest + 1), newest))
    }
}

pub(super) async fn put(c: &mut SqliteConnection, key: ParcelKey, at: Instant, kind: &str, payload: Value) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO outbox (parcel, at, kind, payload) VALUES (?, ?, ?, ?)")
        .bind(key.0)
        .bind(at)
        .bind(kind)
        .bind(payload.to_string())
        .execute(c)
        .await?;
    Ok(())
}

pub(super) fn letter(row: &SqliteRow) -> Stored<Letter> {
    let payload = serde_json::from_str(row.get(3)).map_err(|why| NotStored(format!("a letter does not read: {why}")))?;
    Ok(Letter {
        key: row.get(0),
        at: row.get(1),
        kind: row.get(2),
        payload,
        parcel: ParcelKey(row.get(4)),
        id: row.get(5),
        account: Account::new(row.get(6), row.get(7)),
        number: row.get(8),
    })
}
