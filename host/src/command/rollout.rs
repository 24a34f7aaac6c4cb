//! `posthouse rollout`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum RolloutCommand {
    /// Lets a slice of the parcels try another adapter version, another credential generation, or both.
    #[command(
        after_help = "Examples:\n  posthouse rollout start deppon --version 3.2.0 --generation 2 --reason 'the old key dies tonight'\n  posthouse rollout start zto --generation 2 --steps 10000,1000000 --reason 'yearly key change'"
    )]
    Start(Start),
    /// Shows rollouts, or one of them.
    Status {
        id: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Shows what each account stands on and tries, and what it could be on.
    Releases {
        #[command(flatten)]
        remote: Remote,
    },
    /// Goes on to the next slice.
    Step(Word),
    /// Makes the candidate stable.
    Promote(Word),
    /// Gives every parcel back to stable.
    Abort(Word),
    /// Who changed what and why; verifies that nothing was taken out. Exits 1 if something was.
    History {
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(Debug, Args)]
pub struct Start {
    carrier: String,
    #[arg(long, default_value = "main")]
    account: String,
    /// A credential generation; the present one if left out.
    #[arg(long)]
    generation: Option<u32>,
    #[command(flatten)]
    plan: Plan,
    /// Kept in the audit.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    remote: Remote,
}

/// How a candidate is tried.
#[derive(Debug, Args)]
pub struct Plan {
    /// An adapter version of the folder; the present one if left out.
    #[arg(long)]
    pub version: Option<String>,
    /// Growing slices in parts per million.
    #[arg(long, value_delimiter = ',')]
    pub steps: Option<Vec<u32>>,
    /// Parcels that must have been tried before a step is good enough; 20 if left out.
    #[arg(long)]
    pub least: Option<u32>,
    /// A difference in meaning that is wanted, by its name; may be repeated.
    #[arg(long)]
    pub accept: Vec<String>,
    /// Begin although recorded answers mean something else to the candidate.
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse rollout step ro_01… --reason 'one hour without a failure'\n  posthouse rollout abort ro_01… --reason 'customers call'"
)]
pub struct Word {
    id: String,
    /// Kept in the audit.
    #[arg(long)]
    reason: String,
    /// Although the candidate was not found to be no worse.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    remote: Remote,
}

impl RolloutCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let told = match &self {
            Self::Start(Start { carrier, account, generation, plan, reason, remote }) => {
                plan.start(remote, &context, (carrier, account), *generation, reason).await?
            }
            Self::Status { id: Some(id), remote } => remote.ask(&context, Method::GET, &["rollouts", id], &[], None).await?,
            Self::Status { id: None, remote } => remote.ask(&context, Method::GET, &["rollouts"], &[], None).await?,
            Self::Releases { remote } => remote.ask(&context, Method::GET, &["releases"], &[], None).await?,
            Self::Step(word) => word.say(&context, "step").await?,
            Self::Promote(word) => word.say(&context, "promote").await?,
            Self::Abort(word) => word.say(&context, "abort").await?,
            Self::History { remote } => remote.ask(&context, Method::GET, &["audit"], &[], None).await?,
        };
        if context.json {
            print_json(&told)?;
        } else {
            show(&told);
        }
        Ok(if told["whole"] == false { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

impl Plan {
    /// Starts a rollout of an account, which is named by its carrier and its own name.
    pub async fn start(
        &self,
        remote: &Remote,
        context: &Context,
        (carrier, account): (&str, &str),
        generation: Option<u32>,
        reason: &str,
    ) -> anyhow::Result<Value> {
        let wish = json!({
            "carrier": carrier, "account": account, "version": self.version, "generation": generation, "steps": self.steps,
            "least": self.least, "accept": self.accept, "force": self.force, "reason": reason,
        });
        remote.ask(context, Method::POST, &["rollouts"], &[], Some(&wish)).await
    }
}

impl Word {
    async fn say(&self, context: &Context, act: &str) -> anyhow::Result<Value> {
        let word = json!({ "reason": self.reason, "force": self.force });
        self.remote.ask(context, Method::POST, &["rollouts", &self.id, act], &[], Some(&word)).await
    }
}

pub fn show(told: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    if let Some(changes) = told["changes"].as_array() {
        for link in changes {
            println!(
                "{:>4}  {}  {:<8} {:<18} {}  {}",
                link["seq"],
                text(&link["at"]),
                text(&link["actor"]),
                text(&link["act"]),
                text(&link["subject"]),
                text(&link["reason"])
            );
        }
        match told["broken_at"].as_i64() {
            Some(seq) => println!("BROKEN at {seq}: the chain was changed outside of this host"),
            None => println!("{} changes, the chain is whole", changes.len()),
        }
        return;
    }
    if let Some(releases) = told["releases"].as_array() {
        for row in releases {
            let candidate = row["candidate"].as_str().map(|id| format!(", {} ppm try {id}", row["weight_ppm"])).unwrap_or_default();
            println!("{}/{}  {}{candidate}", text(&row["carrier"]), text(&row["account"]), text(&row["stable"]));
        }
        return;
    }
    let one = std::slice::from_ref(told);
    for rollout in told["rollouts"].as_array().map_or(one, Vec::as_slice) {
        let (tried, stable) = (&rollout["candidate_tried"], &rollout["stable_tried"]);
        println!(
            "{}  {}/{}  {} -> {}  {}  {:.2} %  {}  failed {} of {}, stable {} of {}",
            text(&rollout["id"]),
            text(&rollout["carrier"]),
            text(&rollout["account"]),
            text(&rollout["stable"]),
            text(&rollout["candidate"]),
            text(&rollout["state"]),
            rollout["weight_ppm"].as_f64().unwrap_or(0.0) / 10_000.0,
            text(&rollout["finding"]),
            tried["failed"],
            tried["parcels"],
            stable["failed"],
            stable["parcels"],
        );
    }
}
