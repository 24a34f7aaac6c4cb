//! `posthouse adapter check`: what an author wants to know before publishing.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use posthouse_registry::Package;
use posthouse_sdk::manifest::Interface;
use posthouse_sdk::replay::{Meaning, Recorded};
use reqwest::Method;
use serde_json::json;

use super::remote::Remote;
use super::{Context, adapter, eligible, print_json};
use crate::converse;
use crate::replay::{self, Look, Replayed};
use crate::sandbox::types::{Cell, Delivery, Heard, HttpReply, PageReply, Pair, Reply};
use crate::sandbox::{Adapter, Sandbox};
use crate::vault::Secrets;

/// Checks contract, manifest, purity and recorded answers. Exit 1 if something is wrong.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter check sf --recorded adapters/sf/recorded\n  posthouse adapter check target/adapters/sf@1.0.0.wasm\n  posthouse adapter check sto --snapshots snapshots --record"
)]
pub struct Check {
    /// An id from the adapters folder, or a file.
    adapter: String,
    /// Recorded answers that must still mean what they say.
    #[arg(long)]
    recorded: Option<PathBuf>,
    /// Kept pages (NUMBER.html, NUMBER.ENDPOINT): the page must have one structure on all of them.
    #[arg(long)]
    snapshots: Option<PathBuf>,
    /// Tells a running host what was found of the snapshots.
    #[arg(long, requires = "snapshots")]
    record: bool,
    #[command(flatten)]
    remote: Remote,
}

/// Fresh instances that must answer alike.
const RUNS: usize = 20;

impl Check {
    pub async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let package: Package = adapter::find(context, &self.adapter)?;
        let adapter = Sandbox::uncached(&context.config.sandbox)?.load(&package)?;
        let mut findings = vec![];
        let mut replayed = 0;
        if !is_pure(&adapter) {
            findings.push(format!("`ask` is not pure: {RUNS} fresh instances differ for the same task"));
        }
        if let Some(folder) = &self.recorded {
            for file in files(folder)? {
                replayed += 1;
                findings.extend(differs(&adapter, &file)?);
            }
        }
        let page = match &self.snapshots {
            Some(folder) => Some(eligible::check(context, &adapter, folder).await?),
            None => None,
        };
        if let (Some(page), true) = (&page, self.record) {
            let carrier = &package.manifest.id;
            let found = json!({ "reason": page.words });
            self.remote.ask(context, Method::POST, &["pages", carrier, "check"], &[], Some(&found)).await?;
        }
        findings.extend(page.iter().flat_map(|page| page.findings.iter().cloned()));
        let good = findings.is_empty();
        if context.json {
            print_json(
                &json!({ "release": package.manifest.release(), "good": good, "replayed": replayed, "findings": findings, "bytes": package.bytes.len(),
                    "snapshots": page.as_ref().map(|p| p.snapshots), "page": page.as_ref().map(|p| &p.words) }),
            )?;
        } else {
            findings.iter().for_each(|finding| println!("BAD {finding}"));
            page.iter().for_each(|page| println!("{}", page.words));
            println!(
                "{}: {} recorded answers replayed, {} findings, {} bytes",
                package.manifest.release(),
                replayed,
                findings.len(),
                package.bytes.len()
            );
        }
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The same task gives the same request, in every fresh instance.
fn is_pure(adapter: &Adapter) -> bool {
    if !adapter.manifest.has(Interface::Tracking) {
        return true;
    }
    let secrets = Arc::new(replay::own_names(&adapter.manifest));
    let mut task = converse::task(&[], 1_770_000_000_000);
    task.nonce = vec![7; 16];
    task.parcels = vec![crate::sandbox::types::Parcel { number: "0".into(), phone_tail: None, shipped_at: None, extra: vec![] }];
    let first = adapter.ask(&secrets, &task).0;
    (1..RUNS).all(|_| adapter.ask(&secrets, &task).0 == first)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?.map(|f| f.map(|f| f.path())).collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "json"));
    files.sort();
    Ok(files)
}

