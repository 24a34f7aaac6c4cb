//! The host's process, from start to a checked end.

use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::{BOUND, program, until};

/// A running host, and keys to it. Dropping it kills it; [`TestHost::stop`] ends it and looks at
/// what it left behind.
pub struct TestHost {
    folder: TempDir,
    filter: String,
    environment: Vec<(String, String)>,
    child: Option<Child>,
    log: Arc<Mutex<String>>,
    pub client: Client,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// A hub's key, for every account.
    pub key: String,
    /// A key that sees push addresses too.
    pub ops: String,
}

impl TestHost {
    pub(crate) async fn open(folder: TempDir, filter: String, environment: Vec<(String, String)>) -> Self {
        // A second call finds a provider installed, and that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A connection of its own for each request: the host closes one whose request it did not read whole.
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(BOUND).build().expect("a client");
        let empty = String::new;
        let mut host =
            Self { folder, filter, environment, child: None, log: Arc::default(), client, url: empty(), key: empty(), ops: empty() };
        host.key = host.create_key(&["--name", "hub"]);
        host.ops = host.create_key(&["--name", "ops", "--role", "ops"]);
        host.start().await;
        host
    }

    /// Runs a command of `posthouse` beside the host, with its configuration.
    pub fn run(&self, args: &[&str]) -> program::Ran {
        program::ran(&mut self.command(args))
    }

    /// The same, to be run by the test.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program::command();
        command.args(args).arg("--config").arg(self.config()).envs(self.environment.iter().cloned());
        command
    }

    /// `posthouse key create`: the key.
    pub fn create_key(&self, args: &[&str]) -> String {
        let ran = self.run(&[&["key", "create", "--json"], args].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()["key"].as_str().expect("the key").to_owned()
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("posthouse.toml")
    }

    /// A file of the host's folder, such as `posthouse.db`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Everything the host logged until now.
    pub fn log(&self) -> String {
        self.log.lock().expect("no panic inside").clone()
    }

    /// Waits until a word is logged: the log is read behind the host's back.
    pub async fn logs(&self, word: &str) {
        until(&format!("`{word}` is logged"), async || self.log().contains(word).then_some(())).await;
    }

    /// The database, to read only: for what no door tells.
    pub async fn database(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.file("posthouse.db")).read_only(true);
        options.connect().await.expect("the database opens")
    }

    /// Its process, for somebody else who kills it.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Somebody else killed it.
    pub async fn is_killed(&mut self) {
        let mut child = self.child.take().expect("it ran");
        let status = ended(&mut child).await;
        assert!(!status.success(), "it ended well, which it was not to");
    }

    /// Kills the host with SIGKILL.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("it is ours");
        ended(&mut child).await;
    }

    /// Starts it again, on another port.
    pub async fn restart(&mut self) {
        assert!(self.child.is_none(), "it still runs");
        self.start().await;
    }

    /// Ends it with SIGTERM; it must end well, never have panicked and leave nothing held.
    pub async fn stop(mut self) {
        let mut child = self.child.take().expect("it runs");
        kill_process(Pid::from_child(&child), Signal::TERM).expect("it is ours");
        let status = ended(&mut child).await;
        assert!(status.success(), "{status}: {}", self.tail());
        assert!(!self.log().contains("panicked"), "{}", self.tail());
        let leased: i64 = sqlx::query_scalar("SELECT count(*) FROM parcels WHERE leased_until > 0")
            .fetch_one(&mut self.database().await)
            .await
            .expect("a figure");
        assert_eq!(leased, 0, "parcels are still held: {}", self.tail());
    }

    /// The end of the log, for a failing test.
    pub fn tail(&self) -> String {
        let log = self.log();
        let skip = log.lines().count().saturating_sub(30);
        log.lines().skip(skip).collect::<Vec<_>>().join("\n")
    }

    /// The host dies with the thread that started it, so this must run on the test's own.
    async fn start(&mut self) {
        let mut command = self.command(&["serve", "--json", "--with-parent"]);
        command.env("POSTHOUSE_LOG", &self.filter);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("posthouse starts");
        let line = first_line(child.stdout.take().expect("piped"));
        keep(child.stderr.take().expect("piped"), self.log.clone());
        self.child = Some(child);
        let said = tokio::time::timeout(BOUND * 2, line).await.expect("the host says where it listens");
        let said: Value = said
            .ok()
            .and_then(|line| serde_json::from_str(&line).ok())
            .unwrap_or_else(|| panic!("the host did not start: {}", self.tail()));
        self.url = said["listening"].as_str().expect("an address").to_owned();
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- the host's log ends with\n{}", self.tail());
        }
    }
}

async fn ended(child: &mut Child) -> ExitStatus {
    until("the host ends", async || child.try_wait().expect("it is ours")).await
}

/// The first line of standard output; the rest is read and dropped.
fn first_line(out: ChildStdout) -> oneshot::Receiver<String> {
    let (send, line) = oneshot::channel();
    std::thread::spawn(move || {
        let mut out = BufReader::new(out);
        let mut first = String::new();
        if out.read_line(&mut first).is_ok_and(|read| read > 0) {
            let _ = send.send(first);
        }
        std::io::copy(&mut out, &mut std::io::sink())
    });
    line
}

fn keep(mut err: ChildStderr, log: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        let mut piece = vec![0; 64 << 10];
        while let Ok(read @ 1..) = err.read(&mut piece) {
            log.lock().expect("no panic inside").push_str(&String::from_utf8_lossy(&piece[..read]));
        }
    });
}
