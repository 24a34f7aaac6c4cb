//! Announcements in every version, and what was read in each.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::audit::{self, Act};
use super::{NotStored, Store, Stored, notice_places};
use crate::fault::Instant;
use crate::fetch::Validators;
use crate::notice::Place;
use crate::notice::rules::Reading;

/// What a look needs of a notice that was seen before.
#[derive(Debug, Clone)]
pub struct Known {
    pub key: i64,
    pub item: String,
    pub url: Option<String>,
    /// Its words were read there, not in the list.
    pub own_page: bool,
    pub validators: Validators,
    pub fetched_at: Instant,
    /// The title as the list has it.
    pub listed: String,
    pub published_at: Option<Instant>,
    pub seen_at: Instant,
    pub gone: bool,
    pub current: i64,
    /// By version.
    pub digests: BTreeMap<i64, String>,
}

/// What a look found out.
#[derive(Debug)]
pub enum NoticeChange {
    New(Box<NewNotice>),
    /// Other words than ever before.
    Edited(i64, Box<NewVersion>),
    /// It shows a version again that it had shown before.
    Flipped(i64, i64),
    /// Its own page was fetched, or was still what it was.
    Fetched(i64, Validators),
    Listed(i64, String),
    Gone(i64),
    Back(i64),
}

#[derive(Debug)]
pub struct NewNotice {
    pub item: String,
    pub carriers: Vec<String>,
    pub url: Option<String>,
    pub own_page: bool,
    pub validators: Validators,
    pub listed: String,
    pub published_at: Option<Instant>,
    pub unseen_until: Option<Instant>,
    pub seen_at: Instant,
    pub read_at: Instant,
    pub version: NewVersion,
}

#[derive(Debug)]
pub struct NewVersion {
    pub title: String,
    pub text: String,
    pub digest: String,
    pub body: Option<String>,
    pub release: String,
    pub readings: Vec<Reading>,
}

/// A notice as it is told.
#[derive(Debug, Clone)]
pub struct Notice {
    pub key: i64,
    pub id: String,
    pub source: String,
    pub item: String,
    pub carriers: Vec<String>,
    pub url: Option<String>,
    pub published_at: Option<Instant>,
    pub unseen_until: Option<Instant>,
    pub seen_at: Instant,
    pub read_at: Instant,
    pub flips: i64,
    pub flipped_at: Option<Instant>,
    /// The first of the same text.
    pub same_as: Option<String>,
    pub gone_at: Option<Instant>,
    pub versions: i64,
    pub current: Version,
}

#[derive(Debug, Clone)]
pub struct Version {
    pub n: i64,
    pub at: Instant,
    pub title: String,
    pub text: String,
    pub release: String,
    pub readings: Vec<Reading>,
}

/// Which notices are listed.
#[derive(Debug, Clone, Default)]
pub struct NoticeFilter {
    /// About this carrier, or about everybody.
    pub carrier: Option<String>,
    /// With a reading of this kind.
    pub kind: Option<String>,
    /// On the site still, and the first of their text.
    pub open: bool,
    pub source: Option<String>,
    /// Older than this; all if 0.
    pub before: i64,
}

/// The same words so much later announce something else: a maintenance comes again.
const AGAIN: Instant = 30 * 86_400_000;

const COLUMNS: &str = "SELECT n.key, n.id, n.source, n.item, n.carriers, n.url, n.published_at, n.unseen_until, n.seen_at, n.read_at, \
                       n.flips, n.flipped_at, first.id, n.gone_at, (SELECT count(*) FROM notice_versions WHERE notice = n.key), \
                       v.n, v.at, v.title, v.text, v.release, v.readings \
                       FROM notices n JOIN notice_versions v ON v.notice = n.key AND v.n = n.current LEFT JOIN notices first ON first.key = n.same_as";

impl Store {
    /// The last of a source, newest first.
    pub async fn known_notices(&self, source: &str, most: u32) -> Stored<Vec<Known>> {
        let sql = "SELECT key, item, url, etag, last_modified, fetched_at, listed, published_at, seen_at, gone_at IS NOT NULL, current, own_page \
                   FROM notices WHERE source = ? ORDER BY key DESC LIMIT ?";
        let rows = sqlx::query(sql).bind(source).bind(most).fetch_all(&self.read).await?;
        let mut known: Vec<Known> = rows.iter().map(one_known).collect();
        let sql = "SELECT v.notice, v.n, v.digest FROM notice_versions v JOIN notices n ON n.key = v.notice WHERE n.source = ?";
        let digests: Vec<(i64, i64, String)> = sqlx::query_as(sql).bind(source).fetch_all(&self.read).await?;
        let mut by_key: BTreeMap<i64, BTreeMap<i64, String>> = BTreeMap::new();
        digests.into_iter().for_each(|(key, n, digest)| _ = by_key.entry(key).or_default().insert(n, digest));
        known.iter_mut().for_each(|one| one.digests = by_key.remove(&one.key).unwrap_or_default());
        Ok(known)
    }

