//! Captured tokens, sealed.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{Row as _, SqliteConnection, SqlitePool};

use super::{NotStored, Stored};
use crate::fault::Instant;
use crate::parcel::Account;
use crate::vault::{Captured, Sealed, Vault};

pub struct TokenRow {
    account: Account,
    generation: u32,
    name: String,
    expires: Instant,
    sealed: Vec<u8>,
}

pub fn sealed(vault: &Vault, account: &Account, generation: u32, fresh: &BTreeMap<String, Captured>) -> Vec<TokenRow> {
    let row = |(name, token): (&String, &Captured)| TokenRow {
        account: account.clone(),
        generation,
        name: name.clone(),
        expires: token.expires,
        sealed: vault.seal(Sealed::Token, token.value.expose_secret().as_bytes()),
    };
    fresh.iter().map(row).collect()
}

pub async fn write(c: &mut SqliteConnection, rows: Vec<TokenRow>) -> sqlx::Result<()> {
    for row in rows {
        sqlx::query("INSERT OR REPLACE INTO tokens (carrier, account, generation, name, expires, sealed) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(&*row.account.carrier)
            .bind(&*row.account.name)
            .bind(row.generation)
            .bind(row.name)
            .bind(row.expires)
            .bind(row.sealed)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

pub async fn read(pool: &SqlitePool, vault: &Vault, account: &Account, generation: u32) -> Stored<BTreeMap<String, Captured>> {
    let rows = sqlx::query("SELECT name, expires, sealed FROM tokens WHERE carrier = ? AND account = ? AND generation = ?")
        .bind(&*account.carrier)
        .bind(&*account.name)
        .bind(generation)
        .fetch_all(pool)
        .await?;
    let open = |row: &sqlx::sqlite::SqliteRow| {
        let plain = vault.unseal(Sealed::Token, &row.get::<Vec<u8>, _>(2)).map_err(|e| NotStored(e.to_string()))?;
        let value = SecretString::from(String::from_utf8_lossy(&plain).into_owned());
        Ok((row.get(0), Captured { value, expires: row.get(1) }))
    };
    rows.iter().map(open).collect()
}
