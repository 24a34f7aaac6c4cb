//! What is known beside the parcels: an operator's words on codes, codes nobody knows, how good the
//! readings are, and what was learned of delays.

use std::collections::BTreeMap;

use posthouse_sdk::{state, status};
use serde::Serialize;
use sqlx::{Row as _, SqliteConnection};

use super::audit::{self, Act};
use super::record::{self, Recording, TellsOf};
use super::scrub::scrub;
use super::track;
use super::{Store, Stored};
use crate::fault::Instant;
use crate::judge::{DelayKind, Histogram, Judging, Override, Overrides, Quality, Slot};
use crate::parcel::{Event, ParcelKey, Track};

/// A code that no dictionary knows.
#[derive(Debug, Clone, Serialize)]
pub struct Unmapped {
    pub code: String,
    /// The newest wording, personal numbers masked.
    pub text: String,
    /// What the wording was taken to mean.
    pub status: String,
    pub seen: i64,
    pub first_at: Instant,
    pub last_at: Instant,
}

/// A delay to learn from, and the parcel it is of.
pub struct Lesson {
    pub parcel: ParcelKey,
    pub slot: Slot,
    /// None: nobody watched when it happened, so it teaches nothing.
    pub length: Option<Instant>,
}

impl Store {
    pub async fn overrides(&self) -> Stored<Overrides> {
        let rows = sqlx::query("SELECT carrier, code, status, actor, at, reason FROM overrides").fetch_all(&self.read).await?;
        let word = |row: &sqlx::sqlite::SqliteRow| {
            let (carrier, code): (String, String) = (row.get(0), row.get(1));
            let status = status::known(row.get(2))?;
            Some(((carrier.clone(), code.clone()), Override { carrier, code, status, by: row.get(3), at: row.get(4), reason: row.get(5) }))
        };
        Ok(rows.iter().filter_map(word).collect())
    }

