//! What is kept of one request and its answer. Replays run on it.

use serde::{Deserialize, Serialize};

use super::Fetched;
use super::Peer;
use super::browser::Evidence;
use crate::fault::{Fault, Instant};
use crate::sandbox::types::{Body, Field, PageRequest, Piece, Reply, Request, Step};

/// The interface under which a deliberate call with a retired credential is kept.
pub const PROOF: &str = "proof";

/// One request and what came of it, still in memory.
#[derive(Debug)]
pub struct Exchange {
    pub at: Instant,
    /// `tracking`, `subscribe`, `session` or `push`; [`PROOF`] for a call that is nobody's look.
    pub interface: &'static str,
    pub round: u8,
    /// What the guest asked for: secrets are names by construction.
    pub request: Option<Asked>,
    pub reply: Option<Reply>,
    /// What a page looked like.
    pub evidence: Evidence,
    /// Why there was no reply, or none that could be read.
    pub fault: Option<Fault>,
    pub log: Vec<String>,
    pub took_us: u64,
    /// The host that answered over TLS, and the SHA-256 of its certificate.
    pub peer: Option<Peer>,
}

/// What went out.
#[derive(Debug, Clone)]
pub enum Asked {
    Http(Request),
    Page(PageRequest),
}

/// An exchange as it is stored: JSON, compressed and sealed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sent {
    pub method: String,
    pub endpoint: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    /// Form fields, or one unnamed field for exact bytes.
    pub body: Vec<(String, String)>,
}

impl Exchange {
    pub fn new(interface: &'static str, round: u8, at: Instant) -> Self {
        Self {
            at,
            interface,
            round,
            request: None,
            reply: None,
            evidence: Evidence::default(),
            fault: None,
            log: vec![],
            took_us: 0,
            peer: None,
        }
    }

    /// Takes in what came back; the reply stays here and is read from here.
    pub fn answered(&mut self, fetched: Fetched) -> Result<&Reply, Fault> {
        self.took_us = fetched.took_us;
        self.peer = fetched.peer;
        self.evidence = fetched.evidence;
        match fetched.reply {
            Ok(reply) => Ok(self.reply.insert(reply)),
            Err(fault) => {
                self.fault = Some(fault.clone());
                Err(fault)
            }
        }
    }

    /// The request with secrets as `{{name}}`.
    pub fn sent(&self) -> Option<Sent> {
        let request = match self.request.as_ref()? {
            Asked::Http(request) => request,
            Asked::Page(page) => return Some(sent_page(page)),
        };
        let body = match &request.body {
            Body::Empty => vec![],
            Body::Raw(text) => vec![(String::new(), shown(text))],
            Body::Form(fields) => named(fields),
        };
        Some(Sent {
            method: request.method.clone(),
            endpoint: request.endpoint.clone(),
            path: shown(&request.path),
            query: named(&request.query),
            headers: named(&request.headers),
            body,
        })
    }
}

/// A page's steps stand where a form's fields would.
fn sent_page(page: &PageRequest) -> Sent {
    let step = |step: &Step| match step {
        Step::Fill(into) => (format!("fill {}", into.name), into.value.clone()),
        Step::Click(selector) => (format!("click {selector}"), String::new()),
    };
    Sent {
        method: "PAGE".into(),
        endpoint: page.endpoint.clone(),
        path: page.path.clone(),
        query: page.query.iter().map(|p| (p.name.clone(), p.value.clone())).collect(),
        headers: vec![],
        body: page.steps.iter().map(step).collect(),
    }
}

fn named(fields: &[Field]) -> Vec<(String, String)> {
    fields.iter().map(|f| (f.name.clone(), shown(&f.value))).collect()
}

fn shown(pieces: &[Piece]) -> String {
    let show = |piece: &Piece| match piece {
        Piece::Plain(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Piece::Secret(slot) => format!("{{{{{}}}}}", slot.name),
        Piece::Sealed(seal) => format!("{{{{{} by {}}}}}", seal.key.name, seal.scheme),
    };
    pieces.iter().map(show).collect()
}
