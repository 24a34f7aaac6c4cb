//! The browser's only route: a proxy of ours on loopback, one door for each page.
//!
//! It knows which hosts the page's adapter names, resolves a name itself, refuses addresses that
//! are not public, and connects to the address it checked: a name cannot change its mind in
//! between. A private address is reached only where an operator pointed an endpoint at it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::fetch::public::is_public;

type Sent = BoxBody<Bytes, hyper::Error>;

/// The status of an answer that is ours: no site uses it.
pub const REFUSED: u16 = 470;

/// Where one page may go.
#[derive(Debug)]
pub struct Pass {
    /// Names, or `*.` and a name: on the usual ports, at public addresses.
    pub hosts: Vec<String>,
    /// Hosts and ports an operator pointed an endpoint at, at any address.
    pub own: Vec<(String, u16)>,
    /// Bytes that may still come in.
    left: AtomicU64,
    refused: Mutex<Vec<String>>,
    stop: CancellationToken,
}

/// One door. A page is given its port.
pub struct Door {
    pub port: u16,
    pass: Arc<Mutex<Option<Arc<Pass>>>>,
    /// Closes the port.
    _open: DropGuard,
}

/// The door is open for one page as long as this is held.
pub struct Admitted<'a> {
    door: &'a Door,
    pub pass: Arc<Pass>,
}

impl Pass {
    pub fn new(hosts: Vec<String>, own: Vec<(String, u16)>, bytes: u64) -> Self {
        Self { hosts, own, left: AtomicU64::new(bytes), refused: Mutex::default(), stop: CancellationToken::new() }
    }

    /// Whether a page may be at this host and port.
    pub fn names(&self, host: &str, port: u16) -> bool {
        self.is_own(host, port) || (matches!(port, 80 | 443) && self.hosts.iter().any(|pattern| covers(pattern, host)))
    }

    /// Everything it may take was taken.
    pub fn is_spent(&self) -> bool {
        self.left.load(Relaxed) == 0
    }

    /// Where it wanted to go and may not, the first few.
    pub fn refused(&self) -> Vec<String> {
        self.refused.lock().expect("no panic inside").clone()
    }

    fn is_own(&self, host: &str, port: u16) -> bool {
        self.own.iter().any(|(name, at)| name == host && *at == port)
    }

    fn refuse(&self, what: String) -> String {
        let mut refused = self.refused.lock().expect("no panic inside");
        if refused.len() < 20 {
            refused.push(what.clone());
        }
        what
    }

    fn take(&self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        let before = self.left.fetch_update(Relaxed, Relaxed, |left| Some(left.saturating_sub(bytes))).unwrap_or(0);
        if before <= bytes {
            self.stop.cancel();
        }
        before > bytes
    }

    /// The connection to a host that may be reached.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, String> {
        if !self.names(host, port) {
            return Err(self.refuse(format!("{host}:{port} is not named")));
        }
        let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await.map_err(|e| format!("{host}: {e}"))?.collect();
        if !self.is_own(host, port) && !found.iter().all(|at| is_public(at.ip())) {
            return Err(self.refuse(format!("{host}:{port} is at a private address")));
        }
        TcpStream::connect(&found[..]).await.map_err(|e| format!("{host}:{port}: {e}"))
    }
}

/// `*.acme.example` covers `www.acme.example` and `acme.example`.
fn covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(below) => host == below || host.strip_suffix(below).is_some_and(|rest| rest.ends_with('.')),
        None => host == pattern,
    }
}

impl Door {
    /// Opens a port; nobody is admitted yet.
    pub async fn open() -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let (pass, open) = (Arc::default(), CancellationToken::new());
        let port = listener.local_addr()?.port();
        tokio::spawn(open.clone().run_until_cancelled_owned(serve(listener, Arc::clone(&pass))));
        Ok(Self { port, pass, _open: open.drop_guard() })
    }

    pub fn admit(&self, pass: Pass) -> Admitted<'_> {
        let pass = Arc::new(pass);
        *self.pass.lock().expect("no panic inside") = Some(pass.clone());
        Admitted { door: self, pass }
    }
}

impl Admitted<'_> {
    pub fn port(&self) -> u16 {
        self.door.port
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        *self.door.pass.lock().expect("no panic inside") = None;
        self.pass.stop.cancel();
    }
}

