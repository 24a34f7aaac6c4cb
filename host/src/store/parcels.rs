//! Parcels: registering them, and what is known of them.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::{Customer, NEW_AFTER, Store, Stored, customers};
use crate::fault::{Instant, Kind};
use crate::judge::{Judging, Plain, Verdict};
use crate::parcel::{Account, Before, Parcel, ParcelKey, Said, Signed};

/// A parcel somebody wants to know about.
#[derive(Debug, Clone)]
pub struct NewParcel {
    pub account: Account,
    pub number: String,
    pub phone_tail: Option<String>,
    pub shipped_at: Option<Instant>,
    pub extra: BTreeMap<String, String>,
    /// False: looked at once, on request.
    pub watched: bool,
    /// The carrier pushes, and wants to be asked to.
    pub subscribe: bool,
    /// In fen.
    pub declared_value: Option<u64>,
    /// Who wants to hear of its first scan.
    pub notify: Option<Customer>,
    /// How what was pushed before is judged.
    pub judging: Judging,
}

/// What became of a registration.
#[derive(Debug, Clone)]
pub struct Registered {
    pub key: ParcelKey,
    pub id: String,
    /// False: it was known already.
    pub created: bool,
    /// It was not watched before.
    pub(super) begins: bool,
}

/// Everything known of a parcel but its events.
#[derive(Debug, Clone)]
pub struct Known {
    pub key: ParcelKey,
    pub id: String,
    pub account: Account,
    pub number: String,
    pub watched: bool,
    pub registered_at: Instant,
    pub shipped_at: Option<Instant>,
    pub status: Option<String>,
    pub signed: Option<Signed>,
    pub facts: BTreeMap<String, String>,
    pub odd: i64,
    pub changed_at: Option<Instant>,
    pub as_of: Option<Instant>,
    /// `tracks`, a fault code, or none before the first look.
    pub outcome: Option<String>,
    pub detail: Option<String>,
    pub release: Option<String>,
    pub next_look: Option<Instant>,
    pub subscribed: bool,
    pub said: Said,
    /// As it stood when something changed last; time goes on.
    pub verdict: Option<Verdict>,
    pub first_at: Option<Instant>,
    /// The event its state rests on, in plain words.
    pub plain: Option<Plain>,
    /// What the hub told of it.
    pub extra: BTreeMap<String, String>,
}

/// Which parcels a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub carrier: Option<String>,
    pub accounts: Option<Vec<String>>,
    pub status: Option<String>,
    pub outcome: Option<String>,
    pub after: i64,
}

/// A page of parcels and where the next one begins.
#[derive(Debug)]
pub struct Page {
    pub parcels: Vec<Known>,
    pub next: Option<i64>,
}

pub(super) const COLUMNS: &str = "SELECT key, id, carrier, account, number, watched, registered_at, shipped_at, status, signed_at, signed_by, facts, odd, \
     changed_at, as_of, outcome, detail, release, next_look, subscribed_at, said, verdict, first_at, extra, plain FROM parcels";

