//! API keys: only their hashes are kept.

use sha2::{Digest as _, Sha256};
use sqlx::Row as _;

use super::{Store, Stored};
use crate::fault::Instant;

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Registers parcels and reads them.
    Hub,
    /// Besides, types what carriers say on the phone. What a hub may do, a clerk may.
    Clerk,
    /// Reads alerts, freshness, incidents and carriers' announcements, and acknowledges them. No parcels.
    Monitor,
    /// What all of them may do; besides, sees push addresses and releases.
    Ops,
}

/// A key, without the key.
#[derive(Debug, Clone)]
pub struct ApiKey {
    pub id: String,
    pub name: String,
    pub role: Role,
    /// None: every account.
    pub accounts: Option<Vec<String>>,
    pub created_at: Instant,
    pub revoked_at: Option<Instant>,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::Clerk => "clerk",
            Self::Monitor => "monitor",
            Self::Ops => "ops",
        }
    }
}

impl Store {
    /// Makes a key and returns it: the only time it is seen.
    pub async fn create_key(&self, name: &str, role: Role, accounts: Option<Vec<String>>, now: Instant) -> Stored<(String, ApiKey)> {
        let secret = format!("ph_{}", hex::encode(rand::random::<[u8; 24]>()));
        let id = format!("key_{}", &hex::encode(hash(&secret))[..12]);
        let key = ApiKey { id, name: name.into(), role, accounts, created_at: now, revoked_at: None };
        let (row, hashed) = (key.clone(), hash(&secret));
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    sqlx::query("INSERT INTO keys (id, name, hash, role, accounts, created_at) VALUES (?, ?, ?, ?, ?, ?)")
                        .bind(row.id)
                        .bind(row.name)
                        .bind(&hashed[..])
                        .bind(row.role.as_str())
                        .bind(row.accounts.map(|a| serde_json::json!(a).to_string()))
                        .bind(now)
                        .execute(c)
                        .await
                })
            })
            .await?;
        Ok((secret, key))
    }

    /// The key behind a secret, unless it was revoked.
    pub async fn key(&self, secret: &str) -> Stored<Option<ApiKey>> {
        let row = sqlx::query("SELECT id, name, role, accounts, created_at, revoked_at FROM keys WHERE hash = ? AND revoked_at IS NULL")
            .bind(&hash(secret)[..])
            .fetch_optional(&self.read)
            .await?;
        Ok(row.as_ref().map(key_of))
    }

    pub async fn keys(&self) -> Stored<Vec<ApiKey>> {
        let rows = sqlx::query("SELECT id, name, role, accounts, created_at, revoked_at FROM keys ORDER BY created_at")
            .fetch_all(&self.read)
            .await?;
        Ok(rows.iter().map(key_of).collect())
    }

    /// False if there is no such key or it was revoked before.
    pub async fn revoke_key(&self, id: &str, now: Instant) -> Stored<bool> {
        let id = id.to_owned();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let done = sqlx::query("UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
                        .bind(now)
                        .bind(id)
                        .execute(c)
                        .await?;
                    Ok(done.rows_affected() == 1)
                })
            })
            .await
    }
}

/// A key is 24 random bytes, so a plain hash is as good as a slow one.
fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

fn key_of(row: &sqlx::sqlite::SqliteRow) -> ApiKey {
    let accounts: Option<String> = row.get(3);
    ApiKey {
        id: row.get(0),
        name: row.get(1),
        role: match row.get(2) {
            "ops" => Role::Ops,
            "monitor" => Role::Monitor,
            "clerk" => Role::Clerk,
            _ => Role::Hub,
        },
        accounts: accounts.and_then(|json| serde_json::from_str(&json).ok()),
        created_at: row.get(4),
        revoked_at: row.get(5),
    }
}