    pub async fn set_override(&self, word: Override, act: Act) -> Stored<()> {
        let key = self.audit_key();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "INSERT OR REPLACE INTO overrides (carrier, code, status, actor, at, reason) VALUES (?, ?, ?, ?, ?, ?)";
                    let Override { carrier, code, status, by, at, reason } = word;
                    sqlx::query(sql).bind(&carrier).bind(&code).bind(status).bind(by).bind(at).bind(reason).execute(&mut *c).await?;
                    sqlx::query("DELETE FROM unmapped WHERE carrier = ? AND code = ?").bind(carrier).bind(code).execute(&mut *c).await?;
                    audit::append(c, &key, &act, at).await
                })
            })
            .await
    }

    pub async fn unset_override(&self, carrier: &str, code: &str, act: Act, now: Instant) -> Stored<()> {
        let (key, carrier, code) = (self.audit_key(), carrier.to_owned(), code.to_owned());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "DELETE FROM overrides WHERE carrier = ? AND code = ?";
                    sqlx::query(sql).bind(carrier).bind(code).execute(&mut *c).await?;
                    audit::append(c, &key, &act, now).await
                })
            })
            .await
    }

    /// Parcels of a carrier with events of a code, in the order of their keys.
    pub async fn parcels_with(&self, carrier: &str, code: &str, after: i64, most: u32) -> Stored<Vec<ParcelKey>> {
        let sql = "SELECT DISTINCT p.key FROM parcels p JOIN events e ON e.parcel = p.key \
                   WHERE p.carrier = ? AND e.code = ? AND p.key > ? ORDER BY p.key LIMIT ?";
        let keys: Vec<i64> = sqlx::query_scalar(sql).bind(carrier).bind(code).bind(after).bind(most).fetch_all(&self.read).await?;
        Ok(keys.into_iter().map(ParcelKey).collect())
    }

    /// Gives stored events of a code their new meaning, and tells what that changed. The next look
    /// reads everything anew.
    pub async fn reread(&self, keys: Vec<ParcelKey>, code: &str, meant: &'static str, judging: Judging, now: Instant) -> Stored<usize> {
        let code = code.to_owned();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let mut changed = 0;
                    for key in keys {
                        changed += usize::from(reread(c, key, &code, meant, &judging, now).await?);
                    }
                    Ok(changed)
                })
            })
            .await
    }

    pub async fn unmapped(&self, carrier: &str) -> Stored<Vec<Unmapped>> {
        let sql = "SELECT code, text, status, seen, first_at, last_at FROM unmapped WHERE carrier = ? ORDER BY seen DESC, code LIMIT 500";
        let rows = sqlx::query(sql).bind(carrier).fetch_all(&self.read).await?;
        let masked = |text: String| String::from_utf8_lossy(&scrub(text.as_bytes(), self.roots.scrub())).into_owned();
        let one = |row: &sqlx::sqlite::SqliteRow| Unmapped {
            code: row.get(0),
            text: masked(row.get(1)),
            status: row.get(2),
            seen: row.get(3),
            first_at: row.get(4),
            last_at: row.get(5),
        };
        Ok(rows.iter().map(one).collect())
    }

    /// Counts of every release, by its name.
    pub async fn quality(&self) -> Stored<BTreeMap<String, Quality>> {
        let sql = "SELECT release, events, unmapped, placed, timed, in_order, valid, odd, explained FROM quality";
        let rows = sqlx::query(sql).fetch_all(&self.read).await?;
        let counts = |row: &sqlx::sqlite::SqliteRow| Quality {
            events: row.get(1),
            unmapped: row.get(2),
            placed: row.get(3),
            timed: row.get(4),
            in_order: row.get(5),
            valid: row.get(6),
            odd: row.get(7),
            explained: row.get(8),
        };
        Ok(rows.iter().map(|row| (row.get(0), counts(row))).collect())
    }

    pub async fn delays(&self) -> Stored<BTreeMap<Slot, Histogram>> {
        let rows: Vec<(String, String, u8, String)> =
            sqlx::query_as("SELECT carrier, kind, hour, counts FROM delays").fetch_all(&self.read).await?;
        let slot = |(carrier, kind, hour, counts): (String, String, u8, String)| {
            let kind: DelayKind = serde_json::from_value(kind.into()).ok()?;
            Some(((carrier, kind, hour), serde_json::from_str(&counts).ok()?))
        };
        Ok(rows.into_iter().filter_map(slot).collect())
    }

    /// Lessons that nobody took yet: first scans, and deliveries that are believed.
    pub async fn lessons(&self, now: Instant, most: u32) -> Stored<Vec<Lesson>> {
        self.writer.run(move |c| Box::pin(async move { pass_over(c, now).await })).await?;
        let hour = crate::judge::hour;
        let first = "SELECT key, carrier, first_at, first_at - coalesce(shipped_at, registered_at) FROM parcels \
                     WHERE first_at IS NOT NULL AND learned & 1 = 0 LIMIT ?";
        let rows: Vec<(i64, String, i64, i64)> = sqlx::query_as(first).bind(most).fetch_all(&self.read).await?;
        let lesson = |(key, carrier, at, length): (i64, String, i64, i64)| Lesson {
            parcel: ParcelKey(key),
            slot: (carrier, DelayKind::FirstScan, hour(at)),
            length: (length > 0).then_some(length),
        };
        let mut lessons: Vec<Lesson> = rows.into_iter().map(lesson).collect();
        // Only of parcels that were watched already when it happened: whoever asks late hears late.
        let report = "SELECT p.key, p.carrier, e.at, min(e.received_at), min(e.received_at) > (SELECT min(received_at) FROM events WHERE parcel = p.key) \
                      FROM parcels p JOIN events e ON e.parcel = p.key AND e.status IN ('delivered', 'signed_by_third_party') AND e.source < 2 \
                      WHERE p.believed_from IS NOT NULL AND p.believed_from <= ? AND p.learned & 2 = 0 GROUP BY p.key HAVING e.at = max(e.at) LIMIT ?";
        let rows: Vec<(i64, String, i64, i64, bool)> = sqlx::query_as(report).bind(now).bind(most).fetch_all(&self.read).await?;
        lessons.extend(rows.into_iter().map(|(key, carrier, at, heard, watched)| Lesson {
            parcel: ParcelKey(key),
            slot: (carrier, DelayKind::Report, hour(at)),
            length: (watched && heard > at).then_some(heard - at),
        }));
        Ok(lessons)
    }

    /// Keeps what was learned, and from whom, together.
    pub async fn learned(&self, lessons: Vec<Lesson>, changed: BTreeMap<Slot, Histogram>) -> Stored<()> {
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    for ((carrier, kind, hour), histogram) in &changed {
                        let kind = serde_json::json!(kind);
                        sqlx::query("INSERT OR REPLACE INTO delays (carrier, kind, hour, counts) VALUES (?, ?, ?, ?)")
                            .bind(carrier)
                            .bind(kind.as_str())
                            .bind(hour)
                            .bind(serde_json::json!(histogram).to_string())
                            .execute(&mut *c)
                            .await?;
                    }
                    for lesson in lessons {
                        let bit = if lesson.slot.1 == DelayKind::FirstScan { 1 } else { 2 };
                        sqlx::query("UPDATE parcels SET learned = learned | ? WHERE key = ?")
                            .bind(bit)
                            .bind(lesson.parcel.0)
                            .execute(&mut *c)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// Ends that no carrier's signature told teach nothing, and are not asked about again.
async fn pass_over(c: &mut SqliteConnection, now: Instant) -> sqlx::Result<()> {
    let sql = "UPDATE parcels SET learned = learned | 2 WHERE believed_from IS NOT NULL AND believed_from <= ? AND learned & 2 = 0 AND NOT EXISTS \
               (SELECT 1 FROM events WHERE parcel = key AND status IN ('delivered', 'signed_by_third_party') AND source < 2)";
    sqlx::query(sql).bind(now).execute(c).await.map(drop)
}

/// Whether the state is another one now. A finished parcel that is not finished any more falls due.
async fn reread(c: &mut SqliteConnection, key: ParcelKey, code: &str, meant: &str, judging: &Judging, now: Instant) -> sqlx::Result<bool> {
    let sql = "UPDATE events SET status = ?1, unmapped = 0 WHERE parcel = ?2 AND code = ?3 AND (status <> ?1 OR unmapped)";
    let corrected = sqlx::query(sql).bind(meant).bind(key.0).bind(code).execute(&mut *c).await?;
    if corrected.rows_affected() == 0 {
        return Ok(false);
    }
    let before = "SELECT status FROM parcels WHERE key = ?";
    let before: Option<String> = sqlx::query_scalar(before).bind(key.0).fetch_optional(&mut *c).await?.flatten();
    let Some(settled) = track::rejudge(c, key, judging, now).await? else { return Ok(false) };
    let sql = "UPDATE parcels SET reading = NULL, changed_at = ?2, tail = 0, next_look = CASE WHEN watched THEN coalesce(next_look, ?2) END \
               WHERE key = ?1";
    sqlx::query(sql).bind(key.0).bind(now).execute(&mut *c).await?;
    let corrected = track::scans(&mut *c, key).await?;
    let events: Vec<&Event> = corrected.iter().map(|scan| &scan.event).filter(|event| event.code == code).collect();
    record::tell(c, key, now, &settled, &events, TellsOf::default()).await?;
    Ok(settled.status.map(str::to_owned) != before)
}

/// How good a reading was, and codes in it that nobody knows; of its news only, so that a parcel's
/// scans count once.
pub(super) async fn count(c: &mut SqliteConnection, recording: &Recording, track: &Track, news: &[&Event], odd: i64) -> sqlx::Result<()> {
    if news.is_empty() && odd == 0 {
        return Ok(());
    }
    let flags = state::settle(track.events.iter().map(Event::step)).flags;
    let quality = Quality::of(track, &flags, news, odd, &recording.judging.manifest, recording.at);
    sqlx::query(
        "INSERT INTO quality (release, events, unmapped, placed, timed, in_order, valid, odd, explained) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (release) DO UPDATE SET events = events + excluded.events, unmapped = unmapped + excluded.unmapped, \
         placed = placed + excluded.placed, timed = timed + excluded.timed, in_order = in_order + excluded.in_order, \
         valid = valid + excluded.valid, odd = odd + excluded.odd, explained = explained + excluded.explained",
    )
    .bind(&recording.release)
    .bind(quality.events)
    .bind(quality.unmapped)
    .bind(quality.placed)
    .bind(quality.timed)
    .bind(quality.in_order)
    .bind(quality.valid)
    .bind(quality.odd)
    .bind(quality.explained)
    .execute(&mut *c)
    .await?;
    quality.measure(&recording.release);
    for event in news.iter().filter(|event| event.unmapped) {
        unknown(c, recording, event).await?;
    }
    Ok(())
}

async fn unknown(c: &mut SqliteConnection, recording: &Recording, event: &Event) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO unmapped (carrier, code, text, status, seen, first_at, last_at) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5) \
         ON CONFLICT (carrier, code) DO UPDATE SET text = ?3, status = ?4, seen = seen + 1, last_at = ?5",
    )
    .bind(&*recording.account.carrier)
    .bind(&event.code)
    .bind(&event.text)
    .bind(event.status)
    .bind(recording.at)
    .execute(c)
    .await
    .map(drop)
}
