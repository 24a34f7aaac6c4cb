//! `posthouse notice`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::task;
use super::{Context, print_json};

#[derive(Debug, Subcommand)]
pub enum NoticeCommand {
    /// Lists what was announced, the newest first.
    List(List),
    /// Shows one: its words, what was read in them, its versions.
    #[command(after_help = "Example:\n  posthouse notice show no_01…")]
    Show {
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Shows what was edited, from one version to another.
    #[command(after_help = "Examples:\n  posthouse notice diff no_01…\n  posthouse notice diff no_01… --from 1 --to 3 --json")]
    Diff {
        id: String,
        /// The one before `--to` if left out.
        #[arg(long)]
        from: Option<i64>,
        /// The last if left out.
        #[arg(long)]
        to: Option<i64>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lists where announcements come from, and how each source is doing.
    #[command(after_help = "Examples:\n  posthouse notice sources\n  posthouse notice sources --json")]
    Sources {
        #[command(flatten)]
        remote: Remote,
    },
    /// Looks at a source now.
    #[command(after_help = "Example:\n  posthouse notice look deppon-bulletin.open")]
    Look {
        source: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lists what announcements, and signs in live traffic, ask somebody to see to; the newest first.
    #[command(
        after_help = "Examples:\n  posthouse notice tasks --open\n  posthouse notice tasks --carrier deppon --kind auth-change --json"
    )]
    Tasks {
        /// Only what nobody took yet.
        #[arg(long)]
        open: bool,
        #[arg(long)]
        carrier: Option<String>,
        /// Of a notice, or of a sign: sunset, deprecated, redirect, gone, certificate, shape.
        #[arg(long)]
        kind: Option<String>,
        /// `next` of the page before.
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Shows one task: what was read, what it will break, what stands ready.
    #[command(after_help = "Example:\n  posthouse notice task tk_01…")]
    Task {
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Takes a task, on the record.
    #[command(after_help = "Example:\n  posthouse notice ack tk_01… --reason '3.2.0 is on its way'")]
    Ack {
        id: String,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lets a source be asked again that refused, or asked for a person.
    #[command(after_help = "Example:\n  posthouse notice resume deppon-bulletin.open --reason 'they unblocked our address'")]
    Resume {
        source: String,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  posthouse notice list --open\n  posthouse notice list --carrier deppon --kind retirement --json")]
pub struct List {
    /// About this carrier, those for everybody included.
    #[arg(long)]
    carrier: Option<String>,
    /// With a reading of this kind: retirement, host-change, auth-change, field-change, limit-change, outage, holiday.
    #[arg(long)]
    kind: Option<String>,
    /// Of one source.
    #[arg(long)]
    source: Option<String>,
    /// Only what is on its site still, and of several with one text the first.
    #[arg(long)]
    open: bool,
    /// `next` of the page before.
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

impl NoticeCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let (told, show): (Value, fn(&Value)) = match self {
            Self::List(list) => (list.ask(&context).await?, show_list),
            Self::Show { id, remote } => (remote.ask(&context, Method::GET, &["notices", &id], &[], None).await?, show_one),
            Self::Tasks { open, carrier, kind, cursor, remote } => {
                let open = open.then(|| "true".to_owned());
                let query = [("open", &open), ("carrier", &carrier), ("kind", &kind), ("cursor", &cursor)];
                let query: Vec<_> = query.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
                (remote.ask(&context, Method::GET, &["tasks"], &query, None).await?, task::show_list)
            }
            Self::Task { id, remote } => (remote.ask(&context, Method::GET, &["tasks", &id], &[], None).await?, task::show_one),
            Self::Ack { id, reason, remote } => {
                let body = json!({ "reason": reason });
                (remote.ask(&context, Method::POST, &["tasks", &id, "ack"], &[], Some(&body)).await?, task::show_one)
            }
            Self::Diff { id, from, to, remote } => {
                let given = [("from", from), ("to", to)].into_iter().filter_map(|(name, n)| Some((name, n?.to_string())));
                let given: Vec<_> = given.collect();
                let query: Vec<_> = given.iter().map(|(name, n)| (*name, n.as_str())).collect();
                let told = remote.ask(&context, Method::GET, &["notices", &id], &query, None).await?;
                (told["difference"].clone(), show_difference)
            }
            Self::Sources { remote } => (remote.ask(&context, Method::GET, &["notices", "sources"], &[], None).await?, show_sources),
            Self::Look { source, remote } => {
                (remote.ask(&context, Method::POST, &["notices", "sources", &source, "look"], &[], None).await?, show_source)
            }
            Self::Resume { source, reason, remote } => {
                let why = json!({ "reason": reason });
                remote.ask(&context, Method::POST, &["notices", "sources", &source, "resume"], &[], Some(&why)).await?;
                (json!({ "source": source, "resumed": true }), |told| println!("{} is asked again", text(&told["source"])))
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

impl List {
    async fn ask(&self, context: &Context) -> anyhow::Result<Value> {
        let given = [("carrier", &self.carrier), ("kind", &self.kind), ("source", &self.source), ("cursor", &self.cursor)];
        let mut query: Vec<_> = given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
        query.extend(self.open.then_some(("open", "true")));
        self.remote.ask(context, Method::GET, &["notices"], &query, None).await
    }
}

fn show_list(told: &Value) {
    let notices = told["notices"].as_array().map(Vec::as_slice).unwrap_or_default();
    if notices.is_empty() {
        println!("none");
    }
    for notice in notices {
        let at = notice["published_at"].as_str().unwrap_or(text(&notice["seen_at"]));
        println!("{}  {at}  {}  {}{}", text(&notice["id"]), text(&notice["source"]), text(&notice["title"]), marks(notice));
    }
    if let Some(next) = told["next"].as_str() {
        println!("more with --cursor {next}");
    }
}

/// What a title does not tell.
fn marks(notice: &Value) -> String {
    let mut marks: Vec<String> = kinds(notice);
    if notice["versions"].as_i64().is_some_and(|versions| versions > 1) {
        marks.push(format!("version {} of {}", notice["version"], notice["versions"]));
    }
    marks.extend(notice["same_as"].as_str().map(|first| format!("same as {first}")));
    marks.extend(notice["gone_at"].as_str().map(|_| "gone".to_owned()));
    if marks.is_empty() { String::new() } else { format!("  ({})", marks.join(", ")) }
}

fn kinds(notice: &Value) -> Vec<String> {
    notice["readings"].as_array().into_iter().flatten().map(|reading| text(&reading["kind"]).to_owned()).collect()
}

fn show_one(told: &Value) {
    println!("{}{}\n{}  {}", text(&told["title"]), marks(told), text(&told["source"]), text(&told["url"]));
    let after = told["published_to_read_ms"].as_i64().map_or_else(String::new, |ms| format!(", {} s after publication", ms / 1000));
    println!("published {}, seen {}, read {}{after}", text(&told["published_at"]), text(&told["seen_at"]), text(&told["read_at"]));
    for reading in told["readings"].as_array().into_iter().flatten() {
        println!("  {} {} {}", text(&reading["kind"]), text(&reading["effective"]["date"]), reading["names"]);
    }
    println!("\n{}", text(&told["text"]));
}

fn show_difference(told: &Value) {
    if told.is_null() {
        return println!("one version only");
    }
    println!("version {} to {}", told["from"], told["to"]);
    for line in told["lines"].as_array().into_iter().flatten() {
        println!("{} {}", text(&line["sign"]), text(&line["text"]));
    }
}

fn show_sources(told: &Value) {
    let sources = told["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
    if sources.is_empty() {
        println!("none: no bulletin is in the adapters' folder");
    }
    sources.iter().for_each(show_source);
}

fn show_source(source: &Value) {
    let detail = source["detail"].as_str().map_or_else(String::new, |detail| format!(": {detail}"));
    println!(
        "{:<28} {:<8} {}{detail}  looked {}  newest {}  {} notices, {} of {} looks not modified",
        text(&source["source"]),
        text(&source["state"]),
        text(&source["outcome"]),
        text(&source["looked_at"]),
        text(&source["newest_at"]),
        source["notices"],
        source["not_modified"],
        source["looks"]
    );
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}
