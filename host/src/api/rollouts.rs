//! Rollouts: for operators only.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::auth::Operator;
use super::{Problem, Shared, rfc3339};
use crate::parcel::Account;
use crate::rollout::{Arm, Plan, Refusal, Rollout, Signed, State as Course, Statement, Wish};

/// What to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(try_from = "Value", untagged)]
pub enum NewRollout {
    Signed(SignedRollout),
    Word(WordedRollout),
}

/// A plan that was signed beforehand; with `auto` in it the host goes on by itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedRollout {
    pub signed: Signed,
    pub reason: String,
}

/// An operator's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordedRollout {
    pub carrier: String,
    #[serde(default = "main_account")]
    pub account: String,
    /// An adapter version of the folder; the present one if left out.
    pub version: Option<String>,
    /// A credential generation; the present one if left out.
    pub generation: Option<u32>,
    /// Growing slices in parts per million; 10000, 100000, 500000, 1000000 if left out.
    pub steps: Option<Vec<u32>>,
    /// Parcels that must have been tried before a step is good enough; 20 if left out.
    pub least: Option<u32>,
    /// Names of differences in meaning that are accepted.
    #[serde(default)]
    pub accept: Vec<String>,
    /// Begin although the gate found differences.
    #[serde(default)]
    pub force: bool,
    pub reason: String,
}

/// Why something is done to a rollout.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Word {
    pub reason: String,
    /// Go on although the candidate was not found to be no worse.
    #[serde(default)]
    pub force: bool,
}

/// A rollout as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolloutView {
    pub id: String,
    pub carrier: String,
    pub account: String,
    pub stable: String,
    pub candidate: String,
    /// `running`, `promoted` or `aborted`.
    pub state: String,
    /// Parts per million that try the candidate.
    pub weight_ppm: u32,
    pub step: u32,
    pub steps: Vec<u32>,
    /// Who signed that the host goes on by itself while the candidate is no worse.
    pub auto: Option<String>,
    /// `no-worse`, `worse` or `insufficient-data`, of this step.
    pub finding: String,
    /// Recorded answers counted besides the parcels: too few tried it, and only the code is new.
    pub topped_up: u32,
    pub candidate_tried: ArmView,
    pub stable_tried: ArmView,
    /// Failures of the whole rollout: arm, outcome or difference, how often.
    pub failures: Vec<(String, String, i64)>,
    /// The one parcel of a slice that would be nobody.
    pub forced: Option<String>,
    /// What the gate found before any traffic.
    #[schema(value_type = Object)]
    pub replayed: Value,
    pub started_at: String,
    pub stepped_at: String,
    pub ended_at: Option<String>,
    pub reason: String,
}

/// One arm of a step.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArmView {
    pub parcels: u32,
    pub failed: u32,
    /// The carrier said nothing of them, or was not reached.
    pub unanswered: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Rollouts {
    pub rollouts: Vec<RolloutView>,
}

/// The account that is meant if none is named.
pub fn main_account() -> String {
    "main".into()
}

impl From<Arm> for ArmView {
    fn from(arm: Arm) -> Self {
        Self { parcels: arm.trials, failed: arm.failures, unanswered: arm.unanswered }
    }
}

/// A refusal with what was found, for the one that is no mere problem.
pub enum Refused {
    Problem(Problem),
    Blocked(Value),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Problem(match refusal {
            Refusal::Unknown(why) => Problem::not_found(why),
            Refusal::Conflict(why) => Problem::conflict(why),
            Refusal::Wrong(why) => Problem::bad("no-rollout", why),
            Refusal::NotStored(why) => Problem::not_stored(&why),
            Refusal::Blocked(report) => return Self::Blocked(json!(report)),
        })
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Blocked(report) => {
                let detail = "recorded answers mean something else to the candidate; accept each difference by name, or mend the adapter";
                let body = json!({ "type": "blocked", "title": "Blocked by the replay gate", "status": 409, "detail": detail, "replayed": report });
                (StatusCode::CONFLICT, [("content-type", "application/problem+json")], body.to_string()).into_response()
            }
        }
    }
}

