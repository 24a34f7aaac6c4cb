//! The carriers' side of six protocols, eight kinds of pushes and seven pages, on one loopback port.
//!
//! The simulators are the judge of the adapters: they share no code with the host, the SDK or
//! the adapters, and refuse what the real carrier refuses.

mod accounts;
mod answer;
pub mod board;
mod carrier;
pub mod chat;
mod control;
mod deppon;
mod dice;
mod internal;
mod jt_api;
mod late;
mod life;
mod mood;
mod options;
mod pages;
mod parcel;
mod places;
mod push;
mod pushes;
pub mod quota;
mod routes;
mod sf;
pub mod sign;
mod sto_api;
mod tally;
mod words;
mod world;
mod yto;
mod zto;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use accounts::Accounts;
pub use carrier::{Carrier, Interface};
pub use chat::Chats;
pub use deppon::{Rotation, V32, V32Change, V32Token};
pub use internal::Internal;
pub use mood::Mood;
pub use options::Options;
pub use pages::{Face, Robots};
pub use parcel::{Event, Pace, Parcel, Shown};
pub use quota::Limits;
pub use tally::Tally;
pub use world::{Batch, Desk, World};

/// Running simulators. Dropping them ends the pushes and closes the port.
pub struct Simulators {
    pub addr: SocketAddr,
    pub world: Arc<World>,
    pub chats: Arc<Chats>,
    stop: CancellationToken,
    pusher: tokio::task::JoinHandle<()>,
}

impl Simulators {
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        // A second call finds a provider installed, and that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
        let listener = TcpListener::bind(options.listen).await?;
        let addr = listener.local_addr()?;
        let (wakes, woken) = mpsc::unbounded_channel();
        let world = Arc::new(World::new(options, wakes));
        let stop = CancellationToken::new();
        let chats: Arc<Chats> = Arc::default();
        let app = routes::all(world.clone(), addr, stop.clone()).nest("/chat", chat::routes(chats.clone()));
        let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(stopped).await });
        let pusher = tokio::spawn(push::run(world.clone(), client, woken));
        Ok(Simulators { addr, world, chats, stop, pusher })
    }

    /// `http://127.0.0.1:PORT` with a path behind it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }
}

impl Drop for Simulators {
    fn drop(&mut self) {
        self.stop.cancel();
        self.pusher.abort();
    }
}
