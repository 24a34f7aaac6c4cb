//! `posthouse credential`.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::proof::Proof;
use super::remote::Remote;
use super::rollout::{self, Plan};
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum CredentialCommand {
    /// Adds a generation. Nothing uses it until a rollout does.
    #[command(
        after_help = "The fields are TOML (name = \"value\"), read from a file or from standard input: on a command line\nother users could read them.\n\nExamples:\n  posthouse credential add deppon --reason 'new key of November' < fields.toml\n  posthouse credential add sf --account shop2 --from fields.toml --reason 'second shop'"
    )]
    Add {
        carrier: String,
        #[arg(long, default_value = "main")]
        account: String,
        /// A file of fields; standard input if left out.
        #[arg(long)]
        from: Option<PathBuf>,
        /// Kept in the audit.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Adds a generation and starts a rollout of it.
    #[command(
        after_help = "The same as `credential add` and `rollout start --generation` of what it added. The generation stays if the\nrollout is refused.\n\nExamples:\n  posthouse credential rotate zto --from fields.toml --reason 'yearly key change'\n  posthouse credential rotate deppon --version 3.2.0 --steps 10000,1000000 --reason 'the old key dies tonight' < fields.toml"
    )]
    Rotate {
        carrier: String,
        #[arg(long, default_value = "main")]
        account: String,
        /// A file of fields; standard input if left out.
        #[arg(long)]
        from: Option<PathBuf>,
        #[command(flatten)]
        plan: Plan,
        /// Kept in the audit.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lists generations, never their fields.
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Ends a generation: no new call uses it.
    #[command(after_help = "Example:\n  posthouse credential retire deppon 1 --reason 'switched off by the carrier'")]
    Retire {
        carrier: String,
        generation: u32,
        #[arg(long, default_value = "main")]
        account: String,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Shows that a retired generation is dead: not used since, and refused by the carrier.
    Proof(Proof),
}

impl CredentialCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let told = match self {
            Self::Add { carrier, account, from, reason, remote } => add(&remote, &context, (&carrier, &account), from, &reason).await?,
            Self::Rotate { carrier, account, from, plan, reason, remote } => {
                let added = add(&remote, &context, (&carrier, &account), from, &reason).await?;
                let generation =
                    added["generation"].as_u64().and_then(|g| u32::try_from(g).ok()).context("the host named no generation")?;
                let begun = plan.start(&remote, &context, (&carrier, &account), Some(generation), &reason).await;
                let stays = || {
                    format!(
                        "generation {generation} is added and no rollout of it begun; once that is mended: `posthouse rollout start {carrier} --account {account} --generation {generation}`"
                    )
                };
                json!({ "credential": added, "rollout": begun.with_context(stays)? })
            }
            Self::Proof(proof) => return proof.run(context).await,
            Self::List { remote } => remote.ask(&context, Method::GET, &["credentials"], &[], None).await?,
            Self::Retire { carrier, generation, account, reason, remote } => {
                let path = ["credentials", &carrier, &account, &generation.to_string(), "retire"];
                remote.ask(&context, Method::POST, &path, &[], Some(&json!({ "reason": reason }))).await?;
                json!({ "carrier": carrier, "account": account, "generation": generation, "retired": true })
            }
        };
        if context.json {
            print_json(&told)?;
        } else {
            show(&told);
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn add(
    remote: &Remote,
    context: &Context,
    (carrier, account): (&str, &str),
    from: Option<PathBuf>,
    reason: &str,
) -> anyhow::Result<Value> {
    let new = json!({ "carrier": carrier, "account": account, "fields": fields(from)?, "reason": reason });
    remote.ask(context, Method::POST, &["credentials"], &[], Some(&new)).await
}

/// The error shows no line: it may hold a secret.
fn fields(from: Option<PathBuf>) -> anyhow::Result<BTreeMap<String, String>> {
    let text = match from {
        Some(file) => std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?,
        None => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
    };
    toml::from_str(&text).map_err(|_| anyhow::anyhow!("not lines of `name = \"value\"`"))
}

fn show(told: &Value) {
    if told["rollout"].is_object() {
        show(&told["credential"]);
        return rollout::show(&told["rollout"]);
    }
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let one = std::slice::from_ref(told);
    for row in told["credentials"].as_array().map_or(one, Vec::as_slice) {
        let fits: Vec<_> = row["fits"].as_array().into_iter().flatten().map(text).collect();
        let state = if row["retired_at"].is_string() || row["retired"] == true { "retired" } else { "live" };
        println!(
            "{}/{}+{}  {state}  {}  {}",
            text(&row["carrier"]),
            text(&row["account"]),
            row["generation"],
            text(&row["created_at"]),
            fits.join(", ")
        );
    }
}
