//! Pushes: seen ones, and those for numbers nobody registered yet.

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::exchanges::{self, Packed};
use super::record::{self, Changed, Recorded, Recording};
use super::{Known, Store, Stored, due};
use crate::fault::Instant;
use crate::judge::Judging;
use crate::parcel::{Account, Event, Parcel, ParcelKey, Track};
use crate::vault::{Sealed, Vault};

/// A push, whole.
pub struct Push {
    /// What makes it this push and no other.
    pub key: String,
    /// Its exchange, and what it said for certain of watched parcels.
    pub recording: Recording,
    /// Other numbers: looked at if they are watched, else kept for a week and joined on
    /// registration, with what a signed push said of them.
    pub others: Vec<(String, Option<Track>)>,
}

impl Store {
    /// The watched parcel of a number.
    pub async fn watched(&self, account: &Account, number: &str) -> Stored<Option<Parcel>> {
        let known = self.by_number(account, number).await?;
        Ok(known.filter(|known| known.watched).map(Known::into_parcel))
    }

    /// Stores a push in one transaction; none if this very push was taken before.
    pub async fn take(&self, push: Push) -> Stored<Option<Recorded>> {
        let packed = self.pack(&push.recording)?;
        let push = Push { recording: self.with_evidence(push.recording)?, ..push };
        let seal = |track: &Track| self.vault.seal(Sealed::Exchange, to_json(&track.events).to_string().as_bytes());
        let others: Vec<_> = push.others.iter().map(|(number, track)| (number.clone(), track.as_ref().map(seal))).collect();
        let taken = Recorded::of(&push.recording);
        let changed = self.writer.run(move |c| Box::pin(async move { take(c, push, packed, others).await })).await?;
        Ok(changed.map(|changed| Recorded { changed, ..taken }))
    }
}

async fn take(
    c: &mut SqliteConnection,
    push: Push,
    packed: Vec<Packed>,
    others: Vec<(String, Option<Vec<u8>>)>,
) -> sqlx::Result<Option<Vec<Changed>>> {
    let Recording { account, at, .. } = &push.recording;
    let new = sqlx::query("INSERT OR IGNORE INTO pushes (carrier, account, key, at) VALUES (?, ?, ?, ?)")
        .bind(&*account.carrier)
        .bind(&*account.name)
        .bind(&push.key)
        .bind(at)
        .execute(&mut *c)
        .await?;
    if new.rows_affected() == 0 {
        return Ok(None);
    }
    let (changed, exchanges) = record::write(c, &push.recording, packed).await?;
    for (number, sealed) in others {
        match due::hint(c, account, &number, *at).await? {
            Some(parcel) => exchanges::link(c, &exchanges, parcel).await?,
            None => keep(c, account, &number, sealed, exchanges.first(), *at).await?,
        }
    }
    Ok(Some(changed))
}

async fn keep(
    c: &mut SqliteConnection,
    account: &Account,
    number: &str,
    sealed: Option<Vec<u8>>,
    exchange: Option<&i64>,
    now: Instant,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO early_pushes (carrier, account, number, at, exchange, sealed) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(&*account.carrier)
        .bind(&*account.name)
        .bind(number)
        .bind(now)
        .bind(exchange)
        .bind(sealed)
        .execute(c)
        .await
        .map(drop)
}

/// Joins what was pushed before a parcel was registered.
pub(super) async fn join_early(
    c: &mut SqliteConnection,
    account: &Account,
    number: &str,
    key: ParcelKey,
    judging: &Judging,
    vault: &Vault,
) -> sqlx::Result<()> {
    let rows: Vec<(i64, Option<i64>, Option<Vec<u8>>)> =
        sqlx::query_as("DELETE FROM early_pushes WHERE carrier = ? AND account = ? AND number = ? RETURNING at, exchange, sealed")
            .bind(&*account.carrier)
            .bind(&*account.name)
            .bind(number)
            .fetch_all(&mut *c)
            .await?;
    for (at, exchange, sealed) in rows {
        exchanges::link(c, exchange.as_slice(), key).await?;
        let json = sealed.and_then(|sealed| vault.unseal(Sealed::Exchange, &sealed).ok());
        let events = json.map(|json| from_json(&json)).unwrap_or_default();
        record::join(c, key, &events, judging, at).await?;
    }
    Ok(())
}

fn to_json(events: &[Event]) -> Value {
    events.iter().map(|e| json!([e.at, e.code, e.status, e.unmapped, e.text, e.place, e.revokes])).collect()
}

fn from_json(json: &[u8]) -> Vec<Event> {
    type Row = (i64, String, String, bool, String, Option<String>, bool);
    let rows: Vec<Row> = serde_json::from_slice(json).unwrap_or_default();
    let event = |(at, code, status, unmapped, text, place, revokes): Row| {
        let status = posthouse_sdk::status::known(&status)?;
        Some(Event { at, code, status, unmapped, revokes, text, place, times: 1 })
    };
    rows.into_iter().filter_map(event).collect()
}
