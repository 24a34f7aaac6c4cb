//! The same bytes in give the same bytes out: in every fresh instance, and under another credential.

use std::collections::BTreeSet;
use std::sync::Arc;

use posthouse_sdk::manifest::Interface;

use super::{File, Report, others};
use crate::replay;
use crate::sandbox::types::{Body, Field, Piece, Reply, Task, Want};
use crate::sandbox::{Adapter, Signatures};
use crate::vault::Secrets;

/// Fresh instances that must answer alike.
const RUNS: usize = 20;

/// Every recorded call, twenty times, and with another credential.
pub fn check(adapter: &Adapter, files: &[File], report: &mut Report) {
    let mut impure = BTreeSet::new();
    for file in files {
        let (own, other) = (Arc::new(replay::secrets(adapter, &file.recorded)), others(adapter, file));
        let (calls, found) = match file.recorded.interface.as_str() {
            "tracking" if adapter.manifest.has(Interface::Tracking) => look(adapter, file, &own, &other),
            "push" if adapter.manifest.has(Interface::Push) => push(adapter, file, &own),
            "entry" if adapter.manifest.has(Interface::Entry) => {
                let row = replay::row(&file.recorded);
                compared("enter", &file.name, || adapter.enter(&row).0)
            }
            _ => continue,
        };
        report.runs += calls;
        impure.extend(found);
    }
    if files.is_empty() && adapter.manifest.has(Interface::Tracking) {
        let secrets = Arc::new(replay::own_names(&adapter.manifest));
        let (calls, found) = compared("ask", "an empty task", || adapter.ask_aside(&secrets, &stranger()).0);
        report.runs += calls;
        impure.extend(found);
    }
    report.findings.extend(impure);
}

/// Nothing is recorded yet: a task about nobody.
fn stranger() -> Task {
    let parcel = crate::sandbox::types::Parcel { number: "0".into(), phone_tail: None, shipped_at: None, extra: vec![] };
    Task { parcels: vec![parcel], now: 1_770_000_000_000, nonce: vec![7; 16], round: 0, memo: vec![] }
}

fn look(adapter: &Adapter, file: &File, own: &Arc<Secrets>, other: &Arc<Secrets>) -> (usize, Vec<String>) {
    let task = replay::task(&file.recorded);
    let (mut calls, mut found) = compared("ask", &file.name, || adapter.ask_aside(own, &task).0);
    // A digest over a secret is another one; what is asked of whom is not.
    let shape = |secrets| adapter.ask_aside(secrets, &task).0.map(|want| shape(&want)).map_err(|fault| fault.kind);
    if shape(own) != shape(other) {
        found.push(format!("{}: `ask` asks for something else with another credential", file.name));
    }
    let Some(reply) = file.recorded.replies.first().map(|r| replay::reply(r.reply())) else { return (calls, found) };
    let read = |secrets: &Arc<Secrets>, task: &Task, reply: &Reply| adapter.read_aside(secrets, task, reply).0;
    let (more, differ) = compared("read", &file.name, || read(own, &task, &reply));
    calls += more + 3;
    found.extend(differ);
    if read(own, &task, &reply) != read(other, &task, &reply) {
        found.push(format!("{}: `read` means something else with another credential", file.name));
    }
    (calls, found)
}

fn push(adapter: &Adapter, file: &File, own: &Arc<Secrets>) -> (usize, Vec<String>) {
    let Some(delivery) = replay::delivery(&file.recorded) else { return (0, vec![]) };
    // What is sealed opens with its own key only, so another credential says nothing here.
    compared("receive", &file.name, || adapter.receive_aside(own, &delivery, Signatures::Reported).0)
}

fn compared<T: PartialEq>(call: &str, name: &str, run: impl Fn() -> T) -> (usize, Vec<String>) {
    let first = run();
    let same = (1..RUNS).all(|_| run() == first);
    (RUNS, if same { vec![] } else { vec![format!("{name}: `{call}` is not pure: {RUNS} fresh instances differ for the same task")] })
}

/// What is asked, without the bytes that a secret can change.
fn shape(want: &Want) -> Vec<String> {
    let Want::Http(request) = want else { return vec![format!("{want:?}")] };
    let mut lines = vec![format!("{} {}", request.method, request.endpoint), pieces(&request.path)];
    let fields = |fields: &[Field]| fields.iter().map(|field| format!("{}={}", field.name, pieces(&field.value))).collect::<Vec<_>>();
    lines.extend(fields(&request.query));
    lines.extend(fields(&request.headers));
    match &request.body {
        Body::Empty => {}
        Body::Raw(text) => lines.push(pieces(text)),
        Body::Form(form) => lines.extend(fields(form)),
    }
    lines
}

fn pieces(text: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Plain(_) => "…".to_owned(),
        Piece::Secret(slot) => format!("{{{} {}}}", slot.name, slot.encode),
        Piece::Sealed(seal) => format!("[{} {}]", seal.scheme, seal.key.name),
    };
    text.iter().map(piece).collect()
}
