//! What a site's robots.txt says to us. Obeyed, whoever allowed what: a site that forbids it is
//! not asked.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use reqwest::{Client, Proxy, Url};
use texting_robots::Robot;
use tokio::sync::OnceCell;

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
    /// The same way out as a page has: one site at a time.
    way: OnceCell<(Door, Client)>,
    turn: tokio::sync::Mutex<()>,
    known: Mutex<HashMap<String, (Instant, Option<Robot>)>>,
}

impl Robots {
    pub fn new(agent: &str) -> Self {
        Self { agent: agent.to_owned(), way: OnceCell::new(), turn: tokio::sync::Mutex::default(), known: Mutex::default() }
    }

    /// Whether we may load an address: `turned-away` if not.
    pub async fn allow(&self, url: &Url, pass: Pass) -> Result<(), Fault> {
        let origin = url.origin().ascii_serialization();
        let _turn = self.turn.lock().await;
        if let Some(said) = self.said(&origin, url) {
            return said;
        }
        let rules = self.ask(&origin, pass).await?;
        self.known.lock().expect("no panic inside").insert(origin.clone(), (Instant::now(), rules));
        self.said(&origin, url).expect("kept above")
    }

    fn said(&self, origin: &str, url: &Url) -> Option<Result<(), Fault>> {
        let known = self.known.lock().expect("no panic inside");
        let (_, rules) = known.get(origin).filter(|(at, _)| at.elapsed() < KEEP)?;
        let allowed = rules.as_ref().is_none_or(|rules| rules.allowed(url.as_str()));
        Some(if allowed { Ok(()) } else { Err(Fault::new(Kind::TurnedAway, format!("robots.txt of {origin} forbids {}", url.path()))) })
    }

    /// None: there are no rules. A site that cannot say is not asked either.
    async fn ask(&self, origin: &str, pass: Pass) -> Result<Option<Robot>, Fault> {
        let (door, client) = self.way.get_or_try_init(|| self.open()).await.map_err(|e| Fault::new(Kind::Host, e.to_string()))?;
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

    async fn open(&self) -> anyhow::Result<(Door, Client)> {
        let door = Door::open().await?;
        let way = Proxy::all(format!("http://127.0.0.1:{}", door.port))?;
        let client = Client::builder().user_agent(&self.agent).proxy(way).timeout(LIMIT).build()?;
        Ok((door, client))
    }
}
