//! `posthouse track`.

use std::process::ExitCode;

use clap::Args;
use reqwest::Method;
use serde_json::Value;

use super::remote::Remote;
use super::{Context, print_json};

/// Asks a running host about one parcel, now.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  posthouse track sf SF1234567890123\n  posthouse track zto 73100000000001 --account shop2 --json")]
pub struct Track {
    carrier: String,
    number: String,
    #[arg(long, default_value = "main")]
    account: String,
    /// Tells statuses in a peer's words, too: `kuaidi100`, `aftership`, …
    #[arg(long)]
    vocabulary: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

impl Track {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let mut query = vec![("account", self.account.as_str())];
        query.extend(self.vocabulary.as_deref().map(|name| ("vocabulary", name)));
        let view = self.remote.ask(&context, Method::GET, &["track", &self.carrier, &self.number], &query, None).await?;
        if context.json {
            print_json(&view)?
        } else {
            show(&view)
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(view: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    println!("{} {}  {}", text(&view["carrier"]), text(&view["number"]), text(&view["message"]["zh"]));
    if let Some(level) = view["verdict"]["level"].as_str() {
        let reasons: Vec<String> = view["verdict"]["reasons"].as_array().into_iter().flatten().map(|reason| text(&reason["zh"])).collect();
        println!("signed: {level}  {}", reasons.join("；"));
    }
    for event in view["events"].as_array().into_iter().flatten() {
        let flag = event["flag"].as_str().map(|flag| format!("  [{flag}]")).unwrap_or_default();
        println!("  {}  {:<24} {}{flag}", text(&event["at"]), text(&event["status"]), text(&event["text"]));
    }
    println!(
        "as of {}, next look {}, tier {}, release {}",
        text(&view["as_of"]),
        text(&view["next_look"]),
        text(&view["tier"]),
        text(&view["release"])
    );
}
