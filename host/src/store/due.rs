//! What falls due, and who has it.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::audit::{self, Act};
use super::{Store, Stored};
use crate::fault::Instant;
use crate::parcel::{Account, Before, Parcel, ParcelKey, Purpose};

const COLUMNS: &str = "key, number, phone_tail, shipped_at, extra, reading, status, faults, tail, subscribed_at, hinted, watched, outcome, release, believed_from, said";

impl Store {
    /// Leases due parcels of an account, the earliest deadline first.
    pub async fn claim(&self, account: &Account, purpose: Purpose, now: Instant, lease: Instant, most: usize) -> Stored<Vec<Parcel>> {
        let account = account.clone();
        let due = match purpose {
            Purpose::Look => "next_look <= ?3 AND leased_until <= ?3 ORDER BY hinted DESC, deadline IS NULL, deadline, next_look",
            Purpose::Subscribe => "subscribe_at <= ?3 AND leased_until <= ?3 ORDER BY subscribe_at",
        };
        // `hinted` is read before it is cleared: a hint that comes while the look runs stays.
        let find = format!("SELECT {COLUMNS} FROM parcels WHERE carrier = ?1 AND account = ?2 AND {due} LIMIT ?4");
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let rows = sqlx::query(sqlx::AssertSqlSafe(find))
                        .bind(&*account.carrier)
                        .bind(&*account.name)
                        .bind(now)
                        .bind(i64::try_from(most).unwrap_or(i64::MAX))
                        .fetch_all(&mut *c)
                        .await?;
                    let parcels: Vec<_> = rows.iter().map(parcel).collect();
                    lease_all(c, &parcels, now + lease).await?;
                    Ok(parcels)
                })
            })
            .await
    }

    /// Leases one parcel for a live read, whether it is due or not; none if somebody has it.
    pub async fn claim_one(&self, key: ParcelKey, now: Instant, lease: Instant) -> Stored<Option<Parcel>> {
        let find = format!("SELECT {COLUMNS} FROM parcels WHERE key = ? AND leased_until <= ?");
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let row = sqlx::query(sqlx::AssertSqlSafe(find)).bind(key.0).bind(now).fetch_optional(&mut *c).await?;
                    let found: Vec<_> = row.iter().map(parcel).collect();
                    lease_all(c, &found, now + lease).await?;
                    Ok(found.into_iter().next())
                })
            })
            .await
    }

    /// Gives parcels back unlooked.
    pub async fn release(&self, keys: Vec<ParcelKey>) -> Stored<()> {
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    for key in keys {
                        sqlx::query("UPDATE parcels SET leased_until = 0 WHERE key = ?").bind(key.0).execute(&mut *c).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Nobody can hold a lease while this process starts: it alone has the database.
    pub async fn release_all(&self) -> Stored<()> {
        self.writer
            .run(|c| {
                Box::pin(
                    async move { sqlx::query("UPDATE parcels SET leased_until = 0 WHERE leased_until > 0").execute(c).await.map(drop) },
                )
            })
            .await
    }

    /// Watched parcels whose last look ended in one of these.
    pub async fn failing(&self, account: &Account, outcomes: &[&str]) -> Stored<Vec<(ParcelKey, String)>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT key, number FROM parcels WHERE next_look IS NOT NULL AND carrier = ");
        query.push_bind(account.carrier.to_string()).push(" AND account = ").push_bind(account.name.to_string()).push(" AND outcome IN (");
        let mut each = query.separated(", ");
        outcomes.iter().for_each(|outcome| _ = each.push_bind((*outcome).to_owned()));
        query.push(")");
        let rows: Vec<(i64, String)> = query.build_query_as().fetch_all(&self.read).await?;
        Ok(rows.into_iter().map(|(key, number)| (ParcelKey(key), number)).collect())
    }

    /// These are due now, as if nothing had gone wrong before.
    pub async fn look_now(&self, keys: Vec<ParcelKey>, now: Instant) -> Stored<()> {
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    for key in keys {
                        let sql = "UPDATE parcels SET next_look = min(next_look, ?2), faults = 0 WHERE key = ?1";
                        sqlx::query(sql).bind(key.0).bind(now).execute(&mut *c).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The newest moment that was recorded.
    pub async fn newest(&self) -> Stored<Instant> {
        Ok(sqlx::query_scalar("SELECT coalesce(max(at), 0) FROM exchanges").fetch_one(&self.read).await?)
    }

    /// Moves everything that is planned, and says so in the audit. No record stays in the future: the
    /// next start would move it all once more.
    pub async fn move_plans(&self, by: i64, act: Act, now: Instant) -> Stored<()> {
        let key = self.audit_key();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE parcels SET next_look = next_look + ?1, deadline = deadline + ?1, subscribe_at = subscribe_at + ?1, \
                               leased_until = max(0, leased_until + ?1) WHERE ?1 <> 0";
                    sqlx::query(sql).bind(by).execute(&mut *c).await?;
                    // Messages that are tried again; the end of quiet hours is an hour of the day.
                    for table in ["alert_deliveries", "customer_notices"] {
                        let sql =
                            format!("UPDATE {table} SET next_at = next_at + ?1 WHERE ?1 <> 0 AND next_at IS NOT NULL AND attempts > 0");
                        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(by).execute(&mut *c).await?;
                    }
                    sqlx::query("UPDATE exchanges SET at = ?1 WHERE at > ?1").bind(now).execute(&mut *c).await?;
                    audit::append(c, &key, &act, now).await
                })
            })
            .await
    }

    /// When the next parcel of an account falls due that nobody holds.
    pub async fn next_due(&self, account: &Account, purpose: Purpose, now: Instant) -> Stored<Option<Instant>> {
        let sql = match purpose {
            Purpose::Look => {
                "SELECT next_look FROM parcels WHERE carrier = ? AND account = ? AND next_look IS NOT NULL AND leased_until <= ? ORDER BY next_look LIMIT 1"
            }
            Purpose::Subscribe => {
                "SELECT subscribe_at FROM parcels WHERE carrier = ? AND account = ? AND subscribe_at IS NOT NULL AND leased_until <= ? ORDER BY subscribe_at LIMIT 1"
            }
        };
        Ok(sqlx::query_scalar(sql).bind(&*account.carrier).bind(&*account.name).bind(now).fetch_optional(&self.read).await?)
    }

    /// The push channel is not proven alive: its parcels are looked at by `latest`.
    pub async fn hint_subscribed(&self, account: &Account, latest: Instant) -> Stored<u64> {
        let account = account.clone();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE parcels SET next_look = min(next_look, ?3) WHERE carrier = ?1 AND account = ?2 AND next_look IS NOT NULL AND subscribed_at IS NOT NULL";
                    Ok(sqlx::query(sql).bind(&*account.carrier).bind(&*account.name).bind(latest).execute(c).await?.rows_affected())
                })
            })
            .await
    }

    /// Parcels that somebody holds.
    pub async fn leased(&self) -> Stored<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM parcels WHERE leased_until > 0").fetch_one(&self.read).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// Somebody asks for a look now: the watched parcel of a number, if there is one.
