//! Alerts, and the messages that tell of them.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::parcels::among;
use super::{Store, Stored};
use crate::alert::{Alert, Audience, Message, Severity, Step, Subject};
use crate::fault::Instant;

/// Which alerts a list shows.
#[derive(Debug, Clone, Default)]
pub struct AlertFilter {
    pub open: bool,
    pub unacknowledged: bool,
    pub kind: Option<String>,
    pub carrier: Option<String>,
    /// Those of no account are everybody's.
    pub accounts: Option<Vec<String>>,
    /// From this severity on.
    pub severity: Option<Severity>,
    /// Opened at this time or later.
    pub since: Option<Instant>,
    pub before: Option<i64>,
}

/// A page of alerts, and where the next one begins.
pub struct AlertPage {
    pub alerts: Vec<Alert>,
    pub next: Option<i64>,
}

const COLUMNS: &str = "SELECT seq, id, key, kind, severity, carrier, account, zh, en, detail, opened_at, last_at, told_at, closed_at, \
     acked_at, acked_by, escalated_at, updates FROM alerts";

impl Store {
    /// Opens an alert or brings the open one up to date; whether channels are told.
    pub async fn raise_alert(&self, subject: Subject, audience: Audience, update_every: Instant, now: Instant) -> Stored<bool> {
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let Some(mut alert) = open(c, &subject.key).await? else {
                        let alert = begun(subject, now);
                        insert(c, &alert).await?;
                        return tell(c, &alert, Step::Opened, &audience, now).await;
                    };
                    let is_worse = subject.severity > alert.severity;
                    let is_news = alert.headline != subject.headline && alert.acked_at.is_none() && now - alert.told_at >= update_every;
                    alert.severity = alert.severity.max(subject.severity);
                    (alert.headline, alert.detail, alert.last_at) = (subject.headline, subject.detail, now);
                    if is_worse {
                        // Who took it for harmless has not seen this.
                        (alert.acked_at, alert.acked_by) = (None, None);
                    }
                    if is_worse || is_news {
                        (alert.updates, alert.told_at) = (alert.updates + 1, now);
                    }
                    update(c, &alert).await?;
                    if is_worse || is_news { tell(c, &alert, Step::Updated, &audience, now).await } else { Ok(false) }
                })
            })
            .await
    }

    /// Closes what is open for a key. `from` says when something so bad may be told.
    pub async fn recover_alert(&self, key: &str, from: impl Fn(Severity) -> Instant + Send + 'static, now: Instant) -> Stored<bool> {
        // Asked again and again while all is well: that is no write.
        let sql = "SELECT 1 FROM alerts WHERE key = ? AND closed_at IS NULL";
        if sqlx::query(sql).bind(key).fetch_optional(&self.read).await?.is_none() {
            return Ok(false);
        }
        let key = key.to_owned();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let Some(mut alert) = open(c, &key).await? else { return Ok(false) };
                    (alert.closed_at, alert.last_at, alert.told_at) = (Some(now), now, now);
                    update(c, &alert).await?;
                    let sql = "SELECT DISTINCT channel FROM alert_deliveries WHERE subject = ?";
                    let channels = sqlx::query_scalar(sql).bind(&alert.id).fetch_all(&mut *c).await?;
                    let audience = Audience { channels, from: from(alert.severity) };
                    tell(c, &alert, Step::Recovered, &audience, now).await
                })
            })
            .await
    }

    /// Somebody has it. The first one stays on record; none if there is no such alert.
    pub async fn ack_alert(&self, id: &str, by: &str, now: Instant) -> Stored<Option<Alert>> {
        let (id, by) = (id.to_owned(), by.to_owned());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE alerts SET acked_at = ?2, acked_by = ?3 WHERE id = ?1 AND acked_at IS NULL";
                    sqlx::query(sql).bind(&id).bind(now).bind(by).execute(&mut *c).await?;
                    by_id(c, &id).await
                })
            })
            .await
    }

    /// Tells those higher up, once, if it is still open and nobody has it.
    pub async fn escalate_alert(&self, id: &str, audience: Audience, now: Instant) -> Stored<bool> {
        let id = id.to_owned();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE alerts SET escalated_at = ?2 WHERE id = ?1 AND acked_at IS NULL AND escalated_at IS NULL AND closed_at IS NULL";
                    let done = sqlx::query(sql).bind(&id).bind(now).execute(&mut *c).await?;
                    match by_id(c, &id).await? {
                        Some(alert) if done.rows_affected() == 1 => tell(c, &alert, Step::Escalated, &audience, now).await,
                        _ => Ok(false),
                    }
                })
            })
            .await
    }

    pub async fn alert(&self, id: &str) -> Stored<Option<Alert>> {
        let sql = format!("{COLUMNS} WHERE id = ?");
        Ok(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.read).await?.as_ref().map(alert))
    }

    /// The newest first.
    pub async fn alerts(&self, filter: &AlertFilter, limit: u32) -> Stored<AlertPage> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        // A few are open among all there ever were, and they are asked for every second.
        let from = if filter.open { " INDEXED BY alerts_open WHERE closed_at IS NULL AND seq < " } else { " WHERE seq < " };
        query.push(from).push_bind(filter.before.unwrap_or(i64::MAX));
        query.push(if filter.unacknowledged { " AND acked_at IS NULL" } else { "" });
        for (column, value) in [("kind", &filter.kind), ("carrier", &filter.carrier)] {
            if let Some(value) = value {
                query.push(format!(" AND {column} = ")).push_bind(value.clone());
            }
        }
        if let Some(since) = filter.since {
            query.push(" AND opened_at >= ").push_bind(since);
        }
        if let Some(least) = filter.severity {
            let all = [Severity::Info, Severity::Warning, Severity::Critical];
            let names: Vec<String> = all.into_iter().filter(|one| *one >= least).map(|one| one.as_str().to_owned()).collect();
            among(query.push(" AND severity"), Some(&names));
        }
        if filter.accounts.is_some() {
            among(query.push(" AND (account IS NULL OR account"), filter.accounts.as_deref());
            query.push(")");
        }
        query.push(" ORDER BY seq DESC LIMIT ").push_bind(i64::from(limit) + 1);
        let mut alerts: Vec<_> = query.build().fetch_all(&self.read).await?.iter().map(alert).collect();
        let more = alerts.len() > limit as usize;
        alerts.truncate(limit as usize);
        let next = alerts.last().filter(|_| more).map(|last| last.seq);
        Ok(AlertPage { alerts, next })
    }
}

