//! Incidents, and the exchanges that tell about them.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite};

use super::exchanges::{Kept, unpack};
use super::{NotStored, Store, Stored};
use crate::fault::Instant;
use crate::incident::Incident;
use crate::parcel::Account;

/// The first exchange that ended in some way.
pub struct Witness {
    pub key: i64,
    pub at: Instant,
    pub interface: String,
    pub status: Option<u16>,
    pub body: Option<String>,
}

const COLUMNS: &str = "SELECT id, carrier, account, since, opened_at, last_at, closed_at, looks, also, evidence, explained FROM incidents";

impl Store {
    /// Writes an incident as it stands.
    pub async fn keep_incident(&self, incident: &Incident) -> Stored<()> {
        let row = incident.clone();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO incidents (id, carrier, account, since, opened_at, last_at, closed_at, looks, also, evidence, explained) \
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
                         ON CONFLICT (id) DO UPDATE SET last_at = ?6, closed_at = ?7, looks = ?8, also = ?9, evidence = ?10, explained = ?11",
                    )
                    .bind(row.id)
                    .bind(&*row.account.carrier)
                    .bind(&*row.account.name)
                    .bind(row.since)
                    .bind(row.opened_at)
                    .bind(row.last_at)
                    .bind(row.closed_at)
                    .bind(serde_json::json!(row.looks).to_string())
                    .bind(serde_json::json!(row.also).to_string())
                    .bind(serde_json::json!(row.evidence).to_string())
                    .bind(serde_json::json!(row.explained).to_string())
                    .execute(c)
                    .await
                    .map(drop)
                })
            })
            .await
    }

    /// The newest first; all, or those that are not over.
    pub async fn incidents(&self, open: bool, most: u32) -> Stored<Vec<Incident>> {
        let sql = format!("{COLUMNS} WHERE closed_at IS NULL OR NOT ? ORDER BY since DESC, id DESC LIMIT ?");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(open).bind(most).fetch_all(&self.read).await?;
        rows.iter().map(incident).collect()
    }

    pub async fn incident(&self, id: &str) -> Stored<Option<Incident>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = ?"))).bind(id).fetch_optional(&self.read).await?;
        row.as_ref().map(incident).transpose()
    }

    /// Watched parcels of an account, and those whose last look ended in one of these.
    pub async fn left(&self, account: &Account, outcomes: &[&str]) -> Stored<(i64, i64)> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*), coalesce(sum(outcome IN (");
        let mut each = query.separated(", ");
        outcomes.iter().for_each(|outcome| _ = each.push_bind((*outcome).to_owned()));
        query.push(")), 0) FROM parcels WHERE next_look IS NOT NULL AND carrier = ").push_bind(account.carrier.to_string());
        query.push(" AND account = ").push_bind(account.name.to_string());
        Ok(query.build_query_as().fetch_one(&self.read).await?)
    }

    /// The first exchange of a release since then that ended so. A push is no look, nor is a proof.
    pub async fn witness(&self, account: &Account, release: &str, outcome: &str, since: Instant) -> Stored<Option<Witness>> {
        let sql = "SELECT key, at, interface, sealed FROM exchanges WHERE carrier = ? AND account = ? AND release = ? AND outcome = ? AND at >= ? \
                   AND interface IN ('tracking', 'subscribe', 'session') ORDER BY interface <> 'tracking', key LIMIT 1";
        let query = sqlx::query(sql).bind(&*account.carrier).bind(&*account.name).bind(release).bind(outcome).bind(since);
        let Some(row) = query.fetch_optional(&self.read).await? else { return Ok(None) };
        let Kept { status, body, .. } = unpack(&row.get::<Vec<u8>, _>(3), &self.vault)?;
        Ok(Some(Witness { key: row.get(0), at: row.get(1), interface: row.get(2), status, body }))
    }

    /// The last answers before this exchange that could be read: status and body.
    pub async fn good_answers(&self, account: &Account, interface: &str, before: i64, most: u32) -> Stored<Vec<(Option<u16>, String)>> {
        let sql = "SELECT sealed FROM exchanges WHERE carrier = ? AND account = ? AND interface = ? AND outcome = 'tracks' AND key < ? \
                   ORDER BY key DESC LIMIT ?";
        let query =
            sqlx::query_scalar::<_, Vec<u8>>(sql).bind(&*account.carrier).bind(&*account.name).bind(interface).bind(before).bind(most);
        let kept: Vec<Kept> = query.fetch_all(&self.read).await?.iter().map(|sealed| unpack(sealed, &self.vault)).collect::<Stored<_>>()?;
        Ok(kept.into_iter().filter_map(|kept| Some((kept.status, kept.body?))).collect())
    }

    /// An exchange as it was kept; gone if a parcel of it was erased, or with time.
    pub async fn exchange(&self, key: i64, account: &Account, at: Instant) -> Stored<Option<Kept>> {
        let sql = "SELECT sealed FROM exchanges WHERE key = ? AND carrier = ? AND account = ? AND at = ?";
        let query = sqlx::query_scalar(sql).bind(key).bind(&*account.carrier).bind(&*account.name).bind(at);
        let sealed: Option<Vec<u8>> = query.fetch_optional(&self.read).await?;
        sealed.map(|sealed| unpack(&sealed, &self.vault)).transpose()
    }
}

fn incident(row: &SqliteRow) -> Stored<Incident> {
    let bad = |e: serde_json::Error| NotStored(format!("an incident does not read: {e}"));
    Ok(Incident {
        id: row.get(0),
        account: Account::new(row.get(1), row.get(2)),
        since: row.get(3),
        opened_at: row.get(4),
        last_at: row.get(5),
        closed_at: row.get(6),
        looks: serde_json::from_str(row.get(7)).map_err(bad)?,
        also: serde_json::from_str(row.get(8)).map_err(bad)?,
        evidence: serde_json::from_str(row.get(9)).map_err(bad)?,
        explained: serde_json::from_str(row.get(10)).map_err(bad)?,
    })
}
