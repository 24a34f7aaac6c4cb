//! Messages to channels: what is to be sent, and what became of it.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{Store, Stored, alerts};
use crate::alert::Message;
use crate::fault::Instant;

/// One message for one channel.
#[derive(Debug, Clone)]
pub struct Telling {
    pub key: i64,
    pub subject: String,
    pub step: String,
    pub number: u32,
    pub channel: String,
    pub message: Option<Message>,
    pub made_at: Instant,
    pub attempts: u32,
    pub next_at: Option<Instant>,
    pub sent_at: Option<Instant>,
    pub failure: Option<String>,
}

const COLUMNS: &str =
    "SELECT key, subject, step, number, channel, message, made_at, attempts, next_at, sent_at, failure FROM alert_deliveries";

impl Store {
    /// What a channel is to be told now, the oldest first.
    pub async fn to_tell(&self, channel: &str, now: Instant, most: u32) -> Stored<Vec<Telling>> {
        // What was said of a subject before is said before, or its end would not be the last word.
        let sql = format!(
            "{COLUMNS} WHERE channel = ?1 AND next_at <= ?2 AND NOT EXISTS (SELECT 1 FROM alert_deliveries e WHERE e.subject = alert_deliveries.subject \
             AND e.channel = alert_deliveries.channel AND e.next_at > ?2 AND e.key < alert_deliveries.key) ORDER BY key LIMIT ?3"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(channel).bind(now).bind(most).fetch_all(&self.read).await?;
        Ok(rows.iter().map(telling).collect())
    }

    /// Everything that was told of a subject, in order.
    pub async fn told(&self, subject: &str) -> Stored<Vec<Telling>> {
        let sql = format!("{COLUMNS} WHERE subject = ? ORDER BY key");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(subject).fetch_all(&self.read).await?;
        Ok(rows.iter().map(telling).collect())
    }

    /// Hands a message to channels; each hears it once, however often this is called.
    pub async fn tell_all(&self, subject: &str, channels: Vec<String>, message: Message, from: Instant) -> Stored<()> {
        let subject = subject.to_owned();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    for channel in channels {
                        alerts::write(c, &subject, 0, &channel, &message, from).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// What became of an attempt for these.
    pub async fn tried(&self, keys: Vec<i64>, failure: Option<String>, next_at: Option<Instant>, now: Instant) -> Stored<()> {
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    for key in keys {
                        let sql = "UPDATE alert_deliveries SET attempts = attempts + 1, failure = ?2, next_at = ?3, \
                                   sent_at = CASE WHEN ?2 IS NULL THEN ?4 END WHERE key = ?1";
                        sqlx::query(sql).bind(key).bind(&failure).bind(next_at).bind(now).execute(&mut *c).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// After a start, whatever failed is tried at once: perhaps what was wrong is mended. What is held waits no
    /// longer than the quiet hours are by now.
    pub async fn try_again(&self, now: Instant, quiet_until: Instant) -> Stored<()> {
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE alert_deliveries SET next_at = min(next_at, CASE WHEN attempts > 0 THEN ?1 ELSE ?2 END) \
                               WHERE next_at IS NOT NULL";
                    sqlx::query(sql).bind(now).bind(quiet_until).execute(c).await.map(drop)
                })
            })
            .await
    }
}

fn telling(row: &SqliteRow) -> Telling {
    Telling {
        key: row.get(0),
        subject: row.get(1),
        step: row.get(2),
        number: row.get(3),
        channel: row.get(4),
        message: serde_json::from_str(row.get(5)).ok(),
        made_at: row.get(6),
        attempts: row.get(7),
        next_at: row.get(8),
        sent_at: row.get(9),
        failure: row.get(10),
    }
}
