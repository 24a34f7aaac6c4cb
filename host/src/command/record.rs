//! `posthouse adapter record`: asks a carrier once and writes what it said, without the people in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use posthouse_sdk::manifest::Interface;
use posthouse_sdk::replay::Recorded;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Context, adapter, print_json};
use crate::fault::Instant;
use crate::fetch::Http;
use crate::parcel::Account;
use crate::redact::Redactor;
use crate::replay;
use crate::sandbox::types::{HttpReply, Pair, Parcel, Reading, Reply, Request, Task, Want};
use crate::sandbox::{Adapter, Sandbox};
use crate::vault::{self, Credentials, Secrets};

/// Asks a carrier about one parcel, once, and writes a recorded answer with what it means. Names, phones, addresses and secrets
/// are replaced, the same one always by the same.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter record acme --number AC0123456789 --credential key.toml --out acme/recorded/mine.json\n  posthouse adapter record acme --number AC0123456789 --reply answer.json --out acme/recorded/mine.json   # an answer you have\n  posthouse adapter record acme --number AC0123456789 --credential key.toml --endpoint track=http://127.0.0.1:9000/track --out mine.json"
)]
pub struct Record {
    /// An id from the adapters folder, a release, or a file.
    adapter: String,
    #[arg(long)]
    number: String,
    /// The last four digits of the sender's or receiver's phone.
    #[arg(long)]
    phone_tail: Option<String>,
    /// The recorded file to write.
    #[arg(long)]
    out: PathBuf,
    /// Credential values: `[carrier.account]` tables, or plain `name = "value"` lines.
    #[arg(long)]
    credential: Option<PathBuf>,
    #[arg(long, default_value = "main")]
    account: String,
    /// NAME=URL: an endpoint somewhere else, such as a simulator's. Repeat it.
    #[arg(long, value_parser = split)]
    endpoint: Vec<(String, String)>,
    /// The carrier's answer, in a file: nobody is asked. Repeat it for further rounds.
    #[arg(long)]
    reply: Vec<PathBuf>,
    /// The number that stands in the file instead of the real one; an adapter must take it.
    #[arg(long = "as", value_name = "NUMBER")]
    stand_in: Option<String>,
    /// The same words give the same stand-ins in another file.
    #[arg(long)]
    salt: Option<String>,
}

fn split(text: &str) -> Result<(String, String), String> {
    let (name, url) = text.split_once('=').ok_or("write NAME=URL")?;
    Ok((name.to_owned(), url.to_owned()))
}

