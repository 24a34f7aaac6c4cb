//! Tasks: what an announcement, or a sign in live traffic, asks somebody to do.

use std::collections::HashMap;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::audit::{self, Act};
use super::notices::Notice;
use super::{NotStored, Store, Stored};
use crate::fault::Instant;
use crate::notice::rules::Reading;
use crate::parcel::Account;
use crate::task::{Acked, Sign, Task};

/// What an announcement asks for, as it is now.
#[derive(Debug, Clone)]
pub struct TaskOf {
    pub kind: String,
    pub title: String,
    pub readings: Vec<Reading>,
    pub due_at: Option<Instant>,
    pub until_at: Option<Instant>,
    /// Why nobody has to see to it.
    pub past: Option<&'static str>,
}

/// Which tasks are listed.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    pub carrier: Option<String>,
    pub kind: Option<String>,
    /// That nobody took yet.
    pub open: bool,
    /// Older than this; all if 0.
    pub before: i64,
}

const COLUMNS: &str = "SELECT t.key, t.id, n.id, t.carriers, t.kind, t.title, t.url, t.readings, t.due_at, t.until_at, t.raised_at, \
                       t.changed_at, t.acked_at, t.acked_by, t.ack_reason FROM tasks t LEFT JOIN notices n ON n.key = t.notice";

