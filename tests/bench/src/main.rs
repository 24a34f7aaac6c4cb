//! `posthouse-bench`: what the sandbox, the store and the host cost, each as a ratio to its peer.
//!
//! Absolute times on a shared machine say little, so both sides of a ratio run in the same
//! process or on the same machine in turns, and the median of the turns counts. It reports and
//! never fails on a figure.

mod accuracy;
mod answer;
mod carriers;
mod crops;
mod deliveries;
mod flight;
mod house;
mod languages;
mod load;
mod measure;
mod pages;
mod plain;
mod poll;
mod read;
mod report;
mod sheets;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use report::{Figure, Report};

const EXAMPLES: &str = "\
Examples:
  make bench
  target/release/posthouse-bench --only read --only load
  target/release/posthouse-bench --json target/bench/report.json
  target/release/posthouse-bench ocr --from 1001 --to 1020";

/// Measures what the sandbox, the store and the host cost.
#[derive(Debug, Parser)]
#[command(name = "posthouse-bench", version, after_help = EXAMPLES)]
pub struct Options {
    /// Where the report is written.
    #[arg(long, default_value = "target/bench/report.json")]
    json: PathBuf,
    /// Only these groups: read, instance, load, poll, flight, crops, pages, sheets, languages, webhooks.
    #[arg(long)]
    only: Vec<String>,
    /// Turns of each side.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Folder of the adapters; beside this program's folder if left out.
    #[arg(long)]
    adapters: Option<PathBuf>,
    /// The simulators' program; beside this one if left out.
    #[arg(long)]
    simulators: Option<PathBuf>,
    #[command(subcommand)]
    side: Option<Side>,
}

#[derive(Debug, Subcommand)]
enum Side {
    /// How much of invented tables is read, and how much of that is right.
    Ocr(accuracy::Accuracy),
    /// One side of the memory figure, in a process of its own.
    #[command(hide = true)]
    InFlight {
        side: flight::Who,
        /// The simulators' control address.
        control: String,
    },
    /// One side of the figures of pages, in a process of its own.
    #[command(hide = true)]
    Visits { side: pages::Who, url: String },
}

impl Options {
    fn wants(&self, group: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|named| named == group)
    }

    fn beside(&self) -> PathBuf {
        std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_owned())).unwrap_or_default()
    }

    fn adapters(&self) -> PathBuf {
        self.adapters.clone().unwrap_or_else(|| self.beside().join("../adapters"))
    }

    /// The adapters in other languages lie beside the others.
    fn languages(&self) -> PathBuf {
        self.adapters().with_file_name("language-adapters")
    }

    fn simulators(&self) -> PathBuf {
        self.simulators.clone().unwrap_or_else(|| self.beside().join("posthouse-simulators"))
    }
}

fn main() -> anyhow::Result<()> {
    // The host starts itself anew to become a browser; here, that is us.
    if std::env::args().nth(1).is_some_and(|command| command == "browser-cage") {
        return posthouse::command::Cli::parse().run().map(drop);
    }
    let options = Options::parse();
    // A second call finds a provider installed, and that is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match &options.side {
        Some(Side::InFlight { side, control }) => return flight::one_side(&options, *side, control),
        Some(Side::Visits { side, url }) => return pages::one_side(*side, url),
        Some(Side::Ocr(accuracy)) => return accuracy::run(&options, accuracy),
        None => (),
    }
    let mut report = Report::begin();
    for (group, measure) in groups() {
        if options.wants(group) {
            eprintln!("measuring: {group}");
            report.figures.extend(measure(&options)?);
        }
    }
    println!("{}", report.table());
    report.write(&options.json)?;
    eprintln!("written to {}", options.json.display());
    Ok(())
}

type Measure = fn(&Options) -> anyhow::Result<Vec<Figure>>;

fn groups() -> [(&'static str, Measure); 10] {
    [
        ("read", read::reads),
        ("instance", read::instance),
        ("load", load::figures),
        ("poll", poll::figures),
        ("flight", flight::figures),
        ("crops", crops::figures),
        ("pages", pages::figures),
        ("sheets", sheets::figures),
        ("languages", languages::figures),
        ("webhooks", deliveries::figures),
    ]
}