impl Record {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        anyhow::ensure!(!self.out.exists(), "{} is there already; name another file", self.out.display());
        let package = adapter::find(context, &self.adapter)?;
        let adapter = Sandbox::uncached(&context.config.sandbox)?.load(&package)?;
        anyhow::ensure!(adapter.manifest.has(Interface::Tracking), "{} has no `tracking`: nobody can be asked", self.adapter);
        anyhow::ensure!(adapter.accepts(&self.number), "{} is no number of {}", self.number, self.adapter);
        let fields = self.fields(&adapter)?;
        let secrets = Arc::new(Secrets::new(1, adapter.manifest.clone(), fields.clone()));
        let now = jiff::Timestamp::now().as_millisecond();
        let replies = if self.reply.is_empty() { self.asked(context, &adapter, &secrets, now).await? } else { self.read()? };
        let redactor = self.redactor(&fields);
        // A name that a later answer tells is a name in the first one, too.
        replies.iter().for_each(|reply| redactor.learn(&reply.body));
        let text = self.file(&adapter, &replies, &redactor, now)?;
        let parent = self.out.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(&self.out, text).with_context(|| format!("cannot write {}", self.out.display()))?;
        self.told(context, &redactor)
    }

    fn told(&self, context: &Context, redactor: &Redactor) -> anyhow::Result<()> {
        let replaced: BTreeMap<String, usize> =
            redactor.report().into_iter().map(|(kind, count)| (format!("{kind:?}").to_lowercase(), count)).collect();
        if context.json {
            return print_json(&json!({ "file": self.out, "replaced": replaced }));
        }
        let words: Vec<_> = replaced.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let words = if words.is_empty() { "nothing".into() } else { words.join(", ") };
        println!("{}  replaced: {words}\nread it before you commit it: what it means is in `expect`", self.out.display());
        Ok(())
    }

    fn fields(&self, adapter: &Adapter) -> anyhow::Result<BTreeMap<String, SecretString>> {
        let Some(file) = &self.credential else { return Ok(BTreeMap::new()) };
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let fields = Credentials::one(&text, &adapter.manifest.id, &self.account)?;
        let account = Account::new(&adapter.manifest.id, &self.account);
        vault::check(&account, 1, fields.clone(), &adapter.manifest)?;
        Ok(fields)
    }

    /// What the carrier answers, a round after the other, with the echoes of secrets masked.
    async fn asked(&self, context: &Context, adapter: &Adapter, secrets: &Arc<Secrets>, now: Instant) -> anyhow::Result<Vec<HttpReply>> {
        let http = Http::new(&context.config.fetch)?;
        let endpoints: BTreeMap<String, String> = self.endpoint.iter().cloned().collect();
        let mut secrets = secrets.clone();
        if secrets.wants_session(now) {
            let task = Task { parcels: vec![], ..self.task(now) };
            let want = adapter.ask_session(&secrets, &task).0.map_err(said)?;
            let fetched = http.perform(&request(want)?, &adapter.manifest, &secrets, &endpoints, now).await;
            fetched.reply.map_err(said)?;
            secrets = Arc::new(secrets.with_captured(fetched.captured.into_iter().collect()));
        }
        let mut task = self.task(now);
        let mut want = adapter.ask(&secrets, &task).0.map_err(said)?;
        let mut replies = vec![];
        for round in 0..3 {
            task.round = round;
            let fetched = http.perform(&request(want)?, &adapter.manifest, &secrets, &endpoints, now).await;
            let Reply::Http(reply) = fetched.reply.map_err(said)? else { anyhow::bail!("a page instead of an answer") };
            replies.push(reply.clone());
            match adapter.read_aside(&secrets, &task, &Reply::Http(reply)).0 {
                Ok(Reading::More((next, memo))) => {
                    want = next;
                    task.memo = memo;
                }
                // A fault is worth recording, too.
                Ok(Reading::Tracks(_)) | Err(_) => break,
            }
        }
        Ok(replies)
    }

    fn read(&self) -> anyhow::Result<Vec<HttpReply>> {
        let read = |file: &PathBuf| {
            let body = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            Ok(HttpReply { status: 200, headers: vec![], body, charset: None })
        };
        self.reply.iter().map(read).collect()
    }

    fn task(&self, now: Instant) -> Task {
        let parcel = Parcel { number: self.number.clone(), phone_tail: self.phone_tail.clone(), shipped_at: None, extra: vec![] };
        Task { parcels: vec![parcel], now, nonce: rand::random::<[u8; 16]>().to_vec(), round: 0, memo: vec![] }
    }

    fn redactor(&self, fields: &BTreeMap<String, SecretString>) -> Redactor {
        let salt = self.salt.as_ref().map_or_else(rand::random, |words| *blake3::hash(words.as_bytes()).as_bytes());
        let secrets = fields.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect();
        let keep = std::iter::once(self.number.clone()).chain(self.phone_tail.clone()).collect();
        Redactor::new(salt, secrets, keep)
    }

    /// The file's text: first without what it means, then with what the adapter makes of that.
    fn file(&self, adapter: &Adapter, replies: &[HttpReply], redactor: &Redactor, now: Instant) -> anyhow::Result<String> {
        let number = self.stand_in.as_ref().unwrap_or(&self.number);
        anyhow::ensure!(adapter.accepts(number), "{number} is no number of {}", self.adapter);
        let renumbered = |body: Vec<u8>| match (&self.stand_in, String::from_utf8(body)) {
            (Some(number), Ok(text)) => text.replace(&self.number, number).into_bytes(),
            (_, Ok(text)) => text.into_bytes(),
            (_, Err(bytes)) => bytes.into_bytes(),
        };
        let mut kept: Vec<Box<RawValue>> = vec![];
        for reply in replies {
            let body = renumbered(redactor.body(&reply.body));
            kept.push(raw(&reply_text(reply, &body)?)?);
        }
        let mut parcel = json!({ "number": number });
        if let Some(tail) = &self.phone_tail {
            parcel["phone_tail"] = json!(tail);
        }
        let invented = adapter.manifest.credential.iter().filter(|(_, field)| !field.captured);
        let credential: BTreeMap<&String, String> = invented.map(|(name, _)| (name, format!("invented-{name}"))).collect();
        let about = "recorded by `posthouse adapter record`; people, phones and addresses are invented";
        let at = jiff::Timestamp::from_millisecond(now)?.to_string();
        let written = |expect: &Value| -> anyhow::Result<String> {
            let file =
                json!({ "about": about, "interface": "tracking", "task": { "now": at, "parcels": [parcel] }, "credential": credential });
            let head = serde_json::to_string_pretty(&file)?;
            let head = head.trim_end().trim_end_matches('}').trim_end();
            let replies: Vec<_> = kept.iter().map(|reply| format!("    {reply}")).collect();
            let expect = serde_json::to_string_pretty(expect)?.replace('\n', "\n  ");
            Ok(format!("{head},\n  \"replies\": [\n{}\n  ],\n  \"expect\": {expect}\n}}\n", replies.join(",\n")))
        };
        let nothing = json!({ "outcome": "" });
        let recorded: Recorded = serde_json::from_str(&written(&nothing)?)?;
        let found = replay::recorded(adapter, &recorded)?.context("a look is replayed")?;
        written(&json!(found.meaning))
    }
}

/// One answer as it stands in the file: JSON stays JSON, anything else is a text.
fn reply_text(reply: &HttpReply, body: &[u8]) -> anyhow::Result<String> {
    let content_type = reply.headers.iter().find(|header: &&Pair| header.name == "content-type");
    let headers: BTreeMap<&str, &str> = content_type.iter().map(|header| (header.name.as_str(), header.value.as_str())).collect();
    let text = std::str::from_utf8(body).context("the answer is not UTF-8: such answers are recorded by hand")?;
    let body = match serde_json::from_str::<&RawValue>(text) {
        Ok(json) if text.trim_start().starts_with(['{', '[']) => json.get().to_owned(),
        _ => serde_json::to_string(text)?,
    };
    Ok(format!("{{ \"status\": {}, \"headers\": {}, \"body\": {body} }}", reply.status, serde_json::to_string(&headers)?))
}

fn raw(text: &str) -> anyhow::Result<Box<RawValue>> {
    Ok(RawValue::from_string(text.to_owned())?)
}

fn request(want: Want) -> anyhow::Result<Request> {
    match want {
        Want::Http(request) => Ok(request),
        Want::Page(_) => anyhow::bail!("with this credential the adapter reads a page: `posthouse page snapshots` keeps those"),
    }
}

fn said(fault: crate::fault::Fault) -> anyhow::Error {
    anyhow::anyhow!("{fault}")
}
