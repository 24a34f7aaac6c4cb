//! A service that no page may reach: it tells a secret to everybody and counts who asks.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::{CancellationToken, DropGuard};

/// A running service, on one port of both kinds. Dropping it ends it.
pub struct Internal {
    pub addr: SocketAddr,
    seen: Arc<Seen>,
    _stop: DropGuard,
}

#[derive(Default)]
struct Seen {
    connections: AtomicU64,
    requests: Mutex<Vec<String>>,
    packets: AtomicU64,
}

impl Internal {
    /// What every answer holds, before the path that was asked for.
    pub const SECRET: &str = "INTERNAL-SECRET-";

    pub async fn start() -> std::io::Result<Self> {
        let (listener, socket) = both().await?;
        let (addr, seen, stop) = (listener.local_addr()?, Arc::new(Seen::default()), CancellationToken::new());
        let counted = seen.clone();
        let listener = listener.tap_io(move |_| _ = counted.connections.fetch_add(1, Relaxed));
        let app = Router::new().fallback(tell).with_state(seen.clone());
        let stopped = stop.clone();
        // Without grace: a page that holds a connection must not hold the service.
        tokio::spawn(async move { stopped.run_until_cancelled_owned(async { axum::serve(listener, app).await }).await });
        tokio::spawn(stop.clone().run_until_cancelled_owned(count(socket, seen.clone())));
        Ok(Internal { addr, seen, _stop: stop.drop_guard() })
    }

    /// The requests, such as `GET /img`, in the order of arrival.
    pub fn hits(&self) -> Vec<String> {
        self.seen.requests.lock().expect("counting does not panic").clone()
    }

    /// Connections, with or without a request on them.
    pub fn connections(&self) -> u64 {
        self.seen.connections.load(Relaxed)
    }

    /// Packets.
    pub fn udp(&self) -> u64 {
        self.seen.packets.load(Relaxed)
    }
}

/// The same port for TCP and UDP, wherever it is free for both.
async fn both() -> std::io::Result<(TcpListener, UdpSocket)> {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        match UdpSocket::bind(listener.local_addr()?).await {
            Ok(socket) => return Ok((listener, socket)),
            Err(taken) if taken.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(other) => return Err(other),
        }
    }
}

async fn tell(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    let path = request.uri().path();
    seen.requests.lock().expect("counting does not panic").push(format!("{} {path}", request.method()));
    let open = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-headers", "*"),
        ("access-control-allow-methods", "*"),
        ("access-control-allow-private-network", "true"),
        ("content-type", "text/html; charset=utf-8"),
    ];
    (open, format!("{}{}", Internal::SECRET, path.trim_start_matches('/'))).into_response()
}

async fn count(socket: UdpSocket, seen: Arc<Seen>) {
    let mut packet = [0; 2048];
    // An error is somebody's closed port, told by the kernel; the next packet may be a good one.
    loop {
        if socket.recv(&mut packet).await.is_ok() {
            seen.packets.fetch_add(1, Relaxed);
        }
    }
}