impl Store {
    /// Announcements that say something, or said so, and whose task is not as they are.
    pub async fn notices_to_see_to(&self) -> Stored<Vec<Notice>> {
        let sql = "SELECT n.id FROM notice_versions v JOIN notices n ON n.key = v.notice AND n.current = v.n \
                   WHERE v.readings <> '[]' AND n.same_as IS NULL AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.notice = n.key) \
                   UNION SELECT n.id FROM tasks t JOIN notices n ON n.key = t.notice WHERE t.version <> n.current LIMIT 200";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.read).await?;
        let mut found = vec![];
        for id in ids {
            found.extend(self.notice(&id).await?);
        }
        Ok(found)
    }

    /// Makes the announcement's task, or changes it; its id. An edit that changes kind or dates opens it
    /// again; a site that goes back and forth does not.
    pub async fn see_to(&self, notice: &Notice, task: TaskOf, now: Instant) -> Stored<String> {
        let (notice, key) = (notice.clone(), self.audit_key());
        let id = format!("tk_{}", Uuid::now_v7().simple());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let acked = task.past.map(|why| (now, "host", why));
                    let sql = "INSERT INTO tasks (id, notice, version, carriers, kind, title, url, readings, due_at, until_at, raised_at, \
                               changed_at, acked_at, acked_by, ack_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13, ?14) \
                               ON CONFLICT (notice) DO UPDATE SET version = ?3, title = ?6, readings = ?8, changed_at = ?11, \
                               kind = CASE WHEN ?5 = '' THEN kind ELSE ?5 END, due_at = ?9, until_at = ?10, \
                               acked_at = CASE WHEN ?12 IS NOT NULL THEN coalesce(acked_at, ?12) WHEN ?3 < version OR (kind = ?5 AND due_at IS ?9 \
                               AND until_at IS ?10) THEN acked_at END, \
                               acked_by = CASE WHEN ?12 IS NOT NULL THEN coalesce(acked_by, ?13) WHEN ?3 < version OR (kind = ?5 AND due_at IS ?9 \
                               AND until_at IS ?10) THEN acked_by END, \
                               ack_reason = CASE WHEN ?12 IS NOT NULL THEN coalesce(ack_reason, ?14) WHEN ?3 < version OR (kind = ?5 \
                               AND due_at IS ?9 AND until_at IS ?10) THEN ack_reason END RETURNING id";
                    let query = sqlx::query_scalar::<_, String>(sql)
                        .bind(id)
                        .bind(notice.key)
                        .bind(notice.current.n)
                        .bind(serde_json::json!(notice.carriers).to_string())
                        .bind(&task.kind)
                        .bind(&task.title)
                        .bind(&notice.url)
                        .bind(serde_json::json!(task.readings).to_string())
                        .bind(task.due_at)
                        .bind(task.until_at)
                        .bind(now)
                        .bind(acked.map(|(at, ..)| at))
                        .bind(acked.map(|(_, by, _)| by))
                        .bind(acked.map(|(.., why)| why));
                    let id: String = query.fetch_one(&mut *c).await?;
                    let reason = format!("{}: version {} of {}", task.title, notice.current.n, notice.id);
                    let act = Act { actor: "host".into(), act: "task.raise", subject: id.clone(), reason, evidence: None };
                    audit::append(c, &key, &act, now).await?;
                    Ok(id)
                })
            })
            .await
    }

    /// Makes a sign's task, once.
    pub async fn see_to_sign(&self, sign: &Sign, now: Instant) -> Stored<Option<String>> {
        let (sign, id) = (sign.clone(), format!("tk_{}", Uuid::now_v7().simple()));
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "INSERT INTO tasks (id, sign, version, carriers, kind, title, readings, due_at, raised_at, changed_at) \
                               VALUES (?, ?, 1, ?, ?, ?, '[]', ?, ?, ?) ON CONFLICT (sign) DO NOTHING RETURNING id";
                    sqlx::query_scalar(sql)
                        .bind(id)
                        .bind(sign.key)
                        .bind(serde_json::json!([sign.carrier]).to_string())
                        .bind(sign.kind)
                        .bind(sign.words)
                        .bind(sign.due_at)
                        .bind(now)
                        .bind(now)
                        .fetch_optional(c)
                        .await
                })
            })
            .await
    }

    /// The newest first.
    pub async fn tasks(&self, filter: &TaskFilter, most: u32) -> Stored<Vec<Task>> {
        let sql = format!(
            "{COLUMNS} WHERE (?1 = 0 OR t.key < ?1) AND (?2 IS NULL OR t.kind = ?2) AND (NOT ?3 OR t.acked_at IS NULL) \
             AND (?4 IS NULL OR t.carriers = '[]' OR EXISTS (SELECT 1 FROM json_each(t.carriers) WHERE value = ?4)) ORDER BY t.key DESC LIMIT ?5"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(filter.before).bind(&filter.kind).bind(filter.open).bind(&filter.carrier);
        query.bind(most).fetch_all(&self.read).await?.iter().map(task).collect()
    }

    pub async fn task(&self, id: &str) -> Stored<Option<Task>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE t.id = ?"))).bind(id).fetch_optional(&self.read).await?;
        row.as_ref().map(task).transpose()
    }

    /// Tasks that come true, or are raised where no date is named, between these; or that reach into it.
    pub async fn tasks_between(&self, from: Instant, to: Instant) -> Stored<Vec<Task>> {
        let sql = format!(
            "{COLUMNS} WHERE coalesce(t.due_at, t.raised_at) <= ?2 AND coalesce(t.until_at, t.due_at, t.raised_at) >= ?1 \
             AND t.readings <> '[]' OR (t.sign IS NOT NULL AND t.raised_at BETWEEN ?1 AND ?2) ORDER BY t.key DESC LIMIT 500"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(from).bind(to).fetch_all(&self.read).await?;
        rows.iter().map(task).collect()
    }

    /// Somebody took it. False if somebody had.
    pub async fn ack_task(&self, id: &str, by: &str, reason: &str, act: Act, now: Instant) -> Stored<bool> {
        let (id, by, reason, key) = (id.to_owned(), by.to_owned(), reason.to_owned(), self.audit_key());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE tasks SET acked_at = ?, acked_by = ?, ack_reason = ? WHERE id = ? AND acked_at IS NULL";
                    let done = sqlx::query(sql).bind(now).bind(by).bind(reason).bind(id).execute(&mut *c).await?;
                    if done.rows_affected() == 1 {
                        audit::append(c, &key, &act, now).await?;
                    }
                    Ok(done.rows_affected() == 1)
                })
            })
            .await
    }

    /// Parcels that are still looked at, by account.
    pub async fn watched_parcels(&self) -> Stored<HashMap<Account, i64>> {
        let sql = "SELECT carrier, account, count(*) FROM parcels WHERE current = 1 AND next_look IS NOT NULL GROUP BY 1, 2";
        let rows: Vec<(String, String, i64)> = sqlx::query_as(sql).fetch_all(&self.read).await?;
        Ok(rows.into_iter().map(|(carrier, account, count)| (Account::new(&carrier, &account), count)).collect())
    }
}

fn task(row: &SqliteRow) -> Stored<Task> {
    let bad = |why: serde_json::Error| NotStored(format!("a task does not read: {why}"));
    let acked: Option<Instant> = row.get(12);
    Ok(Task {
        key: row.get(0),
        id: row.get(1),
        notice: row.get(2),
        carriers: serde_json::from_str(row.get(3)).map_err(bad)?,
        kind: row.get(4),
        title: row.get(5),
        url: row.get(6),
        readings: serde_json::from_str(row.get(7)).map_err(bad)?,
        due_at: row.get(8),
        until_at: row.get(9),
        raised_at: row.get(10),
        changed_at: row.get(11),
        acked: acked.map(|at| Acked { at, by: row.get(13), reason: row.get(14) }),
    })
}
