//! `posthouse-demo`: carriers that are simulated, a host that is real, and parcels to watch.
//!
//! Everything is made in a temporary folder and ends with the demo, however it ends.

mod board;
mod by_hand;
mod carriers;
mod clerk;
mod deppon;
mod host;
mod hub;
mod page;
mod process;
mod screen;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use board::Board;
use carriers::Carriers;
use clerk::Clerk;
use host::{Host, Pace};
use hub::{Carrier, Hub};
use screen::Screen;

const EXAMPLES: &str = "\
Examples:
  make demo
  make demo ONCE=1
  make demo-deppon
  target/release/posthouse-demo --parcels 1000";

/// Shows 200 parcels on their way as a real host sees them: of eleven simulated carriers, and of four
/// that a clerk's spreadsheets tell of.
#[derive(Debug, Parser)]
#[command(name = "posthouse-demo", version, after_help = EXAMPLES)]
struct Options {
    #[command(subcommand)]
    story: Option<Story>,
    /// End once every parcel was read; the last line is JSON.
    #[arg(long)]
    once: bool,
    /// How many, over all carriers.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    parcels: u32,
    /// The host's program; beside this one if left out.
    #[arg(long)]
    host: Option<PathBuf>,
    /// The simulators' program; beside this one if left out.
    #[arg(long)]
    simulators: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Story {
    Deppon(deppon::Deppon),
}

/// The programs of the demo.
pub struct Programs {
    host: PathBuf,
    simulators: PathBuf,
}

/// With `--once`: all must be read within this.
const PATIENCE: Duration = Duration::from_secs(120);
/// Until all are read, so often: what is measured is when each was read first.
const GLANCE: Duration = Duration::from_millis(100);
const REFRESH: Duration = Duration::from_secs(1);
/// Between what the clerk does.
const CLERK: Duration = Duration::from_secs(2);
/// What happened to the parcels before anybody registered them.
const HISTORY: Duration = Duration::from_secs(3);

/// The last line of `--once`.
#[derive(Serialize)]
struct Summary {
    carriers: usize,
    parcels: usize,
    read: usize,
    failed: usize,
    /// Rows of the clerk's sheets.
    entered: usize,
    refused: usize,
    /// From registration to the first answer of a carrier.
    p50_ms: Option<i64>,
    p99_ms: Option<i64>,
}

impl Summary {
    fn of(board: &Board) -> Self {
        let times = board.first_answers();
        Self {
            carriers: board.carriers.len(),
            parcels: board.parcels(),
            read: board.read(),
            failed: board.failed(),
            entered: board.by_hand.entered,
            refused: board.by_hand.refused,
            p50_ms: board::percentile(&times, 0.50),
            p99_ms: board::percentile(&times, 0.99),
        }
    }
}

struct Stage {
    carriers: Carriers,
    host: Host,
    hub: Hub,
    folder: tempfile::TempDir,
}

// One thread: a child is told of its parent's end when the thread that started it ends.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    // A second call finds a provider installed, and that is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let programs = Programs::of(&options)?;
    if let Some(Story::Deppon(story)) = &options.story {
        return deppon::tell(story, &programs).await;
    }
    let folder = tempfile::Builder::new().prefix("posthouse-demo-").tempdir()?;
    let pace = usual();
    let mut stage = tokio::select! {
        stage = Stage::set(&programs, folder, &pace) => stage?,
        () = interrupted() => return Ok(ExitCode::SUCCESS),
    };
    let shown = tokio::select! {
        shown = show(&mut stage, &options) => shown,
        () = interrupted() => Ok(ExitCode::SUCCESS),
    };
    stage.strike().await;
    shown
}

/// A story day lasts half a minute.
fn usual() -> Pace {
    let text = |length: &str| length.to_owned();
    Pace {
        every: text("3s"),
        sla: text("15s"),
        backoff: text("1s"),
        backoff_max: text("1m"),
        pushed_every: text("10s"),
        push_silence: text("20s"),
        window: text("30s"),
        adapters: None,
        without_push: None,
    }
}