    /// A look with everything it found, at once.
    pub async fn keep_notices(&self, place: Place, changes: Vec<NoticeChange>, act: Option<Act>) -> Stored<()> {
        let key = self.audit_key();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    notice_places::keep(c, &place).await?;
                    for found in changes {
                        change(c, &place, found).await?;
                    }
                    match act {
                        Some(act) => audit::append(c, &key, &act, place.looked_at).await,
                        None => Ok(()),
                    }
                })
            })
            .await
    }

    /// The newest first.
    pub async fn notices(&self, filter: &NoticeFilter, most: u32) -> Stored<Vec<Notice>> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push(" WHERE true");
        if filter.before > 0 {
            query.push(" AND n.key < ").push_bind(filter.before);
        }
        if let Some(source) = &filter.source {
            query.push(" AND n.source = ").push_bind(source.clone());
        }
        if let Some(carrier) = &filter.carrier {
            query.push(" AND (n.carriers = '[]' OR EXISTS (SELECT 1 FROM json_each(n.carriers) WHERE value = ");
            query.push_bind(carrier.clone()).push("))");
        }
        if let Some(kind) = &filter.kind {
            query.push(" AND EXISTS (SELECT 1 FROM json_each(v.readings) WHERE value ->> '$.kind' = ").push_bind(kind.clone()).push(")");
        }
        if filter.open {
            query.push(" AND n.gone_at IS NULL AND n.same_as IS NULL");
        }
        query.push(" ORDER BY n.key DESC LIMIT ").push_bind(most);
        query.build().fetch_all(&self.read).await?.iter().map(notice).collect()
    }

    pub async fn notice(&self, id: &str) -> Stored<Option<Notice>> {
        let sql = format!("{COLUMNS} WHERE n.id = ?");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.read).await?;
        row.as_ref().map(notice).transpose()
    }

    /// Every version, oldest first.
    pub async fn notice_versions(&self, key: i64) -> Stored<Vec<Version>> {
        let sql = "SELECT n, at, title, text, release, readings FROM notice_versions WHERE notice = ? ORDER BY n";
        sqlx::query(sql).bind(key).fetch_all(&self.read).await?.iter().map(|row| version(row, 0)).collect()
    }

    /// Notices of each source, with duplicates, and those that are gone.
    pub async fn notice_counts(&self) -> Stored<BTreeMap<String, i64>> {
        let counts: Vec<(String, i64)> = sqlx::query_as("SELECT source, count(*) FROM notices GROUP BY 1").fetch_all(&self.read).await?;
        Ok(counts.into_iter().collect())
    }
}

async fn change(c: &mut SqliteConnection, place: &Place, change: NoticeChange) -> sqlx::Result<()> {
    let at = place.looked_at;
    match change {
        NoticeChange::New(new) => add(c, place, *new).await,
        NoticeChange::Edited(key, new) => {
            let n: i64 = sqlx::query_scalar("SELECT max(n) + 1 FROM notice_versions WHERE notice = ?").bind(key).fetch_one(&mut *c).await?;
            sqlx::query("UPDATE notices SET current = ?, same_as = NULL WHERE key = ?").bind(n).bind(key).execute(&mut *c).await?;
            add_version(c, (key, n), at, at, *new).await
        }
        NoticeChange::Flipped(key, n) => {
            let sql = "UPDATE notices SET current = ?, flips = flips + 1, flipped_at = ? WHERE key = ?";
            sqlx::query(sql).bind(n).bind(at).bind(key).execute(c).await.map(drop)
        }
        NoticeChange::Fetched(key, Validators { etag, last_modified }) => {
            let sql = "UPDATE notices SET fetched_at = ?, etag = ?, last_modified = ? WHERE key = ?";
            sqlx::query(sql).bind(at).bind(etag).bind(last_modified).bind(key).execute(c).await.map(drop)
        }
        NoticeChange::Listed(key, title) => {
            sqlx::query("UPDATE notices SET listed = ? WHERE key = ?").bind(title).bind(key).execute(c).await.map(drop)
        }
        NoticeChange::Gone(key) => {
            sqlx::query("UPDATE notices SET gone_at = ? WHERE key = ? AND gone_at IS NULL").bind(at).bind(key).execute(c).await.map(drop)
        }
        NoticeChange::Back(key) => sqlx::query("UPDATE notices SET gone_at = NULL WHERE key = ?").bind(key).execute(c).await.map(drop),
    }
}

