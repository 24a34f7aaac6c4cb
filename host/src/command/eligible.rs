//! Whether a page is one that can be read: the same structure on every snapshot, no login, and the
//! whole track on one page. The snapshots are rendered by the real browser, without their scripts.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::routing::get;

use super::Context;
use crate::converse;
use crate::fetch::Pages;
use crate::judge;
use crate::sandbox::Adapter;
use crate::sandbox::types::{Heard, PageReply, PageRequest, Parcel, Reading, Reply, Want};
use crate::vault::Secrets;

/// Fewer say nothing about stability.
const LEAST: usize = 3;

/// What was found.
pub struct Eligibility {
    pub snapshots: usize,
    pub findings: Vec<String>,
    /// For the record, in one line.
    pub words: String,
}

/// One kept page: `NUMBER.html`, and `NUMBER.ENDPOINT` for what it fetched itself.
struct Snapshot {
    number: String,
    html: PathBuf,
}

/// Reads every snapshot of a folder as a look would.
pub async fn check(context: &Context, adapter: &Adapter, folder: &Path) -> anyhow::Result<Eligibility> {
    let snapshots = snapshots(folder)?;
    anyhow::ensure!(snapshots.len() >= LEAST, "{} snapshots in {}: at least {LEAST} are needed", snapshots.len(), folder.display());
    let pages = Pages::new(&context.config);
    let (mut findings, mut shapes) = (vec![], BTreeMap::<BTreeSet<String>, Vec<String>>::new());
    for snapshot in &snapshots {
        match read(&pages, adapter, snapshot, folder).await? {
            Ok(shape) => shapes.entry(shape).or_default().push(snapshot.number.clone()),
            Err(why) => findings.push(format!("{}: {why}", snapshot.number)),
        }
    }
    if shapes.len() > 1 {
        let told = |(shape, numbers): (&BTreeSet<String>, &Vec<String>)| format!("{} have {}", numbers.join(", "), list(shape));
        findings.push(format!("not the same structure: {}", shapes.iter().map(told).collect::<Vec<_>>().join("; ")));
    }
    let fields = shapes.keys().next().map(list).unwrap_or_default();
    let release = adapter.manifest.release();
    let words = if findings.is_empty() {
        format!("eligible: {release} reads {} snapshots alike, {fields}, whole on one page, without a login", snapshots.len())
    } else {
        format!("not eligible: {release}, {} snapshots: {}", snapshots.len(), findings.join("; "))
    };
    Ok(Eligibility { snapshots: snapshots.len(), findings, words })
}

fn snapshots(folder: &Path) -> anyhow::Result<Vec<Snapshot>> {
    let files = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut all = vec![];
    for file in files {
        let html = file?.path();
        if html.extension().is_some_and(|e| e == "html") {
            let number = html.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            all.push(Snapshot { number, html });
        }
    }
    all.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(all)
}

/// The fields that every row of it has, or why it is no track.
async fn read(pages: &Pages, adapter: &Adapter, snapshot: &Snapshot, folder: &Path) -> anyhow::Result<Result<BTreeSet<String>, String>> {
    let visitor = Arc::new(Secrets::new(1, adapter.manifest.clone(), BTreeMap::new()));
    let mut task = converse::task(&[], jiff::Timestamp::now().as_millisecond());
    task.parcels = vec![Parcel { number: snapshot.number.clone(), phone_tail: None, shipped_at: None, extra: vec![] }];
    let request = match adapter.ask_aside(&visitor, &task).0 {
        Ok(Want::Page(request)) => request,
        Ok(Want::Http(_)) => return Ok(Err("the adapter asks for no page".into())),
        Err(fault) => return Ok(Err(fault.to_string())),
    };
    let (at, server) = serve(std::fs::read(&snapshot.html)?).await?;
    let overrides = adapter.manifest.endpoints.keys().map(|name| (name.clone(), format!("http://{at}/{name}"))).collect();
    // What was typed and fetched is in the snapshot already.
    let still = PageRequest { steps: vec![], hears: vec![], ..request.clone() };
    let fetched = pages.perform(&still, &adapter.manifest, &overrides).await;
    server.abort();
    let page = match fetched.reply {
        Ok(Reply::Page(page)) => with_heard(page, &request, snapshot, folder),
        Ok(Reply::Http(_)) => return Ok(Err("no page".into())),
        Err(fault) => return Ok(Err(fault.to_string())),
    };
    let (shape, unsure) = (shape(&page), unsure_rows(&page));
    let outcome = match adapter.read_aside(&visitor, &task, &Reply::Page(page)).0 {
        Ok(Reading::Tracks(each)) => judge::outcomes(&adapter.manifest, &[&snapshot.number], Ok(each), task.now).remove(0),
        Ok(Reading::More(_)) => return Ok(Err("the adapter asks for a further page".into())),
        Err(fault) => Err(fault),
    };
    Ok(match outcome {
        Ok(track) if track.odd.len() > unsure => Err(format!("{} rows cannot be read: {}", track.odd.len(), track.odd[0])),
        Ok(_) => Ok(shape),
        Err(fault) => Err(fault.to_string()),
    })
}

fn with_heard(page: PageReply, request: &PageRequest, snapshot: &Snapshot, folder: &Path) -> PageReply {
    let heard = |endpoint: &String| {
        let body = std::fs::read(folder.join(format!("{}.{endpoint}", snapshot.number))).ok()?;
        Some(Heard { endpoint: endpoint.clone(), status: 200, body, charset: None })
    };
    PageReply { heard: request.hears.iter().filter_map(heard).collect(), ..page }
}

/// Fields that no row lacks, and endpoints that the page asked.
fn shape(page: &PageReply) -> BTreeSet<String> {
    let names = page.rows.iter().flatten().map(|cell| cell.name.clone()).collect::<BTreeSet<_>>();
    let lacks = |name: &String| page.rows.iter().any(|row| row.iter().any(|c| c.name == *name && c.value.is_empty() && !c.unsure));
    let heard = page.heard.iter().map(|h| format!("the answer of `{}`", h.endpoint));
    names.into_iter().filter(|name| !lacks(name)).chain(heard).collect()
}

/// Rows in which something drawn is not sure: that is no change of structure.
fn unsure_rows(page: &PageReply) -> usize {
    page.rows.iter().filter(|row| row.iter().any(|cell| cell.unsure)).count()
}

fn list(shape: &BTreeSet<String>) -> String {
    if shape.is_empty() { "no field in every row".into() } else { shape.iter().cloned().collect::<Vec<_>>().join(", ") }
}

/// One page at every address, and no script on it.
async fn serve(html: Vec<u8>) -> anyhow::Result<(std::net::SocketAddr, tokio::task::JoinHandle<()>)> {
    let page = move || async move {
        let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, "script-src 'none'")];
        (headers, html).into_response()
    };
    let app = Router::new().route("/robots.txt", get(async || "")).fallback(page);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let at = listener.local_addr()?;
    Ok((at, tokio::spawn(async move { axum::serve(listener, app).await.unwrap_or(()) })))
}
