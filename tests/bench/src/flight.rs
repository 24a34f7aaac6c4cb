//! What a poll in flight costs in memory, beyond the request that a plain client holds.
//!
//! Each side is a process of its own: it warms up, notes its memory, lets 512 requests hang and
//! notes it again.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum;
use posthouse::schedule::Lanes;
use serde_json::json;

use crate::Options;
use crate::carriers::{Carriers, Control};
use crate::house::{Bench, Setup, until};
use crate::measure::Samples;
use crate::plain::Plain;
use crate::report::{Figure, Goal, Side};

const HANGING: usize = 512;
const WARM: usize = 64;
/// After the last request arrived, until memory is read.
const SETTLE: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Who {
    Host,
    Plain,
}

pub fn figures(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let carriers = Carriers::start(&options.simulators())?;
    let (mut host, mut plain) = (Samples::new(), Samples::new());
    for _ in 0..options.rounds.min(5) {
        host.push(side(options, &carriers.control, "host")?);
        plain.push(side(options, &carriers.control, "plain")?);
    }
    let what = format!(
        "Growth of the resident set while {HANGING} polls hang at the carrier, divided by them, after {WARM} polls to warm up; host and plain reqwest client \
         each in a fresh process. KiB a poll."
    );
    let (ours, peer) = (Side::new("KiB", host), Side::new("KiB", plain));
    Ok(vec![Figure::beyond("memory of a poll in flight", &what, ours, peer, Some(Goal::AtMost(16.0)))])
}

/// Runs one side and reads what it prints: KiB for each poll.
fn side(options: &Options, control: &Control, who: &str) -> anyhow::Result<f64> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--adapters").arg(options.adapters()).args(["in-flight", who, &control.address]);
    let done = command.output()?;
    anyhow::ensure!(done.status.success(), "the {who} side failed: {}", String::from_utf8_lossy(&done.stderr));
    Ok(String::from_utf8(done.stdout)?.trim().parse()?)
}

/// In the process of its own.
pub fn one_side(options: &Options, who: Who, control: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let kib = runtime.block_on(async {
        let control = Control::at(control)?;
        mood(&control, "normal").await?;
        let numbers = control.ship(WARM + HANGING).await?;
        let (warm, hanging) = numbers.split_at(WARM);
        match who {
            Who::Host => host(options, &control, warm, hanging).await,
            Who::Plain => plain(&control, warm, hanging).await,
        }
    })?;
    println!("{kib}");
    // What hangs need not be waited for.
    runtime.shutdown_background();
    Ok(())
}

async fn host(options: &Options, control: &Control, warm: &[String], hanging: &[String]) -> anyhow::Result<f64> {
    let setup = Setup { synchronous: "full", every: "1h", in_flight: HANGING };
    let bench = Bench::open(options, control, setup).await?;
    bench.register("zto", warm).await?;
    let (before, lanes) = (control.requests().await?, Lanes::start(&bench.house));
    arrived(control, before, WARM).await?;
    lanes.stop(Duration::from_secs(10)).await;
    bench.register("zto", hanging).await?;
    mood(control, "hang").await?;
    let (memory, before) = (resident()?, control.requests().await?);
    let _lanes = Lanes::start(&bench.house);
    arrived(control, before, HANGING).await?;
    grown(memory).await
}

async fn plain(control: &Control, warm: &[String], hanging: &[String]) -> anyhow::Result<f64> {
    let client = Plain::new(control, &[warm, hanging].concat()).await?;
    let task = |which: usize| {
        let client: Arc<Plain> = client.clone();
        tokio::spawn(async move { client.ask(which).await })
    };
    for asked in (0..WARM).map(task).collect::<Vec<_>>() {
        asked.await??;
    }
    mood(control, "hang").await?;
    let (memory, before) = (resident()?, control.requests().await?);
    let _hanging: Vec<_> = (WARM..WARM + HANGING).map(task).collect();
    arrived(control, before, HANGING).await?;
    grown(memory).await
}

async fn grown(before: f64) -> anyhow::Result<f64> {
    tokio::time::sleep(SETTLE).await;
    Ok((resident()? - before) / HANGING as f64)
}

async fn arrived(control: &Control, before: u64, count: usize) -> anyhow::Result<()> {
    until("requests arrived", async || Ok(control.requests().await? >= before + count as u64)).await
}

async fn mood(control: &Control, mood: &str) -> anyhow::Result<()> {
    control.post("mood", json!({ "carrier": "zto", "mood": mood })).await.map(drop)
}

/// KiB.
fn resident() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
