//! What a site's robots.txt says to us. Obeyed, whoever allowed what: a site that forbids it is
//! not asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Client, Proxy, Url};
use texting_robots::Robot;

use super::browser::{Door, Pass};
use crate::fault::{Fault, Kind};

/// The name by which a site may address us.
const NAME: &str = "posthouse";
/// As long as a search engine keeps it.
const KEEP: Duration = Duration::from_secs(24 * 3600);
/// Bytes of it that are read.
const LARGEST: usize = 512 << 10;
const LIMIT: Duration = Duration::from_secs(10);

/// The rules of every site that was asked.
pub struct Robots {
    agent: String,
    sites: Mutex<HashMap<String, Arc<Site>>>,
}

/// Asked by one at a time; who waits finds what the other was told.
type Site = tokio::sync::Mutex<Option<(Instant, Option<Robot>)>>;

impl Robots {
    pub fn new(agent: &str) -> Self {
        Self { agent: agent.to_owned(), sites: Mutex::default() }
    }

    /// Whether we may load an address: `turned-away` if not.
    pub async fn allow(&self, url: &Url, pass: Pass) -> Result<(), Fault> {
        let origin = url.origin().ascii_serialization();
        let site = self.sites.lock().expect("no panic inside").entry(origin.clone()).or_default().clone();
        let mut site = site.lock().await;
        if site.as_ref().is_none_or(|(at, _)| at.elapsed() >= KEEP) {
            *site = Some((Instant::now(), self.ask(&origin, pass).await?));
        }
        let rules = site.as_ref().and_then(|(_, rules)| rules.as_ref());
        if rules.is_none_or(|rules| rules.allowed(url.as_str())) {
            return Ok(());
        }
        Err(Fault::new(Kind::TurnedAway, format!("robots.txt of {origin} forbids {}", url.path())))
    }

    /// None: there are no rules. A site that cannot say is not asked either.
    async fn ask(&self, origin: &str, pass: Pass) -> Result<Option<Robot>, Fault> {
        let (door, client) = self.way().await.map_err(|e| Fault::new(Kind::Host, e.to_string()))?;
        let _open = door.admit(pass);
        let unreachable = |e: reqwest::Error| Fault::new(Kind::Unreachable, format!("robots.txt of {origin}: {}", e.without_url()));
        let mut answer = client.get(format!("{origin}/robots.txt")).send().await.map_err(unreachable)?;
        match answer.status().as_u16() {
            200..=299 => {}
            400..=499 => return Ok(None),
            status => return Err(Fault::new(Kind::Unreachable, format!("robots.txt of {origin}: HTTP {status}"))),
        }
        let mut text = vec![];
        while let Some(piece) = answer.chunk().await.map_err(unreachable)? {
            text.extend_from_slice(&piece);
            if text.len() > LARGEST {
                break;
            }
        }
        text.truncate(LARGEST);
        Robot::new(NAME, &text).map(Some).map_err(|e| Fault::new(Kind::TurnedAway, format!("robots.txt of {origin} cannot be read: {e}")))
    }

    /// The same way out as a page has.
    async fn way(&self) -> anyhow::Result<(Door, Client)> {
        // A second call is harmless: somebody chose the same provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let door = Door::open().await?;
        let way = Proxy::all(format!("http://127.0.0.1:{}", door.port))?;
        let client = Client::builder().user_agent(&self.agent).proxy(way).timeout(LIMIT).build()?;
        Ok((door, client))
    }
}
