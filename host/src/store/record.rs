//! What a look or a push leaves behind, in one transaction: events, the next due time, the
//! exchange, an outbox row.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_sdk::status;
use serde_json::json;
use sqlx::{Row as _, SqliteConnection};

use super::exchanges::{self, Packed};
use super::touch::{Touch, is_unchanged};
use super::{Store, Stored, spent, tokens};
use crate::fault::{Fault, Instant, Kind};
use crate::fetch::Exchange;
use crate::parcel::{Account, Event, Outcome, Parcel, ParcelKey, Purpose, Track};
use crate::schedule::Plan;
use crate::vault::{Captured, Secrets};

/// Everything one call of the pipeline found.
pub struct Recording {
    pub account: Account,
    pub purpose: Purpose,
    pub release: String,
    pub at: Instant,
    pub exchanges: Vec<Exchange>,
    pub results: Vec<OfParcel>,
    pub pushed: bool,
}

/// One parcel's part of it.
pub struct OfParcel {
    pub parcel: Parcel,
    pub outcome: Outcome,
    pub plan: Plan,
}

/// What the world may now know.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub account: Account,
    /// Who read it.
    pub release: String,
    pub pushed: bool,
    /// Every parcel it was about.
    pub keys: Vec<ParcelKey>,
    pub changed: Vec<Changed>,
    /// Parcels that it did not work for.
    pub failed: Vec<(ParcelKey, Kind)>,
    /// What did not work, each once.
    pub faults: Vec<Fault>,
    pub at: Instant,
}

/// A parcel whose events or status are new.
#[derive(Debug, Clone)]
pub struct Changed {
    pub key: ParcelKey,
    pub new_events: usize,
}

impl Store {
    /// Records an outcome. When this returns, it is on disk.
    pub async fn record(&self, recording: Recording) -> Stored<Recorded> {
        let recorded = Recorded::of(&recording);
        let unchanged = recording.purpose == Purpose::Look
            && !recording.pushed
            && recording.results.iter().all(|r| is_unchanged(r, &recording.release));
        if unchanged && !self.samples(&recording) {
            let touches = recording.results.iter().map(|r| Touch::of(r, recording.at)).collect();
            self.writer.touch(touches, spent::of(&recording)).await?;
            return Ok(recorded);
        }
        let packed = self.pack(&recording)?;
        let (changed, _) = self.writer.run(move |c| Box::pin(async move { write(c, &recording, packed).await })).await?;
        Ok(Recorded { changed, ..recorded })
    }

    /// Keeps fresh tokens, before anything uses them.
    pub async fn keep_tokens(&self, account: &Account, secrets: &Secrets, fresh: &BTreeMap<String, Captured>) -> Stored<()> {
        let rows = tokens::sealed(&self.vault, account, secrets.generation, fresh);
        self.writer.run(move |c| Box::pin(async move { tokens::write(c, rows).await })).await
    }

    /// One of so many unchanged answers is kept; by parcel and time, so that a test can tell.
    fn samples(&self, recording: &Recording) -> bool {
        let first = recording.results.first().map_or(0, |r| r.parcel.key.0);
        let mixed = blake3::hash(&[first.to_le_bytes(), recording.at.to_le_bytes()].concat());
        let lot = u32::from_le_bytes(mixed.as_bytes()[..4].try_into().expect("four bytes"));
        self.kept.sample > 0 && lot % self.kept.sample == 0
    }

    pub(super) fn pack(&self, recording: &Recording) -> Stored<Vec<Packed>> {
        recording.exchanges.iter().map(|exchange| Packed::new(exchange, recording, &self.vault, self.roots.scrub())).collect()
    }
}

impl Recorded {
    /// What is known before anything is compared.
    pub(super) fn of(recording: &Recording) -> Self {
        let mut faults: Vec<Fault> = recording.results.iter().filter_map(|r| r.outcome.clone().err()).collect();
        faults.dedup();
        let keys = recording.results.iter().map(|r| r.parcel.key).collect();
        let failed = recording.results.iter().filter_map(|r| Some((r.parcel.key, r.outcome.as_ref().err()?.kind))).collect();
        let (account, release) = (recording.account.clone(), recording.release.clone());
        Self { account, release, pushed: recording.pushed, keys, changed: vec![], failed, faults, at: recording.at }
    }
}

/// What changed, and where the exchanges are.
pub(super) async fn write(c: &mut SqliteConnection, recording: &Recording, packed: Vec<Packed>) -> sqlx::Result<(Vec<Changed>, Vec<i64>)> {
    spent::add_all(c, spent::of(recording)).await?;
    let mut exchanges = vec![];
    for exchange in packed {
        exchanges.push(exchange.write(c, recording).await?);
    }
    let mut changed = vec![];
    for result in &recording.results {
        // A parcel may be erased while a look at it runs.
        let known = sqlx::query("SELECT 1 FROM parcels WHERE key = ?").bind(result.parcel.key.0).fetch_optional(&mut *c).await?;
        if known.is_none() {
            continue;
        }
        exchanges::link(c, &exchanges, result.parcel.key).await?;
        let new = match (&result.outcome, recording.purpose) {
            (_, Purpose::Subscribe) => subscribed(c, recording, result).await?,
            (Ok(track), Purpose::Look) => read(c, recording, result, track).await?,
            (Err(fault), Purpose::Look) => failed(c, recording, result, fault).await?,
        };
        changed.extend(new);
    }
    Ok((changed, exchanges))
}

