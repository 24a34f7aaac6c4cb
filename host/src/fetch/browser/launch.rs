//! Starts a browser in its cage, and sees to it that nothing of it stays behind.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use anyhow::Context as _;
use command_fds::{CommandFdExt as _, FdMapping};
use headless_chrome::protocol::cdp::Browser::GetVersion;
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, getuid, kill_process_group};
use tokio::net::unix::pipe;
use tokio::sync::oneshot;

use super::cage::NOBODY;
use super::wire::Wire;
use crate::config;

/// How long it may take to answer for the first time.
const START: Duration = Duration::from_secs(10);
/// Profiles are named so, and nothing else is swept.
const PREFIX: &str = "posthouse-browser-";

/// Where Debian and others put it; the first that is there. The shell renders the same and costs a
/// fifth of the processor time.
const PLACES: &[&str] = &[
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium/chromium",
    "/usr/lib/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
];

/// A browser that runs. Dropping it kills it with all its children and removes its profile.
pub struct Running {
    pub wire: Wire,
    /// The browser process; its children are in its group.
    pub pid: Pid,
    /// It has ended and was waited for: its number may be somebody else's.
    reaped: Arc<AtomicBool>,
    _profile: Profile,
}

/// A folder that is ours as long as we hold its lock.
struct Profile {
    path: PathBuf,
    _lock: fs::File,
}

/// The browser's program, or what to do about it.
pub fn program(config: &config::Browser) -> anyhow::Result<PathBuf> {
    if !config.path.as_os_str().is_empty() {
        anyhow::ensure!(config.path.exists(), "no browser at {} (`browser.path`)", config.path.display());
        return Ok(config.path.clone());
    }
    let found = PLACES.iter().map(PathBuf::from).find(|p| p.exists());
    found.context("no Chromium on this machine: `apt-get install chromium-headless-shell`, or name one with `browser.path`")
}

/// Starts one. `ports` are the proxy's; it can reach nothing else.
pub async fn launch(config: &config::Browser, agent: &str, ports: &[u16]) -> anyhow::Result<Running> {
    match try_launch(config, agent, ports, true).await {
        Err(why) if getuid().is_root() && config.sandbox == config::Walls::Auto && format!("{why:#}").contains("No usable sandbox") => {
            tracing::warn!("this kernel gives Chromium no sandbox of its own; it runs as nobody, fenced in, without it");
            try_launch(config, agent, ports, false).await
        }
        tried => tried,
    }
}

async fn try_launch(config: &config::Browser, agent: &str, ports: &[u16], sandbox: bool) -> anyhow::Result<Running> {
    let program = program(config)?;
    let profile = Profile::fresh(&config.folder())?;
    let (its_ear, mouth) = std::io::pipe()?;
    let (ear, its_mouth) = std::io::pipe()?;
    let mut command = Command::new("/proc/self/exe");
    command.args(["browser-cage", "--profile"]).arg(&profile.path).args(["--data", &config.page_memory_bytes().to_string()]);
    ports.iter().for_each(|port| _ = command.args(["--port", &port.to_string()]));
    command.arg("--").arg(&program).args(arguments(&profile.path, agent, ports));
    if !sandbox {
        command.arg("--no-sandbox");
    }
    if !program.ends_with("chromium-headless-shell") {
        // The shell has no other way to run.
        command.arg("--headless=new");
    }
    command.env_clear().env("HOME", &profile.path).env("TMPDIR", &profile.path).env("LANG", "C.UTF-8").current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    // The debugging pipe's ends are 3 and 4 by convention: there is no port to find.
    let ends = [(OwnedFd::from(its_ear), 3), (OwnedFd::from(its_mouth), 4)];
    command.fd_mappings(ends.map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd }).into())?;
    let reaped = Arc::new(AtomicBool::new(false));
    let (pid, ended) = keep(command, reaped.clone()).await?;
    let wire = Wire::open(pipe::Receiver::from_owned_fd(ear.into())?, pipe::Sender::from_owned_fd(mouth.into())?);
    let running = Running { wire, pid, reaped, _profile: profile };
    match running.wire.call(None, GetVersion(None), START).await {
        Ok(version) => {
            tracing::debug!("{} runs as process {pid:?}", version.product);
            Ok(running)
        }
        Err(why) => {
            drop(running);
            let last_words = ended.await.unwrap_or_default();
            Err(anyhow::anyhow!("the browser does not start: {why}; {last_words}"))
        }
    }
}

/// Spawns it from a thread of its own that waits for its end: a browser dies with the thread that
/// made it, and leaves no dead process behind.
async fn keep(mut command: Command, reaped: Arc<AtomicBool>) -> anyhow::Result<(Pid, oneshot::Receiver<String>)> {
    let (born, birth) = oneshot::channel();
    let (gone, ended) = oneshot::channel();
    std::thread::Builder::new().name("browser".into()).spawn(move || {
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(why) => return drop(born.send(Err(why))),
        };
        // The mapped ends of the pipes must not stay open here: the browser's end would never be seen.
        drop(command);
        let _ = born.send(Ok(Pid::from_child(&child)));
        let last_words = child.stderr.take().map(last_words).unwrap_or_default();
        let _ = child.wait();
        reaped.store(true, Relaxed);
        let _ = gone.send(last_words);
    })?;
    Ok((birth.await.context("the browser's thread is gone")?.context("the browser cannot be started")?, ended))
}

/// The last line of what it complained about.
fn last_words(from: ChildStderr) -> String {
    let mut last = String::new();
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line[..line.len().min(300)]).trim().to_owned();
        // What matters most is kept over what follows from it.
        if !line.is_empty() && !last.contains("sandbox") {
            last = line;
        }
    }
    last
}

fn arguments(profile: &Path, agent: &str, ports: &[u16]) -> Vec<String> {
    let first = ports.first().copied().unwrap_or_default();
    let mut all: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
    all.extend([
        format!("--user-data-dir={}", profile.display()),
        format!("--proxy-server=http://127.0.0.1:{first}"),
        format!("--user-agent={agent}"),
    ]);
    all
}

/// `<-loopback>`: without it the proxy is passed by for loopback. WebRTC would send without it, too.
const FLAGS: &[&str] = &[
    "--remote-debugging-pipe",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--block-new-web-contents",
    "--js-flags=--max-old-space-size=256",
    "--disk-cache-size=33554432",
    "--disable-gpu",
    "--disable-3d-apis",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--metrics-recording-only",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-notifications",
    "--no-pings",
    "--deny-permission-prompts",
    "--mute-audio",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--window-size=1280,1000",
    "--password-store=basic",
];

impl Profile {
    fn fresh(folder: &Path) -> anyhow::Result<Self> {
        let name = format!("{PREFIX}{}-{:08x}", std::process::id(), rand::random::<u32>());
        let path = folder.join(name);
        fs::DirBuilder::new().mode(0o700).create(&path).with_context(|| format!("cannot make {}", path.display()))?;
        let lock = fs::File::open(&path)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        let profile = Self { path, _lock: lock };
        if getuid().is_root() {
            chown(&profile.path, Some(NOBODY), Some(NOBODY))?;
        }
        Ok(profile)
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes what browsers of dead hosts left behind.
pub fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let ours = entries.flatten().filter(|e| e.file_name().to_string_lossy().starts_with(PREFIX));
    for entry in ours {
        let Ok(lock) = fs::File::open(entry.path()) else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.reaped.load(Relaxed) {
            // It may be about to go by itself.
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
    }
}
