//! Releases that this host has had, and those that were taken back.

use posthouse_registry::{Digest, Known, Ring};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::audit::{self, Act};
use super::{Store, Stored, standing};
use crate::fault::Instant;
use crate::parcel::Account;
use crate::shelf::News;

/// A release that was taken back while it was in use.
#[derive(Debug, Clone)]
pub struct Recall {
    pub id: String,
    pub at: Instant,
    pub release: String,
    /// `revoked-release`, `revoked-key`.
    pub code: String,
    pub reason: String,
    /// Where its parcels went, and how many; none: nowhere.
    pub moved: Vec<(Account, Option<String>, i64)>,
}

/// A parcel that went from one release to another.
#[derive(Debug, Clone)]
pub struct Moved {
    pub key: i64,
    pub id: String,
    pub carrier: String,
    pub account: String,
    pub number: String,
    pub to_release: Option<String>,
}

/// Where the parcels of an account go that a release is taken from.
#[derive(Debug, Clone)]
pub struct Refuge {
    pub account: Account,
    /// Version, generation and name of the release.
    pub to: Option<(String, u32, String)>,
    /// Only these were on it (a candidate's slice), by their last release; all if none.
    pub only: Option<String>,
}

impl Store {
    /// Every release this host has had.
    pub async fn known(&self) -> Stored<Known> {
        let rows: Vec<(String, String, Vec<u8>, String)> =
            sqlx::query_as("SELECT id, version, digest, ring FROM releases").fetch_all(&self.read).await?;
        let mut known = Known::default();
        for (id, version, digest, ring) in rows {
            let ring = if ring == Ring::Candidate.to_string() { Ring::Candidate } else { Ring::Stable };
            if let Ok(digest) = digest.try_into() {
                known.add(&id, &version, Digest(digest), ring);
            }
        }
        Ok(known)
    }

    /// Remembers releases; of what is known only the ring changes, from candidate to stable.
    pub async fn remember(&self, releases: Vec<News>, now: Instant) -> Stored<()> {
        if releases.is_empty() {
            return Ok(());
        }
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    for News { id, version, digest, ring } in releases {
                        let sql = "INSERT INTO releases (id, version, digest, ring, first_at) VALUES (?, ?, ?, ?, ?) \
                                   ON CONFLICT (id, version) DO UPDATE SET ring = excluded.ring WHERE excluded.ring = 'stable'";
                        sqlx::query(sql)
                            .bind(id)
                            .bind(version)
                            .bind(&digest.0[..])
                            .bind(ring.to_string())
                            .bind(now)
                            .execute(&mut *c)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Takes a release back: its accounts stand on what they go to, and each parcel that is still
    /// looked at is written down.
    pub async fn recall(&self, recall: Recall, refuges: Vec<Refuge>, act: Act) -> Stored<()> {
        let key = self.audit_key();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    sqlx::query("INSERT INTO recalls (id, at, release, code, reason) VALUES (?, ?, ?, ?, ?)")
                        .bind(&recall.id)
                        .bind(recall.at)
                        .bind(&recall.release)
                        .bind(&recall.code)
                        .bind(&recall.reason)
                        .execute(&mut *c)
                        .await?;
                    for Refuge { account, to, only } in refuges {
                        sqlx::query(
                            "INSERT INTO recalled (recall, parcel, to_release) SELECT ?, key, ? FROM parcels \
                             WHERE carrier = ? AND account = ? AND current = 1 AND next_look IS NOT NULL AND (? IS NULL OR release = ?)",
                        )
                        .bind(&recall.id)
                        .bind(to.as_ref().map(|(_, _, name)| name))
                        .bind(&*account.carrier)
                        .bind(&*account.name)
                        .bind(&only)
                        .bind(&only)
                        .execute(&mut *c)
                        .await?;
                        if let (Some((version, generation, _)), None) = (to, only) {
                            standing::stand(c, &account, &version, generation, recall.at).await?;
                        }
                    }
                    audit::append(c, &key, &act, recall.at).await
                })
            })
            .await
    }

    /// What was taken back, newest first.
    pub async fn recalls(&self) -> Stored<Vec<Recall>> {
        let rows = sqlx::query("SELECT id, at, release, code, reason FROM recalls ORDER BY at DESC, id DESC").fetch_all(&self.read).await?;
        let mut recalls = vec![];
        for row in rows {
            let id: String = row.get(0);
            let moved: Vec<(String, String, Option<String>, i64)> = sqlx::query_as(
                "SELECT p.carrier, p.account, r.to_release, count(*) FROM recalled r JOIN parcels p ON p.key = r.parcel \
                 WHERE r.recall = ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            )
            .bind(&id)
            .fetch_all(&self.read)
            .await?;
            let moved = moved.into_iter().map(|(carrier, account, to, parcels)| (Account::new(&carrier, &account), to, parcels)).collect();
            recalls.push(Recall { id, at: row.get(1), release: row.get(2), code: row.get(3), reason: row.get(4), moved });
        }
        Ok(recalls)
    }

    /// Parcels of a recall, a page of them.
    pub async fn recalled(&self, recall: &str, after: i64, limit: u32) -> Stored<Vec<Moved>> {
        let sql = "SELECT p.key, p.id, p.carrier, p.account, p.number, r.to_release FROM recalled r JOIN parcels p ON p.key = r.parcel \
                   WHERE r.recall = ? AND p.key > ? ORDER BY p.key LIMIT ?";
        let rows = sqlx::query(sql).bind(recall).bind(after).bind(limit).fetch_all(&self.read).await?;
        let moved = |row: &SqliteRow| Moved {
            key: row.get(0),
            id: row.get(1),
            carrier: row.get(2),
            account: row.get(3),
            number: row.get(4),
            to_release: row.get(5),
        };
        Ok(rows.iter().map(moved).collect())
    }
}
