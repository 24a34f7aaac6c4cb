//! Pushes: seen ones, and those for numbers nobody registered yet.

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::{Store, Stored, due, record};
use crate::fault::Instant;
use crate::parcel::{Account, Event, Parcel, ParcelKey, Track};
use crate::vault::{Sealed, Vault};

/// What a number in a push is to us.
#[derive(Debug)]
pub enum Pushed {
    /// Watched: its events can be recorded.
    Watched(Box<Parcel>),
    /// Nobody registered it.
    Unknown,
}

impl Store {
    /// Whether this very push was taken before.
    pub async fn push_seen(&self, account: &Account, key: &str) -> Stored<bool> {
        let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM pushes WHERE carrier = ? AND account = ? AND key = ?")
            .bind(&*account.carrier)
            .bind(&*account.name)
            .bind(key)
            .fetch_one(&self.read)
            .await?;
        Ok(seen > 0)
    }

    /// Remembers a push after everything in it is on disk, so that a crash in between repeats it.
    pub async fn push_done(&self, account: &Account, key: &str, now: Instant) -> Stored<()> {
        let (account, key) = (account.clone(), key.to_owned());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    sqlx::query("INSERT OR IGNORE INTO pushes (carrier, account, key, at) VALUES (?, ?, ?, ?)")
                        .bind(&*account.carrier)
                        .bind(&*account.name)
                        .bind(key)
                        .bind(now)
                        .execute(c)
                        .await
                        .map(drop)
                })
            })
            .await
    }

    /// The parcel a pushed number belongs to.
    pub async fn pushed(&self, account: &Account, number: &str) -> Stored<Pushed> {
        let found = self.by_number(account, number).await?.filter(|known| known.watched);
        Ok(found.map_or(Pushed::Unknown, |known| Pushed::Watched(Box::new(known.into_parcel()))))
    }

    /// Nobody registered this number yet: kept for a week and joined on registration. `track` is
    /// what a signed push said; a mere hint says nothing.
    pub async fn keep_early(&self, account: &Account, number: &str, track: Option<&Track>, now: Instant) -> Stored<()> {
        let (account, number) = (account.clone(), number.to_owned());
        let sealed = track.map(|t| self.vault.seal(Sealed::Exchange, to_json(&t.events).to_string().as_bytes()));
        self.writer.run(move |c| Box::pin(async move { keep(c, &account, &number, sealed, now).await })).await
    }
}

async fn keep(c: &mut SqliteConnection, account: &Account, number: &str, sealed: Option<Vec<u8>>, now: Instant) -> sqlx::Result<()> {
    if due::hint(c, account, number, now).await? {
        return Ok(()); // registered in between: the look finds it
    }
    sqlx::query("INSERT INTO early_pushes (carrier, account, number, at, sealed) VALUES (?, ?, ?, ?, ?)")
        .bind(&*account.carrier)
        .bind(&*account.name)
        .bind(number)
        .bind(now)
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
    vault: &Vault,
) -> sqlx::Result<()> {
    let rows: Vec<(i64, Option<Vec<u8>>)> =
        sqlx::query_as("DELETE FROM early_pushes WHERE carrier = ? AND account = ? AND number = ? RETURNING at, sealed")
            .bind(&*account.carrier)
            .bind(&*account.name)
            .bind(number)
            .fetch_all(&mut *c)
            .await?;
    for (at, sealed) in rows {
        let json = sealed.and_then(|sealed| vault.unseal(Sealed::Exchange, &sealed).ok());
        let events = json.map(|json| from_json(&json)).unwrap_or_default();
        record::join(c, key, &events, at).await?;
    }
    Ok(())
}

fn to_json(events: &[Event]) -> Value {
    events.iter().map(|e| json!([e.at, e.code, e.status, e.unmapped, e.text, e.place])).collect()
}

fn from_json(json: &[u8]) -> Vec<Event> {
    type Row = (i64, String, String, bool, String, Option<String>);
    let rows: Vec<Row> = serde_json::from_slice(json).unwrap_or_default();
    let event = |(at, code, status, unmapped, text, place): Row| {
        let status = posthouse_sdk::status::known(&status)?;
        Some(Event { at, code, status, unmapped, text, place })
    };
    rows.into_iter().filter_map(event).collect()
}
