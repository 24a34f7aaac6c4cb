//! Sources of announcements, as they were looked at last.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::audit::{self, Act};
use super::{Store, Stored};
use crate::fault::Instant;
use crate::fetch::Validators;
use crate::notice::{Place, State};

const COLUMNS: &str = "SELECT source, first_at, looked_at, ok_at, next_at, release, etag, last_modified, outcome, detail, failing_since, \
                       stopped_at, newest_at, looks, not_modified, state, state_since FROM notice_sources";

impl Store {
    /// Every source that was looked at, by its id.
    pub async fn notice_places(&self) -> Stored<BTreeMap<String, Place>> {
        let rows = sqlx::query(COLUMNS).fetch_all(&self.read).await?;
        Ok(rows.iter().map(place).map(|place| (place.source.clone(), place)).collect())
    }

    pub async fn notice_place(&self, source: &str) -> Stored<Option<Place>> {
        let sql = format!("{COLUMNS} WHERE source = ?");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(source).fetch_optional(&self.read).await?;
        Ok(row.as_ref().map(place))
    }

    /// A state that was told.
    pub async fn tell_notice_state(&self, source: &str, state: State, at: Instant) -> Stored<()> {
        let source = source.to_owned();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE notice_sources SET state = ?, state_since = ? WHERE source = ?";
                    sqlx::query(sql).bind(state.code()).bind(at).bind(source).execute(c).await.map(drop)
                })
            })
            .await
    }

    /// A person has looked at a source that refused, and it is asked again now.
    pub async fn resume_notices(&self, source: &str, act: Act, now: Instant) -> Stored<()> {
        let (source, key) = (source.to_owned(), self.audit_key());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE notice_sources SET stopped_at = NULL, failing_since = NULL, next_at = ? WHERE source = ?";
                    sqlx::query(sql).bind(now).bind(source).execute(&mut *c).await?;
                    audit::append(c, &key, &act, now).await
                })
            })
            .await
    }
}

/// As it is after a look. What was told of it stays.
pub(super) async fn keep(c: &mut SqliteConnection, place: &Place) -> sqlx::Result<()> {
    let sql = "INSERT INTO notice_sources (source, first_at, looked_at, ok_at, next_at, release, etag, last_modified, outcome, detail, \
               failing_since, stopped_at, newest_at, looks, not_modified, state, state_since) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) \
               ON CONFLICT (source) DO UPDATE SET looked_at = ?3, ok_at = ?4, next_at = ?5, release = ?6, etag = ?7, last_modified = ?8, \
               outcome = ?9, detail = ?10, failing_since = ?11, stopped_at = ?12, newest_at = ?13, looks = ?14, not_modified = ?15";
    sqlx::query(sql)
        .bind(&place.source)
        .bind(place.first_at)
        .bind(place.looked_at)
        .bind(place.ok_at)
        .bind(place.next_at)
        .bind(&place.release)
        .bind(&place.validators.etag)
        .bind(&place.validators.last_modified)
        .bind(&place.outcome)
        .bind(&place.detail)
        .bind(place.failing_since)
        .bind(place.stopped_at)
        .bind(place.newest_at)
        .bind(place.looks)
        .bind(place.not_modified)
        .bind(place.told.0.code())
        .bind(place.told.1)
        .execute(c)
        .await
        .map(drop)
}

fn place(row: &SqliteRow) -> Place {
    Place {
        source: row.get(0),
        first_at: row.get(1),
        looked_at: row.get(2),
        ok_at: row.get(3),
        next_at: row.get(4),
        release: row.get(5),
        validators: Validators { etag: row.get(6), last_modified: row.get(7) },
        outcome: row.get(8),
        detail: row.get(9),
        failing_since: row.get(10),
        stopped_at: row.get(11),
        newest_at: row.get(12),
        looks: row.get(13),
        not_modified: row.get(14),
        told: (State::parse(row.get(15)).unwrap_or(State::New), row.get(16)),
    }
}
