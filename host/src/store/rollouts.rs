//! Rollouts and their trials.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::audit::{self, Act};
use super::standing;
use super::{NotStored, Store, Stored};
use crate::fault::Instant;
use crate::parcel::{Account, ParcelKey};
use crate::rollout::{Arm, Arms, Plan, Report, Rollout, State};
use crate::route::Ring;

/// One parcel's outcome in a step.
#[derive(Debug, Clone)]
pub struct TrialRow {
    pub number: String,
    pub failed: bool,
    /// The carrier said nothing of it, or was not reached.
    pub unanswered: bool,
    pub outcome: String,
}

const COLUMNS: &str = "SELECT id, carrier, account, stable_version, stable_generation, version, generation, state, plan, step, forced, \
     replayed, started_at, stepped_at, ended_at, reason FROM rollouts";

impl Store {
    /// Every rollout, newest first.
    pub async fn rollouts(&self) -> Stored<Vec<Rollout>> {
        let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY started_at DESC"));
        sqlx::query(sql).fetch_all(&self.read).await?.iter().map(rollout).collect()
    }

    pub async fn rollout(&self, id: &str) -> Stored<Option<Rollout>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = ?"))).bind(id).fetch_optional(&self.read).await?;
        row.as_ref().map(rollout).transpose()
    }

    pub async fn start_rollout(&self, rollout: &Rollout, act: Act) -> Stored<()> {
        let (row, key) = (rollout.clone(), self.audit_key());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    insert(c, &row).await?;
                    audit::append(c, &key, &act, row.started_at).await
                })
            })
            .await
    }

    pub async fn step_rollout(&self, id: &str, step: u32, forced: Option<String>, act: Act, now: Instant) -> Stored<()> {
        let (id, key) = (id.to_owned(), self.audit_key());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    sqlx::query("UPDATE rollouts SET step = ?, forced = ?, stepped_at = ? WHERE id = ? AND state = 'running'")
                        .bind(step)
                        .bind(forced)
                        .bind(now)
                        .bind(id)
                        .execute(&mut *c)
                        .await?;
                    audit::append(c, &key, &act, now).await
                })
            })
            .await
    }

    /// Ends a rollout. Promoted, the account stands on the candidate; aborted, every parcel whose
    /// last word came from the candidate is looked at again.
    pub async fn end_rollout(&self, ended: &Rollout, state: State, act: Act, now: Instant) -> Stored<()> {
        let (row, key) = (ended.clone(), self.audit_key());
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    sqlx::query("UPDATE rollouts SET state = ?, ended_at = ? WHERE id = ? AND state = 'running'")
                        .bind(state.as_str())
                        .bind(now)
                        .bind(&row.id)
                        .execute(&mut *c)
                        .await?;
                    match state {
                        State::Promoted => standing::stand(c, &row.account, &row.candidate.0, row.candidate.1, now).await?,
                        _ => look_again(c, &row, now).await?,
                    }
                    audit::append(c, &key, &act, now).await
                })
            })
            .await
    }

    /// Adds trials and says how both arms stand.
    pub async fn try_parcels(&self, rollout: &str, step: u32, ring: Ring, rows: Vec<TrialRow>, now: Instant) -> Stored<Arms> {
        let rollout = rollout.to_owned();
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    let mut more = Arm::default();
                    for row in rows {
                        let counted = count(c, (&rollout, step, arm(ring)), &row, now).await?;
                        more = more.with(counted);
                    }
                    add(c, (&rollout, step, arm(ring)), more).await?;
                    arms(c, &rollout, step).await
                })
            })
            .await
    }

    /// A look of a candidate ended after its rollout did: what it left behind is taken out, and
    /// stable looks again.
    pub async fn take_back(&self, keys: Vec<ParcelKey>, release: String, now: Instant) -> Stored<()> {
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    for key in keys {
                        sqlx::query("DELETE FROM events WHERE parcel = ? AND release = ?")
                            .bind(key.0)
                            .bind(&release)
                            .execute(&mut *c)
                            .await?;
                        let sql = "UPDATE parcels SET signed_at = NULL, signed_by = NULL, reading = NULL, hinted = watched, \
                                   next_look = CASE WHEN watched THEN ? END WHERE key = ?";
                        sqlx::query(sql).bind(now).bind(key.0).execute(&mut *c).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// How both arms of a step stand.
    pub async fn arms(&self, rollout: &str, step: u32) -> Stored<Arms> {
        let mut connection = self.read.acquire().await?;
        Ok(arms(&mut connection, rollout, step).await?)
    }

    /// What failed in a rollout, and how often.
    pub async fn failures(&self, rollout: &str) -> Stored<Vec<(String, String, i64)>> {
        let sql = "SELECT arm, outcome, count(*) FROM trials WHERE rollout = ? AND failed = 1 GROUP BY arm, outcome ORDER BY 3 DESC";
        Ok(sqlx::query_as(sql).bind(rollout).fetch_all(&self.read).await?)
    }

    /// Numbers of an account that are still looked at.
    pub async fn numbers(&self, account: &Account) -> Stored<Vec<String>> {
        let sql = "SELECT number FROM parcels WHERE carrier = ? AND account = ? AND next_look IS NOT NULL";
        Ok(sqlx::query_scalar(sql).bind(&*account.carrier).bind(&*account.name).fetch_all(&self.read).await?)
    }
}

fn arm(ring: Ring) -> &'static str {
    match ring {
        Ring::Stable => "stable",
        Ring::Candidate => "candidate",
    }
}