/// A message for each channel, in the transaction of what it tells. What waits for the end of quiet
/// hours goes with what does not wait: they become one message.
async fn tell(c: &mut SqliteConnection, alert: &Alert, step: Step, audience: &Audience, now: Instant) -> sqlx::Result<bool> {
    let message = alert.message(step, now);
    for channel in &audience.channels {
        write(c, &alert.id, alert.updates, channel, &message, audience.from).await?;
    }
    Ok(!audience.channels.is_empty())
}

pub(super) async fn write(
    c: &mut SqliteConnection,
    subject: &str,
    number: u32,
    channel: &str,
    message: &Message,
    from: Instant,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE alert_deliveries SET next_at = min(next_at, ?3) WHERE subject = ?1 AND channel = ?2 AND attempts = 0")
        .bind(subject)
        .bind(channel)
        .bind(from)
        .execute(&mut *c)
        .await?;
    sqlx::query(
        "INSERT OR IGNORE INTO alert_deliveries (subject, step, number, channel, message, made_at, next_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(subject)
    .bind(message.step.as_str())
    .bind(number)
    .bind(channel)
    .bind(serde_json::json!(message).to_string())
    .bind(message.at)
    .bind(from)
    .execute(c)
    .await
    .map(drop)
}

fn begun(subject: Subject, now: Instant) -> Alert {
    let Subject { key, kind, severity, carrier, account, headline, detail } = subject;
    let id = format!("al_{}", Uuid::now_v7().simple());
    Alert {
        seq: 0,
        id,
        key,
        kind: kind.as_str().to_owned(),
        severity,
        carrier,
        account,
        headline,
        detail,
        opened_at: now,
        last_at: now,
        told_at: now,
        closed_at: None,
        acked_at: None,
        acked_by: None,
        escalated_at: None,
        updates: 0,
    }
}

async fn insert(c: &mut SqliteConnection, alert: &Alert) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO alerts (id, key, kind, severity, carrier, account, zh, en, detail, opened_at, last_at, told_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&alert.id)
    .bind(&alert.key)
    .bind(&alert.kind)
    .bind(alert.severity.as_str())
    .bind(&alert.carrier)
    .bind(&alert.account)
    .bind(&alert.headline.0)
    .bind(&alert.headline.1)
    .bind(alert.detail.to_string())
    .bind(alert.opened_at)
    .bind(alert.last_at)
    .bind(alert.told_at)
    .execute(c)
    .await
    .map(drop)
}

async fn update(c: &mut SqliteConnection, alert: &Alert) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE alerts SET severity = ?2, zh = ?3, en = ?4, detail = ?5, last_at = ?6, told_at = ?7, closed_at = ?8, acked_at = ?9, \
         acked_by = ?10, updates = ?11 WHERE id = ?1",
    )
    .bind(&alert.id)
    .bind(alert.severity.as_str())
    .bind(&alert.headline.0)
    .bind(&alert.headline.1)
    .bind(alert.detail.to_string())
    .bind(alert.last_at)
    .bind(alert.told_at)
    .bind(alert.closed_at)
    .bind(alert.acked_at)
    .bind(&alert.acked_by)
    .bind(alert.updates)
    .execute(c)
    .await
    .map(drop)
}

async fn open(c: &mut SqliteConnection, key: &str) -> sqlx::Result<Option<Alert>> {
    let sql = format!("{COLUMNS} WHERE key = ? AND closed_at IS NULL");
    Ok(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(key).fetch_optional(c).await?.as_ref().map(alert))
}

async fn by_id(c: &mut SqliteConnection, id: &str) -> sqlx::Result<Option<Alert>> {
    let sql = format!("{COLUMNS} WHERE id = ?");
    Ok(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(c).await?.as_ref().map(alert))
}

fn alert(row: &SqliteRow) -> Alert {
    Alert {
        seq: row.get(0),
        id: row.get(1),
        key: row.get(2),
        kind: row.get(3),
        severity: Severity::parse(row.get(4)).unwrap_or(Severity::Critical),
        carrier: row.get(5),
        account: row.get(6),
        headline: (row.get(7), row.get(8)),
        detail: serde_json::from_str(row.get(9)).unwrap_or_default(),
        opened_at: row.get(10),
        last_at: row.get(11),
        told_at: row.get(12),
        closed_at: row.get(13),
        acked_at: row.get(14),
        acked_by: row.get(15),
        escalated_at: row.get(16),
        updates: row.get(17),
    }
}
