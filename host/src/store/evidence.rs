//! What people said of a delivery.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::record::TellsOf;
use super::{Store, Stored, record, track};
use crate::fault::Instant;
use crate::judge::Judging;
use crate::parcel::{ParcelKey, Word};

/// A word or a picture.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub at: Instant,
    pub kind: String,
    pub reference: Option<String>,
    pub note: Option<String>,
    pub actor: String,
}

impl Store {
    /// Keeps it, and judges the parcel anew. Without a word it is a picture.
    pub async fn add_evidence(&self, parcel: ParcelKey, evidence: Evidence, word: Option<Word>, judging: Judging) -> Stored<()> {
        self.writer.run(move |c| Box::pin(async move { add(c, parcel, evidence, word, &judging).await })).await
    }

    /// The oldest first.
    pub async fn evidence(&self, parcel: ParcelKey) -> Stored<Vec<Evidence>> {
        let sql = "SELECT at, kind, reference, note, actor FROM evidence WHERE parcel = ? ORDER BY key";
        let one =
            |row: &SqliteRow| Evidence { at: row.get(0), kind: row.get(1), reference: row.get(2), note: row.get(3), actor: row.get(4) };
        Ok(sqlx::query(sql).bind(parcel.0).fetch_all(&self.read).await?.iter().map(one).collect())
    }
}

async fn add(c: &mut SqliteConnection, parcel: ParcelKey, evidence: Evidence, word: Option<Word>, judging: &Judging) -> sqlx::Result<()> {
    let Some(mut before) = track::before(c, parcel).await? else { return Ok(()) };
    match word {
        Some(word) => before.said.word = Some(word),
        None => before.said.photo = true,
    }
    let at = evidence.at;
    sqlx::query("INSERT INTO evidence (parcel, at, kind, reference, note, actor) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(parcel.0)
        .bind(at)
        .bind(evidence.kind)
        .bind(evidence.reference)
        .bind(evidence.note)
        .bind(evidence.actor)
        .execute(&mut *c)
        .await?;
    let said = serde_json::json!(before.said).to_string();
    // It is looked at again, also after a look that runs now: a doubt re-opens what was finished.
    let sql = "UPDATE parcels SET said = ?2, changed_at = ?3, believed_from = NULL, \
               hinted = watched, next_look = CASE WHEN watched THEN ?3 END WHERE key = ?1";
    sqlx::query(sql).bind(parcel.0).bind(said).bind(at).execute(&mut *c).await?;
    if let Some(settled) = track::rejudge(c, parcel, judging, at).await? {
        record::tell(c, parcel, at, &settled, &[], TellsOf::default()).await?;
    }
    Ok(())
}