async fn serve(listener: TcpListener, door: Arc<Mutex<Option<Arc<Pass>>>>) {
    loop {
        let accepted = listener.accept().await;
        let pass = door.lock().expect("no panic inside").clone();
        // Nobody is admitted: what knocks now is late, or not ours.
        let (Ok((stream, _)), Some(pass)) = (accepted, pass) else { continue };
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            let stop = pass.stop.clone();
            let service = service_fn(|request| answer(request, pass.clone()));
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
            tokio::select! {
                _ = connection => {}
                () = stop.cancelled() => {}
            }
        });
    }
}

/// Each request is judged by itself, also the second on a connection.
async fn answer(request: Request<Incoming>, pass: Arc<Pass>) -> Result<Response<Sent>, hyper::Error> {
    let answered = if request.method() == Method::CONNECT { tunnel(request, &pass).await } else { forward(request, &pass).await };
    Ok(answered.unwrap_or_else(|why| {
        tracing::debug!("the browser's proxy refuses: {why}");
        let mut response = Response::new(Full::new(Bytes::from(why)).map_err(|never| match never {}).boxed());
        *response.status_mut() = StatusCode::from_u16(REFUSED).expect("three digits");
        response
    }))
}

async fn tunnel(request: Request<Incoming>, pass: &Arc<Pass>) -> Result<Response<Sent>, String> {
    let (host, port) = target(request.uri(), 443)?;
    let mut server = pass.connect(&host, port).await?;
    let pass = pass.clone();
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
        let (mut client_in, mut client_out) = tokio::io::split(TokioIo::new(upgraded));
        let (mut server_in, mut server_out) = server.split();
        tokio::select! {
            _ = copy(&mut client_in, &mut server_out, &pass) => {}
            _ = copy(&mut server_in, &mut client_out, &pass) => {}
            () = pass.stop.cancelled() => {}
        }
    });
    Ok(Response::new(Empty::new().map_err(|never| match never {}).boxed()))
}

async fn copy(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin), pass: &Pass) -> std::io::Result<()> {
    let mut piece = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 || !pass.take(read) {
            return to.shutdown().await;
        }
        to.write_all(&piece[..read]).await?;
    }
}

async fn forward(mut request: Request<Incoming>, pass: &Arc<Pass>) -> Result<Response<Sent>, String> {
    if request.uri().scheme_str() != Some("http") {
        return Err("not a request for a proxy".into());
    }
    let (host, port) = target(request.uri(), 80)?;
    let server = pass.connect(&host, port).await?;
    let _ = server.set_nodelay(true);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(server)).await.map_err(|e| e.to_string())?;
    let stop = pass.stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = connection => {}
            () = stop.cancelled() => {}
        }
    });
    for name in HOP {
        request.headers_mut().remove(name);
    }
    let authority = if port == 80 { host } else { format!("{host}:{port}") };
    request.headers_mut().insert(HOST, authority.parse().map_err(|_| "a host that is none")?);
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    *request.uri_mut() = path.parse().map_err(|_| "a path that is none")?;
    let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
    let pass = pass.clone();
    let counted = move |frame: hyper::body::Frame<Bytes>| {
        pass.take(frame.data_ref().map_or(0, Bytes::len));
        frame
    };
    Ok(response.map(|body| body.map_frame(counted).boxed()))
}

/// What is between two neighbours only.
const HOP: [&str; 8] =
    ["connection", "upgrade", "te", "trailer", "transfer-encoding", "proxy-authorization", "proxy-connection", "keep-alive"];

fn target(uri: &Uri, usual: u16) -> Result<(String, u16), String> {
    let host = uri.host().ok_or("no host")?;
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    // An address is written once; `2130706433` and `0x7f.1` are names nobody names.
    let host = host.parse::<IpAddr>().map_or(host, |ip| ip.to_canonical().to_string());
    Ok((host, uri.port_u16().unwrap_or(usual)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_names_hosts_and_ports() {
        let pass = Pass::new(vec!["*.acme.example".into(), "cdn.example".into()], vec![("127.0.0.1".into(), 9000)], 1);
        for (host, port, expected) in [
            ("acme.example", 443, true),
            ("www.acme.example", 80, true),
            ("notacme.example", 443, false),
            ("acme.example.evil.example", 443, false),
            ("cdn.example", 443, true),
            ("x.cdn.example", 443, false),
            ("cdn.example", 22, false),
            ("127.0.0.1", 9000, true),
            ("127.0.0.1", 9001, false),
            ("localhost", 9000, false),
        ] {
            assert_eq!(pass.names(host, port), expected, "{host}:{port}");
        }
    }
}
