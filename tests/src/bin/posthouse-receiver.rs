//! A hub's side of a webhook, in a process of its own: checks signatures, remembers what came, and
//! kills the host at a step of the delivery when it is told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

type Shared = Arc<Receiver>;

#[derive(Default)]
struct Receiver {
    behaviour: Mutex<Behaviour>,
    received: Mutex<Vec<Value>>,
    refused: Mutex<u64>,
}

/// What it was told to be.
#[derive(Clone, Default)]
struct Behaviour {
    /// `whsec_…` or `whpk_…`.
    secret: String,
    /// Answers with this instead of 204.
    status: Option<u16>,
    /// Of letters of these parcels only; all if empty.
    only: Vec<String>,
    retry_after: Option<u64>,
    /// Never answers.
    hangs: bool,
    kill: Option<Kill>,
}

/// Whom to kill, and when.
#[derive(Clone)]
struct Kill {
    pid: i32,
    step: String,
    /// After so many letters more.
    after: usize,
    /// Where the host's own word on deliveries is.
    deliveries: String,
    key: String,
}

#[tokio::main]
async fn main() {
    set_parent_process_death_signal(Some(Signal::KILL)).expect("it is our own process");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", json!({ "listening": format!("http://{}", listener.local_addr().expect("bound")) }));
    let receiver = Shared::default();
    let router = Router::new()
        .route("/in", post(take))
        .route("/behave", post(behave))
        .route("/received", get(received))
        .with_state(receiver.clone());
    axum::serve(Door { listener, receiver }, router).await.expect("it serves until it is killed");
}

/// Kills at the step `claimed`: the host has connected and sent nothing yet.
struct Door {
    listener: TcpListener,
    receiver: Shared,
}

impl axum::serve::Listener for Door {
    type Io = TcpStream;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (TcpStream, Self::Addr) {
        loop {
            let Ok(accepted) = self.listener.accept().await else { continue };
            let due = self.receiver.due("claimed", false);
            if let Some(kill) = due.filter(|_| accepted.1.ip().is_loopback()) {
                kill.now();
            }
            return accepted;
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl Kill {
    fn now(&self) {
        // It may be dead already, of another letter.
        let _ = kill_process(Pid::from_raw(self.pid).expect("a process"), Signal::KILL);
    }
}

impl Receiver {
    /// The kill, if it is this step's turn; it is done once. A letter brings it nearer.
    fn due(&self, step: &str, counts: bool) -> Option<Kill> {
        let mut behaviour = self.behaviour.lock().expect("no panic inside");
        let kill = behaviour.kill.as_mut().filter(|kill| kill.step == step)?;
        if kill.after > 0 {
            kill.after -= usize::from(counts);
            return None;
        }
        behaviour.kill.take()
    }

    /// A letter came: those steps are nearer that are not asked for each letter.
    fn count(&self) {
        let mut behaviour = self.behaviour.lock().expect("no panic inside");
        if let Some(kill) = behaviour.kill.as_mut().filter(|kill| kill.step == "claimed") {
            kill.after = kill.after.saturating_sub(1);
        }
    }
}

async fn behave(State(receiver): State<Shared>, Json(told): Json<Value>) -> StatusCode {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_u64();
    let kill = told["kill"].as_object().map(|kill| Kill {
        pid: i32::try_from(kill["pid"].as_u64().expect("a process")).expect("a process"),
        step: text(&kill["step"]),
        after: usize::try_from(kill["after"].as_u64().unwrap_or(0)).expect("a count"),
        deliveries: text(&kill["deliveries"]),
        key: text(&kill["key"]),
    });
    *receiver.behaviour.lock().expect("no panic inside") = Behaviour {
        secret: text(&told["secret"]),
        status: number(&told["status"]).and_then(|status| u16::try_from(status).ok()),
        only: told["only"].as_array().into_iter().flatten().map(text).collect(),
        retry_after: number(&told["retry_after"]),
        hangs: told["hangs"] == true,
        kill,
    };
    StatusCode::NO_CONTENT
}

/// Everything that came well signed and was answered well, in the order in which it came.
async fn received(State(receiver): State<Shared>) -> Json<Value> {
    let received = receiver.received.lock().expect("no panic inside").clone();
    Json(json!({ "received": received, "refused": *receiver.refused.lock().expect("no panic inside") }))
}

async fn take(State(receiver): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let behaviour = receiver.behaviour.lock().expect("no panic inside").clone();
    let came = jiff::Timestamp::now().as_millisecond();
    if !is_signed(&behaviour.secret, &headers, &body) {
        *receiver.refused.lock().expect("no panic inside") += 1;
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if behaviour.hangs {
        std::future::pending::<()>().await;
    }
    let message: Value = serde_json::from_slice(&body).expect("a signed letter is JSON");
    let number = message["data"]["parcel"]["number"].as_str().unwrap_or_default();
    let status = behaviour.status.filter(|_| behaviour.only.is_empty() || behaviour.only.iter().any(|own| own == number));
    let id = headers["webhook-id"].to_str().expect("checked").to_owned();
    if let Some(status) = status {
        let status = StatusCode::from_u16(status).expect("a status");
        let after = behaviour.retry_after.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
        return (status, after.map(IntoIterator::into_iter).into_iter().flatten().collect::<Headers>().0).into_response();
    }
    if let Some(kill) = receiver.due("sent", true) {
        // Not answered: for the host this letter never arrived.
        kill.now();
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let signatures = headers["webhook-signature"].to_str().expect("checked").split(' ').count();
    receiver
        .received
        .lock()
        .expect("no panic inside")
        .push(json!({ "id": id, "came": came, "signatures": signatures, "message": message }));
    receiver.count();
    if let Some(kill) = receiver.due("answered", true) {
        tokio::spawn(async move {
            // The answer is on its way, and the host is not asked whether it wrote that down.
            tokio::task::yield_now().await;
            kill.now();
        });
    } else if let Some(kill) = receiver.due("marked", true) {
        tokio::spawn(async move { once_marked(kill, &id).await });
    }
    (StatusCode::NO_CONTENT, [(header::CONNECTION, "close")]).into_response()
}

#[derive(Default)]
struct Headers(HeaderMap);

impl FromIterator<(header::HeaderName, String)> for Headers {
    fn from_iter<I: IntoIterator<Item = (header::HeaderName, String)>>(each: I) -> Self {
        Self(each.into_iter().map(|(name, value)| (name, value.parse().expect("digits"))).collect())
    }
}

/// Kills the host as soon as it says itself that this letter is delivered.
async fn once_marked(kill: Kill, id: &str) {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let address = format!("{}/{id}", kill.deliveries);
    loop {
        let told = async { client.get(&address).bearer_auth(&kill.key).send().await?.json::<Value>().await };
        if told.await.is_ok_and(|told| told["state"] == "delivered") {
            return kill.now();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// `v1` by the specification's own library, `v1a` by ed25519.
fn is_signed(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let Some(public) = secret.strip_prefix("whpk_") else {
        return standardwebhooks::Webhook::new(secret).is_ok_and(|webhook| webhook.verify(body, headers).is_ok());
    };
    let part = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = [part("webhook-id").as_bytes(), b".", part("webhook-timestamp").as_bytes(), b".", body].concat();
    let public = STANDARD.decode(public).ok().and_then(|bytes| VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok());
    let good = |signature: &str| {
        let bytes = signature.strip_prefix("v1a,").and_then(|text| STANDARD.decode(text).ok());
        let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
        public.as_ref().zip(signature).is_some_and(|(public, signature)| public.verify(&signed, &signature).is_ok())
    };
    part("webhook-signature").split(' ').any(good)
}
