//! A parcel's events: what is known, what an answer adds, and what it all amounts to.

use posthouse_sdk::{state, status};
use sqlx::sqlite::SqliteRow;
use sqlx::{Executor, Row as _, Sqlite, SqliteConnection};

use super::{Store, Stored, customers};
use crate::fault::Instant;
use crate::judge::{self, Case, Judging, Plain, Said, Verdict};
use crate::parcel::{self, Event, Identity, ParcelKey, Scan, Signed, Source};

const COLUMNS: &str = "SELECT identity, at, code, status, unmapped, revokes, text, place, times, source, told_after, received_at FROM events WHERE parcel = ?";

/// Who read an event, and from what.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub release: &'a str,
    pub source: Source,
    pub at: Instant,
}

/// What a parcel's events amount to.
pub(super) struct Settled {
    pub status: Option<&'static str>,
    pub signed: Option<Signed>,
    pub verdict: Option<Verdict>,
    first_at: Option<Instant>,
    plain: Option<Plain>,
}

impl Store {
    /// The track of a parcel, in its one order, and what is remarkable about each event.
    pub async fn track(&self, parcel: ParcelKey) -> Stored<Vec<(Scan, Option<state::Flag>)>> {
        let track = judge::ordered(scans(&self.read, parcel).await?);
        let flags = state::settle(track.iter().map(|scan| scan.event.step())).flags;
        Ok(track.into_iter().zip(flags).collect())
    }

    /// Raw text of events that could not be read.
    pub async fn odd_events(&self, parcel: ParcelKey) -> Stored<Vec<String>> {
        Ok(sqlx::query_scalar("SELECT raw FROM odd_events WHERE parcel = ?").bind(parcel.0).fetch_all(&self.read).await?)
    }
}

/// Every event that is known of a parcel, in no order.
pub(super) async fn scans<'c>(c: impl Executor<'c, Database = Sqlite>, key: ParcelKey) -> sqlx::Result<Vec<Scan>> {
    Ok(sqlx::query(COLUMNS).bind(key.0).fetch_all(c).await?.iter().filter_map(scan).collect())
}

fn scan(row: &SqliteRow) -> Option<Scan> {
    let bytes = |column| <[u8; 16]>::try_from(row.get::<Vec<u8>, _>(column)).ok();
    let told_after: Vec<u8> = row.get(10);
    Some(Scan {
        identity: bytes(0)?,
        event: Event {
            at: row.get(1),
            code: row.get(2),
            status: status::known(row.get(3))?,
            unmapped: row.get(4),
            revokes: row.get(5),
            text: row.get(6),
            place: row.get(7),
            times: row.get(8),
        },
        source: source(row.get(9)),
        after: told_after.chunks_exact(16).filter_map(|chunk| chunk.try_into().ok()).collect(),
        received_at: row.get(11),
    })
}

fn source(number: i64) -> Source {
    match number {
        0 => Source::Look,
        1 => Source::Push,
        _ => Source::Clerk,
    }
}

/// Adds what is new, and tells which events are news. A scan that means something else to the
/// release that reads it now is corrected, and is news again.
pub(super) async fn add<'t>(
    c: &mut SqliteConnection,
    key: ParcelKey,
    events: &'t [Event],
    reader: Reader<'_>,
) -> sqlx::Result<(Vec<Scan>, Vec<&'t Event>)> {
    let mut known = scans(&mut *c, key).await?;
    let mut news = vec![];
    let mut tied: Vec<(Instant, Identity)> = vec![];
    for event in events {
        let identity = event.identity();
        let after: Vec<Identity> = tied.iter().filter(|(at, _)| *at == event.at).map(|(_, before)| *before).take(judge::TIED).collect();
        tied.push((event.at, identity));
        let told = Scan { event: event.clone(), identity, source: reader.source, after, received_at: reader.at };
        let Some(same) = known.iter_mut().find(|scan| scan.identity == identity) else {
            if !is_twin(&known, &told) {
                news.push(event);
            }
            write(c, key, &told, reader.release).await?;
            known.push(told);
            continue;
        };
        let merged = judge::merged(same, told);
        if merged.event.status != same.event.status {
            news.push(event);
        }
        if merged != *same {
            write(c, key, &merged, reader.release).await?;
            *same = merged;
        }
    }
    Ok((known, news))
}

/// The same scan by push and by look: the same moment, the same meaning.
fn is_twin(known: &[Scan], told: &Scan) -> bool {
    let pushed = |scan: &Scan| scan.source == Source::Push;
    known.iter().any(|scan| {
        scan.event.at == told.event.at
            && scan.event.status == told.event.status
            && (pushed(scan) || pushed(told))
            && scan.source != told.source
    })
}

