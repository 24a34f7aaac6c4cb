//! One warm browser for all, started when first needed, replaced before it grows old.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::{OnceCell, Semaphore};

use super::launch::{self, Running};
use super::proxy::Door;
use super::visit::{Unread, visit};
use super::{Evidence, Spec, Visit, memory};
use crate::config;
use crate::fault::{Fault, Kind};

/// How often a browser's memory is looked at.
const WATCH: Duration = Duration::from_millis(500);
/// Broken in a row, after which a browser is not trusted any more.
const BROKEN: u64 = 3;

/// The house's browser.
pub struct Browser {
    config: config::Browser,
    agent: String,
    room: Semaphore,
    doors: OnceCell<Vec<Door>>,
    free: Mutex<Vec<usize>>,
    current: tokio::sync::Mutex<Option<Arc<Warm>>>,
}

struct Warm {
    running: Running,
    visits: AtomicU64,
    broken: AtomicU64,
    /// Too old or too large; who is on a page may finish.
    retired: AtomicBool,
}

impl Browser {
    /// Nothing is started yet.
    pub fn new(config: &config::Browser, agent: &str) -> Self {
        launch::sweep(&config.folder());
        Self {
            agent: format!("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome Safari/537.36 {agent}"),
            room: Semaphore::new(config.pages),
            free: Mutex::new((0..config.pages).collect()),
            doors: OnceCell::new(),
            current: tokio::sync::Mutex::default(),
            config: config.clone(),
        }
    }

    /// Renders a page. Waits for a free place first.
    pub async fn visit(&self, spec: &Spec) -> Result<Visit, Unread> {
        let _room = self.room.acquire().await.expect("never closed");
        let place = Place::take(&self.free);
        let doors = self.doors().await?;
        let warm = self.warm(doors).await?;
        let door = doors[place.index].admit(spec.pass());
        let seen = visit(&warm.running.wire, &door, spec).await;
        warm.note(&seen, &self.config);
        seen
    }

    async fn doors(&self) -> Result<&Vec<Door>, Unread> {
        let open = || async {
            let mut doors = vec![];
            for _ in 0..self.config.pages {
                doors.push(Door::open().await?);
            }
            Ok::<_, std::io::Error>(doors)
        };
        self.doors.get_or_try_init(open).await.map_err(|e| ours(format!("the browser's proxy: {e}")))
    }

    /// The browser that runs, or a new one. A start is tried twice: one in some hundreds hangs.
    async fn warm(&self, doors: &[Door]) -> Result<Arc<Warm>, Unread> {
        let mut current = self.current.lock().await;
        if let Some(warm) = current.as_ref().filter(|warm| warm.is_fit()) {
            return Ok(warm.clone());
        }
        // The old one ends when the last visitor has left it.
        *current = None;
        let ports: Vec<u16> = doors.iter().map(|door| door.port).collect();
        let running = match launch::launch(&self.config, &self.agent, &ports).await {
            Ok(running) => running,
            Err(why) => {
                tracing::warn!("{why:#}; tried once more");
                launch::launch(&self.config, &self.agent, &ports).await.map_err(|why| ours(format!("{why:#}")))?
            }
        };
        let warm = Arc::new(Warm { running, visits: AtomicU64::new(0), broken: AtomicU64::new(0), retired: AtomicBool::new(false) });
        tokio::spawn(watch(Arc::downgrade(&warm), self.config.clone()));
        Ok(current.insert(warm).clone())
    }
}

impl Warm {
    fn is_fit(&self) -> bool {
        !self.retired.load(Relaxed) && !self.running.wire.is_gone()
    }

    fn note(&self, seen: &Result<Visit, Unread>, config: &config::Browser) {
        let broken = matches!(seen, Err(unread) if unread.fault.kind == Kind::Host);
        let in_a_row = if broken { self.broken.load(Relaxed) + 1 } else { 0 };
        self.broken.store(in_a_row, Relaxed);
        if self.visits.fetch_add(1, Relaxed) + 1 >= config.recycle || in_a_row >= BROKEN {
            self.retired.store(true, Relaxed);
        }
    }
}

/// Kills a page's process that has grown too large, and retires a browser that has.
async fn watch(warm: Weak<Warm>, config: config::Browser) {
    loop {
        tokio::time::sleep(WATCH).await;
        let Some(warm) = warm.upgrade() else { return };
        let pid = warm.running.pid;
        let tree = tokio::task::spawn_blocking(move || memory::tree(pid)).await.unwrap_or_default();
        let own = pid.as_raw_nonzero().get();
        let largest = tree.iter().filter(|(of, _)| **of != own).max_by_key(|(_, bytes)| **bytes);
        if let Some((of, bytes)) = largest.filter(|(_, bytes)| **bytes > config.page_memory_bytes())
            && let Some(process) = Pid::from_raw(*of)
        {
            tracing::warn!("a page holds {} MB and is ended", bytes >> 20);
            let _ = kill_process(process, Signal::KILL);
        }
        if tree.values().sum::<u64>() > config.memory_bytes() {
            warm.retired.store(true, Relaxed);
        }
    }
}

/// One of the doors, given back when the visit ends.
struct Place<'a> {
    free: &'a Mutex<Vec<usize>>,
    index: usize,
}

impl<'a> Place<'a> {
    fn take(free: &'a Mutex<Vec<usize>>) -> Self {
        let index = free.lock().expect("no panic inside").pop().expect("as many as there is room");
        Self { free, index }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.free.lock().expect("no panic inside").push(self.index);
    }
}

fn ours(why: String) -> Unread {
    Unread { fault: Fault::new(Kind::Host, why), evidence: Evidence::default() }
}
