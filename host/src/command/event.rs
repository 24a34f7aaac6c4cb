//! `posthouse event`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::Value;

use super::Context;
use super::remote::Remote;

#[derive(Debug, Subcommand)]
pub enum EventCommand {
    /// Prints what changes until it is interrupted.
    #[command(
        after_help = "Examples:\n  posthouse event tail\n  posthouse event tail --carrier sf --status delivered --json\n  posthouse event tail --after evt_1f2e3d4c_17\n  posthouse event tail --after 0 --count 10"
    )]
    Tail {
        /// Only these carriers.
        #[arg(long = "carrier")]
        carriers: Vec<String>,
        /// Only these statuses, and what begins with them.
        #[arg(long = "status")]
        statuses: Vec<String>,
        /// The last event that was seen; 0: from the oldest that is kept.
        #[arg(long)]
        after: Option<String>,
        /// Ends after so many.
        #[arg(long)]
        count: Option<usize>,
        #[command(flatten)]
        remote: Remote,
    },
}

impl EventCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let Self::Tail { carriers, statuses, after, count, remote } = self;
        let (carriers, statuses) = (carriers.join(","), statuses.join(","));
        let mut query = vec![("carriers", carriers.as_str()), ("statuses", statuses.as_str())];
        query.extend(after.as_deref().map(|after| ("after", after)));
        query.retain(|(_, value)| !value.is_empty());
        let mut answer = remote.open(&context, &["events", "stream"], &query).await?;
        let (mut left, mut lines) = (count.unwrap_or(usize::MAX), vec![]);
        while let Some(piece) = answer.chunk().await? {
            lines.extend_from_slice(&piece);
            while let Some(end) = lines.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = lines.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                let Some(data) = line.strip_prefix("data:").map(str::trim) else { continue };
                show(data, context.json)?;
                left -= 1;
                if left == 0 {
                    return Ok(ExitCode::SUCCESS);
                }
            }
        }
        anyhow::bail!("the host ended the stream; go on with --after and the last id")
    }
}

fn show(data: &str, json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let Ok(told) = serde_json::from_str::<Value>(data) else {
        // A word for people: that something between is not kept any more.
        eprintln!("{data}");
        return Ok(());
    };
    if json {
        writeln!(out, "{told}")?;
    } else {
        let (data, parcel) = (&told["data"], &told["data"]["parcel"]);
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let last = data["events"].as_array().and_then(|events| events.last());
        let words = last.map(|event| text(&event["text"])).unwrap_or_default();
        let (at, id) = (text(&told["timestamp"]), text(&data["id"]));
        writeln!(out, "{at}  {id}  {} {}  {}  {words}", text(&parcel["carrier"]), text(&parcel["number"]), text(&data["status"]))?;
    }
    Ok(out.flush()?)
}
