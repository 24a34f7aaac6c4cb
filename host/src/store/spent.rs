//! Calls made: per hour, and with each generation of a credential.

use std::time::Duration;

use sqlx::SqliteConnection;

use super::record::Recording;
use super::{Store, Stored};
use crate::fault::Instant;
use crate::fetch::{Exchange, PROOF};
use crate::parcel::Account;

const HOUR: i64 = 3_600_000;

impl Store {
    /// Calls of an interface in each of the last 48 hours, newest hour last.
    pub async fn spent(&self, account: &Account, interface: &str, now: i64) -> Stored<Vec<(i64, u32)>> {
        let rows =
            sqlx::query_as("SELECT hour, calls FROM spent WHERE carrier = ? AND account = ? AND interface = ? AND hour >= ? ORDER BY hour")
                .bind(&*account.carrier)
                .bind(&*account.name)
                .bind(interface)
                .bind(now / HOUR - 48)
                .fetch_all(&self.read)
                .await?;
        Ok(rows)
    }
}

/// Of the hours that a length of time before `now` touches: rather too many than too few.
pub fn within(hours: &[(i64, u32)], length: Duration, now: i64) -> u32 {
    let since = (now - i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 2)) / HOUR;
    hours.iter().filter(|(hour, _)| *hour >= since).map(|(_, calls)| calls).sum()
}

/// A call to be counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spent {
    account: Account,
    interface: &'static str,
    hour: i64,
    /// None if it was no use of the credential, but the proof that it has none.
    generation: Option<u32>,
    at: Instant,
}

/// The calls of a recording, each under its own interface.
pub fn of(recording: &Recording) -> Vec<Spent> {
    let generation = recording.release.rsplit_once('+').and_then(|(_, generation)| generation.parse().ok());
    let calls = recording.exchanges.iter().filter(|e| e.request.is_some());
    calls.map(|e| spent(recording, e, generation)).collect()
}

/// A proof is a look to the carrier, and so to the quota.
fn spent(recording: &Recording, exchange: &Exchange, generation: Option<u32>) -> Spent {
    let proof = exchange.interface == PROOF;
    Spent {
        account: recording.account.clone(),
        interface: if proof { "tracking" } else { exchange.interface },
        hour: exchange.at / HOUR,
        generation: generation.filter(|_| !proof),
        at: exchange.at,
    }
}

/// Counts many, one statement for each account, interface and hour, and one for each generation.
pub(super) async fn add_all(c: &mut SqliteConnection, mut spent: Vec<Spent>) -> sqlx::Result<()> {
    spent.sort();
    let same = |a: &Spent, b: &Spent| (&a.account, a.interface, a.hour) == (&b.account, b.interface, b.hour);
    for group in spent.chunk_by(same) {
        sqlx::query(
            "INSERT INTO spent (carrier, account, interface, hour, calls) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (carrier, account, interface, hour) DO UPDATE SET calls = calls + ?5",
        )
        .bind(&*group[0].account.carrier)
        .bind(&*group[0].account.name)
        .bind(group[0].interface)
        .bind(group[0].hour)
        .bind(count(group.len()))
        .execute(&mut *c)
        .await?;
    }
    spent.sort_by(|a, b| (&a.account, a.generation).cmp(&(&b.account, b.generation)));
    for group in spent.chunk_by(|a, b| (&a.account, a.generation) == (&b.account, b.generation)) {
        if let Some(generation) = group[0].generation {
            used(c, group, generation).await?;
        }
    }
    Ok(())
}

/// Calls of one generation. A call is late if it began after the generation was retired.
async fn used(c: &mut SqliteConnection, calls: &[Spent], generation: u32) -> sqlx::Result<()> {
    let (carrier, account) = (&*calls[0].account.carrier, &*calls[0].account.name);
    let retired: Option<Option<Instant>> =
        sqlx::query_scalar("SELECT retired_at FROM credentials WHERE carrier = ? AND account = ? AND generation = ?")
            .bind(carrier)
            .bind(account)
            .bind(generation)
            .fetch_optional(&mut *c)
            .await?;
    let late = calls.iter().filter(|call| retired.flatten().is_some_and(|at| call.at > at)).count();
    sqlx::query(
        "INSERT INTO uses (carrier, account, generation, last_at, calls, late) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (carrier, account, generation) DO UPDATE SET last_at = max(last_at, ?4), calls = calls + ?5, late = late + ?6",
    )
    .bind(carrier)
    .bind(account)
    .bind(generation)
    .bind(calls.iter().map(|call| call.at).max())
    .bind(count(calls.len()))
    .bind(count(late))
    .execute(c)
    .await
    .map(drop)
}

fn count(calls: usize) -> i64 {
    i64::try_from(calls).unwrap_or(i64::MAX)
}