async fn add(c: &mut SqliteConnection, place: &Place, new: NewNotice) -> sqlx::Result<()> {
    // One that is there is older than what a look compares with.
    let sql = "INSERT INTO notices (id, source, item, carriers, url, own_page, etag, last_modified, fetched_at, listed, published_at, \
               unseen_until, seen_at, read_at, current) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) \
               ON CONFLICT (source, item) DO NOTHING RETURNING key";
    let key: Option<i64> = sqlx::query_scalar(sql)
        .bind(format!("no_{}", Uuid::now_v7().simple()))
        .bind(&place.source)
        .bind(new.item)
        .bind(serde_json::json!(new.carriers).to_string())
        .bind(new.url)
        .bind(new.own_page)
        .bind(new.validators.etag)
        .bind(new.validators.last_modified)
        .bind(place.looked_at)
        .bind(new.listed)
        .bind(new.published_at)
        .bind(new.unseen_until)
        .bind(new.seen_at)
        .bind(new.read_at)
        .fetch_optional(&mut *c)
        .await?;
    let Some(key) = key else { return Ok(()) };
    add_version(c, (key, 1), place.looked_at, new.published_at.unwrap_or(new.seen_at), new.version).await
}

/// "This Saturday" in the same words a week later is another Saturday.
fn is_of_same_days(told: &str, new: &[Reading]) -> bool {
    let told: Vec<Reading> = serde_json::from_str(told).unwrap_or_default();
    let days = |readings: &[Reading]| readings.iter().map(|reading| reading.effective).collect::<Vec<_>>();
    told.is_empty() || days(&told) == days(new)
}

/// What was said at about that time, by whomever, is not read a second time.
async fn add_version(
    c: &mut SqliteConnection,
    (key, n): (i64, i64),
    at: Instant,
    said_at: Instant,
    mut new: NewVersion,
) -> sqlx::Result<()> {
    let sql = "SELECT v.notice, v.readings FROM notice_versions v JOIN notices n ON n.key = v.notice AND n.current = v.n \
               WHERE v.body = ?1 AND v.notice <> ?2 AND n.same_as IS NOT ?2 \
               AND abs(CASE v.n WHEN 1 THEN coalesce(n.published_at, n.seen_at) ELSE v.at END - ?3) <= ?4 ORDER BY v.notice LIMIT 1";
    let twin: Option<(i64, String)> =
        sqlx::query_as(sql).bind(&new.body).bind(key).bind(said_at).bind(AGAIN).fetch_optional(&mut *c).await?;
    if let Some((twin, _)) = twin.filter(|(_, readings)| is_of_same_days(readings, &new.readings)) {
        new.readings.clear();
        let sql = "UPDATE notices SET same_as = coalesce((SELECT same_as FROM notices WHERE key = ?1), ?1) WHERE key = ?2";
        sqlx::query(sql).bind(twin).bind(key).execute(&mut *c).await?;
    }
    sqlx::query(
        "INSERT INTO notice_versions (notice, n, at, title, text, digest, body, release, readings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(key)
    .bind(n)
    .bind(at)
    .bind(new.title)
    .bind(new.text)
    .bind(new.digest)
    .bind(new.body)
    .bind(new.release)
    .bind(serde_json::json!(new.readings).to_string())
    .execute(c)
    .await
    .map(drop)
}

fn one_known(row: &SqliteRow) -> Known {
    Known {
        key: row.get(0),
        item: row.get(1),
        url: row.get(2),
        validators: Validators { etag: row.get(3), last_modified: row.get(4) },
        fetched_at: row.get(5),
        listed: row.get(6),
        published_at: row.get(7),
        seen_at: row.get(8),
        gone: row.get(9),
        current: row.get(10),
        own_page: row.get(11),
        digests: BTreeMap::new(),
    }
}

fn notice(row: &SqliteRow) -> Stored<Notice> {
    Ok(Notice {
        key: row.get(0),
        id: row.get(1),
        source: row.get(2),
        item: row.get(3),
        carriers: serde_json::from_str(row.get(4)).map_err(unread)?,
        url: row.get(5),
        published_at: row.get(6),
        unseen_until: row.get(7),
        seen_at: row.get(8),
        read_at: row.get(9),
        flips: row.get(10),
        flipped_at: row.get(11),
        same_as: row.get(12),
        gone_at: row.get(13),
        versions: row.get(14),
        current: version(row, 15)?,
    })
}

fn version(row: &SqliteRow, from: usize) -> Stored<Version> {
    Ok(Version {
        n: row.get(from),
        at: row.get(from + 1),
        title: row.get(from + 2),
        text: row.get(from + 3),
        release: row.get(from + 4),
        readings: serde_json::from_str(row.get(from + 5)).map_err(unread)?,
    })
}

fn unread(why: serde_json::Error) -> NotStored {
    NotStored(format!("a notice does not read: {why}"))
}