type Place<'a> = (&'a str, u32, &'static str);

/// One more trial, one that turned failed, or nothing new.
async fn count(c: &mut SqliteConnection, place: Place<'_>, row: &TrialRow, now: Instant) -> sqlx::Result<Arm> {
    let (rollout, step, arm) = place;
    let known: Option<(bool, bool)> =
        sqlx::query_as("SELECT failed, unanswered FROM trials WHERE rollout = ? AND step = ? AND arm = ? AND number = ?")
            .bind(rollout)
            .bind(step)
            .bind(arm)
            .bind(&row.number)
            .fetch_optional(&mut *c)
            .await?;
    if known.is_none() && is_erased(c, rollout, &row.number).await? {
        return Ok(Arm::default());
    }
    let (failed, unanswered) = known.unwrap_or_default();
    let (fails, falls_silent) = (row.failed && !failed, row.unanswered && !unanswered);
    if known.is_some() && !fails && !falls_silent {
        return Ok(Arm::default());
    }
    // The outcome is the first failure's.
    let sql = "INSERT INTO trials (rollout, step, arm, number, failed, unanswered, outcome, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
               ON CONFLICT (rollout, step, arm, number) DO UPDATE SET outcome = iif(failed, outcome, ?7), failed = max(failed, ?5), \
               unanswered = max(unanswered, ?6), at = ?8";
    sqlx::query(sql)
        .bind(rollout)
        .bind(step)
        .bind(arm)
        .bind(&row.number)
        .bind(row.failed)
        .bind(row.unanswered)
        .bind(&row.outcome)
        .bind(now)
        .execute(c)
        .await?;
    Ok(Arm { trials: u32::from(known.is_none()), failures: u32::from(fails), unanswered: u32::from(falls_silent) })
}

/// A parcel may be erased while a look at it runs.
async fn is_erased(c: &mut SqliteConnection, rollout: &str, number: &str) -> sqlx::Result<bool> {
    let first = number.split_once(" and ").map_or(number, |(first, _)| first);
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM parcels p JOIN rollouts r ON p.carrier = r.carrier AND p.account = r.account WHERE r.id = ? AND p.number = ?)";
    sqlx::query_scalar(sql).bind(rollout).bind(first).fetch_one(c).await
}

