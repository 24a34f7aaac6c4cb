//! Which public pages may be read, who allowed it, and why one is not read any more.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::audit::{self, Act};
use super::exchanges::{Kept, unpack};
use super::kept_page::KeptPage;
use super::{Store, Stored};
use crate::fault::{Instant, Kind};
use crate::parcel::Account;
use crate::permit::{Allowed, Page, Stop};

/// What is done to the database, once.
type Change = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<()>> + Send>;

impl Store {
    /// What is recorded of every carrier's page.
    pub async fn pages(&self) -> Stored<BTreeMap<String, Page>> {
        let sql = "SELECT carrier, allowed_by, allowed_on, terms, stopped_at, outcome, detail, exchange, checked_at, checked FROM pages";
        let rows = sqlx::query(sql).fetch_all(&self.read).await?;
        Ok(rows.iter().map(|row| (row.get(0), page(row))).collect())
    }

    /// Somebody allowed it, or nobody does any more.
    pub async fn allow_page(&self, carrier: &str, allowed: Option<&Allowed>, act: Act, now: Instant) -> Stored<()> {
        let (by, on, terms) = allowed
            .map(|a| (a.by.clone(), a.on.clone(), a.terms.clone()))
            .map_or((None, None, None), |(a, b, c)| (Some(a), Some(b), Some(c)));
        let carrier = carrier.to_owned();
        let change: Change = Box::new(move |c| {
            Box::pin(async move {
                let sql = "INSERT INTO pages (carrier, allowed_by, allowed_on, terms) VALUES (?1, ?2, ?3, ?4) \
                           ON CONFLICT (carrier) DO UPDATE SET allowed_by = ?2, allowed_on = ?3, terms = ?4";
                sqlx::query(sql).bind(carrier).bind(by).bind(on).bind(terms).execute(c).await.map(drop)
            })
        });
        self.audited(change, act, now).await
    }

    pub async fn stop_page(&self, carrier: &str, stop: &Stop, act: Act, now: Instant) -> Stored<()> {
        let (carrier, stop) = (carrier.to_owned(), stop.clone());
        let change: Change = Box::new(move |c| {
            Box::pin(async move {
                let sql = "UPDATE pages SET stopped_at = ?, outcome = ?, detail = ?, exchange = ? WHERE carrier = ?";
                let row = sqlx::query(sql).bind(stop.at).bind(stop.kind.code()).bind(stop.detail).bind(stop.exchange);
                row.bind(carrier).execute(c).await.map(drop)
            })
        });
        self.audited(change, act, now).await
    }

    /// It may be asked again; whoever it was stopped for comes first.
    pub async fn resume_page(&self, carrier: &str, act: Act, now: Instant) -> Stored<()> {
        let carrier = carrier.to_owned();
        let change: Change = Box::new(move |c| {
            Box::pin(async move {
                let sql = "UPDATE pages SET stopped_at = NULL, outcome = NULL, detail = NULL, exchange = NULL WHERE carrier = ?";
                sqlx::query(sql).bind(&carrier).execute(&mut *c).await?;
                let sql = "UPDATE parcels SET next_look = ?, faults = 0 WHERE carrier = ? AND outcome IN ('turned-away', 'challenge') AND next_look > ?";
                sqlx::query(sql).bind(now).bind(&carrier).bind(now).execute(c).await.map(drop)
            })
        });
        self.audited(change, act, now).await
    }

    pub async fn check_page(&self, carrier: &str, found: &str, act: Act, now: Instant) -> Stored<()> {
        let (carrier, found) = (carrier.to_owned(), found.to_owned());
        let change: Change = Box::new(move |c| {
            Box::pin(async move {
                let sql = "INSERT INTO pages (carrier, checked_at, checked) VALUES (?1, ?2, ?3) \
                           ON CONFLICT (carrier) DO UPDATE SET checked_at = ?2, checked = ?3";
                sqlx::query(sql).bind(carrier).bind(now).bind(found).execute(c).await.map(drop)
            })
        });
        self.audited(change, act, now).await
    }

    /// The newest exchange of an account that ended so.
    pub async fn last_exchange(&self, account: &Account, outcome: &str) -> Stored<Option<i64>> {
        let sql = "SELECT max(key) FROM exchanges WHERE carrier = ? AND account = ? AND outcome = ?";
        let row = sqlx::query(sql).bind(&*account.carrier).bind(&*account.name).bind(outcome).fetch_one(&self.read).await?;
        Ok(row.get(0))
    }

    /// An exchange, by where it is kept.
    pub async fn kept(&self, key: i64) -> Stored<Option<Kept>> {
        let row = sqlx::query("SELECT sealed FROM exchanges WHERE key = ?").bind(key).fetch_optional(&self.read).await?;
        row.map(|row| unpack(&row.get::<Vec<u8>, _>(0), &self.vault)).transpose()
    }

    /// Pages of a carrier that were read, one for each parcel, the newest first.
    pub async fn snapshots(&self, carrier: &str, most: u32) -> Stored<Vec<(String, KeptPage)>> {
        let sql = "SELECT p.number, e.sealed, max(e.key) FROM exchanges e JOIN exchange_parcels x ON x.exchange = e.key \
                   JOIN parcels p ON p.key = x.parcel WHERE e.carrier = ? AND e.interface = 'tracking' AND e.outcome = 'tracks' \
                   GROUP BY p.number ORDER BY max(e.key) DESC LIMIT ?";
        let rows = sqlx::query(sql).bind(carrier).bind(most).fetch_all(&self.read).await?;
        let mut pages = vec![];
        for row in rows {
            let kept = unpack(&row.get::<Vec<u8>, _>(1), &self.vault)?;
            pages.extend(kept.page.map(|page| (row.get(0), page)));
        }
        Ok(pages)
    }

    /// A change and its link in the chain, together or not at all.
    async fn audited(&self, change: Change, act: Act, now: Instant) -> Stored<()> {
        let key = self.audit_key();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    change(c).await?;
                    audit::append(c, &key, &act, now).await
                })
            })
            .await
    }
}

fn page(row: &SqliteRow) -> Page {
    let allowed = row.get::<Option<String>, _>(1).map(|by| Allowed {
        by,
        on: row.get::<Option<String>, _>(2).unwrap_or_default(),
        terms: row.get::<Option<String>, _>(3).unwrap_or_default(),
    });
    let stop = row.get::<Option<Instant>, _>(4).map(|at| Stop {
        at,
        kind: row.get::<Option<&str>, _>(5).and_then(Kind::parse).unwrap_or(Kind::TurnedAway),
        detail: row.get::<Option<String>, _>(6).unwrap_or_default(),
        exchange: row.get(7),
    });
    let checked = row.get::<Option<Instant>, _>(8).map(|at| (at, row.get::<Option<String>, _>(9).unwrap_or_default()));
    Page { allowed, stop, checked }
}
