//! Releases of one adapter that differ in their code, and a carrier that echoes what it is asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use posthouse_registry::{Package, folder};
use serde_json::{Value, json};

use crate::program;

/// What every answer of a release says that asked and read itself.
pub fn whole(nth: usize) -> String {
    format!("asked {0}, read {0}", mark(nth))
}

pub fn version(nth: usize) -> String {
    format!("1.0.{nth}")
}

fn mark(nth: usize) -> String {
    format!("mark:{nth:011}")
}

/// Puts a release into a folder: another mark in the component's data, another version in its manifest.
pub fn put(adapters: &Path, nth: usize) {
    let built = Package::read(std::fs::read(program::guest_adapters().join("echo@1.0.0.wasm")).expect("it is built")).expect("a package");
    let manifest = built.manifest_text.replace("version = \"1.0.0\"", &format!("version = \"{}\"", version(nth)));
    let mut bytes = program::with_manifest(&built, &manifest);
    let at: Vec<_> = memchr::memmem::find_iter(&bytes, &mark(0)).collect();
    let [at] = at[..] else { panic!("the mark is there {} times", at.len()) };
    bytes[at..at + mark(nth).len()].copy_from_slice(mark(nth).as_bytes());
    folder::put(adapters, &Package::read(bytes).expect("a package")).expect("a file is written");
}

/// Where it listens; it ends with the test.
pub struct Echo {
    pub url: String,
    answered: Arc<AtomicU64>,
}

impl Echo {
    pub async fn open() -> Self {
        let answered = Arc::default();
        let router = Router::new().route("/track", get(answer)).with_state(Arc::clone(&answered));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}/track", listener.local_addr().expect("it listens"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, answered }
    }

    /// Requests that were answered.
    pub fn answered(&self) -> u64 {
        self.answered.load(Relaxed)
    }
}

async fn answer(State(answered): State<Arc<AtomicU64>>, Query(query): Query<BTreeMap<String, String>>) -> Json<Value> {
    let (number, mark) = (&query["number"], &query["mark"]);
    answered.fetch_add(1, Relaxed);
    Json(json!({ "number": number, "mark": mark }))
}
