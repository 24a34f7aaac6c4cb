//! `posthouse entry`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum EntryCommand {
    /// Takes a sheet (CSV or XLSX) of what a carrier said in.
    #[command(
        after_help = "Examples:\n  posthouse entry import kye 0120.xlsx --dry-run\n  posthouse entry import kye 0120.xlsx --errors refused.csv\n  posthouse entry import ane export.csv --column '货运单号=number' --column '扫描时间=time' --json\n\nFields: number, time (China's), node, text, place, signer, note. What a heading meant is remembered for the carrier's next sheet."
    )]
    Import {
        carrier: String,
        file: PathBuf,
        #[arg(long, default_value = "main")]
        account: String,
        /// Only says what would become of each row.
        #[arg(long)]
        dry_run: bool,
        /// Which heading is which field: `HEADING=FIELD`.
        #[arg(long = "column", value_parser = column)]
        columns: Vec<(String, String)>,
        /// Writes the refused rows here, with what is wrong with each.
        #[arg(long)]
        errors: Option<PathBuf>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Takes one row in.
    #[command(
        after_help = "Example:\n  posthouse entry add kye KY1234567890123 --time '2026-01-20 14:30' --node 签收 --signer 卫** --evidence 'call 4008-098-098, 15:02'"
    )]
    Add {
        carrier: String,
        number: String,
        /// China's: `2026-01-20 14:30`.
        #[arg(long)]
        time: String,
        /// The carrier's own word for the step.
        #[arg(long)]
        node: Option<String>,
        /// The carrier's wording.
        #[arg(long)]
        text: Option<String>,
        #[arg(long)]
        place: Option<String>,
        #[arg(long)]
        signer: Option<String>,
        #[arg(long)]
        note: Option<String>,
        /// Where it is from.
        #[arg(long)]
        evidence: Option<String>,
        #[arg(long, default_value = "main")]
        account: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lists parcels that people follow up, by the time somebody should ask about them.
    #[command(after_help = "Example:\n  posthouse entry worklist --carrier kye --json")]
    Worklist {
        #[arg(long)]
        carrier: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// From the page before.
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Decides about a row that the carrier contradicts.
    #[command(after_help = "Examples:\n  posthouse entry decide 17 keep\n  posthouse entry decide 17 withdraw")]
    Decide {
        /// From the worklist.
        entry: u64,
        #[arg(value_parser = ["keep", "withdraw"])]
        what: String,
        #[command(flatten)]
        remote: Remote,
    },
}

fn column(text: &str) -> Result<(String, String), String> {
    let (heading, field) = text.split_once('=').ok_or("write HEADING=FIELD, as in 单号=number")?;
    Ok((heading.trim().to_owned(), field.trim().to_owned()))
}

impl EntryCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let told = match self {
            Self::Import { carrier, file, account, dry_run, columns, errors, remote } => {
                let told = import(&context, &remote, &carrier, &file, &account, dry_run, &columns).await?;
                if let (Some(path), Some(sheet)) = (&errors, told["errors"].as_str()) {
                    std::fs::write(path, sheet).with_context(|| format!("cannot write {}", path.display()))?;
                }
                told
            }
            Self::Add { carrier, number, time, node, text, place, signer, note, evidence, account, remote } => {
                let given = [("node", node), ("text", text), ("place", place), ("signer", signer), ("note", note)];
                let mut row: BTreeMap<&str, String> = given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
                row.extend([("number", number), ("time", time)]);
                let body = json!({ "carrier": carrier, "account": account, "rows": [row], "evidence": evidence });
                remote.ask(&context, Method::POST, &["entries"], &[], Some(&body)).await?
            }
            Self::Worklist { carrier, limit, cursor, remote } => {
                let limit = limit.to_string();
                let mut query = vec![("limit", limit.as_str())];
                query.extend(
                    [("carrier", &carrier), ("cursor", &cursor)].into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))),
                );
                remote.ask(&context, Method::GET, &["worklist"], &query, None).await?
            }
            Self::Decide { entry, what, remote } => {
                remote.ask(&context, Method::POST, &["entries", &entry.to_string(), &what], &[], None).await?
            }
        };
        if context.json {
            print_json(&told)?;
        } else {
            show(&told);
        }
        Ok(if told["refused"].as_u64().is_some_and(|refused| refused > 0) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

async fn import(
    context: &Context,
    remote: &Remote,
    carrier: &str,
    file: &PathBuf,
    account: &str,
    dry_run: bool,
    columns: &[(String, String)],
) -> anyhow::Result<Value> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let told: BTreeMap<_, _> = columns.iter().cloned().collect();
    let (dry_run, told) = (dry_run.to_string(), json!(told).to_string());
    let mut query = vec![("carrier", carrier), ("account", account), ("name", &name), ("dry_run", &dry_run)];
    if !columns.is_empty() {
        query.push(("columns", &told));
    }
    remote.send(context, &["entries", "sheet"], &query, bytes).await
}

fn show(told: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    for row in told["results"].as_array().into_iter().flatten().filter(|row| row["verdict"] == "refused") {
        let line = row["line"].as_u64().map(|line| format!("line {line}: ")).unwrap_or_default();
        eprintln!("{line}{}", text(&row["why"]));
    }
    if told["entered"].is_u64() {
        let tried = if told["rows"].is_u64() && told["id"].is_null() { " (only tried)" } else { "" };
        println!("{} entered, {} known already, {} refused{tried}", told["entered"], told["repeated"], told["refused"]);
    }
    for work in told["parcels"].as_array().into_iter().flatten() {
        let (parcel, late) = (&work["parcel"], if work["late"] == true { "  LATE" } else { "" });
        let (carrier, number, status) = (text(&parcel["carrier"]), text(&parcel["number"]), text(&parcel["status"]));
        println!("{carrier} {number}  {status:<20} {:<12} due {}{late}", text(&work["why"]), text(&work["due"]));
        for row in work["disputed"].as_array().into_iter().flatten() {
            println!(
                "  row {}: {} {} {} (typed by {})",
                row["entry"],
                text(&row["at"]),
                text(&row["status"]),
                text(&row["text"]),
                text(&row["by"])
            );
        }
    }
    if let Some(next) = told["next"].as_str() {
        println!("more: --cursor {next}");
    }
    if told["message"].is_object() {
        println!("{} {}  {}", text(&told["carrier"]), text(&told["number"]), text(&told["message"]["zh"]));
    }
}