async fn add(c: &mut SqliteConnection, (rollout, step, arm): Place<'_>, more: Arm) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO arms (rollout, step, arm, trials, failures, unanswered) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (rollout, step, arm) DO UPDATE SET trials = trials + ?4, failures = failures + ?5, unanswered = unanswered + ?6",
    )
    .bind(rollout)
    .bind(step)
    .bind(arm)
    .bind(more.trials)
    .bind(more.failures)
    .bind(more.unanswered)
    .execute(c)
    .await
    .map(drop)
}

/// Of this step; stable's of the steps before too, if nobody is left on stable in this one.
async fn arms(c: &mut SqliteConnection, rollout: &str, step: u32) -> sqlx::Result<Arms> {
    let sql = "SELECT step, arm, trials, failures, unanswered FROM arms WHERE rollout = ? AND step <= ?";
    let rows: Vec<(u32, String, u32, u32, u32)> = sqlx::query_as(sql).bind(rollout).bind(step).fetch_all(c).await?;
    let of = |ring, from: u32| {
        let own = rows.iter().filter(|row| row.0 >= from && row.1 == arm(ring));
        own.fold(Arm::default(), |sum, row| sum.with(Arm { trials: row.2, failures: row.3, unanswered: row.4 }))
    };
    let now = of(Ring::Stable, step);
    Ok(Arms { stable: if now.trials > 0 { now } else { of(Ring::Stable, 0) }, candidate: of(Ring::Candidate, step) })
}

/// What the candidate read is taken out and read again by stable, whoever had the last word since.
async fn look_again(c: &mut SqliteConnection, row: &Rollout, now: Instant) -> sqlx::Result<()> {
    let candidate = format!("{}@{}+{}", row.account.carrier, row.candidate.0, row.candidate.1);
    let touched = "SELECT key FROM parcels WHERE carrier = ?2 AND account = ?3 AND current = 1 \
                   AND (release = ?1 OR number IN (SELECT number FROM trials WHERE rollout = ?4 AND arm = 'candidate'))";
    for sql in [
        format!("DELETE FROM events WHERE release = ?1 AND parcel IN ({touched})"),
        format!("UPDATE parcels SET signed_at = NULL, signed_by = NULL, reading = NULL WHERE key IN ({touched})"),
        format!("UPDATE parcels SET hinted = 1, next_look = ?5 WHERE watched = 1 AND key IN ({touched})"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(&candidate)
            .bind(&*row.account.carrier)
            .bind(&*row.account.name)
            .bind(&row.id)
            .bind(now)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

async fn insert(c: &mut SqliteConnection, row: &Rollout) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO rollouts (id, carrier, account, stable_version, stable_generation, version, generation, state, plan, step, forced, replayed, started_at, stepped_at, reason) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&row.id)
    .bind(&*row.account.carrier)
    .bind(&*row.account.name)
    .bind(&row.stable.0)
    .bind(row.stable.1)
    .bind(&row.candidate.0)
    .bind(row.candidate.1)
    .bind(row.state.as_str())
    .bind(serde_json::json!(row.plan).to_string())
    .bind(row.step)
    .bind(&row.forced)
    .bind(serde_json::json!(row.replayed).to_string())
    .bind(row.started_at)
    .bind(row.stepped_at)
    .bind(&row.reason)
    .execute(c)
    .await
    .map(drop)
}

fn rollout(row: &SqliteRow) -> Stored<Rollout> {
    let bad = |e: serde_json::Error| NotStored(format!("a rollout does not read: {e}"));
    let plan: Plan = serde_json::from_str(row.get(8)).map_err(bad)?;
    let replayed: Report = serde_json::from_str(row.get(11)).map_err(bad)?;
    Ok(Rollout {
        id: row.get(0),
        account: Account::new(row.get(1), row.get(2)),
        stable: (row.get(3), row.get(4)),
        candidate: (row.get(5), row.get(6)),
        state: State::parse(row.get(7)),
        plan,
        step: row.get(9),
        forced: row.get(10),
        replayed,
        started_at: row.get(12),
        stepped_at: row.get(13),
        ended_at: row.get(14),
        reason: row.get(15),
    })
}
