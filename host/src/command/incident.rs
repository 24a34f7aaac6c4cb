//! `posthouse incident`.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::Value;

use super::remote::Remote;
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// Lists what went wrong with whom, the newest first.
    #[command(after_help = "Examples:\n  posthouse incident list --open\n  posthouse incident list --json")]
    List {
        /// Only what is not over.
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        remote: Remote,
    },
    /// Shows one: since when, which outcome, what was answered, what is new in it.
    #[command(after_help = "Example:\n  posthouse incident show in_01…")]
    Show {
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
}

impl IncidentCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let told = match self {
            Self::List { open, remote } => {
                let query = [("open", if open { "true" } else { "false" })];
                remote.ask(&context, Method::GET, &["incidents"], &query, None).await?
            }
            Self::Show { id, remote } => remote.ask(&context, Method::GET, &["incidents", &id], &[], None).await?,
        };
        if context.json {
            print_json(&told)?;
        } else {
            show(&told);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(told: &Value) {
    let Some(list) = told["incidents"].as_array() else { return show_one(told) };
    if list.is_empty() {
        println!("none");
    }
    for incident in list {
        println!("{}  {}", text(&incident["id"]), text(&incident["headline"]["zh"]));
    }
}

fn show_one(told: &Value) {
    println!("{}\n{}", text(&told["headline"]["zh"]), text(&told["headline"]["en"]));
    for told in told["explained_by"].as_array().into_iter().flatten() {
        println!("announced: {}  {}  due {}", text(&told["task"]), text(&told["title"]), text(&told["due_at"]));
    }
    let others: Vec<_> = told["also"].as_array().into_iter().flatten().map(text).collect();
    if !others.is_empty() {
        println!("also failing: {}", others.join(", "));
    }
    for evidence in told["evidence"].as_array().into_iter().flatten() {
        println!(
            "\n{}  {}  {}  × {}",
            text(&evidence["at"]),
            text(&evidence["release"]),
            evidence["detail"].as_str().unwrap_or(text(&evidence["outcome"])),
            told["looks"][text(&evidence["outcome"])]
        );
        for (sign, field) in [("+", "answer_added"), ("-", "answer_missing"), ("~", "answer_changed")] {
            for path in evidence[field].as_array().into_iter().flatten() {
                println!("  {sign} {}", text(path));
            }
        }
        if let Some(body) = evidence["exchange"]["body"].as_str() {
            println!("  {} {body}", evidence["exchange"]["status"]);
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}
