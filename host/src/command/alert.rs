//! `posthouse alert` and `posthouse sla`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::{Context, print_json};
use crate::alert::Severity;

#[derive(Debug, Subcommand)]
pub enum AlertCommand {
    /// Lists what is or was wrong, the newest first.
    #[command(
        after_help = "Examples:\n  posthouse alert list --open --unacknowledged\n  posthouse alert list --severity critical --carrier sf --json"
    )]
    List {
        /// Only what is not over.
        #[arg(long)]
        open: bool,
        /// Only what nobody has acknowledged.
        #[arg(long)]
        unacknowledged: bool,
        /// sla-breached, over-capacity, incident
        #[arg(long)]
        kind: Option<String>,
        #[arg(long)]
        carrier: Option<String>,
        /// From this severity on.
        #[arg(long, value_enum)]
        severity: Option<Severity>,
        /// From `next` of the page before.
        #[arg(long)]
        cursor: Option<String>,
        /// 1 to 200.
        #[arg(long)]
        limit: Option<u32>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Shows one, and what each channel was told of it.
    #[command(after_help = "Example:\n  posthouse alert show al_01…")]
    Show {
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Says that you have it: nobody else is called, and only its end is told.
    #[command(after_help = "Example:\n  posthouse alert ack al_01…")]
    Ack {
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Sends a test message to the channels, now and once. Fails if one does not take it.
    #[command(after_help = "Examples:\n  posthouse alert test\n  posthouse alert test --channel ops --json")]
    Test {
        /// All of them if left out.
        #[arg(long)]
        channel: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Prints what the daily digest would say now.
    #[command(after_help = "Example:\n  posthouse alert digest --json")]
    Digest {
        #[command(flatten)]
        remote: Remote,
    },
}

/// Shows how fresh answers are beside what each tier promises.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  posthouse sla\n  posthouse sla --state breached --json")]
pub struct Sla {
    #[arg(long)]
    carrier: Option<String>,
    /// A, B or C.
    #[arg(long)]
    tier: Option<String>,
    /// ok, over-capacity, settling, breached, no-parcels
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

impl AlertCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let told = match self {
            Self::List { open, unacknowledged, kind, carrier, severity, cursor, limit, remote } => {
                let (limit, severity) = (limit.map(|limit| limit.to_string()), severity.map(|severity| severity.as_str().to_owned()));
                let mut query: Vec<(&str, &str)> = vec![];
                query.extend(open.then_some(("open", "true")));
                query.extend(unacknowledged.then_some(("unacknowledged", "true")));
                let given = [("kind", &kind), ("carrier", &carrier), ("severity", &severity), ("cursor", &cursor), ("limit", &limit)];
                query.extend(given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))));
                remote.ask(&context, Method::GET, &["alerts"], &query, None).await?
            }
            Self::Show { id, remote } => remote.ask(&context, Method::GET, &["alerts", &id], &[], None).await?,
            Self::Ack { id, remote } => remote.ask(&context, Method::POST, &["alerts", &id, "ack"], &[], None).await?,
            Self::Test { channel, remote } => {
                remote.ask(&context, Method::POST, &["alerts", "test"], &[], Some(&json!({ "channel": channel }))).await?
            }
            Self::Digest { remote } => remote.ask(&context, Method::GET, &["alerts", "digest"], &[], None).await?,
        };
        if context.json {
            print_json(&told)?;
        } else {
            show(&told);
        }
        let refused = told["results"].as_array().is_some_and(|all| all.iter().any(|one| one["taken"] == false));
        Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

impl Sla {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let given = [("carrier", &self.carrier), ("tier", &self.tier), ("state", &self.state)];
        let query: Vec<_> = given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
        let told = self.remote.ask(&context, Method::GET, &["sla"], &query, None).await?;
        if context.json {
            print_json(&told)?;
            return Ok(ExitCode::SUCCESS);
        }
        for one in told["accounts"].as_array().into_iter().flatten() {
            let fresh = &one["freshness"];
            println!(
                "{:<16} {}  {:<13} p50 {} s  p90 {} s  p95 {} s  max {} s  SLA {} s  late {} of {}",
                format!("{}/{}", text(&one["carrier"]), text(&one["account"])),
                text(&one["tier"]),
                text(&one["state"]),
                fresh["p50_s"],
                fresh["p90_s"],
                fresh["p95_s"],
                fresh["max_s"],
                one["sla_s"],
                fresh["late"],
                fresh["parcels"]
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(told: &Value) {
    if let Some(list) = told["alerts"].as_array() {
        if list.is_empty() {
            println!("none");
        }
        list.iter().for_each(line);
        if let Some(next) = told["next"].as_str() {
            println!("more: --cursor {next}");
        }
        return;
    }
    for one in told["results"].as_array().into_iter().flatten() {
        println!("{:<16} {}", text(&one["channel"]), one["failure"].as_str().unwrap_or("taken"));
    }
    if told["breaches"].is_array() {
        return digest(told);
    }
    if told["id"].is_string() {
        line(told);
        println!("  {}", text(&told["headline"]["en"]));
    }
    for message in told["messages"].as_array().into_iter().flatten() {
        let end = message["sent_at"].as_str().or(message["failure"].as_str()).unwrap_or("waits");
        println!("  {:<16} {:<10} {end}", text(&message["channel"]), text(&message["step"]));
    }
}

fn line(alert: &Value) {
    let state = match (&alert["closed_at"], &alert["acknowledged_by"]) {
        (Value::String(_), _) => "over".to_owned(),
        (_, Value::String(by)) => format!("{by} has it"),
        _ => "open".to_owned(),
    };
    println!("{}  {:<8}  {state}  {}", text(&alert["id"]), text(&alert["severity"]), text(&alert["headline"]["zh"]));
}

fn digest(told: &Value) {
    println!("{}\n{}", text(&told["headline"]["zh"]), text(&told["headline"]["en"]));
    for (title, field) in [("breached", "breaches"), ("open incidents", "incidents")] {
        for one in told[field].as_array().into_iter().flatten() {
            println!("{title}: {}", text(&one["zh"]));
        }
    }
    for one in told["unknown"].as_array().into_iter().flatten() {
        println!("unknown: {} {} × {}, taken for {}", text(&one["carrier"]), text(&one["code"]), one["seen"], text(&one["taken_for"]));
    }
    for (title, field) in [("held", "held"), ("refused", "rejected")] {
        for one in told[field].as_array().into_iter().flatten() {
            println!("{title}: {}/{} {} parcels ({})", text(&one["carrier"]), text(&one["account"]), one["parcels"], text(&one["why"]));
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}
