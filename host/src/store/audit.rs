//! Who changed what, and why: a chain in which no link can be changed, or taken out of the middle,
//! unseen. That its end was cut off shows only beside the log, which has each link's hash.

use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Store, Stored};
use crate::fault::Instant;

/// A change that somebody makes.
#[derive(Debug, Clone)]
pub struct Act {
    /// A key's name, `local` for the command line, `host` for what happens by itself.
    pub actor: String,
    /// `rollout.start`, `credential.retire` …
    pub act: &'static str,
    /// What it was done to: an account, a release, a rollout.
    pub subject: String,
    pub reason: String,
    /// SHA-256 of what was decided on, in hex.
    pub evidence: Option<String>,
}

/// A link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    pub seq: i64,
    pub at: Instant,
    pub actor: String,
    pub act: String,
    pub subject: String,
    pub reason: String,
    pub evidence: Option<String>,
    #[serde(skip)]
    pub hash: Vec<u8>,
}

impl Link {
    /// Of the link before and everything in this one. Keyed: who can write the database cannot
    /// write a chain of their own.
    fn sealed(&self, before: &[u8], key: &[u8; 32]) -> Vec<u8> {
        let mut hash = blake3::Hasher::new_keyed(key);
        hash.update(&(before.len() as u64).to_le_bytes()).update(before);
        hash.update(&self.seq.to_le_bytes()).update(&self.at.to_le_bytes());
        for part in [&self.actor, &self.act, &self.subject, &self.reason, self.evidence.as_ref().unwrap_or(&String::new())] {
            hash.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        hash.finalize().as_bytes().to_vec()
    }
}

impl Store {
    /// Appends a link of its own.
    pub async fn note(&self, act: Act, now: Instant) -> Stored<()> {
        let key = self.audit_key();
        self.writer.run(move |c| Box::pin(async move { append(c, &key, &act, now).await })).await
    }

    /// The whole chain, oldest first, and the first link that does not hold, if one does not.
    pub async fn audit(&self) -> Stored<(Vec<Link>, Option<i64>)> {
        let sql = "SELECT seq, at, actor, act, subject, reason, evidence, hash FROM audit ORDER BY seq";
        let links: Vec<_> = sqlx::query(sql).fetch_all(&self.read).await?.iter().map(link).collect();
        let broken = broken(&links, |seq| *self.roots.audit_of(seq));
        Ok((links, broken))
    }

    pub(super) fn audit_key(&self) -> [u8; 32] {
        self.roots.audit()
    }
}

fn link(row: &SqliteRow) -> Link {
    Link {
        seq: row.get(0),
        at: row.get(1),
        actor: row.get(2),
        act: row.get(3),
        subject: row.get(4),
        reason: row.get(5),
        evidence: row.get(6),
        hash: row.get(7),
    }
}

fn broken(links: &[Link], key: impl Fn(i64) -> [u8; 32]) -> Option<i64> {
    let mut before: &[u8] = &[];
    for (seq, link) in (1..).zip(links) {
        if link.seq != seq || link.sealed(before, &key(seq)) != link.hash {
            return Some(seq);
        }
        before = &link.hash;
    }
    None
}

/// Appends an act, in the transaction that does what it tells of.
pub(super) async fn append(c: &mut SqliteConnection, key: &[u8; 32], act: &Act, now: Instant) -> sqlx::Result<()> {
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetch_optional(&mut *c).await?;
    let (seq, before) = last.map_or((1, vec![]), |(seq, hash)| (seq + 1, hash));
    let Act { actor, act, subject, reason, evidence } = act.clone();
    let mut link = Link { seq, at: now, actor, act: act.into(), subject, reason, evidence, hash: vec![] };
    link.hash = link.sealed(&before, key);
    tracing::info!("audit {seq}: {} by {}, {}", link.act, link.actor, hex::encode(&link.hash[..8]));
    sqlx::query("INSERT INTO audit (seq, at, actor, act, subject, reason, evidence, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(link.seq)
        .bind(link.at)
        .bind(link.actor)
        .bind(link.act)
        .bind(link.subject)
        .bind(link.reason)
        .bind(link.evidence)
        .bind(link.hash)
        .execute(c)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn chain() -> Vec<Link> {
        let mut links: Vec<Link> = vec![];
        for seq in 1..=4 {
            let text = |what: &str| format!("{what} {seq}");
            let mut link = Link {
                seq,
                at: seq * 10,
                actor: text("a"),
                act: text("b"),
                subject: text("c"),
                reason: text("d"),
                evidence: None,
                hash: vec![],
            };
            link.hash = link.sealed(links.last().map_or(&[], |l| &l.hash), &KEY);
            links.push(link);
        }
        links
    }

    #[test]
    fn a_whole_chain_holds_and_no_change_goes_unseen() {
        assert_eq!(broken(&chain(), |_| KEY), None);
        assert_eq!(broken(&chain(), |_| [8; 32]), Some(1));
        let mut reworded = chain();
        reworded[1].reason = "another".into();
        assert_eq!(broken(&reworded, |_| KEY), Some(2));
        let mut shorter = chain();
        shorter.remove(2);
        assert_eq!(broken(&shorter, |_| KEY), Some(3));
        let mut swapped = chain();
        swapped.swap(1, 2);
        assert_eq!(broken(&swapped, |_| KEY), Some(2));
    }
}
