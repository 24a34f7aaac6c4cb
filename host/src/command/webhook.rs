//! `posthouse webhook`.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Makes a webhook and prints its secret, once.
    #[command(
        after_help = "Examples:\n  posthouse webhook add https://hub.example/in\n  posthouse webhook add https://hub.example/in --status delivered --carrier sf --signature v1a"
    )]
    Add {
        #[command(flatten)]
        wish: Wish,
        /// v1: a shared secret. v1a: a public key.
        #[arg(long, default_value = "v1", value_parser = ["v1", "v1a"])]
        signature: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lists webhooks: on or off, what waits, what died.
    #[command(after_help = "Example:\n  posthouse webhook list --json")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Shows one.
    #[command(after_help = "Example:\n  posthouse webhook show wh_01…")]
    Show {
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Changes the address, the name and all wishes.
    #[command(after_help = "Example:\n  posthouse webhook set wh_01… https://hub.example/new --status delivered")]
    Set {
        id: String,
        #[command(flatten)]
        wish: Wish,
        #[command(flatten)]
        remote: Remote,
    },
    /// Sends a signed test message and says what came of it.
    #[command(after_help = "Example:\n  posthouse webhook test wh_01…")]
    Test {
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Makes a fresh key; the old one signs beside it for a while.
    #[command(after_help = "Example:\n  posthouse webhook rotate wh_01… --overlap-hours 48")]
    Rotate {
        id: String,
        #[arg(long, default_value_t = 24)]
        overlap_hours: u32,
        #[command(flatten)]
        remote: Remote,
    },
    /// Turns one on: it gets what happened meanwhile.
    #[command(after_help = "Example:\n  posthouse webhook on wh_01…")]
    On {
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Turns one off: what happens is kept for it.
    #[command(after_help = "Example:\n  posthouse webhook off wh_01…")]
    Off {
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Takes one away, with the letters that wait for it.
    #[command(after_help = "Example:\n  posthouse webhook remove wh_01…")]
    Remove {
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lists letters and what became of them, the newest first; or one with every attempt.
    #[command(
        after_help = "Examples:\n  posthouse webhook deliveries wh_01… --state dead\n  posthouse webhook deliveries wh_01… --event evt_1f2e3d4c_17"
    )]
    Deliveries {
        id: String,
        #[arg(long)]
        state: Option<State>,
        /// Only this one, with every attempt that failed.
        #[arg(long)]
        event: Option<String>,
        #[arg(long)]
        limit: Option<u32>,
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Sends dead letters again: one, or all.
    #[command(after_help = "Examples:\n  posthouse webhook replay wh_01… --event evt_1f2e3d4c_17\n  posthouse webhook replay wh_01… --all")]
    Replay {
        id: String,
        #[arg(long, required_unless_present = "all")]
        event: Option<String>,
        #[arg(long, conflicts_with = "event")]
        all: bool,
        #[command(flatten)]
        remote: Remote,
    },
}

/// Where to, and what of.
#[derive(Debug, Args)]
pub struct Wish {
    /// Where letters are posted to.
    address: String,
    /// For people; the address's host if left out.
    #[arg(long)]
    name: Option<String>,
    /// Only these statuses, and what begins with them.
    #[arg(long = "status")]
    statuses: Vec<String>,
    /// Only these carriers.
    #[arg(long = "carrier")]
    carriers: Vec<String>,
    /// Only these accounts.
    #[arg(long = "account")]
    accounts: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum State {
    Waiting,
    Delivered,
    Dead,
}

impl Wish {
    fn json(self) -> Value {
        let Self { address, name, statuses, carriers, accounts } = self;
        json!({ "url": address, "name": name, "statuses": statuses, "carriers": carriers, "accounts": accounts })
    }
}

impl WebhookCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let told = match self {
            Self::Add { wish, signature, remote } => {
                let mut body = wish.json();
                body["signature"] = json!(signature);
                remote.ask(&context, Method::POST, &["webhooks"], &[], Some(&body)).await?
            }
            Self::List { remote } => remote.ask(&context, Method::GET, &["webhooks"], &[], None).await?,
            Self::Show { id, remote } => remote.ask(&context, Method::GET, &["webhooks", &id], &[], None).await?,
            Self::Set { id, wish, remote } => remote.ask(&context, Method::PUT, &["webhooks", &id], &[], Some(&wish.json())).await?,
            Self::Test { id, remote } => remote.ask(&context, Method::POST, &["webhooks", &id, "test"], &[], None).await?,
            Self::Rotate { id, overlap_hours, remote } => {
                let body = json!({ "overlap_hours": overlap_hours });
                remote.ask(&context, Method::POST, &["webhooks", &id, "rotate"], &[], Some(&body)).await?
            }
            Self::On { id, remote } => remote.ask(&context, Method::POST, &["webhooks", &id, "on"], &[], None).await?,
            Self::Off { id, remote } => remote.ask(&context, Method::POST, &["webhooks", &id, "off"], &[], None).await?,
            Self::Remove { id, remote } => remote.ask(&context, Method::DELETE, &["webhooks", &id], &[], None).await?,
            Self::Deliveries { id, event: Some(event), remote, .. } => {
                remote.ask(&context, Method::GET, &["webhooks", &id, "deliveries", &event], &[], None).await?
            }
            Self::Deliveries { id, state, limit, cursor, remote, .. } => {
                let state = state.map(|state| format!("{state:?}").to_lowercase());
                let limit = limit.map(|limit| limit.to_string());
                let query = [("state", &state), ("limit", &limit), ("cursor", &cursor)];
                let query: Vec<_> = query.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
                remote.ask(&context, Method::GET, &["webhooks", &id, "deliveries"], &query, None).await?
            }
            Self::Replay { id, event: Some(event), remote, .. } => {
                remote.ask(&context, Method::POST, &["webhooks", &id, "deliveries", &event, "replay"], &[], None).await?
            }
            Self::Replay { id, remote, .. } => remote.ask(&context, Method::POST, &["webhooks", &id, "replay"], &[], None).await?,
        };
        if context.json {
            print_json(&told)?;
        } else {
            show(&told);
        }
        // A test that did not arrive has not done what it says.
        Ok(if told["delivered"] == false { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn show(told: &Value) {
    if let Some(all) = told["webhooks"].as_array() {
        if all.is_empty() {
            println!("none: `posthouse webhook add https://…` makes one");
        }
        all.iter().for_each(show_line);
    } else if let Some(all) = told["deliveries"].as_array() {
        all.iter().for_each(show_delivery);
        if let Some(next) = told["next"].as_str() {
            println!("more with --cursor {next}");
        }
    } else if told["failed"].is_array() {
        show_delivery(told);
        for failed in told["failed"].as_array().into_iter().flatten() {
            println!("  {}  {}  {} ms", text(&failed["at"]), text(&failed["detail"]), failed["took_ms"]);
        }
        println!("{:#}", told["message"]);
    } else if let Some(letters) = told["letters"].as_u64() {
        println!("{letters} letters wait again");
    } else if let Some(delivered) = told["delivered"].as_bool() {
        let words = if delivered { "arrived" } else { text(&told["detail"]) };
        println!("{}  {words}, {} ms", text(&told["id"]), told["took_ms"]);
    } else if told["url"].is_string() {
        show_line(told);
        if let Some(secret) = told["secret"].as_str() {
            println!("{secret}\nThis secret is shown once.");
        }
        if let Some(key) = told["public_key"].as_str() {
            println!("{key}");
        }
    } else {
        println!("done");
    }
}

fn show_line(hook: &Value) {
    let state = hook["off_why"].as_str().map_or_else(|| "on".into(), |why| format!("off: {why}"));
    println!(
        "{}  {}  {}  waiting {}, dead {}  {state}",
        text(&hook["id"]),
        text(&hook["name"]),
        text(&hook["url"]),
        hook["waiting"],
        hook["dead"]
    );
}

fn show_delivery(delivery: &Value) {
    println!(
        "{}  {}  {} {}  {}  attempts {}  {}",
        text(&delivery["at"]),
        text(&delivery["id"]),
        text(&delivery["carrier"]),
        text(&delivery["number"]),
        text(&delivery["state"]),
        delivery["attempts"],
        delivery["detail"].as_str().unwrap_or_default()
    );
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}
