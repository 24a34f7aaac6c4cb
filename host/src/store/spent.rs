//! Calls made, per hour.

use std::time::Duration;

use sqlx::SqliteConnection;

use super::record::Recording;
use super::{Store, Stored};
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

/// Calls to be counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spent {
    account: Account,
    interface: &'static str,
    hour: i64,
    calls: usize,
}

/// The calls of a recording, each under its own interface.
pub fn of(recording: &Recording) -> Vec<Spent> {
    let calls = recording.exchanges.iter().filter(|e| e.request.is_some());
    calls.map(|e| Spent { account: recording.account.clone(), interface: e.interface, hour: e.at / HOUR, calls: 1 }).collect()
}

/// Counts many, one statement for each account, interface and hour.
pub(super) async fn add_all(c: &mut SqliteConnection, mut spent: Vec<Spent>) -> sqlx::Result<()> {
    spent.sort();
    let same = |a: &Spent, b: &Spent| (&a.account, a.interface, a.hour) == (&b.account, b.interface, b.hour);
    for group in spent.chunk_by(same) {
        let calls: usize = group.iter().map(|s| s.calls).sum();
        sqlx::query(
            "INSERT INTO spent (carrier, account, interface, hour, calls) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (carrier, account, interface, hour) DO UPDATE SET calls = calls + ?5",
        )
        .bind(&*group[0].account.carrier)
        .bind(&*group[0].account.name)
        .bind(group[0].interface)
        .bind(group[0].hour)
        .bind(i64::try_from(calls).unwrap_or(i64::MAX))
        .execute(&mut *c)
        .await?;
    }
    Ok(())
}
