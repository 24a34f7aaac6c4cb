//! What a look or a push leaves behind, in one transaction: events, the next due time, the
//! exchange, an outbox row.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_sdk::manifest::Tier;
use serde_json::json;
use sqlx::SqliteConnection;

use super::exchanges::{self, Packed};
use super::touch::{Touch, is_unchanged};
use super::track::{self, Reader, Settled};
use super::{Store, Stored, entries, judged, outbox, spent, tokens};
use crate::fault::{Fault, Instant, Kind};
use crate::fetch::Exchange;
use crate::judge::Judging;
use crate::parcel::{Account, Event, Outcome, Parcel, ParcelKey, Purpose, Source, Track};
use crate::schedule::Plan;
use crate::vault::{Captured, Secrets};

/// Everything one call of the pipeline found.
pub struct Recording {
    pub account: Account,
    pub purpose: Purpose,
    pub release: String,
    pub tier: Tier,
    pub at: Instant,
    pub exchanges: Vec<Exchange>,
    pub results: Vec<OfParcel>,
    pub pushed: bool,
    pub judging: Judging,
    /// SHA-256 of the exchanges as they are kept, in hex; known once there is something to write.
    pub evidence: Option<String>,
}

impl Recording {
    fn told_by(&self) -> TellsOf<'_> {
        TellsOf { release: Some(&self.release), tier: Some(self.tier), evidence: self.evidence.as_deref() }
    }
}

/// Where a change comes from, as far as it is known.
#[derive(Clone, Copy, Default)]
pub(super) struct TellsOf<'a> {
    pub release: Option<&'a str>,
    pub tier: Option<Tier>,
    /// SHA-256 of the exchanges it was read from.
    pub evidence: Option<&'a str>,
}

impl TellsOf<'_> {
    /// A person said so.
    pub fn clerk() -> Self {
        Self { tier: Some(Tier::C), ..Self::default() }
    }
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
        let recording = self.with_evidence(recording)?;
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

    /// With the digest of what it was read from, as it is kept.
    pub(super) fn with_evidence(&self, recording: Recording) -> Stored<Recording> {
        let evidence = exchanges::digest(&recording.exchanges, self.roots.scrub())?;
        Ok(Recording { evidence: Some(evidence), ..recording })
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
    let (key, plan, at) = (result.parcel.key, result.plan, recording.at);
    let Some(before) = track::before(c, key).await? else { return Ok(None) };
    let source = if recording.pushed { Source::Push } else { Source::Look };
    let (known, news) = track::add(c, key, &track.events, Reader { release: &recording.release, source, at }).await?;
    let odd = add_odd(c, key, &track.odd, at).await?;
    if !recording.pushed && known.iter().any(|scan| scan.source == Source::Clerk) {
        entries::reconcile(c, key, &known, track).await?;
    }
    let settled = track::settled(known, &before, track.signed.as_ref(), &recording.judging, at);
    track::keep(c, key, &settled, at).await?;
    judged::count(c, recording, track, &news, odd).await?;
    let facts: BTreeMap<_, _> = track.extra.iter().cloned().collect();
    let reading = (!recording.pushed).then_some(&track.digest[..]);
    sqlx::query(
        "UPDATE parcels SET facts = CASE WHEN ?2 = '{}' THEN facts ELSE json_patch(facts, ?2) END, odd = odd + ?3, \
         changed_at = CASE WHEN ?4 THEN ?5 ELSE changed_at END, as_of = ?5, outcome = 'tracks', detail = NULL, release = ?6, \
         reading = coalesce(?7, reading), faults = ?8, tail = ?9, next_look = CASE WHEN hinted THEN next_look WHEN watched THEN ?10 END, \
         deadline = ?11, leased_until = CASE WHEN ?12 THEN leased_until ELSE 0 END WHERE key = ?1",
    )
    .bind(key.0)
    .bind(json!(facts).to_string())
    .bind(odd)
    .bind(!news.is_empty())
    .bind(at)
    .bind(&recording.release)
    .bind(reading)
    .bind(plan.faults)
    .bind(plan.tail)
    .bind(plan.next_look)
    .bind(plan.deadline)
    .bind(recording.pushed)
    .execute(&mut *c)
    .await?;
    if news.is_empty() {
        return Ok(None);
    }
    tell(c, key, at, &settled, &news, recording.told_by()).await?;
    Ok(Some(Changed { key, new_events: news.len() }))
}

/// Into the outbox: what the parcel's state is now, and what is new of it.
pub(super) async fn tell(
    c: &mut SqliteConnection,
    key: ParcelKey,
    at: Instant,
    settled: &Settled,
    news: &[&Event],
    by: TellsOf<'_>,
) -> sqlx::Result<()> {
    let events: Vec<_> = news.iter().map(|event| event_json(event)).collect();
    let TellsOf { release, tier, evidence } = by;
    let payload = json!({
        "status": settled.status, "verdict": settled.verdict, "events": events,
        "release": release, "tier": tier.map(|tier| format!("{tier:?}")), "evidence": evidence,
    });
    outbox::put(c, key, at, "parcel.events", payload).await
}

/// Joins events that were pushed before the parcel was registered.
pub(super) async fn join(c: &mut SqliteConnection, key: ParcelKey, events: &[Event], judging: &Judging, at: Instant) -> sqlx::Result<()> {
    let Some(before) = track::before(c, key).await? else { return Ok(()) };
    let (known, news) = track::add(c, key, events, Reader { release: "", source: Source::Push, at }).await?;
    if news.is_empty() {
        return Ok(());
    }
    let settled = track::settled(known, &before, None, judging, at);
    track::keep(c, key, &settled, at).await?;
    let sql = "UPDATE parcels SET changed_at = ?2, as_of = ?2 WHERE key = ?1";
    sqlx::query(sql).bind(key.0).bind(at).execute(&mut *c).await?;
    tell(c, key, at, &settled, &news, TellsOf::default()).await
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

impl Store {
    /// What was captured for this account and generation before a restart.
    pub async fn tokens(&self, account: &Account, secrets: &Arc<Secrets>) -> Stored<BTreeMap<String, Captured>> {
        tokens::read(&self.read, &self.vault, account, secrets.generation).await
    }
}
