//! A new vault key: what it carries on, and everything sealed once more.
//!
//! The host is not running meanwhile. Each step may be repeated, so a rotation that was killed is
//! begun again and goes on.

use std::fs::{File, TryLockError};

use anyhow::Context as _;
use sqlx::{ConnectOptions as _, Row as _, SqlitePool};

use super::audit::{self, Act};
use super::{Store, Stored, options};
use crate::config::Database;
use crate::fault::Instant;
use crate::vault::{Roots, Sealed, Vault};

/// Rows in one commit.
const SOME: i64 = 200;

/// Every sealed column, by its table: those of few rows are read whole.
const TABLES: &[(&str, Sealed, Rows)] = &[
    ("credentials", Sealed::Credential, Rows::Few),
    ("tokens", Sealed::Token, Rows::Few),
    ("webhooks", Sealed::Webhook, Rows::Few),
    ("roots", Sealed::Root, Rows::Few),
    ("early_pushes", Sealed::Exchange, Rows::Many),
    ("exchanges", Sealed::Exchange, Rows::Many),
    ("entries", Sealed::Exchange, Rows::Many),
    ("sheets", Sealed::Exchange, Rows::Many),
    ("customer_notices", Sealed::Person, Rows::Many),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    Few,
    /// They have a column `key`.
    Many,
}

/// Whoever holds this has the database for itself: a host, or a rotation.
pub fn alone(config: &Database) -> anyhow::Result<File> {
    let path = config.path.with_added_extension("lock");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let file = File::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            anyhow::bail!("{} is in use by another `posthouse serve` or `posthouse vault rotate`: end it first", config.path.display())
        }
        Err(TryLockError::Error(why)) => Err(why).with_context(|| format!("cannot lock {}", path.display())),
    }
}

/// Writes the file anew, without what was deleted or overwritten in it.
pub async fn compact(config: &Database) -> anyhow::Result<()> {
    let mut c = options(&config.path, config.synchronous)?.connect().await?;
    sqlx::query("VACUUM").execute(&mut c).await.with_context(|| format!("cannot compact {}", config.path.display()))?;
    let (busy, ..): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut c).await?;
    anyhow::ensure!(busy == 0, "{} is being read, so its log of changes stays: run this again", config.path.display());
    Ok(())
}

pub(super) async fn roots(pool: &SqlitePool, vault: &Vault) -> anyhow::Result<Roots> {
    let rows: Vec<Vec<u8>> = sqlx::query_scalar("SELECT sealed FROM roots").fetch_all(pool).await?;
    let open = |sealed: &Vec<u8>| Ok(String::from_utf8(vault.unseal(Sealed::Root, sealed)?)?);
    Roots::of(vault, &rows.iter().map(open).collect::<anyhow::Result<Vec<_>>>()?)
}

impl Store {
    /// Keeps what the next vault key has to carry on. Changes nothing for the present one.
    pub async fn carry_roots(&self) -> Stored<()> {
        let last: i64 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM audit").fetch_one(&self.read).await?;
        let rows: Vec<_> = self.roots.to_carry(last).iter().map(|line| self.vault.seal(Sealed::Root, line.as_bytes())).collect();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM roots").execute(&mut *c).await?;
                    for sealed in rows {
                        sqlx::query("INSERT INTO roots (sealed) VALUES (?)").bind(sealed).execute(&mut *c).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Seals everything with the present key. `tell` hears table, rows done, rows there are.
    pub async fn reseal(&self, tell: impl Fn(&str, i64, i64)) -> anyhow::Result<i64> {
        let mut all = 0;
        for (table, kind, rows) in TABLES {
            let sql = format!("SELECT count(*) FROM {table} WHERE sealed IS NOT NULL");
            let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&self.read).await?;
            let (mut done, mut after) = (0, None);
            loop {
                let some = self.sealed(table, *rows, after).await?;
                let Some((last, _)) = some.last() else { break };
                (done, after) = (done + some.len() as i64, Some(*last));
                self.reseal_some(table, *kind, *rows, some).await.with_context(|| format!("in `{table}`"))?;
                tell(table, done, count);
                if *rows == Rows::Few {
                    break;
                }
            }
            all += done;
        }
        Ok(all)
    }

    async fn sealed(&self, table: &str, rows: Rows, after: Option<i64>) -> Stored<Vec<(i64, Vec<u8>)>> {
        let sql = match rows {
            Rows::Few => format!("SELECT 0, sealed FROM {table}"),
            Rows::Many => format!("SELECT key, sealed FROM {table} WHERE sealed IS NOT NULL AND key > ? ORDER BY key LIMIT {SOME}"),
        };
        let found = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after.unwrap_or(i64::MIN)).fetch_all(&self.read).await?;
        Ok(found.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    async fn reseal_some(&self, table: &'static str, kind: Sealed, rows: Rows, some: Vec<(i64, Vec<u8>)>) -> anyhow::Result<()> {
        let mut anew = vec![];
        for (key, old) in some {
            anew.extend(self.vault.reseal(kind, &old)?.map(|new| (key, old, new)));
        }
        let by = if rows == Rows::Many { "key = ?2 AND sealed = ?3" } else { "?2 = 0 AND sealed = ?3" };
        let sql = format!("UPDATE {table} SET sealed = ?1 WHERE {by}");
        let done = self.writer.run(move |c| {
            Box::pin(async move {
                for (key, old, new) in anew {
                    sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(new).bind(key).bind(old).execute(&mut *c).await?;
                }
                Ok(())
            })
        });
        Ok(done.await?)
    }

    /// Appends the rotation's link, once.
    pub async fn rotated(&self, act: Act, now: Instant) -> Stored<()> {
        let key = self.audit_key();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let told = sqlx::query("SELECT 1 FROM audit WHERE act = ? AND subject = ?").bind(act.act).bind(&act.subject);
                    if told.fetch_optional(&mut *c).await?.is_none() {
                        audit::append(c, &key, &act, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
