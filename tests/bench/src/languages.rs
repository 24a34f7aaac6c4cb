//! The same carrier's adapter in another language against the one in Rust: size, compiling, reading.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::Context as _;
use posthouse::config::Config;
use posthouse::fault::Fault;
use posthouse::replay;
use posthouse::sandbox::types::{Parcel, Reading, Reply, Task};
use posthouse::sandbox::{Adapter, Sandbox};
use posthouse::vault::Secrets;
use posthouse_registry::Package;
use posthouse_sdk::replay::Recorded;

use crate::Options;
use crate::measure::{each, in_turns};
use crate::read::{newest, package};
use crate::report::{Figure, Side};

/// Calls in one turn, and turns for each round.
const CALLS: usize = 4;
const TURNS: usize = 10;

/// Looks at a parcel on its way.
const ANSWERS: [(&str, &str, &str); 2] = [
    ("JavaScript", "yto", include_str!("../../../adapters/yto/recorded/in_transit.json")),
    ("Python", "zto", include_str!("../../../adapters/zto/recorded/in_transit.json")),
];

pub fn figures(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let mut figures = vec![];
    for (language, carrier, recorded) in ANSWERS {
        let recorded: Recorded = serde_json::from_str(recorded)?;
        let packages = Packages { ours: newest(&options.languages(), carrier)?, rust: package(options, carrier)? };
        figures.push(packages.size(language));
        figures.push(packages.compiling(language)?);
        figures.push(packages.loading(options, language)?);
        figures.push(packages.reading(options, language, &recorded)?);
    }
    Ok(figures)
}

struct Packages {
    ours: Package,
    rust: Package,
}

impl Packages {
    fn size(&self, language: &str) -> Figure {
        let mib = |package: &Package| Side::new("MiB", vec![package.bytes.len() as f64 / f64::from(1 << 20)]);
        let what = format!("Bytes of the package: the adapter of {} in {language}, against the one in Rust.", self.rust.manifest.id);
        Figure::ratio(&format!("{language}: size"), &what, mib(&self.ours), mib(&self.rust), None)
    }

    /// Once each: it takes long, and happens once.
    fn compiling(&self, language: &str) -> anyhow::Result<Figure> {
        let sandbox = Sandbox::uncached(&Config::with("")?.sandbox)?;
        let seconds = |package: &Package| Side::new("s", vec![each(1, || drop(sandbox.load(package))) / 1e9]);
        let what = "Sandbox::load without a code cache, on all cores, once each. Cranelift itself is built with opt-level 1.";
        Ok(Figure::ratio(&format!("{language}: compiling"), what, seconds(&self.ours), seconds(&self.rust), None))
    }

    fn loading(&self, options: &Options, language: &str) -> anyhow::Result<Figure> {
        let folder = tempfile::tempdir()?;
        let sandbox = Sandbox::new(&Config::with("")?.sandbox, folder.path().to_owned(), [7; 32])?;
        for package in [&self.ours, &self.rust] {
            sandbox.load(package)?;
        }
        let load = |package: &Package| each(1, || drop(sandbox.load(package))) / 1e6;
        let both = in_turns(options.rounds, &mut [&mut || load(&self.ours), &mut || load(&self.rust)]);
        let (ours, rust) = (Side::new("ms", both[0].clone()), Side::new("ms", both[1].clone()));
        let what = "Sandbox::load from the code cache, verified with its keyed hash.";
        Ok(Figure::ratio(&format!("{language}: loading from the code cache"), what, ours, rust, None))
    }

    fn reading(&self, options: &Options, language: &str, recorded: &Recorded) -> anyhow::Result<Figure> {
        let sandbox = Sandbox::uncached(&Config::with("")?.sandbox)?;
        let sides = [Look::new(&sandbox, &self.ours, recorded)?, Look::new(&sandbox, &self.rust, recorded)?];
        let [ours, rust] = [sides[0].read(), sides[1].read()];
        anyhow::ensure!(ours.is_ok() && ours == rust, "the two sides read different tracks: {ours:?} {rust:?}");
        let turn = |side: &Look| each(CALLS, || drop(black_box(side.read()))) / 1e3;
        let both = in_turns(TURNS * options.rounds, &mut [&mut || turn(&sides[0]), &mut || turn(&sides[1])]);
        let (ours, rust) = (Side::new("µs", both[0].clone()), Side::new("µs", both[1].clone()));
        let what = format!(
            "Adapter::read of the recorded {}/in_transit.json, fresh instance, all checks on: in {language}, against the adapter in Rust. \
             Microseconds a call.",
            self.rust.manifest.id
        );
        Ok(Figure::ratio(&format!("{language}: instance and read"), &what, ours, rust, None))
    }
}

/// A recorded look at a loaded adapter.
struct Look {
    adapter: Arc<Adapter>,
    secrets: Arc<Secrets>,
    task: Task,
    reply: Reply,
}

impl Look {
    fn new(sandbox: &Sandbox, package: &Package, recorded: &Recorded) -> anyhow::Result<Self> {
        let adapter = sandbox.load(package)?;
        let parcel = |number: &String| Parcel { number: number.clone(), phone_tail: None, shipped_at: None, extra: vec![] };
        let parcels = recorded.task.parcels.iter().map(|p| parcel(&p.number)).collect();
        let task = Task { parcels, now: recorded.now(), nonce: vec![7; 16], round: 0, memo: vec![] };
        let reply = replay::reply(recorded.replies.first().context("an answer")?.reply());
        Ok(Self { secrets: Arc::new(replay::secrets(&adapter, recorded)), adapter, task, reply })
    }

    fn read(&self) -> Result<Reading, Fault> {
        self.adapter.read(&self.secrets, &self.task, &self.reply).0
    }
}
