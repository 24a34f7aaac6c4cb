//! One worker process, from start to its reaping.

use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::oneshot;
use tracing::{debug, warn};

use super::frame;

/// Dropping it kills the process. It dies with the host, too.
pub struct Process {
    to: ChildStdin,
    from: ChildStdout,
    handle: OwnedFd,
}

struct Started {
    child: Child,
    handle: OwnedFd,
}

impl Process {
    /// Starts a worker. Its parent is a thread of its own, which outlives it: the kernel kills a
    /// worker when the *thread* that started it ends.
    pub async fn start(program: &Path) -> Result<Self, String> {
        let (tell, started) = oneshot::channel();
        let command = command(program);
        let parent = std::thread::Builder::new().name("ocr parent".into());
        parent.spawn(move || stand_by(command, tell)).map_err(|why| format!("no thread for a worker: {why}"))?;
        let started = started.await.map_err(|_| "the thread of a worker ended")?;
        let (to, from, handle) = started.map_err(|why| format!("{} does not start: {why}", program.display()))?;
        let made = ChildStdin::from_std(to).and_then(|to| Ok(Self { to, from: ChildStdout::from_std(from)?, handle }));
        made.map_err(|why| format!("no pipe to a worker: {why}"))
    }

    /// Sends a question and waits for its answer. After an error, or if it is given up, the worker is of no use.
    pub async fn ask(&mut self, question: &[u8]) -> Result<frame::Answer, String> {
        let exchange = async {
            self.to.write_all(question).await?;
            let long = self.from.read_u32_le().await? as usize;
            if long > frame::ANSWER {
                return Err(std::io::Error::other("an answer that is too long"));
            }
            let mut answer = vec![0; long];
            self.from.read_exact(&mut answer).await?;
            Ok(serde_json::from_slice(&answer)?)
        };
        exchange.await.map_err(|why| why.to_string())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Gone already: as good. The handle names this process only, even when its number is used again.
        let _ = pidfd_send_signal(&self.handle, Signal::KILL);
    }
}

type Pipes = (std::process::ChildStdin, std::process::ChildStdout, OwnedFd);

fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg0("posthouse").arg("ocr-worker").env_clear();
    // Read by OpenMP before main: more threads than one make it 2.5 times slower.
    command.env("OMP_THREAD_LIMIT", "1");
    if let Some(models) = std::env::var_os("TESSDATA_PREFIX") {
        command.env("TESSDATA_PREFIX", models);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn stand_by(command: Command, tell: oneshot::Sender<std::io::Result<Pipes>>) {
    let Started { mut child, handle } = match start(command) {
        Ok(started) => started,
        Err(why) => return drop(tell.send(Err(why))),
    };
    let pid = child.id();
    let pipes = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"), handle);
    // Not waited for any more: the pipes close with it, and so the worker ends.
    drop(tell.send(Ok(pipes)));
    match child.wait() {
        Ok(status) => debug!(pid, "a worker that reads drawn text ended: {status}"),
        Err(why) => warn!(pid, "a worker that reads drawn text cannot be waited for: {why}"),
    }
}

fn start(mut command: Command) -> std::io::Result<Started> {
    let mut child = command.spawn()?;
    // Not reaped yet, so the number is its own.
    match pidfd_open(Pid::from_child(&child), PidfdFlags::empty()) {
        Ok(handle) => Ok(Started { child, handle }),
        Err(why) => {
            child.kill()?;
            child.wait()?;
            Err(why.into())
        }
    }
}
