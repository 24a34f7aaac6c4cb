//! `posthouse carrier`.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum CarrierCommand {
    /// Lists carriers, how they are asked, and what was learned of their delays.
    #[command(after_help = "Example:\n  posthouse carrier list --json")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Says whose numbers these may be, by their form alone.
    #[command(after_help = "Example:\n  posthouse carrier detect 777031922725111 YT1234567890123")]
    Detect {
        #[arg(required = true)]
        numbers: Vec<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Shows how good the readings of each release are.
    #[command(after_help = "Example:\n  posthouse carrier quality --json")]
    Quality {
        #[command(flatten)]
        remote: Remote,
    },
}

impl CarrierCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let told = match self {
            Self::List { remote } => remote.ask(&context, Method::GET, &["carriers"], &[], None).await?,
            Self::Detect { numbers, remote } => {
                remote.ask(&context, Method::POST, &["carriers", "detect"], &[], Some(&json!({ "numbers": numbers }))).await?
            }
            Self::Quality { remote } => remote.ask(&context, Method::GET, &["quality"], &[], None).await?,
        };
        if context.json {
            print_json(&told)?
        } else {
            show(&told)
        }
        let none =
            told["results"].as_array().is_some_and(|all| all.iter().any(|one| one["carriers"].as_array().is_some_and(Vec::is_empty)));
        Ok(if none { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn show(told: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    for one in told["carriers"].as_array().into_iter().flatten() {
        let delay = |kind: &str| {
            let all = one["delays"].as_array().into_iter().flatten();
            let found = all.into_iter().find(|delay| delay["kind"] == kind);
            let hours = |delay: &Value| format!("{:.1} h", delay["most_s"].as_f64().unwrap_or(0.0) / 3600.0);
            found.filter(|delay| delay["learned_from"].is_u64()).map_or_else(|| "not learned".into(), hours)
        };
        println!(
            "{:<8} {}  tier {}  {}  first scan {}, told of a signature {}",
            text(&one["id"]),
            text(&one["names"]["zh"]),
            text(&one["tier"]),
            text(&one["adapter"]),
            delay("first-scan"),
            delay("report")
        );
    }
    for one in told["results"].as_array().into_iter().flatten() {
        let guesses = one["carriers"].as_array().into_iter().flatten();
        let told: Vec<_> =
            guesses.map(|guess| format!("{} {:.0} %", text(&guess["carrier"]), guess["share"].as_f64().unwrap_or(0.0) * 100.0)).collect();
        println!("{}  {}", text(&one["number"]), if told.is_empty() { "nobody's".into() } else { told.join(", ") });
    }
    for one in told["releases"].as_array().into_iter().flatten() {
        let share = |name: &str| format!("{:.1} %", one[name].as_f64().unwrap_or(0.0) * 100.0);
        let names = ["mapped", "placed", "timed", "in_order", "valid", "explained", "quarantined"];
        let shares: Vec<_> = names.iter().map(|name| format!("{name} {}", share(name))).collect();
        println!("{:<20} {} events  {}", text(&one["release"]), one["events"], shares.join("  "));
    }
}