pub(super) async fn hint(c: &mut SqliteConnection, account: &Account, number: &str, now: Instant) -> sqlx::Result<Option<ParcelKey>> {
    let key = sqlx::query_scalar(
        "UPDATE parcels SET hinted = 1, next_look = ?4 WHERE carrier = ?1 AND account = ?2 AND number = ?3 AND current = 1 AND watched = 1 RETURNING key",
    )
    .bind(&*account.carrier)
    .bind(&*account.name)
    .bind(number)
    .bind(now)
    .fetch_optional(c)
    .await?;
    Ok(key.map(ParcelKey))
}

async fn lease_all(c: &mut SqliteConnection, parcels: &[Parcel], until: Instant) -> sqlx::Result<()> {
    for some in parcels.chunks(64) {
        let keys: Vec<_> = some.iter().map(|p| p.key.0.to_string()).collect();
        let sql = format!("UPDATE parcels SET leased_until = ?, hinted = 0 WHERE key IN ({})", keys.join(","));
        sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).bind(until).execute(&mut *c).await?;
    }
    Ok(())
}

fn parcel(row: &SqliteRow) -> Parcel {
    let reading: Option<Vec<u8>> = row.get(5);
    Parcel {
        key: ParcelKey(row.get(0)),
        number: row.get(1),
        phone_tail: row.get(2),
        shipped_at: row.get(3),
        extra: serde_json::from_str(row.get(4)).unwrap_or_default(),
        before: Before {
            reading: reading.and_then(|bytes| bytes.try_into().ok()),
            status: row.get(6),
            faults: row.get(7),
            tail: row.get(8),
            subscribed: row.get::<Option<i64>, _>(9).is_some(),
            hinted: row.get(10),
            watched: row.get(11),
            told: row.get::<Option<String>, _>(12).is_some_and(|outcome| outcome == "tracks"),
            release: row.get(13),
            believed_from: row.get(14),
            said: serde_json::from_str(row.get(15)).unwrap_or_default(),
        },
    }
}