async fn write(c: &mut SqliteConnection, key: ParcelKey, scan: &Scan, release: &str) -> sqlx::Result<()> {
    let Event { at, code, status, unmapped, revokes, text, place, times } = &scan.event;
    sqlx::query(
        "INSERT INTO events (parcel, identity, at, code, status, unmapped, revokes, text, place, times, source, told_after, received_at, release) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (parcel, identity) DO UPDATE SET \
         status = ?5, unmapped = ?6, revokes = ?7, times = ?10, source = ?11, told_after = ?12, received_at = ?13, release = ?14",
    )
    .bind(key.0)
    .bind(&scan.identity[..])
    .bind(at)
    .bind(code)
    .bind(status)
    .bind(unmapped)
    .bind(revokes)
    .bind(text)
    .bind(place)
    .bind(times)
    .bind(scan.source as i64)
    .bind(scan.after.concat())
    .bind(scan.received_at)
    .bind(release)
    .execute(c)
    .await
    .map(drop)
}

/// What these events amount to. `signed` is what this answer states; the later statement counts.
pub(super) fn settled(known: Vec<Scan>, before: &Before, signed: Option<&Signed>, judging: &Judging, now: Instant) -> Settled {
    let track = judge::ordered(known);
    let state = state::settle(track.iter().map(|scan| scan.event.step()));
    let latest = |signed: &&Signed| (signed.at, signed.by.clone());
    let signed = before.signed.iter().chain(signed).max_by_key(latest).cloned();
    let case = Case {
        events: &track,
        state: &state,
        signed: signed.as_ref(),
        rule: &judging.manifest.sign,
        said: &before.said,
        photo_from: judging.photo_from,
        wait: judging.wait(&track, now),
    };
    let verdict = judge::verdict(&case);
    // The event that the state rests on: what came after the end changed nothing.
    let carrying = state.flags.iter().rposition(|flag| *flag != Some(state::Flag::AfterEnd)).map(|at| &track[at].event);
    let plain = carrying.map(|event| judge::explain(&judging.manifest.explain, Said::of(event)));
    Settled { plain, status: state.status.and_then(status::known), verdict, first_at: track.first().map(|scan| scan.event.at), signed }
}

/// What is stored of a parcel besides its events.
pub(super) struct Before {
    signed: Option<Signed>,
    pub said: parcel::Said,
}

/// None if the parcel was erased.
pub(super) async fn before(c: &mut SqliteConnection, key: ParcelKey) -> sqlx::Result<Option<Before>> {
    let row = sqlx::query("SELECT signed_at, signed_by, said FROM parcels WHERE key = ?").bind(key.0).fetch_optional(c).await?;
    Ok(row.map(|row| Before {
        signed: row.get::<Option<i64>, _>(0).map(|at| Signed { at, by: row.get(1) }),
        said: serde_json::from_str(row.get(2)).unwrap_or_default(),
    }))
}

/// Keeps what the events amount to.
pub(super) async fn keep(c: &mut SqliteConnection, key: ParcelKey, settled: &Settled, now: Instant) -> sqlx::Result<()> {
    let Settled { status, signed, verdict, first_at, plain } = settled;
    let believed_from = match verdict {
        Some(verdict) => verdict.believed_from(now),
        None => status.is_some_and(status::is_terminal).then_some(now),
    };
    sqlx::query(
        "UPDATE parcels SET status = ?2, signed_at = ?3, signed_by = ?4, verdict = ?5, first_at = ?6, \
         believed_from = CASE WHEN ?7 = ?8 THEN min(coalesce(believed_from, ?8), ?8) ELSE ?7 END, plain = ?9 WHERE key = ?1",
    )
    .bind(key.0)
    .bind(status)
    .bind(signed.as_ref().map(|s| s.at))
    .bind(signed.as_ref().and_then(|s| s.by.as_deref()))
    .bind(verdict.as_ref().map(|verdict| serde_json::json!(verdict).to_string()))
    .bind(first_at)
    .bind(believed_from)
    .bind(now)
    .bind(plain.as_ref().map(|plain| serde_json::json!(plain).to_string()))
    .execute(&mut *c)
    .await?;
    if first_at.is_some() { customers::fire(c, key, now).await } else { Ok(()) }
}

/// Judges what is stored once more: something else than an answer changed.
pub(super) async fn rejudge(c: &mut SqliteConnection, key: ParcelKey, judging: &Judging, now: Instant) -> sqlx::Result<Option<Settled>> {
    let Some(before) = before(c, key).await? else { return Ok(None) };
    let known = scans(&mut *c, key).await?;
    let settled = settled(known, &before, None, judging, now);
    keep(c, key, &settled, now).await?;
    Ok(Some(settled))
}