/// How a recorded file no longer means what it says.
fn differs(adapter: &Adapter, file: &Path) -> anyhow::Result<Option<String>> {
    let recorded = Recorded::load(file).map_err(anyhow::Error::msg)?;
    let Some(found) = replayed(adapter, &recorded).with_context(|| file.display().to_string())? else { return Ok(None) };
    let (found, expected) = (normal(found.meaning), normal(recorded.expect));
    Ok((found != expected).then(|| format!("{}: found {}, expected {}", file.display(), json!(found), json!(expected))))
}

/// What a recorded look, push or row means; none for an interface that is not replayed.
pub(super) fn replayed(adapter: &Adapter, recorded: &Recorded) -> anyhow::Result<Option<Replayed>> {
    let secrets = Arc::new(secrets(adapter, recorded));
    let now = recorded.now();
    Ok(Some(match recorded.interface.as_str() {
        "tracking" => {
            let numbers: Vec<String> = recorded.task.parcels.iter().map(|p| p.number.clone()).collect();
            let tail = recorded.task.parcels.first().and_then(|p| p.phone_tail.clone());
            let replies = recorded.replies.iter().map(|r| reply(r.reply()));
            replay::look(adapter, &secrets, Look { numbers: &numbers, phone_tail: tail.as_deref(), replies: replies.collect(), now })
        }
        "push" => {
            let d = recorded.delivered().context("a recorded push has a delivery")?;
            let delivery =
                Delivery { method: d.method, path: d.path, query: pairs(&d.query), headers: pairs(&d.headers), body: d.body, now };
            replay::push(adapter, &secrets, &delivery)
        }
        "entry" => {
            let pairs: Vec<_> = recorded.row.iter().map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect();
            replay::enter(adapter, &pairs, now)
        }
        _ => return Ok(None),
    }))
}

fn pairs(list: &[posthouse_sdk::Pair]) -> Vec<Pair> {
    list.iter().map(|p| Pair { name: p.name.clone(), value: p.value.clone() }).collect()
}

/// The SDK's shape of an answer as the sandbox's.
fn reply(recorded: posthouse_sdk::Reply) -> Reply {
    let cell = |c: posthouse_sdk::Cell| Cell { name: c.name, value: c.value, unsure: c.unsure };
    let cells = |cells: Vec<posthouse_sdk::Cell>| cells.into_iter().map(cell).collect::<Vec<_>>();
    let heard = |h: posthouse_sdk::Heard| Heard { endpoint: h.endpoint, status: h.status, body: h.body, charset: h.charset };
    match recorded {
        posthouse_sdk::Reply::Http(h) => {
            Reply::Http(HttpReply { status: h.status, headers: pairs(&h.headers), body: h.body, charset: h.charset })
        }
        posthouse_sdk::Reply::Page(p) => Reply::Page(PageReply {
            status: p.status,
            title: p.title,
            url: p.url,
            marks: p.marks,
            rows: p.rows.into_iter().map(cells).collect(),
            facts: cells(p.facts),
            heard: p.heard.into_iter().map(heard).collect(),
        }),
    }
}

/// Only meaning counts: not a fault's wording, nor the order of parcels in a batch, nor how an
/// absent signature is written.
fn normal(mut meaning: Meaning) -> Meaning {
    meaning.tracks.sort_by(|a, b| a.number.cmp(&b.number));
    meaning.verified = meaning.verified.flatten().map(Some);
    if let Some(fault) = &mut meaning.fault {
        fault.detail.clear();
        fault.number = None;
        fault.retry_after = None;
    }
    meaning
}

fn secrets(adapter: &Adapter, recorded: &Recorded) -> Secrets {
    // A look may be at a page or at an interface, whose secrets matter to nobody here. A push to an
    // account without a credential is a push that nobody can verify.
    if recorded.credential.is_empty() && recorded.interface != "push" {
        return replay::own_names(&adapter.manifest);
    }
    let values = recorded.credential.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    Secrets::new(1, adapter.manifest.clone(), values)
}
