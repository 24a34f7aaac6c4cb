//! Pages, rendered by one warm browser: a fresh visitor for each, a few at a time.
//!
//! The browser is the system's Chromium, in a cage ([`cage`]), with no route but our proxy
//! ([`proxy`]). Commands go over a pipe ([`wire`]); a page is described by a [`Spec`] and comes
//! back as a [`Visit`]. Nothing here knows an adapter or a carrier.

use std::time::Duration;

use serde_json::{Value, json};

pub mod cage;
mod commands;
mod ears;
mod launch;
mod memory;
mod pool;
mod proxy;
mod visit;
mod wire;

pub use launch::program;
pub use pool::Browser;
pub use proxy::{Door, Pass};
pub use visit::{Taken, Unread};

/// For a command that needs no page's help.
const QUICK: Duration = Duration::from_secs(4);

/// What to do on a page and what to take from it.
#[derive(Debug, Default)]
pub struct Spec {
    pub url: String,
    pub steps: Vec<Step>,
    pub wait_for: String,
    pub marks: Vec<Mark>,
    pub row: String,
    pub fields: Vec<Take>,
    pub facts: Vec<Take>,
    pub hears: Vec<Hear>,
    /// Where it may go.
    pub hosts: Vec<String>,
    pub own: Vec<(String, u16)>,
    pub bounds: Bounds,
}

/// How long and how much.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    /// Until the document begins.
    pub load: Duration,
    /// Until what is waited for is there.
    pub wait: Duration,
    /// From the first command to the last.
    pub whole: Duration,
    /// Loaded by one page.
    pub bytes: u64,
}

#[derive(Debug, Clone)]
pub enum Step {
    /// A selector and what is typed there.
    Fill(String, String),
    Click(String),
}

#[derive(Debug, Clone)]
pub struct Mark {
    pub name: String,
    pub selector: String,
    pub words: Vec<String>,
}

/// A named value: `text`, `attr:NAME`, anything else is where it is drawn.
#[derive(Debug, Clone)]
pub struct Take {
    pub selector: String,
    pub take: String,
}

/// An address whose answers are read as the page receives them.
#[derive(Debug, Clone)]
pub struct Hear {
    pub endpoint: String,
    pub url: String,
}

/// An answer that the page received.
#[derive(Debug, Clone)]
pub struct Heard {
    pub endpoint: String,
    pub status: u16,
    pub body: Vec<u8>,
    pub content_type: Option<String>,
}

/// What a visit found.
#[derive(Debug)]
pub struct Visit {
    pub status: u16,
    pub title: String,
    pub url: String,
    pub marks: Vec<String>,
    /// In the order of the spec's fields.
    pub rows: Vec<Vec<Taken>>,
    pub facts: Vec<Taken>,
    pub heard: Vec<Heard>,
    pub picture: Option<Picture>,
    pub evidence: Evidence,
}

/// A part of the page as a picture, two pixels for one.
#[derive(Debug)]
pub struct Picture {
    pub png: Vec<u8>,
    /// Where it is on the page, in CSS pixels.
    pub left: f64,
    pub top: f64,
}

/// What is kept of a page, bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    pub html: Option<String>,
    /// JPEG, where something was wrong.
    pub screenshot: Option<Vec<u8>>,
}

impl Spec {
    /// Whether something has to be read from pixels.
    fn is_drawn(&self) -> bool {
        let drawn = |take: &Take| take.take != "text" && !take.take.starts_with("attr:");
        self.fields.iter().chain(&self.facts).any(drawn)
    }

    /// Whether an address is one that may be read.
    fn is_ours(&self, url: &str) -> bool {
        let Ok(url) = reqwest::Url::parse(url) else { return false };
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
        matches!(url.scheme(), "http" | "https") && self.pass().names(host, port)
    }

    pub fn pass(&self) -> Pass {
        Pass::new(self.hosts.clone(), self.own.clone(), self.bounds.bytes)
    }

    /// The script's arguments for one step...
    fn step(&self, step: &Step) -> Value {
        let ms = self.wait_ms();
        match step {
            Step::Fill(selector, text) => json!({ "selector": selector, "text": text, "ms": ms, "marks": self.marks() }),
            Step::Click(selector) => json!({ "selector": selector, "ms": ms, "marks": self.marks() }),
        }
    }

    /// ...and for waiting and reading.
    fn wait(&self) -> Value {
        let takes = |takes: &[Take]| takes.iter().map(|t| json!({ "selector": t.selector, "take": t.take })).collect::<Vec<_>>();
        json!({
            "ms": self.wait_ms(), "wait_for": self.wait_for, "marks": self.marks(), "row": self.row,
            "fields": takes(&self.fields), "facts": takes(&self.facts),
        })
    }

    fn marks(&self) -> Vec<Value> {
        self.marks.iter().map(|m| json!({ "name": m.name, "selector": m.selector, "words": m.words })).collect()
    }

    fn wait_ms(&self) -> u64 {
        u64::try_from(self.bounds.wait.as_millis()).unwrap_or(u64::MAX)
    }
}