impl Store {
    /// Registers parcels, all or none. One that is known is watched again and keeps its history.
    pub async fn register(&self, parcels: Vec<NewParcel>, now: Instant) -> Stored<Vec<Registered>> {
        let vault = self.vault.clone();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let mut registered = Vec::with_capacity(parcels.len());
                    for parcel in parcels {
                        let (account, number, judging) = (parcel.account.clone(), parcel.number.clone(), parcel.judging.clone());
                        let customer = parcel.notify.clone();
                        let done = register(c, parcel, now).await?;
                        if let Some(customer) = customer {
                            customers::want(c, done.key, customer, &vault, now).await?;
                        }
                        if done.begins {
                            super::pushes::join_early(c, &account, &number, done.key, &judging, &vault).await?;
                        }
                        registered.push(done);
                    }
                    Ok(registered)
                })
            })
            .await
    }

    pub async fn parcel(&self, id: &str) -> Stored<Option<Known>> {
        let sql = format!("{COLUMNS} WHERE id = ?");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.read).await?;
        Ok(row.as_ref().map(known))
    }

    /// The current parcel of a number.
    pub async fn by_number(&self, account: &Account, number: &str) -> Stored<Option<Known>> {
        let sql = format!("{COLUMNS} WHERE carrier = ? AND account = ? AND number = ? AND current = 1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(&*account.carrier)
            .bind(&*account.name)
            .bind(number)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.as_ref().map(known))
    }

    pub async fn list(&self, filter: &Filter, limit: u32) -> Stored<Page> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push(" WHERE watched = 1 AND key > ").push_bind(filter.after);
        for (column, value) in [("carrier", &filter.carrier), ("status", &filter.status), ("outcome", &filter.outcome)] {
            if let Some(value) = value {
                query.push(format!(" AND {column} = ")).push_bind(value.clone());
            }
        }
        among(query.push(" AND account"), filter.accounts.as_deref());
        query.push(" ORDER BY key LIMIT ").push_bind(i64::from(limit) + 1);
        let mut parcels: Vec<_> = query.build().fetch_all(&self.read).await?.iter().map(known).collect();
        let more = parcels.len() > limit as usize;
        parcels.truncate(limit as usize);
        let next = parcels.last().filter(|_| more).map(|last| last.key.0);
        Ok(Page { parcels, next })
    }

    /// Parcels of an account that are polled: watched, not ended, not subscribed.
    pub async fn polled(&self, account: &Account) -> Stored<u64> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM parcels WHERE carrier = ? AND account = ? AND next_look IS NOT NULL AND subscribed_at IS NULL",
        )
        .bind(&*account.carrier)
        .bind(&*account.name)
        .fetch_one(&self.read)
        .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Removes a parcel and everything that names it, exchanges included.
    pub async fn erase(&self, parcel: ParcelKey) -> Stored<bool> {
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM exchanges WHERE key IN (SELECT exchange FROM exchange_parcels WHERE parcel = ?)")
                        .bind(parcel.0)
                        .execute(&mut *c)
                        .await?;
                    forget_number(c, parcel).await?;
                    let done = sqlx::query("DELETE FROM parcels WHERE key = ?").bind(parcel.0).execute(&mut *c).await?;
                    Ok(done.rows_affected() == 1)
                })
            })
            .await
    }
}

/// Ends a condition that begins with a column: its value is one of these, or anything but null.
pub(super) fn among(query: &mut QueryBuilder<Sqlite>, names: Option<&[String]>) {
    let Some(names) = names else {
        query.push(" IS NOT NULL");
        return;
    };
    query.push(" IN (");
    let mut list = query.separated(", ");
    names.iter().for_each(|name| _ = list.push_bind(name.clone()));
    query.push(")");
}

/// Takes a parcel's number out of what rollouts noted.
async fn forget_number(c: &mut SqliteConnection, parcel: ParcelKey) -> sqlx::Result<()> {
    let known: Option<(String, String)> =
        sqlx::query_as("SELECT number, carrier FROM parcels WHERE key = ?").bind(parcel.0).fetch_optional(&mut *c).await?;
    let Some((number, carrier)) = known else { return Ok(()) };
    for sql in [
        "DELETE FROM trials WHERE (number = ?1 OR number LIKE ?1 || ' and %') AND rollout IN (SELECT id FROM rollouts WHERE carrier = ?2)",
        "UPDATE rollouts SET forced = NULL WHERE forced = ?1 AND carrier = ?2",
        "UPDATE rollouts SET replayed = replace(replayed, ?1, '***') WHERE carrier = ?2 AND instr(replayed, ?1)",
    ] {
        sqlx::query(sql).bind(&number).bind(&carrier).execute(&mut *c).await?;
    }
    Ok(())
}