/// Starts a rollout: the candidate reads recorded answers, then gets its first slice.
#[utoipa::path(post, path = "/v1/rollouts", security(("key" = [])), request_body = NewRollout,
    responses((status = 201, body = RolloutView), (status = 400, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn start(
    State(house): State<Shared>,
    operator: Operator,
    body: Result<Json<NewRollout>, JsonRejection>,
) -> Result<Response, Refused> {
    let Json(new) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    let wish = match new {
        NewRollout::Word(worded) => worded.wish(&operator)?,
        NewRollout::Signed(signed) => signed.wish(&house, &operator)?,
    };
    let (own, actor) = (house.clone(), operator.name());
    let started = to_its_end(async move { own.conduct.start(&own, wish, &actor).await }).await?;
    Ok((StatusCode::CREATED, Json(view(&house, started).await?)).into_response())
}

/// One after the other: an untagged choice would not say which field is wrong.
impl TryFrom<Value> for NewRollout {
    type Error = serde_json::Error;

    fn try_from(body: Value) -> Result<Self, Self::Error> {
        if body.get("signed").is_some() {
            serde_json::from_value(body).map(Self::Signed)
        } else {
            serde_json::from_value(body).map(Self::Word)
        }
    }
}

impl WordedRollout {
    fn wish(self, operator: &Operator) -> Result<Wish, Problem> {
        let account = scope(operator, &self.carrier, &self.account)?;
        reasoned(&self.reason)?;
        let plan = Plan::new(self.steps, self.least, self.accept).map_err(|why| Problem::bad("plan", why))?;
        Ok(Wish { account, version: self.version, generation: self.generation, plan, force: self.force, reason: self.reason })
    }
}

impl SignedRollout {
    fn wish(self, house: &Shared, operator: &Operator) -> Result<Wish, Problem> {
        reasoned(&self.reason)?;
        let verified = self.signed.verified(&house.config.rollouts.signers, house.now());
        let Statement { carrier, account, version, generation, steps, least, accept, auto, .. } =
            verified.map_err(|why| Problem::bad("signature", why))?;
        let account = scope(operator, &carrier, &account)?;
        let plan = Plan::new(steps, least, accept).map_err(|why| Problem::bad("plan", why))?;
        let plan = Plan { auto: auto.then_some(self.signed), ..plan };
        Ok(Wish { account, version, generation, plan, force: false, reason: self.reason })
    }
}

/// Every rollout, newest first.
#[utoipa::path(get, path = "/v1/rollouts", security(("key" = [])), responses((status = 200, body = Rollouts), (status = 403, body = Problem)))]
pub async fn list(State(house): State<Shared>, operator: Operator) -> Result<Json<Rollouts>, Problem> {
    let mut rollouts = vec![];
    for rollout in house.store.rollouts().await?.into_iter().filter(|r| operator.may(&r.account.name)) {
        rollouts.push(view(&house, rollout).await?);
    }
    Ok(Json(Rollouts { rollouts }))
}

/// One rollout.
#[utoipa::path(get, path = "/v1/rollouts/{id}", security(("key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = RolloutView), (status = 404, body = Problem)))]
pub async fn by_id(State(house): State<Shared>, operator: Operator, Path(id): Path<String>) -> Result<Json<RolloutView>, Problem> {
    Ok(Json(view(&house, seen(&house, &operator, &id).await?).await?))
}

/// Does `step`, `promote` or `abort` to a rollout.
#[utoipa::path(post, path = "/v1/rollouts/{id}/{act}", security(("key" = [])), request_body = Word, params(("id" = String, Path), ("act" = String, Path, description = "step, promote or abort")),
    responses((status = 200, body = RolloutView), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn act(
    State(house): State<Shared>,
    operator: Operator,
    Path((id, act)): Path<(String, String)>,
    body: Result<Json<Word>, JsonRejection>,
) -> Result<Json<RolloutView>, Refused> {
    let Json(word) = body.map_err(|e| Problem::bad("bad-json", e.body_text()))?;
    seen(&house, &operator, &id).await?;
    reasoned(&word.reason)?;
    let (own, actor) = (house.clone(), operator.name());
    let done = to_its_end(async move {
        let (conduct, Word { reason, force }) = (&own.conduct, word);
        match act.as_str() {
            "step" => conduct.step(&own, &id, force, &reason, &actor).await,
            "promote" => conduct.promote(&own, &id, force, &reason, &actor).await,
            "abort" => conduct.abort(&own, &id, &reason, &actor).await,
            other => Err(Refusal::Unknown(format!("`{other}`: step, promote or abort"))),
        }
    });
    Ok(Json(view(&house, done.await?).await?))
}

/// On its own: a caller that goes away must not leave disk and memory apart.
pub async fn to_its_end<T: Send + 'static>(work: impl Future<Output = Result<T, Refusal>> + Send + 'static) -> Result<T, Refusal> {
    let broke = |why| Refusal::Wrong(format!("it broke off: {why}"));
    tokio::spawn(work).await.unwrap_or_else(|why| Err(broke(why)))
}

async fn seen(house: &Shared, operator: &Operator, id: &str) -> Result<Rollout, Problem> {
    let found = house.store.rollout(id).await?.filter(|rollout| operator.may(&rollout.account.name));
    found.ok_or_else(|| Problem::not_found("no such rollout"))
}

/// The account, if the key's scope holds it.
pub fn scope(operator: &Operator, carrier: &str, account: &str) -> Result<Account, Problem> {
    if operator.may(account) {
        Ok(Account::new(carrier, account))
    } else {
        Err(Problem::forbidden("the key's scope does not hold this account"))
    }
}

/// The audit wants a reason for everything.
pub fn reasoned(reason: &str) -> Result<(), Problem> {
    if reason.trim().is_empty() { Err(Problem::bad("no-reason", "say why in `reason`: it is kept in the audit")) } else { Ok(()) }
}

async fn view(house: &Shared, rollout: Rollout) -> Result<RolloutView, Problem> {
    let arms = house.store.arms(&rollout.id, rollout.step).await?;
    let release = |(version, generation): &(String, u32)| format!("{}@{version}+{generation}", rollout.account.carrier);
    let standing = rollout.standing(arms);
    let finding = json!(standing.finding).as_str().unwrap_or_default().to_owned();
    Ok(RolloutView {
        carrier: rollout.account.carrier.to_string(),
        account: rollout.account.name.to_string(),
        stable: release(&rollout.stable),
        candidate: release(&rollout.candidate),
        state: rollout.state.as_str().into(),
        weight_ppm: if rollout.state == Course::Running { rollout.weight() } else { 0 },
        step: rollout.step,
        steps: rollout.plan.steps.clone(),
        auto: rollout.plan.auto.as_ref().map(|signed| signed.signer.clone()),
        finding,
        topped_up: standing.topped_up,
        candidate_tried: arms.candidate.into(),
        stable_tried: arms.stable.into(),
        failures: house.store.failures(&rollout.id).await?,
        replayed: json!(rollout.replayed),
        forced: rollout.forced,
        started_at: rfc3339(rollout.started_at),
        stepped_at: rfc3339(rollout.stepped_at),
        ended_at: rollout.ended_at.map(rfc3339),
        reason: rollout.reason,
        id: rollout.id,
    })
}
