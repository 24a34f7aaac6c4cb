//! Recorded exchanges: masked, compressed, sealed; what replays run on.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::{Row as _, SqliteConnection};

use super::kept_page::KeptPage;
use super::record::Recording;
use super::scrub::scrub;
use super::{NotStored, Store, Stored, deliveries};
use crate::fetch::{Exchange, Sent};
use crate::parcel::{Account, ParcelKey};
use crate::sandbox::types::{HttpReply, Pair, Reply};
use crate::vault::{Sealed, Vault};

/// An exchange as it is read back.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    pub request: Option<Sent>,
    pub status: Option<u16>,
    pub headers: Vec<(String, String)>,
    /// As text where it is UTF-8; otherwise lossy, which a replay would notice.
    pub body: Option<String>,
    pub fault: Option<String>,
    pub log: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<KeptPage>,
}

/// A recorded look that can be read again.
pub struct OldLook {
    pub at: i64,
    /// Number and phone tail.
    pub parcels: Vec<(String, Option<String>)>,
    pub reply: Reply,
}

/// An exchange ready to be written: sealed outside the writer task.
pub struct Packed {
    at: i64,
    interface: &'static str,
    round: u8,
    outcome: String,
    status: Option<u16>,
    took_us: u64,
    sealed: Vec<u8>,
}

/// Bytes of an answer that are kept at most.
const LARGEST: usize = 256 << 10;

impl Packed {
    pub fn new(exchange: &Exchange, recording: &Recording, vault: &Vault, key: &[u8; 32]) -> Stored<Self> {
        let (json, status) = told(exchange, key)?;
        let packed = zstd::encode_all(&json[..], 3).map_err(|e| NotStored(e.to_string()))?;
        Ok(Self {
            at: exchange.at,
            interface: exchange.interface,
            round: exchange.round,
            outcome: outcome(exchange, recording),
            status,
            took_us: exchange.took_us,
            sealed: vault.seal(Sealed::Exchange, &packed),
        })
    }

    /// Writes it and says where.
    pub async fn write(self, c: &mut SqliteConnection, recording: &Recording) -> sqlx::Result<i64> {
        let done = sqlx::query(
            "INSERT INTO exchanges (at, carrier, account, interface, round, release, outcome, status, took_us, sealed) VALUES (?,?,?,?,?,?,?,?,?,?)",
        )
        .bind(self.at)
        .bind(&*recording.account.carrier)
        .bind(&*recording.account.name)
        .bind(self.interface)
        .bind(self.round)
        .bind(&recording.release)
        .bind(self.outcome)
        .bind(self.status)
        .bind(i64::try_from(self.took_us).unwrap_or(i64::MAX))
        .bind(self.sealed)
        .execute(&mut *c)
        .await?;
        Ok(done.last_insert_rowid())
    }
}

