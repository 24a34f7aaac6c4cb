//! The release that each account stands on.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use super::audit::{self, Act};
use super::{Store, Stored};
use crate::fault::Instant;
use crate::parcel::Account;

impl Store {
    /// Adapter version and credential generation of each account.
    pub async fn standing(&self) -> Stored<BTreeMap<Account, (String, u32)>> {
        let rows: Vec<(String, String, String, u32)> =
            sqlx::query_as("SELECT carrier, account, version, generation FROM standing").fetch_all(&self.read).await?;
        Ok(rows
            .into_iter()
            .map(|(carrier, account, version, generation)| (Account::new(&carrier, &account), (version, generation)))
            .collect())
    }

    /// From now on the account stands on this.
    pub async fn stand(&self, account: &Account, version: &str, generation: u32, act: Act, now: Instant) -> Stored<()> {
        let (account, version, key) = (account.clone(), version.to_owned(), self.audit_key());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    stand(c, &account, &version, generation, now).await?;
                    audit::append(c, &key, &act, now).await
                })
            })
            .await
    }
}

pub(super) async fn stand(c: &mut SqliteConnection, account: &Account, version: &str, generation: u32, now: Instant) -> sqlx::Result<()> {
    sqlx::query("INSERT OR REPLACE INTO standing (carrier, account, version, generation, since) VALUES (?, ?, ?, ?, ?)")
        .bind(&*account.carrier)
        .bind(&*account.name)
        .bind(version)
        .bind(generation)
        .bind(now)
        .execute(c)
        .await
        .map(drop)
}
