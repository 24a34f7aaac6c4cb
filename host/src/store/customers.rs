//! Who wants to hear of a parcel's first scan, and whether they did.

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{Row as _, SqliteConnection};

use super::{NotStored, Store, Stored};
use crate::fault::Instant;
use crate::parcel::{Account, ParcelKey};
use crate::vault::{Sealed, Vault};

/// Somebody who is told once.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The messenger and our account with it.
    pub account: Account,
    pub template: String,
    /// Who it is to the messenger.
    pub openid: SecretString,
}

/// A message that is to be sent, and what it tells of.
pub struct ToTell {
    pub key: i64,
    pub customer: Customer,
    pub carrier: String,
    pub number: String,
    pub first_at: Instant,
    pub status: Option<String>,
    pub fired_at: Instant,
    pub attempts: u32,
}

/// What became of a customer's message.
#[derive(Debug, Clone)]
pub struct WasTold {
    pub channel: String,
    pub fired_at: Option<Instant>,
    pub sent_at: Option<Instant>,
    pub next_at: Option<Instant>,
    pub failure: Option<String>,
}

impl Store {
    /// Messages that are due, the oldest first.
    pub async fn customers_to_tell(&self, now: Instant, most: u32) -> Stored<Vec<ToTell>> {
        let sql = "SELECT n.key, n.channel, n.account, n.template, n.sealed, p.carrier, p.number, p.first_at, p.status, n.fired_at, n.attempts \
                   FROM customer_notices n JOIN parcels p ON p.key = n.parcel WHERE n.next_at <= ? ORDER BY n.next_at LIMIT ?";
        let rows = sqlx::query(sql).bind(now).bind(most).fetch_all(&self.read).await?;
        let one = |row: &sqlx::sqlite::SqliteRow| {
            let opened = self.vault.unseal(Sealed::Person, &row.get::<Vec<u8>, _>(4)).map_err(|why| NotStored(why.to_string()))?;
            let openid = SecretString::from(String::from_utf8_lossy(&opened).into_owned());
            let fired_at: Instant = row.get(9);
            Ok(ToTell {
                key: row.get(0),
                customer: Customer { account: Account::new(row.get(1), row.get(2)), template: row.get(3), openid },
                carrier: row.get(5),
                number: row.get(6),
                first_at: row.get::<Option<Instant>, _>(7).unwrap_or(fired_at),
                status: row.get(8),
                fired_at,
                attempts: row.get(10),
            })
        };
        rows.iter().map(one).collect()
    }

    /// What became of an attempt.
    pub async fn customer_tried(&self, key: i64, failure: Option<String>, next_at: Option<Instant>, now: Instant) -> Stored<()> {
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE customer_notices SET attempts = attempts + 1, failure = ?2, next_at = ?3, \
                               sent_at = CASE WHEN ?2 IS NULL THEN ?4 END WHERE key = ?1";
                    sqlx::query(sql).bind(key).bind(failure).bind(next_at).bind(now).execute(c).await.map(drop)
                })
            })
            .await
    }

    /// What became of a parcel's message, if somebody wants one.
    pub async fn customer_told(&self, parcel: ParcelKey) -> Stored<Option<WasTold>> {
        let sql = "SELECT channel, fired_at, sent_at, next_at, failure FROM customer_notices WHERE parcel = ?";
        let row = sqlx::query(sql).bind(parcel.0).fetch_optional(&self.read).await?;
        Ok(row.map(|row| WasTold {
            channel: row.get(0),
            fired_at: row.get(1),
            sent_at: row.get(2),
            next_at: row.get(3),
            failure: row.get(4),
        }))
    }
}

/// Somebody wants to hear. A later word corrects an earlier one until the message is due; where the first
/// scan is known already, it is due now.
pub(super) async fn want(c: &mut SqliteConnection, parcel: ParcelKey, customer: Customer, vault: &Vault, now: Instant) -> sqlx::Result<()> {
    let sealed = vault.seal(Sealed::Person, customer.openid.expose_secret().as_bytes());
    sqlx::query(
        "INSERT INTO customer_notices (parcel, channel, account, template, sealed, fired_at, next_at) \
         SELECT key, ?2, ?3, ?4, ?5, CASE WHEN first_at IS NOT NULL THEN ?6 END, CASE WHEN first_at IS NOT NULL THEN ?6 END \
         FROM parcels WHERE key = ?1 \
         ON CONFLICT (parcel) DO UPDATE SET channel = ?2, account = ?3, template = ?4, sealed = ?5 WHERE fired_at IS NULL",
    )
    .bind(parcel.0)
    .bind(&*customer.account.carrier)
    .bind(&*customer.account.name)
    .bind(customer.template)
    .bind(sealed)
    .bind(now)
    .execute(c)
    .await
    .map(drop)
}

/// The first scan is known: whoever waits for it is told, once, however often this is called.
pub(super) async fn fire(c: &mut SqliteConnection, parcel: ParcelKey, now: Instant) -> sqlx::Result<()> {
    let sql = "UPDATE customer_notices SET fired_at = ?2, next_at = ?2 WHERE parcel = ?1 AND fired_at IS NULL";
    sqlx::query(sql).bind(parcel.0).bind(now).execute(c).await.map(drop)
}
