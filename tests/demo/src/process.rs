//! A program of ours that runs beside the demo and never outlives it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// Killed when dropped, and by the kernel when the demo is killed.
pub struct Process {
    name: String,
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

/// A first start compiles the adapters.
const START: Duration = Duration::from_secs(60);
const GRACE: Duration = Duration::from_secs(3);

impl Process {
    /// Starts it with its log in `folder`. Ctrl-C reaches the demo alone, which then ends it.
    pub fn start(program: &Path, arguments: &[&str], folder: &Path) -> anyhow::Result<Self> {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let log = folder.join(format!("{name}.log"));
        let mut command = Command::new(program);
        for (variable, _) in std::env::vars_os().filter(|(v, _)| v.to_string_lossy().starts_with("POSTHOUSE_")) {
            command.env_remove(variable);
        }
        let mut child = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let out = child.stdout.take().expect("piped above");
        Ok(Self { name, child, said: BufReader::new(out).lines(), log })
    }

    /// The next line of JSON it prints.
    pub async fn says(&mut self) -> anyhow::Result<Value> {
        match timeout(START, self.said.next_line()).await {
            Ok(Ok(Some(line))) => serde_json::from_str(&line).with_context(|| format!("`{}` said {line:?}", self.name)),
            Ok(_) => bail!("`{}` ended at its start:\n{}", self.name, self.last_words()),
            Err(_) => bail!("`{}` did not start in {START:?}:\n{}", self.name, self.last_words()),
        }
    }

    pub fn still_runs(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("`{}` ended ({status}):\n{}", self.name, self.last_words()),
        }
    }

    /// Asks it to end, then makes it.
    pub async fn end(mut self) {
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            // Gone already: that is what was wanted.
            let _ = kill_process(pid, Signal::TERM);
        }
        if timeout(GRACE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}
