//! Letters on their way: sorted to each webhook, due, delivered or dead.
//!
//! Of a parcel's waiting letters only the first has a time to be sent at; the next gets one when
//! that one is delivered or dead. So no letter overtakes another of its parcel.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::audit::Act;
use super::outbox::{self, Letter};
use super::{Store, Stored, audit};
use crate::fault::Instant;

/// A letter that is due.
#[derive(Debug, Clone)]
pub struct DueLetter {
    pub letter: Letter,
    /// Attempts made before this one.
    pub attempts: u32,
    /// When the first of them was made.
    pub first_at: Option<Instant>,
    /// Letters of the parcel that died since the last that was delivered.
    pub missed: Vec<i64>,
    /// A later letter of the parcel was delivered before: this one died and was revived.
    pub late: bool,
}

/// What became of an attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub event: i64,
    pub at: Instant,
    pub status: Option<u16>,
    pub took_ms: i64,
    /// Why it failed.
    pub detail: Option<String>,
    pub then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Delivered,
    /// Again at this time.
    Again(Instant),
    Dead,
}

/// A letter as the log shows it.
#[derive(Debug)]
pub struct Logged {
    pub letter: Letter,
    pub state: String,
    pub attempts: u32,
    pub next_at: Option<Instant>,
    pub last_at: Option<Instant>,
    pub status: Option<u16>,
    pub took_ms: Option<i64>,
    pub detail: Option<String>,
}

/// An attempt that failed, as the log shows it.
#[derive(Debug)]
pub struct Failed {
    pub at: Instant,
    pub status: Option<u16>,
    pub took_ms: i64,
    pub detail: String,
}