async fn read(c: &mut SqliteConnection, recording: &Recording, result: &OfParcel, track: &Track) -> sqlx::Result<Option<Changed>> {
    let (key, plan) = (result.parcel.key, result.plan);
    let reader = Reader { release: &recording.release, pushed: recording.pushed };
    let new = add_events(c, key, &track.events, reader, recording.at).await?;
    let odd = add_odd(c, key, &track.odd, recording.at).await?;
    let state = state_of(c, key).await?;
    let facts: BTreeMap<_, _> = track.extra.iter().cloned().collect();
    let reading = (!recording.pushed).then_some(&track.digest[..]);
    sqlx::query(
        "UPDATE parcels SET status = ?2, signed_at = coalesce(?3, signed_at), signed_by = coalesce(?4, signed_by), \
         facts = CASE WHEN ?5 = '{}' THEN facts ELSE ?5 END, odd = odd + ?6, changed_at = CASE WHEN ?7 THEN ?8 ELSE changed_at END, \
         as_of = ?8, outcome = 'tracks', detail = NULL, release = ?9, reading = coalesce(?10, reading), faults = ?11, tail = ?12, \
         next_look = CASE WHEN hinted THEN next_look WHEN watched THEN ?13 END, deadline = ?14, leased_until = CASE WHEN ?15 THEN leased_until ELSE 0 END \
         WHERE key = ?1",
    )
    .bind(key.0)
    .bind(&state)
    .bind(track.signed.as_ref().map(|s| s.at))
    .bind(track.signed.as_ref().and_then(|s| s.by.clone()))
    .bind(json!(facts).to_string())
    .bind(odd)
    .bind(!new.is_empty())
    .bind(recording.at)
    .bind(&recording.release)
    .bind(reading)
    .bind(plan.faults)
    .bind(plan.tail)
    .bind(plan.next_look)
    .bind(plan.deadline)
    .bind(recording.pushed)
    .execute(&mut *c)
    .await?;
    if new.is_empty() {
        return Ok(None);
    }
    let payload = json!({ "status": state, "events": new.iter().map(|e| event_json(e)).collect::<Vec<_>>(), "release": recording.release });
    outbox(c, key, recording.at, "parcel.events", payload).await?;
    Ok(Some(Changed { key, new_events: new.len() }))
}

/// Of all events, however they came.
async fn state_of(c: &mut SqliteConnection, key: ParcelKey) -> sqlx::Result<Option<String>> {
    let all = sqlx::query_scalar::<_, String>("SELECT status FROM events WHERE parcel = ? ORDER BY at, tie")
        .bind(key.0)
        .fetch_all(&mut *c)
        .await?;
    Ok(status::settled(all.iter().map(String::as_str)).map(str::to_owned))
}

/// Joins events that were pushed before the parcel was registered.
pub(super) async fn join(c: &mut SqliteConnection, key: ParcelKey, events: &[Event], at: Instant) -> sqlx::Result<()> {
    let new = add_events(c, key, events, Reader { release: "", pushed: true }, at).await?;
    if new.is_empty() {
        return Ok(());
    }
    let state = state_of(c, key).await?;
    sqlx::query("UPDATE parcels SET status = ?, changed_at = ?, as_of = ? WHERE key = ?")
        .bind(&state)
        .bind(at)
        .bind(at)
        .bind(key.0)
        .execute(&mut *c)
        .await?;
    let payload = json!({ "status": state, "events": new.iter().map(|e| event_json(e)).collect::<Vec<_>>() });
    outbox(c, key, at, "parcel.events", payload).await
}

async fn failed(c: &mut SqliteConnection, recording: &Recording, result: &OfParcel, fault: &Fault) -> sqlx::Result<Option<Changed>> {
    let plan = result.plan;
    sqlx::query(
        "UPDATE parcels SET outcome = ?2, detail = ?3, release = ?4, faults = ?5, tail = ?6, \
         as_of = CASE WHEN ?7 THEN ?8 ELSE as_of END, next_look = CASE WHEN hinted THEN next_look WHEN watched THEN ?9 END, \
         deadline = CASE WHEN ?7 THEN ?10 ELSE deadline END, leased_until = 0 WHERE key = ?1",
    )
    .bind(result.parcel.key.0)
    .bind(fault.kind.code())
    .bind(&fault.detail)
    .bind(&recording.release)
    .bind(plan.faults)
    .bind(plan.tail)
    .bind(plan.fresh)
    .bind(recording.at)
    .bind(plan.next_look)
    .bind(plan.deadline)
    .execute(c)
    .await?;
    Ok(None)
}

