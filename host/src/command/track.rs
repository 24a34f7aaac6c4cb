//! `posthouse track`.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;

use super::{Context, print_json};

/// Asks a running host about one parcel, now.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  posthouse track sf SF1234567890123\n  posthouse track zto 73100000000001 --account shop2 --json")]
pub struct Track {
    carrier: String,
    number: String,
    #[arg(long, default_value = "main")]
    account: String,
    /// The host's address.
    #[arg(long, env = "POSTHOUSE_URL")]
    url: Option<String>,
    /// An API key; `posthouse key create` makes one.
    #[arg(long, env = "POSTHOUSE_KEY", hide_env_values = true)]
    key: String,
}

impl Track {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = self.url.clone().unwrap_or_else(|| format!("http://{}", context.config.server.listen));
        let mut url = reqwest::Url::parse(&base).with_context(|| format!("`{base}` is no address"))?;
        url.path_segments_mut().map_err(|()| anyhow::anyhow!("`{base}` is no address"))?.extend([
            "v1",
            "track",
            &self.carrier,
            &self.number,
        ]);
        url.query_pairs_mut().append_pair("account", &self.account);
        let answer = reqwest::Client::new().get(url).bearer_auth(&self.key).send().await;
        let answer = answer.with_context(|| format!("no host answers at {base}: is `posthouse serve` running?"))?;
        let (good, view): (bool, Value) = (answer.status().is_success(), answer.json().await?);
        anyhow::ensure!(good, "{}", view["detail"].as_str().unwrap_or("the host refused"));
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
    for event in view["events"].as_array().into_iter().flatten() {
        println!("  {}  {:<24} {}", text(&event["at"]), text(&event["status"]), text(&event["text"]));
    }
    println!(
        "as of {}, next look {}, tier {}, release {}",
        text(&view["as_of"]),
        text(&view["next_look"]),
        text(&view["tier"]),
        text(&view["release"])
    );
}
