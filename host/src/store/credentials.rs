//! Generations of credentials: added, listed, retired. Only [`crate::vault`] opens them.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::audit::{self, Act};
use super::{Recording, Store, Stored, exchanges, record};
use crate::fault::Instant;
use crate::parcel::Account;
use crate::parcel::ParcelKey;

/// A generation as it is listed: everything but its fields.
#[derive(Debug, Clone)]
pub struct Generation {
    pub carrier: String,
    pub account: String,
    pub generation: u32,
    pub created_at: Instant,
    pub retired_at: Option<Instant>,
    pub sealed: Vec<u8>,
}

/// What was done with a generation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Uses {
    pub last_at: Option<Instant>,
    pub calls: i64,
    pub late: i64,
}

impl Generation {
    pub fn of(&self) -> Account {
        Account::new(&self.carrier, &self.account)
    }
}

impl Store {
    /// Every generation of every account, oldest first.
    pub async fn generations(&self) -> Stored<Vec<Generation>> {
        let sql =
            "SELECT carrier, account, generation, created_at, retired_at, sealed FROM credentials ORDER BY carrier, account, generation";
        Ok(sqlx::query(sql).fetch_all(&self.read).await?.iter().map(generation).collect())
    }

    /// The last call that was made with a generation, how many were, and how many of them began
    /// after it was retired.
    pub async fn uses(&self, account: &Account, generation: u32) -> Stored<Uses> {
        let sql = "SELECT last_at, calls, late FROM uses WHERE carrier = ? AND account = ? AND generation = ?";
        let row = sqlx::query(sql).bind(&*account.carrier).bind(&*account.name).bind(generation).fetch_optional(&self.read).await?;
        Ok(row.map_or(Uses::default(), |row| Uses { last_at: Some(row.get(0)), calls: row.get(1), late: row.get(2) }))
    }

    /// Keeps a deliberate call and its link of the audit, and says what evidence the link names.
    pub async fn prove(&self, recording: Recording, parcel: ParcelKey, act: Act, now: Instant) -> Stored<String> {
        let (packed, key) = (self.pack(&recording)?, self.audit_key());
        let evidence = exchanges::digest(&recording.exchanges, self.roots.scrub())?;
        let act = Act { evidence: Some(evidence.clone()), ..act };
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let (_, kept) = record::write(c, &recording, packed).await?;
                    // Erased with its parcel, if that is known.
                    let known = sqlx::query("SELECT 1 FROM parcels WHERE key = ?").bind(parcel.0).fetch_optional(&mut *c).await?;
                    if known.is_some() {
                        exchanges::link(c, &kept, parcel).await?;
                    }
                    audit::append(c, &key, &act, now).await
                })
            })
            .await?;
        Ok(evidence)
    }

    /// Adds a generation and says which number it got.
    pub async fn add_generation(&self, account: &Account, sealed: Vec<u8>, act: Act, now: Instant) -> Stored<u32> {
        let (account, key) = (account.clone(), self.audit_key());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let last: u32 =
                        sqlx::query_scalar("SELECT coalesce(max(generation), 0) FROM credentials WHERE carrier = ? AND account = ?")
                            .bind(&*account.carrier)
                            .bind(&*account.name)
                            .fetch_one(&mut *c)
                            .await?;
                    sqlx::query("INSERT INTO credentials (carrier, account, generation, created_at, sealed) VALUES (?, ?, ?, ?, ?)")
                        .bind(&*account.carrier)
                        .bind(&*account.name)
                        .bind(last + 1)
                        .bind(now)
                        .bind(sealed)
                        .execute(&mut *c)
                        .await?;
                    let act = Act { subject: format!("{account}+{}", last + 1), ..act };
                    audit::append(c, &key, &act, now).await?;
                    Ok(last + 1)
                })
            })
            .await
    }

    /// False if there is no such generation or it was retired before.
    pub async fn retire_generation(&self, account: &Account, generation: u32, act: Act, now: Instant) -> Stored<bool> {
        let (account, key) = (account.clone(), self.audit_key());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let done = sqlx::query(
                        "UPDATE credentials SET retired_at = ? WHERE carrier = ? AND account = ? AND generation = ? AND retired_at IS NULL",
                    )
                    .bind(now)
                    .bind(&*account.carrier)
                    .bind(&*account.name)
                    .bind(generation)
                    .execute(&mut *c)
                    .await?;
                    if done.rows_affected() == 1 {
                        audit::append(c, &key, &act, now).await?;
                    }
                    Ok(done.rows_affected() == 1)
                })
            })
            .await
    }
}

fn generation(row: &SqliteRow) -> Generation {
    Generation {
        carrier: row.get(0),
        account: row.get(1),
        generation: row.get(2),
        created_at: row.get(3),
        retired_at: row.get(4),
        sealed: row.get(5),
    }
}