async fn subscribed(c: &mut SqliteConnection, recording: &Recording, result: &OfParcel) -> sqlx::Result<Option<Changed>> {
    let done = result.outcome.is_ok();
    sqlx::query(
        "UPDATE parcels SET subscribed_at = CASE WHEN ?2 THEN ?3 ELSE subscribed_at END, subscribe_at = ?4, leased_until = 0 WHERE key = ?1",
    )
    .bind(result.parcel.key.0)
    .bind(done)
    .bind(recording.at)
    .bind(result.plan.next_look)
    .execute(c)
    .await?;
    Ok(None)
}

/// Who read an event, and from what.
#[derive(Clone, Copy)]
struct Reader<'a> {
    release: &'a str,
    pushed: bool,
}

/// Adds what is new. A scan that came by push and by look is one event: same moment, same
/// meaning; the carrier's full answer has the better words, so it replaces the pushed one. A scan
/// that means something else to the release that reads it now is corrected, and told again.
async fn add_events<'t>(
    c: &mut SqliteConnection,
    key: ParcelKey,
    events: &'t [Event],
    reader: Reader<'_>,
    at: Instant,
) -> sqlx::Result<Vec<&'t Event>> {
    let pushed = reader.pushed;
    let rows = sqlx::query("SELECT identity, at, status, pushed FROM events WHERE parcel = ?").bind(key.0).fetch_all(&mut *c).await?;
    let mut known: Vec<([u8; 16], i64, String, bool)> = vec![];
    for row in rows {
        let identity: Vec<u8> = row.get(0);
        known.push((identity.try_into().unwrap_or_default(), row.get(1), row.get(2), row.get(3)));
    }
    let mut new = vec![];
    for (tie, event) in events.iter().enumerate() {
        let identity = event.identity();
        if let Some(same) = known.iter().find(|k| k.0 == identity) {
            if !pushed && same.2 != event.status {
                correct_event(c, key, event, &identity, reader.release).await?;
                new.push(event);
            }
            continue;
        }
        let twin = known.iter().position(|k| k.1 == event.at && k.2 == event.status && (pushed || k.3));
        match twin {
            Some(_) if pushed => continue,
            Some(twin) => {
                let old = known.swap_remove(twin);
                sqlx::query("DELETE FROM events WHERE parcel = ? AND identity = ?").bind(key.0).bind(&old.0[..]).execute(&mut *c).await?;
            }
            None => new.push(event),
        }
        insert_event(c, key, event, tie, &identity, reader, at).await?;
    }
    Ok(new)
}

async fn correct_event(c: &mut SqliteConnection, key: ParcelKey, event: &Event, identity: &[u8; 16], release: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE events SET status = ?, unmapped = ?, release = ? WHERE parcel = ? AND identity = ?")
        .bind(event.status)
        .bind(event.unmapped)
        .bind(release)
        .bind(key.0)
        .bind(&identity[..])
        .execute(c)
        .await
        .map(drop)
}

async fn insert_event(
    c: &mut SqliteConnection,
    key: ParcelKey,
    event: &Event,
    tie: usize,
    identity: &[u8; 16],
    reader: Reader<'_>,
    at: Instant,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO events (parcel, at, tie, identity, code, status, unmapped, text, place, pushed, received_at, release) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")
        .bind(key.0)
        .bind(event.at)
        .bind(i64::try_from(tie).unwrap_or(0))
        .bind(&identity[..])
        .bind(&event.code)
        .bind(event.status)
        .bind(event.unmapped)
        .bind(&event.text)
        .bind(&event.place)
        .bind(reader.pushed)
        .bind(at)
        .bind(reader.release)
        .execute(c)
        .await?;
    Ok(())
}

async fn add_odd(c: &mut SqliteConnection, key: ParcelKey, odd: &[String], at: Instant) -> sqlx::Result<i64> {
    let mut added = 0;
    for raw in odd {
        let done = sqlx::query("INSERT OR IGNORE INTO odd_events (parcel, raw, received_at) VALUES (?, ?, ?)")
            .bind(key.0)
            .bind(raw)
            .bind(at)
            .execute(&mut *c)
            .await?;
        added += i64::try_from(done.rows_affected()).unwrap_or(0);
    }
    Ok(added)
}

fn event_json(event: &Event) -> serde_json::Value {
    json!({ "at": event.at, "code": event.code, "status": event.status, "text": event.text, "place": event.place })
}

async fn outbox(c: &mut SqliteConnection, key: ParcelKey, at: Instant, kind: &str, payload: serde_json::Value) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO outbox (parcel, at, kind, payload) VALUES (?, ?, ?, ?)")
        .bind(key.0)
        .bind(at)
        .bind(kind)
        .bind(payload.to_string())
        .execute(c)
        .await?;
    Ok(())
}

impl Store {
    /// What was captured for this account and generation before a restart.
    pub async fn tokens(&self, account: &Account, secrets: &Arc<Secrets>) -> Stored<BTreeMap<String, Captured>> {
        tokens::read(&self.read, &self.vault, account, secrets.generation).await
    }
}
