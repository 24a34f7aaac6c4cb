//! Files of recorded answers, as authors keep them beside their adapter.

use std::sync::Arc;

use anyhow::Context as _;
use posthouse_sdk::replay::{FaultMeaning, Meaning, Recorded, TrackMeaning};

use super::{Look, Replayed, own_names};
use crate::fault::{Fault, Kind};
use crate::sandbox::Adapter;
use crate::sandbox::types::{Cell, Delivery, Heard, HttpReply, PageReply, Pair, Parcel, Reply, Task};
use crate::vault::Secrets;

/// What a recorded look, push or row means; none for an interface that is not replayed.
pub fn recorded(adapter: &Adapter, recorded: &Recorded) -> anyhow::Result<Option<Replayed>> {
    let secrets = Arc::new(secrets(adapter, recorded));
    let now = recorded.now();
    Ok(Some(match recorded.interface.as_str() {
        "tracking" => {
            let numbers: Vec<String> = recorded.task.parcels.iter().map(|p| p.number.clone()).collect();
            let tail = recorded.task.parcels.first().and_then(|p| p.phone_tail.clone());
            let replies = recorded.replies.iter().map(|r| reply(r.reply()));
            super::look(adapter, &secrets, Look { numbers: &numbers, phone_tail: tail.as_deref(), replies: replies.collect(), now })
        }
        "subscribe" => subscribed(adapter, &secrets, recorded).into(),
        "push" => super::push(adapter, &secrets, &delivery(recorded).context("a recorded push has a delivery")?),
        "entry" => super::enter(adapter, &row(recorded), now),
        _ => return Ok(None),
    }))
}

/// What a recorded subscription means. A track means subscribed, whatever events it carries.
fn subscribed(adapter: &Adapter, secrets: &Arc<Secrets>, recorded: &Recorded) -> Meaning {
    let task = task(recorded);
    let told = |fault: FaultMeaning, tracks: Vec<TrackMeaning>| {
        let outcome = if tracks.is_empty() { fault.code.clone() } else { "tracks".into() };
        Meaning { outcome, tracks, fault: Some(fault), reply: None, verified: None }
    };
    let failed = |fault: Fault| FaultMeaning { code: fault.kind.code().into(), detail: fault.detail, number: None, retry_after: None };
    if let Err(fault) = adapter.ask_subscription(secrets, &task).0 {
        return told(failed(fault), vec![]);
    }
    let Some(answer) = recorded.replies.first() else {
        return told(failed(Fault::new(Kind::More, "no answer was recorded")), vec![]);
    };
    let each = match adapter.read_subscription(secrets, &task, &reply(answer.reply())).0 {
        Ok(each) => each,
        Err(fault) => return told(failed(fault), vec![]),
    };
    let (mut tracks, mut first) = (vec![], None);
    for one in each {
        match one.outcome {
            Ok(track) => tracks.push(TrackMeaning { number: one.number, status: None, signed: None, events: vec![], odd: track.odd }),
            Err(f) if first.is_none() => {
                first = Some(FaultMeaning { code: f.code, detail: f.detail, number: Some(one.number), retry_after: f.retry_after });
            }
            Err(_) => {}
        }
    }
    match first {
        Some(fault) => told(fault, tracks),
        None => Meaning { outcome: "tracks".into(), tracks, fault: None, reply: None, verified: None },
    }
}

/// The first round's task. Its nonce is always the same.
pub fn task(recorded: &Recorded) -> Task {
    let task = recorded.task(0, vec![]);
    let parcel =
        |p: posthouse_sdk::Parcel| Parcel { number: p.number, phone_tail: p.phone_tail, shipped_at: p.shipped_at, extra: pairs(&p.extra) };
    let parcels = task.parcels.into_iter().map(parcel).collect();
    Task { parcels, now: task.now, nonce: task.nonce, round: task.round, memo: task.memo }
}

/// A recorded push as it came in.
pub fn delivery(recorded: &Recorded) -> Option<Delivery> {
    let d = recorded.delivered()?;
    let (query, headers) = (pairs(&d.query), pairs(&d.headers));
    Some(Delivery { method: d.method, path: d.path, query, headers, body: d.body, now: recorded.now() })
}

/// A recorded row.
pub fn row(recorded: &Recorded) -> Vec<Pair> {
    recorded.row.iter().map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect()
}

fn pairs(list: &[posthouse_sdk::Pair]) -> Vec<Pair> {
    list.iter().map(|p| Pair { name: p.name.clone(), value: p.value.clone() }).collect()
}

/// The SDK's shape of an answer as the sandbox's.
pub fn reply(recorded: posthouse_sdk::Reply) -> Reply {
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

/// What the author invented for it.
pub fn secrets(adapter: &Adapter, recorded: &Recorded) -> Secrets {
    // A look may be at a page or at an interface, whose secrets matter to nobody here. A push to an
    // account without a credential is a push that nobody can verify.
    if recorded.credential.is_empty() && recorded.interface != "push" {
        return own_names(&adapter.manifest);
    }
    let values = recorded.credential.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    Secrets::new(1, adapter.manifest.clone(), values)
}
