//! How old answers are, and other figures of the parcels that are watched.

use std::collections::BTreeMap;

use super::{Store, Stored};
use crate::fault::Instant;
use crate::parcel::Account;

/// Ages are told in steps of this many milliseconds: a million parcels are a few thousand rows.
const STEP: Instant = 100;

/// Parcels of an account that are of one age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// Since the last good answer, or the registration; in milliseconds.
    pub age: Instant,
    /// The carrier pushes them.
    pub subscribed: bool,
    /// There was no good answer yet.
    pub never: bool,
    pub count: u64,
}

impl Store {
    /// How old the answers are of every parcel that is watched and has not come to its end: none that
    /// only its tail looks are left of.
    pub async fn ages(&self, now: Instant) -> Stored<BTreeMap<Account, Vec<Ages>>> {
        let sql = "SELECT carrier, account, (max(?1 - coalesce(as_of, registered_at), 0)) / ?2 AS step, subscribed_at IS NOT NULL, as_of IS NULL, count(*) \
                   FROM parcels WHERE next_look IS NOT NULL AND watched = 1 AND tail = 0 GROUP BY 1, 2, 3, 4, 5";
        let rows: Vec<(String, String, i64, bool, bool, i64)> = sqlx::query_as(sql).bind(now).bind(STEP).fetch_all(&self.read).await?;
        let mut all: BTreeMap<Account, Vec<Ages>> = BTreeMap::new();
        for (carrier, account, step, subscribed, never, count) in rows {
            let ages = Ages { age: step * STEP, subscribed, never, count: count.unsigned_abs() };
            all.entry(Account::new(&carrier, &account)).or_default().push(ages);
        }
        Ok(all)
    }

    /// Watched parcels of each account.
    pub async fn watched_by_account(&self) -> Stored<Vec<(Account, i64)>> {
        self.by_account("next_look IS NOT NULL").await
    }

    /// Watched parcels of each account whose last look ended with a refused credential or token.
    pub async fn rejected_by_account(&self) -> Stored<Vec<(Account, i64)>> {
        self.by_account("next_look IS NOT NULL AND outcome IN ('credential-rejected', 'token-expired')").await
    }

    async fn by_account(&self, which: &'static str) -> Stored<Vec<(Account, i64)>> {
        let sql = format!("SELECT carrier, account, count(*) FROM parcels WHERE {which} GROUP BY 1, 2 ORDER BY 1, 2");
        let rows: Vec<(String, String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&self.read).await?;
        Ok(rows.into_iter().map(|(carrier, account, count)| (Account::new(&carrier, &account), count)).collect())
    }

    /// Codes that nobody knows and that were seen since then: carrier, code, what its wording was taken
    /// for, how often it was seen in all.
    pub async fn unmapped_since(&self, since: Instant) -> Stored<Vec<(String, String, String, i64)>> {
        let sql = "SELECT carrier, code, status, seen FROM unmapped WHERE last_at >= ? ORDER BY seen DESC, carrier, code LIMIT 500";
        Ok(sqlx::query_as(sql).bind(since).fetch_all(&self.read).await?)
    }
}
