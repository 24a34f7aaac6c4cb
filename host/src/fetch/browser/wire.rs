//! Talks to a browser over two pipes, in the typed commands of `headless_chrome`.
//!
//! That crate's own transport waits 100 ms for each command, and one hostile page ends it for all
//! the others; so only its types are used here. This is the only place that knows how a command is
//! sent. A late answer finds nobody and is dropped; an answer that is too large ends the browser.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use headless_chrome::protocol::cdp::types::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::{mpsc, oneshot};

/// The largest message that is taken.
const LARGEST: u64 = 48 << 20;

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("the browser is gone")]
    Gone,
    #[error("{0}: no answer in time")]
    Late(&'static str),
    #[error("{0}: {1}")]
    Refused(&'static str, String),
}

/// Something that happened on a page.
#[derive(Debug, Deserialize)]
pub struct Happened {
    pub method: String,
    #[serde(default)]
    pub params: Value,
}

/// One browser's ear and mouth. Cheap to clone.
#[derive(Clone)]
pub struct Wire {
    out: mpsc::UnboundedSender<Vec<u8>>,
    open: Arc<Mutex<Open>>,
    next: Arc<AtomicU32>,
}

#[derive(Default)]
struct Open {
    calls: HashMap<u32, oneshot::Sender<Result<Value, String>>>,
    pages: HashMap<String, mpsc::UnboundedSender<Happened>>,
    gone: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Said<'a, M> {
    id: u32,
    method: &'static str,
    params: M,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Heard {
    id: Option<u32>,
    result: Option<Value>,
    error: Option<Refusal>,
    session_id: Option<String>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

impl Wire {
    /// Listens until the browser hangs up.
    pub fn open(from: impl AsyncRead + Send + Unpin + 'static, to: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        let (out, lines) = mpsc::unbounded_channel();
        let wire = Self { out, open: Arc::default(), next: Arc::default() };
        tokio::spawn(write(to, lines));
        tokio::spawn(listen(BufReader::with_capacity(64 << 10, from), wire.open.clone()));
        wire
    }

    /// Sends a command to a page, or without one to the browser, and waits for its answer.
    pub async fn call<M: Method + Serialize>(&self, page: Option<&str>, method: M, limit: Duration) -> Result<M::ReturnObject, Broken> {
        let id = self.next.fetch_add(1, Relaxed);
        let said = Said { id, method: M::NAME, params: method, session_id: page };
        let mut line = serde_json::to_vec(&said).map_err(|e| Broken::Refused(M::NAME, e.to_string()))?;
        line.push(0);
        let (send, answer) = oneshot::channel();
        {
            let mut open = self.state();
            if open.gone {
                return Err(Broken::Gone);
            }
            open.calls.insert(id, send);
        }
        self.out.send(line).map_err(|_| Broken::Gone)?;
        let Ok(answer) = tokio::time::timeout(limit, answer).await else {
            self.state().calls.remove(&id);
            return Err(Broken::Late(M::NAME));
        };
        let value = answer.map_err(|_| Broken::Gone)?.map_err(|why| Broken::Refused(M::NAME, why))?;
        serde_json::from_value(value).map_err(|e| Broken::Refused(M::NAME, e.to_string()))
    }

    /// What happens on a page from now on, until the ear is dropped or the browser is gone.
    pub fn hear(&self, page: &str) -> mpsc::UnboundedReceiver<Happened> {
        let (send, ear) = mpsc::unbounded_channel();
        self.state().pages.insert(page.to_owned(), send);
        ear
    }

    /// Nobody listens to this page any more.
    pub fn forget(&self, page: &str) {
        self.state().pages.remove(page);
    }

    pub fn is_gone(&self) -> bool {
        self.state().gone
    }

    fn state(&self) -> MutexGuard<'_, Open> {
        self.open.lock().expect("nothing panics under this lock")
    }
}

async fn write(mut to: impl AsyncWrite + Unpin, mut lines: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(line) = lines.recv().await {
        if to.write_all(&line).await.is_err() || to.flush().await.is_err() {
            break;
        }
    }
}

async fn listen(mut from: impl AsyncBufRead + Unpin, open: Arc<Mutex<Open>>) {
    let mut message = vec![];
    loop {
        message.clear();
        let read = (&mut from).take(LARGEST).read_until(0, &mut message).await;
        // Without its end a message was too large, or the browser died in the middle of it.
        if read.is_err() || message.pop() != Some(0) {
            break;
        }
        if let Ok(heard) = serde_json::from_slice::<Heard>(&message) {
            deliver(&mut open.lock().expect("nothing panics under this lock"), heard);
        }
    }
    // Dropping what waits tells it: gone.
    *open.lock().expect("nothing panics under this lock") = Open { gone: true, ..Open::default() };
}

fn deliver(open: &mut Open, heard: Heard) {
    if let Some(call) = heard.id.and_then(|id| open.calls.remove(&id)) {
        let answer = match heard.error {
            Some(refusal) => Err(refusal.message),
            None => Ok(heard.result.unwrap_or_default()),
        };
        let _ = call.send(answer);
    } else if let (Some(page), Some(method)) = (heard.session_id, heard.method)
        && let Some(ear) = open.pages.get(&page)
    {
        let _ = ear.send(Happened { method, params: heard.params });
    }
}
