//! `posthouse dictionary`.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum DictionaryCommand {
    /// Lists a carrier's codes and what they mean now.
    #[command(after_help = "Example:\n  posthouse dictionary list sf --json")]
    List {
        carrier: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lists codes that nobody knows, the most frequent first.
    #[command(after_help = "Example:\n  posthouse dictionary unmapped sf")]
    Unmapped {
        carrier: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Says what a code means, over the adapter's dictionary, at once.
    #[command(
        after_help = "Example:\n  posthouse dictionary set sf 677 out_for_delivery --reason 'handed out, not signed: 40 complaints this week' --apply"
    )]
    Set {
        carrier: String,
        code: String,
        status: String,
        #[arg(long)]
        reason: String,
        /// Reads stored events of this code anew, too.
        #[arg(long)]
        apply: bool,
        #[command(flatten)]
        remote: Remote,
    },
    /// Takes an operator's word back: the adapter's dictionary holds again.
    #[command(after_help = "Example:\n  posthouse dictionary unset sf 677")]
    Unset {
        carrier: String,
        code: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Reads stored events of a code anew, by what it means now.
    #[command(after_help = "Example:\n  posthouse dictionary apply sf 677")]
    Apply {
        carrier: String,
        code: String,
        #[command(flatten)]
        remote: Remote,
    },
}

impl DictionaryCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let told = match self {
            Self::List { carrier, remote } => remote.ask(&context, Method::GET, &["dictionary", &carrier], &[], None).await?,
            Self::Unmapped { carrier, remote } => {
                remote.ask(&context, Method::GET, &["dictionary", &carrier, "unmapped"], &[], None).await?
            }
            Self::Set { carrier, code, status, reason, apply, remote } => {
                let body = json!({ "status": status, "reason": reason });
                let path = ["dictionary", &carrier, "codes", &code];
                let mut told = remote.ask(&context, Method::PUT, &path, &[], Some(&body)).await?;
                if apply {
                    told["applied"] = remote.ask(&context, Method::POST, &[&path[..], &["apply"]].concat(), &[], None).await?;
                }
                told
            }
            Self::Unset { carrier, code, remote } => {
                remote.ask(&context, Method::DELETE, &["dictionary", &carrier, "codes", &code], &[], None).await?
            }
            Self::Apply { carrier, code, remote } => {
                let told = remote.ask(&context, Method::POST, &["dictionary", &carrier, "codes", &code, "apply"], &[], None).await?;
                json!({ "applied": told })
            }
        };
        if context.json {
            print_json(&told)?
        } else {
            show(&told)
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(told: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let code = |one: &Value| {
        let by = one["overridden"]["by"].as_str().map(|by| format!("  by {by}, instead of {}", text(&one["adapter"]))).unwrap_or_default();
        println!("{:<16} {:<24}{by}", text(&one["code"]), text(&one["status"]));
    };
    told["codes"].as_array().into_iter().flatten().for_each(code);
    for one in told["unmapped"].as_array().into_iter().flatten() {
        println!("{:<16} {:>6} ×  read as {:<18} {}", text(&one["code"]), one["seen"], text(&one["status"]), text(&one["text"]));
    }
    if told["code"].is_string() {
        code(told);
    }
    if told["applied"].is_object() {
        println!("{} parcels read anew, {} in another state now", told["applied"]["parcels"], told["applied"]["changed"]);
    }
}