impl Store {
    /// Puts letters on a webhook's pile and moves its place on. False if somebody moved it or turned
    /// the webhook off meanwhile: then nothing was done.
    pub async fn sort(&self, webhook: &str, from: i64, to: i64, letters: Vec<i64>, now: Instant) -> Stored<bool> {
        let webhook = webhook.to_owned();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE webhooks SET sorted = ?1 WHERE id = ?2 AND sorted = ?3 AND off_why IS NULL";
                    let moved = sqlx::query(sql).bind(to).bind(&webhook).bind(from).execute(&mut *c).await?;
                    if moved.rows_affected() == 0 {
                        return Ok(false);
                    }
                    for event in letters {
                        // A parcel may be erased meanwhile, and its letters with it.
                        sqlx::query(
                            "INSERT INTO deliveries (webhook, event, parcel, next_at) \
                             SELECT ?1, o.key, o.parcel, CASE WHEN EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook = ?1 \
                             AND d.parcel = o.parcel AND d.state = 'waiting') THEN NULL ELSE ?3 END FROM outbox o WHERE o.key = ?2",
                        )
                        .bind(&webhook)
                        .bind(event)
                        .bind(now)
                        .execute(&mut *c)
                        .await?;
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// Letters of a webhook that may be sent now, the longest due first.
    pub async fn due_letters(&self, webhook: &str, now: Instant, most: usize) -> Stored<Vec<DueLetter>> {
        let sql = format!(
            "SELECT {}, d.attempts, d.first_at, (SELECT group_concat(e.event) FROM deliveries e WHERE e.webhook = d.webhook \
             AND e.parcel = d.parcel AND e.state = 'dead' AND e.event < d.event AND e.event > coalesce((SELECT max(f.event) \
             FROM deliveries f WHERE f.webhook = d.webhook AND f.parcel = d.parcel AND f.state = 'delivered' AND f.event < d.event), 0)), \
             EXISTS (SELECT 1 FROM deliveries g WHERE g.webhook = d.webhook AND g.parcel = d.parcel AND g.state = 'delivered' \
             AND g.event > d.event) FROM deliveries d JOIN outbox o ON o.key = d.event JOIN parcels p ON p.key = d.parcel \
             WHERE d.webhook = ? AND d.next_at <= ? ORDER BY d.next_at, d.event LIMIT ?",
            outbox::COLUMNS
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(webhook).bind(now).bind(most).fetch_all(&self.read).await?;
        rows.iter().map(due).collect()
    }

    /// When the next letter of a webhook falls due that is not due yet.
    pub async fn next_letter(&self, webhook: &str, now: Instant) -> Stored<Option<Instant>> {
        let sql = "SELECT min(next_at) FROM deliveries WHERE webhook = ? AND next_at > ?";
        Ok(sqlx::query_scalar(sql).bind(webhook).bind(now).fetch_one(&self.read).await?)
    }

    /// Writes down what became of attempts: one commit for all of them.
    pub async fn mark(&self, webhook: &str, attempts: Vec<Attempt>) -> Stored<()> {
        let webhook = webhook.to_owned();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let good = attempts.iter().filter(|attempt| attempt.then == Then::Delivered).map(|attempt| attempt.at).max();
                    for attempt in attempts {
                        mark(c, &webhook, attempt).await?;
                    }
                    if good.is_some() {
                        sqlx::query("UPDATE webhooks SET good_at = ? WHERE id = ?").bind(good).bind(&webhook).execute(&mut *c).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Letters of a webhook before a place in the outbox, the newest first; all, or those in one state.
    pub async fn deliveries(&self, webhook: &str, state: Option<&str>, before: i64, most: u32) -> Stored<Vec<Logged>> {
        let sql = format!(
            "SELECT {}, d.state, d.attempts, d.next_at, d.last_at, d.status, d.took_ms, d.detail FROM deliveries d \
             JOIN outbox o ON o.key = d.event JOIN parcels p ON p.key = d.parcel \
             WHERE d.webhook = ?1 AND d.event < ?2 AND (?3 IS NULL OR d.state = ?3) ORDER BY d.event DESC LIMIT ?4",
            outbox::COLUMNS
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(webhook).bind(before).bind(state).bind(most);
        query.fetch_all(&self.read).await?.iter().map(logged).collect()
    }

    /// Every attempt at a letter that failed, in order.
    pub async fn failed_attempts(&self, webhook: &str, event: i64) -> Stored<Vec<Failed>> {
        let sql = "SELECT at, status, took_ms, detail FROM attempts WHERE webhook = ? AND event = ? ORDER BY at";
        let rows = sqlx::query(sql).bind(webhook).bind(event).fetch_all(&self.read).await?;
        let failed = |row: &SqliteRow| Failed { at: row.get(0), status: row.get(1), took_ms: row.get(2), detail: row.get(3) };
        Ok(rows.iter().map(failed).collect())
    }

    /// How many letters of a webhook wait, and how many died.
    pub async fn piled(&self, webhook: &str) -> Stored<(i64, i64)> {
        let sql = "SELECT coalesce(sum(state = 'waiting'), 0), coalesce(sum(state = 'dead'), 0) FROM deliveries \
                   WHERE webhook = ? AND state <> 'delivered'";
        Ok(sqlx::query_as(sql).bind(webhook).fetch_one(&self.read).await?)
    }

    /// Dead letters wait again: this one, or all. How many.
    pub async fn revive(&self, webhook: &str, event: Option<i64>, act: Act, now: Instant) -> Stored<u64> {
        let (webhook, key) = (webhook.to_owned(), self.audit_key());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE deliveries SET state = 'waiting', attempts = 0, first_at = NULL, next_at = NULL \
                               WHERE webhook = ?1 AND state = 'dead' AND state <> 'delivered' AND (?2 IS NULL OR event = ?2) RETURNING parcel";
                    let parcels: Vec<i64> = sqlx::query_scalar(sql).bind(&webhook).bind(event).fetch_all(&mut *c).await?;
                    for parcel in &parcels {
                        promote(c, &webhook, *parcel, now).await?;
                    }
                    if !parcels.is_empty() {
                        audit::append(c, &key, &act, now).await?;
                    }
                    Ok(parcels.len() as u64)
                })
            })
            .await
    }
}

async fn mark(c: &mut SqliteConnection, webhook: &str, attempt: Attempt) -> sqlx::Result<()> {
    let Attempt { event, at, status, took_ms, detail, then } = attempt;
    let (state, next_at) = match then {
        Then::Delivered => ("delivered", None),
        Then::Again(next) => ("waiting", Some(next)),
        Then::Dead => ("dead", None),
    };
    let sql = "UPDATE deliveries SET state = ?3, next_at = ?4, attempts = attempts + 1, first_at = coalesce(first_at, ?5), last_at = ?5, \
               status = ?6, took_ms = ?7, detail = ?8 WHERE webhook = ?1 AND event = ?2 AND state = 'waiting' RETURNING parcel";
    let query = sqlx::query_scalar(sql).bind(webhook).bind(event).bind(state).bind(next_at).bind(at);
    // Gone with its parcel or its webhook: there is nothing to write to.
    let Some(parcel) = query.bind(status).bind(took_ms).bind(&detail).fetch_optional(&mut *c).await? else { return Ok(()) };
    if then != Then::Delivered {
        sqlx::query("INSERT OR REPLACE INTO attempts (webhook, event, at, status, took_ms, detail) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(webhook)
            .bind(event)
            .bind(at)
            .bind(status)
            .bind(took_ms)
            .bind(detail.unwrap_or_default())
            .execute(&mut *c)
            .await?;
    }
    if !matches!(then, Then::Again(_)) {
        promote(c, webhook, parcel, at).await?;
    }
    Ok(())
}

/// Of every parcel, at one webhook or at all: its first waiting letter has a time, whatever became of those
/// before it. At one webhook they all begin anew, because somebody says that it works again.
pub(super) async fn first_ones_are_due(c: &mut SqliteConnection, webhook: Option<&str>, now: Instant) -> sqlx::Result<()> {
    let sql = "UPDATE deliveries SET next_at = ?2, attempts = iif(?1 IS NULL, attempts, 0), first_at = iif(?1 IS NULL, first_at, NULL) \
               WHERE state = 'waiting' AND state <> 'delivered' AND (webhook = ?1 OR (?1 IS NULL AND next_at IS NULL)) \
               AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook = deliveries.webhook AND d.parcel = deliveries.parcel \
               AND d.state = 'waiting' AND d.event < deliveries.event)";
    sqlx::query(sql).bind(webhook).bind(now).execute(c).await.map(drop)
}

/// The parcel's first waiting letter is due, unless one of them is already. The plus keeps SQLite from looking
/// through everything that is due for it.
async fn promote(c: &mut SqliteConnection, webhook: &str, parcel: i64, now: Instant) -> sqlx::Result<()> {
    let sql = "UPDATE deliveries SET next_at = ?3 WHERE webhook = ?1 AND event = (SELECT min(event) FROM deliveries WHERE webhook = ?1 \
               AND parcel = ?2 AND state = 'waiting') AND NOT EXISTS (SELECT 1 FROM deliveries WHERE webhook = ?1 AND parcel = ?2 \
               AND +next_at IS NOT NULL)";
    sqlx::query(sql).bind(webhook).bind(parcel).bind(now).execute(c).await.map(drop)
}

fn due(row: &SqliteRow) -> Stored<DueLetter> {
    let missed: Option<String> = row.get(11);
    let missed = missed.iter().flat_map(|list| list.split(',')).filter_map(|event| event.parse().ok()).collect();
    Ok(DueLetter { letter: outbox::letter(row)?, attempts: row.get(9), first_at: row.get(10), missed, late: row.get(12) })
}

fn logged(row: &SqliteRow) -> Stored<Logged> {
    Ok(Logged {
        letter: outbox::letter(row)?,
        state: row.get(9),
        attempts: row.get(10),
        next_at: row.get(11),
        last_at: row.get(12),
        status: row.get(13),
        took_ms: row.get(14),
        detail: row.get(15),
    })
}