/// These exchanges are about this parcel.
pub(super) async fn link(c: &mut SqliteConnection, exchanges: &[i64], parcel: ParcelKey) -> sqlx::Result<()> {
    for exchange in exchanges {
        sqlx::query("INSERT OR IGNORE INTO exchange_parcels (exchange, parcel) VALUES (?, ?)")
            .bind(exchange)
            .bind(parcel.0)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

/// The JSON that is kept, without personal numbers, and the HTTP status.
fn told(exchange: &Exchange, key: &[u8; 32]) -> Stored<(Vec<u8>, Option<u16>)> {
    let reply = match &exchange.reply {
        Some(Reply::Http(reply)) => Some(reply),
        _ => None,
    };
    let page = KeptPage::of(exchange);
    let text = |bytes: &[u8]| String::from_utf8_lossy(&scrub(&bytes[..bytes.len().min(LARGEST)], key)).into_owned();
    let kept = Kept {
        request: exchange.sent(),
        status: reply.map(|r| r.status).or(page.as_ref().and_then(|p| p.status)),
        headers: reply.map(|r| r.headers.iter().map(|h| (h.name.clone(), h.value.clone())).collect()).unwrap_or_default(),
        body: reply.map(|r| text(&r.body)),
        fault: exchange.fault.as_ref().map(ToString::to_string),
        log: exchange.log.clone(),
        page,
    };
    let json = serde_json::to_vec(&kept).map_err(|e| NotStored(e.to_string()))?;
    Ok((scrub(&json, key).into_owned(), kept.status))
}

/// SHA-256 of exchanges as they are kept, for the audit.
pub(super) fn digest(exchanges: &[Exchange], key: &[u8; 32]) -> Stored<String> {
    let mut hash = Sha256::new();
    for exchange in exchanges {
        hash.update(told(exchange, key)?.0);
    }
    Ok(hex::encode(hash.finalize()))
}

/// The exchange's own fault, or the first of its parcels', or `tracks`.
fn outcome(exchange: &Exchange, recording: &Recording) -> String {
    let of_parcels = || recording.results.iter().find_map(|r| r.outcome.as_ref().err());
    exchange.fault.as_ref().or_else(of_parcels).map_or_else(|| "tracks".into(), |f| f.kind.code().to_owned())
}

impl Store {
    /// The last exchanges of a parcel, newest first.
    pub async fn exchanges(&self, parcel: ParcelKey, most: u32) -> Stored<Vec<(i64, String, Kept)>> {
        let rows = sqlx::query(
            "SELECT e.at, e.outcome, e.sealed FROM exchanges e JOIN exchange_parcels p ON p.exchange = e.key WHERE p.parcel = ? ORDER BY e.key DESC LIMIT ?",
        )
        .bind(parcel.0)
        .bind(most)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| Ok((row.get(0), row.get(1), unpack(&row.get::<Vec<u8>, _>(2), &self.vault)?))).collect()
    }

    /// Answers to looks of an account that could be read, newest first, with the parcels they were
    /// about: what a candidate reads before it gets any traffic. During an outage there are no new ones.
    pub async fn old_looks(&self, account: &Account, most: u32) -> Stored<Vec<OldLook>> {
        let rows = sqlx::query(
            "SELECT e.key, e.at, e.sealed FROM exchanges e WHERE e.carrier = ? AND e.account = ? AND e.interface = 'tracking' AND e.round = 0 \
             AND e.status IS NOT NULL AND e.outcome IN ('tracks', 'no-events', 'not-found') ORDER BY e.key DESC LIMIT ?",
        )
        .bind(&*account.carrier)
        .bind(&*account.name)
        .bind(most)
        .fetch_all(&self.read)
        .await?;
        let mut looks = vec![];
        for row in rows {
            let parcels: Vec<(String, Option<String>)> = sqlx::query_as(
                "SELECT p.number, p.phone_tail FROM exchange_parcels e JOIN parcels p ON p.key = e.parcel WHERE e.exchange = ?",
            )
            .bind(row.get::<i64, _>(0))
            .fetch_all(&self.read)
            .await?;
            let kept = unpack(&row.get::<Vec<u8>, _>(2), &self.vault)?;
            looks.extend(old_look(row.get(1), parcels, kept));
        }
        Ok(looks)
    }

    /// Drops what is older than it is kept: exchanges, letters and their deliveries, alerts that are over, seen
    /// pushes, counts, refused rows, unknown codes.
    pub async fn prune(&self, now: i64) -> Stored<u64> {
        let keep = i64::try_from(self.kept.keep.0.as_millis()).unwrap_or(i64::MAX / 2);
        let week = now - 7 * 86_400_000;
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let done = sqlx::query("DELETE FROM exchanges WHERE at < ?").bind(now - keep).execute(&mut *c).await?;
                    sqlx::query("DELETE FROM outbox WHERE at < ?").bind(now - keep).execute(&mut *c).await?;
                    sqlx::query("DELETE FROM alerts WHERE closed_at < ?").bind(now - keep).execute(&mut *c).await?;
                    deliveries::first_ones_are_due(c, None, now).await?;
                    let told = "DELETE FROM alert_deliveries WHERE next_at IS NULL AND made_at < ?";
                    sqlx::query(told).bind(now - keep).execute(&mut *c).await?;
                    sqlx::query("UPDATE sheets SET sealed = NULL WHERE at < ?").bind(now - keep).execute(&mut *c).await?;
                    sqlx::query("DELETE FROM unmapped WHERE last_at < ?").bind(now - keep).execute(&mut *c).await?;
                    sqlx::query("DELETE FROM pushes WHERE at < ?").bind(week).execute(&mut *c).await?;
                    sqlx::query("DELETE FROM early_pushes WHERE at < ?").bind(week).execute(&mut *c).await?;
                    sqlx::query("DELETE FROM spent WHERE hour < ?").bind(now / 3_600_000 - 24 * 40).execute(&mut *c).await?;
                    Ok(done.rows_affected())
                })
            })
            .await
    }
}

fn old_look(at: i64, parcels: Vec<(String, Option<String>)>, kept: Kept) -> Option<OldLook> {
    let reply = match kept.page {
        Some(page) => Reply::Page(page.reply()?),
        None => {
            let headers = kept.headers.into_iter().map(|(name, value)| Pair { name, value }).collect();
            Reply::Http(HttpReply { status: kept.status?, headers, body: kept.body?.into_bytes(), charset: None })
        }
    };
    (!parcels.is_empty()).then_some(OldLook { at, parcels, reply })
}

pub(super) fn unpack(sealed: &[u8], vault: &Vault) -> Stored<Kept> {
    let bad = |e: &dyn std::fmt::Display| NotStored(format!("an exchange does not open: {e}"));
    let packed = vault.unseal(Sealed::Exchange, sealed).map_err(|e| bad(&e))?;
    let json = zstd::decode_all(&packed[..]).map_err(|e| bad(&e))?;
    serde_json::from_slice(&json).map_err(|e| bad(&e))
}