async fn interrupted() {
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened for");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

async fn show(stage: &mut Stage, options: &Options) -> anyhow::Result<ExitCode> {
    let mut board = stage.register(options.parcels as usize).await?;
    let clerk = stage.clerk(&board)?;
    let done = watch(stage, &mut board, clerk, options.once).await?;
    println!("{}", serde_json::to_string(&Summary::of(&board))?);
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Until all are read and the clerk is done (`once`), or until interrupted. False if patience ended first.
async fn watch(stage: &mut Stage, board: &mut Board, mut clerk: Clerk, once: bool) -> anyhow::Result<bool> {
    let begun = Instant::now();
    let mut worked = begun;
    let mut screen = Screen::open(stage.signpost(board), once);
    let mut drawn = None::<Instant>;
    loop {
        stage.host.still_runs()?;
        board.look(&stage.hub).await?;
        if worked.elapsed() > CLERK && !clerk.is_done() {
            worked = Instant::now();
            for report in clerk.work(&stage.hub).await? {
                board.hear(&report);
                screen.hear(board, &report)?;
            }
            continue;
        }
        let all = board.read() == board.parcels() && clerk.is_done();
        let over = once && (all || begun.elapsed() > PATIENCE);
        if over || drawn.is_none_or(|at| at.elapsed() >= REFRESH) {
            board.ask_around(&stage.hub, &stage.carriers).await?;
            screen.draw(board)?;
            drawn = Some(Instant::now());
        }
        if over {
            screen.close(board)?;
            return Ok(all);
        }
        let wait = if all { REFRESH } else { GLANCE };
        tokio::time::sleep(wait).await;
    }
}

impl Programs {
    fn of(options: &Options) -> anyhow::Result<Self> {
        let beside = std::env::current_exe()?.parent().map(PathBuf::from).unwrap_or_default();
        let program = |named: &Option<PathBuf>, name: &str| -> anyhow::Result<PathBuf> {
            let path = named.clone().unwrap_or_else(|| beside.join(name));
            anyhow::ensure!(path.exists(), "no {}: run `make build` first", path.display());
            Ok(path)
        };
        Ok(Self { host: program(&options.host, "posthouse")?, simulators: program(&options.simulators, "posthouse-simulators")? })
    }
}

/// The demo's own word, recorded as an operator would: its pages are simulated.
async fn allow_pages(host: &Host, hub: &Hub) -> anyhow::Result<()> {
    let today = jiff::Zoned::now().date().to_string();
    for carrier in hub.pages().await? {
        host.run(&["page", "allow", &carrier, "--by", "posthouse-demo", "--on", &today, "--terms", "simulated pages of this demo"]).await?;
    }
    Ok(())
}

impl Stage {
    async fn set(programs: &Programs, folder: tempfile::TempDir, pace: &Pace) -> anyhow::Result<Self> {
        eprintln!("starting simulated carriers and a host in {}", folder.path().display());
        let carriers = Carriers::start(&programs.simulators, folder.path()).await?;
        let host = Host::start(&programs.host, folder.path(), &carriers, pace).await?;
        let hub = Hub::new(&host)?;
        for (carrier, url) in hub.push_addresses().await? {
            carriers.push_to(&carrier, &url).await?;
        }
        allow_pages(&host, &hub).await?;
        Ok(Self { carriers, host, hub, folder })
    }

    /// Gives each carrier its share of parcels, lets a little happen to them, and registers them.
    async fn register(&self, parcels: usize) -> anyhow::Result<Board> {
        let mut board = Board::new(self.hub.carriers().await?);
        anyhow::ensure!(!board.carriers.is_empty(), "the host has no carrier: run `make build`");
        let several = board.carriers.len();
        let mut numbers = vec![];
        for (i, carrier) in board.carriers.iter().enumerate() {
            let share = parcels / several + usize::from(i < parcels % several);
            let made = self.numbers(carrier, share).await?;
            numbers.extend(made.into_iter().map(|number| (carrier.id.clone(), number)));
        }
        tokio::time::sleep(HISTORY).await;
        for some in numbers.chunks(100) {
            self.hub.register(some).await.context("registering parcels")?;
        }
        board.expect(&numbers);
        Ok(board)
    }

    /// Of a simulated carrier, or of one whose parcels only people know.
    async fn numbers(&self, carrier: &Carrier, count: usize) -> anyhow::Result<Vec<String>> {
        if !carrier.is_by_hand() {
            return self.carriers.ship(&carrier.id, count).await;
        }
        let known = by_hand::find(&carrier.id).with_context(|| format!("nobody writes down what `{}` says", carrier.id))?;
        Ok(known.numbers(count))
    }

    /// With sheets of every parcel that is followed by hand, in a folder of their own.
    fn clerk(&self, board: &Board) -> anyhow::Result<Clerk> {
        let folder = self.folder.path().join("sheets");
        std::fs::create_dir(&folder)?;
        Clerk::prepare(&folder, board.expected())
    }

    fn signpost(&self, board: &Board) -> Vec<String> {
        let (at, key) = (&self.host.address, &self.host.hub_key);
        let example = board.example().map(|(carrier, number)| format!("{carrier}/{number}")).unwrap_or_default();
        vec![
            format!("API   {at}    browse it: {at}/docs    carriers: {}", self.carriers.address),
            format!("try   curl -H 'Authorization: Bearer {key}' {at}/v1/track/{example}"),
            format!("files {}    logs, and the clerk's sheets    Ctrl-C ends everything", self.folder.path().display()),
        ]
    }

    async fn strike(self) {
        self.host.end().await;
        self.carriers.end().await;
    }
}
