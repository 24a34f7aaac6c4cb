//! `posthouse page`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum PageCommand {
    /// Lists carriers' public pages: read, not allowed, or stopped and why.
    #[command(after_help = "Example:\n  posthouse page list --json")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Shows one; with --out it writes what the page showed when it was stopped.
    #[command(after_help = "Example:\n  posthouse page show sto --out evidence")]
    Show {
        carrier: String,
        /// A folder for the page's HTML and picture.
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Records who allowed to read a carrier's page, and when. Without it no page is read.
    #[command(
        after_help = "Example:\n  posthouse page allow sto --by '申通开放平台 王经理' --on 2026-01-20 --terms 'mail of that day; 1 page in 2 s'"
    )]
    Allow {
        carrier: String,
        #[arg(long)]
        by: String,
        #[arg(long)]
        on: String,
        /// What it rests on: terms of use, robots.txt, a contract.
        #[arg(long)]
        terms: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Takes a permission back; the carrier's parcels wait for a clerk.
    Withdraw {
        carrier: String,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lets a stopped page be read again, after a person looked at it.
    #[command(after_help = "Example:\n  posthouse page resume sto --reason 'slider is gone, seen with my own eyes'")]
    Resume {
        carrier: String,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Writes kept pages into a folder, for `posthouse adapter check --snapshots`.
    #[command(after_help = "Example:\n  posthouse page snapshots sto --out snapshots")]
    Snapshots {
        carrier: String,
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        remote: Remote,
    },
}

impl PageCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let post = async |remote: Remote, carrier: &str, act: &str, body: Value| {
            remote.ask(&context, Method::POST, &["pages", carrier, act], &[], Some(&body)).await
        };
        let told = match self {
            Self::List { remote } => remote.ask(&context, Method::GET, &["pages"], &[], None).await?,
            Self::Show { carrier, out, remote } => {
                let told = remote.ask(&context, Method::GET, &["pages", &carrier], &[], None).await?;
                if let Some(out) = out {
                    std::fs::create_dir_all(&out)?;
                    write_evidence(&out.join(&carrier), &told["stopped"]["evidence"]["page"])?;
                }
                told
            }
            Self::Allow { carrier, by, on, terms, remote } => {
                post(remote, &carrier, "allow", json!({ "by": by, "on": on, "reason": terms })).await?
            }
            Self::Withdraw { carrier, reason, remote } => post(remote, &carrier, "withdraw", json!({ "reason": reason })).await?,
            Self::Resume { carrier, reason, remote } => post(remote, &carrier, "resume", json!({ "reason": reason })).await?,
            Self::Snapshots { carrier, out, remote } => {
                let told = remote.ask(&context, Method::GET, &["pages", &carrier, "snapshots"], &[], None).await?;
                json!({ "written": write_snapshots(&out, &told)? })
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

fn write_evidence(stem: &std::path::Path, page: &Value) -> anyhow::Result<()> {
    use base64::Engine as _;
    if let Some(html) = page["html"].as_str() {
        std::fs::write(stem.with_extension("html"), html)?;
    }
    if let Some(picture) = page["screenshot"].as_str() {
        std::fs::write(stem.with_extension("jpg"), base64::engine::general_purpose::STANDARD.decode(picture)?)?;
    }
    Ok(())
}

/// `NUMBER.html`, and `NUMBER.ENDPOINT` for what the page fetched itself.
fn write_snapshots(out: &std::path::Path, told: &Value) -> anyhow::Result<usize> {
    std::fs::create_dir_all(out)?;
    let all = told["snapshots"].as_array().map(Vec::as_slice).unwrap_or_default();
    for snapshot in all {
        let number = snapshot["number"].as_str().unwrap_or_default();
        std::fs::write(out.join(format!("{number}.html")), snapshot["page"]["html"].as_str().unwrap_or_default())?;
        for heard in snapshot["page"]["heard"].as_array().into_iter().flatten() {
            let name = format!("{number}.{}", heard["endpoint"].as_str().unwrap_or_default());
            std::fs::write(out.join(name), heard["body"].as_str().unwrap_or_default())?;
        }
    }
    Ok(all.len())
}

fn show(told: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    if let Some(written) = told.get("written") {
        return println!("{written} snapshots written");
    }
    let one = [told.clone()];
    for page in told["pages"].as_array().map(Vec::as_slice).unwrap_or(&one) {
        let why = match page["state"].as_str() {
            Some("stopped") => {
                format!("{} {} since {}", text(&page["stopped"]["outcome"]), text(&page["stopped"]["detail"]), text(&page["stopped"]["at"]))
            }
            Some("read") => format!(
                "allowed by {} on {}: {}",
                text(&page["allowed"]["by"]),
                text(&page["allowed"]["on"]),
                text(&page["allowed"]["terms"])
            ),
            _ => "`posthouse page allow` records who allowed it".to_owned(),
        };
        println!("{:<10} {:<12} {:<9} {why}", text(&page["carrier"]), text(&page["state"]), text(&page["evidence"]));
        if let Some(found) = page["checked"]["found"].as_str() {
            println!("{:<10} checked {}: {found}", "", text(&page["checked"]["at"]));
        }
    }
}
