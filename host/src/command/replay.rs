//! `posthouse adapter replay`: reads an answer again, offline, and prints what it means.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use posthouse_sdk::http::form_encode;
use posthouse_sdk::manifest::Manifest;
use posthouse_sdk::replay::Recorded;

use super::{Context, adapter, print_json};
use crate::replay::{self, Look};
use crate::sandbox::Sandbox;
use crate::sandbox::types::{Delivery, HttpReply, Pair, Reply};
use crate::vault::{Credentials, Secrets};

/// Feeds recorded answers to an adapter. Exit 0 when the adapter answered, whatever it answered.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter replay --adapter sf --number SF1234567890123 --reply answer.json --json\n  posthouse adapter replay --adapter zto --push --field data=push.json --json\n  posthouse adapter replay --adapter sto --recorded adapters/sto/recorded/signed.json"
)]
pub struct Replay {
    /// An id from the adapters folder, or a file.
    #[arg(long)]
    adapter: String,
    /// The number that was asked; repeat it for a batch.
    #[arg(long)]
    number: Vec<String>,
    /// The whole body of the carrier's answer; repeat it for further rounds. With --push, the push's body.
    #[arg(long)]
    reply: Vec<PathBuf>,
    /// A recorded file, as the adapter's tests have them, instead of number and reply.
    #[arg(long, conflicts_with_all = ["number", "reply", "push"])]
    recorded: Option<PathBuf>,
    #[arg(long, default_value_t = 200)]
    http_status: u16,
    /// `name:value`, repeated.
    #[arg(long, value_parser = split_colon)]
    header: Vec<(String, String)>,
    #[arg(long)]
    phone_tail: Option<String>,
    #[arg(long, default_value = "main")]
    account: String,
    /// Credential values: `[carrier.account]` tables, or plain `name = "value"` lines. Without it each secret is its own name.
    #[arg(long)]
    credential: Option<PathBuf>,
    /// The reply is a push of the carrier.
    #[arg(long)]
    push: bool,
    /// The push's body is urlencoded.
    #[arg(long, requires = "push")]
    form: bool,
    /// `name=FILE`: builds the push's form from values, repeated.
    #[arg(long, value_parser = split_equals, requires = "push")]
    field: Vec<(String, String)>,
    /// `name=value` in the push's address, repeated.
    #[arg(long, value_parser = split_equals, requires = "push")]
    query: Vec<(String, String)>,
}

fn split_colon(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write name:value")?;
    Ok((name.trim().to_lowercase(), value.trim().to_owned()))
}

fn split_equals(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Replay {
    pub fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let package = adapter::find(context, &self.adapter)?;
        let sandbox = Sandbox::uncached(&context.config.sandbox)?;
        let adapter = sandbox.load(&package)?;
        let secrets = Arc::new(self.secrets(&adapter.manifest)?);
        let now = jiff::Timestamp::now().as_millisecond();
        let replayed = if let Some(file) = &self.recorded {
            let recorded = Recorded::load(file).map_err(anyhow::Error::msg)?;
            replay::recorded(&adapter, &recorded)?.with_context(|| format!("`{}` is not replayed", recorded.interface))?
        } else if self.push {
            replay::push(&adapter, &secrets, &self.delivery(now)?)
        } else {
            anyhow::ensure!(!self.number.is_empty(), "--number says which parcel was asked for");
            anyhow::ensure!(!self.reply.is_empty(), "--reply names the file with the carrier's answer");
            let replies = self.reply.iter().map(|file| self.reply_of(file)).collect::<anyhow::Result<_>>()?;
            replay::look(&adapter, &secrets, Look { numbers: &self.number, phone_tail: self.phone_tail.as_deref(), replies, now })
        };
        let mut told = serde_json::json!(replayed.meaning);
        told["verdicts"] = serde_json::json!(replayed.verdicts);
        if context.json {
            print_json(&told)?;
        } else {
            println!("{}", serde_json::to_string_pretty(&told)?);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn reply_of(&self, file: &Path) -> anyhow::Result<Reply> {
        let body = read(file)?;
        let headers = self.headers();
        Ok(Reply::Http(HttpReply { status: self.http_status, headers, body, charset: None }))
    }

    fn headers(&self) -> Vec<Pair> {
        self.header.iter().map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect()
    }

    fn delivery(&self, now: i64) -> anyhow::Result<Delivery> {
        let mut headers = self.headers();
        let body = if self.field.is_empty() {
            read(self.reply.first().context("--reply names the file with the push's body; or give --field")?)?
        } else {
            let field = |(name, file): &(String, String)| Ok(format!("{}={}", form_encode(name), form_encode(read(Path::new(file))?)));
            self.field.iter().map(field).collect::<anyhow::Result<Vec<_>>>()?.join("&").into_bytes()
        };
        if (self.form || !self.field.is_empty()) && !headers.iter().any(|h| h.name == "content-type") {
            headers.push(Pair { name: "content-type".into(), value: "application/x-www-form-urlencoded".into() });
        }
        let query = self.query.iter().map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect();
        Ok(Delivery { method: "POST".into(), path: "/".into(), query, headers, body, now })
    }

    fn secrets(&self, manifest: &Arc<Manifest>) -> anyhow::Result<Secrets> {
        let Some(file) = &self.credential else { return Ok(replay::own_names(manifest)) };
        let text = String::from_utf8(read(file)?).context("the credential file is not UTF-8")?;
        let fields = Credentials::one(&text, &manifest.id, &self.account)?;
        Ok(Secrets::new(1, manifest.clone(), fields))
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}
