//! `posthouse-simulators`: prints where it listens, then serves until it is told to end or its
//! parent is gone.

use std::io::Write;

use clap::Parser;
use posthouse_simulators::{Options, Simulators};
use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    // A test that is killed must leave no simulator behind.
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let simulators = Simulators::start(options).await?;
    let line = serde_json::json!({ "listen": simulators.addr.to_string(), "control": simulators.url("/control") });
    writeln!(std::io::stdout(), "{line}")?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}
