//! `posthouse parcel`.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum ParcelCommand {
    /// Registers numbers: they are looked at until they have arrived.
    #[command(
        after_help = "Examples:\n  posthouse parcel add sf SF1234567890123 --phone-tail 1234\n  posthouse parcel add zto 73100000000001 73100000000002 --account shop2"
    )]
    Add {
        carrier: String,
        /// In yuan; valuable parcels need a picture of their delivery.
        #[arg(long)]
        declared_value: Option<String>,
        #[arg(required = true)]
        numbers: Vec<String>,
        #[arg(long, default_value = "main")]
        account: String,
        /// The last four digits of the consignee's phone, where the carrier asks for them.
        #[arg(long)]
        phone_tail: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Adds what somebody knows of a delivery.
    #[command(
        after_help = "Examples:\n  posthouse parcel evidence prc_… customer-denies --note 'rang at 18:40'\n  posthouse parcel evidence prc_… photo --reference https://files.example/1.jpg"
    )]
    Evidence {
        id: String,
        #[arg(value_parser = ["customer-confirms", "customer-denies", "clerk-confirms", "clerk-denies", "photo"])]
        kind: String,
        /// Where the picture or the record is.
        #[arg(long)]
        reference: Option<String>,
        #[arg(long)]
        note: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lists parcels in the order of registration.
    #[command(
        after_help = "Examples:\n  posthouse parcel list --carrier deppon --outcome credential-rejected\n  posthouse parcel list --limit 200 --cursor NEXT --json"
    )]
    List {
        #[arg(long)]
        carrier: Option<String>,
        #[arg(long)]
        status: Option<String>,
        /// `tracks`, or why the last look gave none.
        #[arg(long)]
        outcome: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// From the page before.
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
}

impl ParcelCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let told = match self {
            Self::Add { carrier, declared_value, numbers, account, phone_tail, remote } => {
                let one = |number: &String| json!({ "carrier": carrier, "account": account, "number": number, "phone_tail": phone_tail, "declared_value": declared_value });
                let parcels: Vec<Value> = numbers.iter().map(one).collect();
                remote.ask(&context, Method::POST, &["parcels"], &[], Some(&json!({ "parcels": parcels }))).await?
            }
            Self::Evidence { id, kind, reference, note, remote } => {
                let body = json!({ "kind": kind, "reference": reference, "note": note });
                let view = remote.ask(&context, Method::POST, &["parcels", &id, "evidence"], &[], Some(&body)).await?;
                json!({ "parcels": [view] })
            }
            Self::List { carrier, status, outcome, limit, cursor, remote } => {
                let limit = limit.to_string();
                let given = [("carrier", &carrier), ("status", &status), ("outcome", &outcome), ("cursor", &cursor)];
                let mut query: Vec<(&str, &str)> = given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
                query.push(("limit", &limit));
                remote.ask(&context, Method::GET, &["parcels"], &query, None).await?
            }
        };
        if context.json {
            print_json(&told)?;
        } else {
            show(&told);
        }
        let refused = told["results"].as_array().is_some_and(|results| results.iter().any(|one| one["error"].is_object()));
        Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn show(told: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    for one in told["results"].as_array().into_iter().flatten() {
        match one["error"]["detail"].as_str() {
            Some(why) => eprintln!("{} {}: {why}", text(&one["carrier"]), text(&one["number"])),
            None => println!("{} {}  {}", text(&one["carrier"]), text(&one["number"]), text(&one["id"])),
        }
    }
    for parcel in told["parcels"].as_array().into_iter().flatten() {
        println!(
            "{} {}  {:<18} {:<20} as of {}  {}",
            text(&parcel["carrier"]),
            text(&parcel["number"]),
            text(&parcel["status"]),
            text(&parcel["outcome"]),
            text(&parcel["as_of"]),
            text(&parcel["message"]["zh"])
        );
    }
    if let Some(next) = told["next"].as_str() {
        println!("more: --cursor {next}");
    }
}