async fn register(c: &mut SqliteConnection, parcel: NewParcel, now: Instant) -> sqlx::Result<Registered> {
    let (carrier, account) = (&*parcel.account.carrier, &*parcel.account.name);
    let known: Option<(i64, String, i64, bool)> = sqlx::query_as(
        "SELECT key, id, registered_at, watched FROM parcels WHERE carrier = ? AND account = ? AND number = ? AND current = 1",
    )
    .bind(carrier)
    .bind(account)
    .bind(&parcel.number)
    .fetch_optional(&mut *c)
    .await?;
    if let Some((key, id, registered_at, watched)) = known {
        if now - registered_at < NEW_AFTER {
            let begins = parcel.watched && !watched;
            sqlx::query("UPDATE parcels SET watched = watched OR ?2, phone_tail = coalesce(?3, phone_tail), said = CASE WHEN ?7 IS NULL THEN said ELSE json_set(said, '$.value', ?7) END, next_look = CASE WHEN ?4 THEN ?5 ELSE next_look END, subscribe_at = CASE WHEN ?4 AND ?6 THEN ?5 ELSE subscribe_at END WHERE key = ?1")
                .bind(key)
                .bind(parcel.watched)
                .bind(&parcel.phone_tail)
                .bind(begins)
                .bind(now)
                .bind(parcel.subscribe)
                .bind(parcel.declared_value.map(u64::cast_signed))
                .execute(&mut *c)
                .await?;
            return Ok(Registered { key: ParcelKey(key), id, created: !watched && parcel.watched, begins });
        }
        sqlx::query("UPDATE parcels SET current = 0, watched = 0, next_look = NULL, subscribe_at = NULL WHERE key = ?")
            .bind(key)
            .execute(&mut *c)
            .await?;
    }
    insert(c, parcel, now).await
}

async fn insert(c: &mut SqliteConnection, parcel: NewParcel, now: Instant) -> sqlx::Result<Registered> {
    let id = format!("prc_{}", Uuid::now_v7().simple());
    let due = parcel.watched.then_some(now);
    let done = sqlx::query(
        "INSERT INTO parcels (id, carrier, account, number, watched, phone_tail, shipped_at, extra, registered_at, next_look, deadline, subscribe_at, said) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12)",
    )
    .bind(&id)
    .bind(&*parcel.account.carrier)
    .bind(&*parcel.account.name)
    .bind(&parcel.number)
    .bind(parcel.watched)
    .bind(&parcel.phone_tail)
    .bind(parcel.shipped_at)
    .bind(serde_json::json!(parcel.extra).to_string())
    .bind(now)
    .bind(due)
    .bind(due.filter(|_| parcel.subscribe))
    .bind(serde_json::json!(Said { value: parcel.declared_value, ..Said::default() }).to_string())
    .execute(&mut *c)
    .await?;
    Ok(Registered { key: ParcelKey(done.last_insert_rowid()), id, created: true, begins: parcel.watched })
}

pub(super) fn known(row: &SqliteRow) -> Known {
    let signed_at: Option<i64> = row.get(9);
    Known {
        key: ParcelKey(row.get(0)),
        id: row.get(1),
        account: Account::new(row.get(2), row.get(3)),
        number: row.get(4),
        watched: row.get(5),
        registered_at: row.get(6),
        shipped_at: row.get(7),
        status: row.get(8),
        signed: signed_at.map(|at| Signed { at, by: row.get(10) }),
        facts: serde_json::from_str(row.get(11)).unwrap_or_default(),
        odd: row.get(12),
        changed_at: row.get(13),
        as_of: row.get(14),
        outcome: row.get(15),
        detail: row.get(16),
        release: row.get(17),
        next_look: row.get(18),
        subscribed: row.get::<Option<i64>, _>(19).is_some(),
        said: serde_json::from_str(row.get(20)).unwrap_or_default(),
        verdict: row.get::<Option<String>, _>(21).and_then(|text| serde_json::from_str(&text).ok()),
        first_at: row.get(22),
        extra: serde_json::from_str(row.get(23)).unwrap_or_default(),
        plain: row.get::<Option<String>, _>(24).and_then(|text| serde_json::from_str(&text).ok()),
    }
}

impl Known {
    /// As the start of a look or push.
    pub fn into_parcel(self) -> Parcel {
        let Self { said, status, subscribed, watched, .. } = self;
        let before = Before { status, subscribed, watched, said, ..Before::default() };
        Parcel { key: self.key, number: self.number, phone_tail: None, shipped_at: self.shipped_at, extra: BTreeMap::new(), before }
    }

    /// The fault the last look ended with, if it did.
    pub fn fault(&self) -> Option<Kind> {
        self.outcome.as_deref().and_then(Kind::parse)
    }
}
