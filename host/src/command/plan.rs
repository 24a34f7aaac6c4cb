//! `posthouse plan`: rollouts that were signed beforehand.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::rollout::{self, Plan};
use super::signing::{make_key, read_key};
use super::{Context, print_json};
use crate::rollout::{Signed, Statement};

#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Makes a signer's key, and prints the line for `rollouts.signers`.
    #[command(after_help = "Keep the file where you sign, not on the host.\n\nExample:\n  posthouse plan key ann --out ann.key")]
    Key {
        /// The signer's name.
        signer: String,
        #[arg(long)]
        out: PathBuf,
    },
    /// Signs a plan and prints it.
    #[command(after_help = "Example:\n  posthouse plan sign deppon --generation 2 --auto --signer ann --key ann.key > tonight.json")]
    Sign(Sign),
    /// Starts a rollout from a signed plan; with `--auto` in it the host goes on by itself.
    #[command(after_help = "Example:\n  posthouse plan start tonight.json --reason 'the key changes at midnight'")]
    Start {
        file: PathBuf,
        /// Kept in the audit.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(Debug, Args)]
pub struct Sign {
    carrier: String,
    #[arg(long, default_value = "main")]
    account: String,
    /// A credential generation; the present one if left out.
    #[arg(long)]
    generation: Option<u32>,
    #[command(flatten)]
    plan: Plan,
    /// The host may step and promote while the candidate is no worse.
    #[arg(long)]
    auto: bool,
    /// Nothing is started with it later than in so many hours.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=24 * 90))]
    hours: u32,
    #[arg(long)]
    signer: String,
    /// The signer's key file.
    #[arg(long)]
    key: PathBuf,
}

impl PlanCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        match self {
            Self::Key { signer, out } => {
                let public = make_key(&out)?;
                if context.json {
                    print_json(&json!({ "signer": signer, "public": public, "file": out }))?;
                } else {
                    println!("[rollouts]\nsigners = {{ {signer} = \"{public}\" }}");
                }
            }
            Self::Sign(sign) => print_json(&sign.signed()?)?,
            Self::Start { file, reason, remote } => {
                let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
                let signed: Value = serde_json::from_str(&text).with_context(|| format!("{} is no signed plan", file.display()))?;
                let told =
                    remote.ask(&context, Method::POST, &["rollouts"], &[], Some(&json!({ "signed": signed, "reason": reason }))).await?;
                if context.json {
                    print_json(&told)?;
                } else {
                    rollout::show(&told);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Sign {
    fn signed(self) -> anyhow::Result<Signed> {
        let Self { carrier, account, generation, plan, auto, hours, signer, key } = self;
        anyhow::ensure!(!plan.force, "a signed plan cannot force: accept differences by name");
        let not_after = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours.into());
        let Plan { version, steps, least, accept, .. } = plan;
        let statement = Statement { carrier, account, version, generation, steps, least, accept, auto, not_after };
        Ok(Signed::new(&statement, &signer, &read_key(&key)?))
    }
}
