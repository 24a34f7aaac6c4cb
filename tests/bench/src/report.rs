//! Figures with everything needed to judge them: hardware, commit, command, goal, samples.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use serde::Serialize;

use crate::measure::{Samples, median, paired};

#[derive(Serialize)]
pub struct Report {
    hardware: Hardware,
    commit: String,
    command: String,
    at: String,
    pub figures: Vec<Figure>,
}

#[derive(Serialize)]
struct Hardware {
    processor: String,
    cores: usize,
    memory_mib: u64,
    kernel: String,
    /// Of the last minute, at the start: what else the machine did.
    load: String,
}

#[derive(Serialize)]
pub struct Figure {
    pub name: String,
    /// What was done, and what its peer is.
    pub what: String,
    pub ours: Side,
    pub peer: Option<Side>,
    /// Ours to the peer's, or the value itself where there is no peer.
    pub value: f64,
    pub value_unit: String,
    pub goal: Option<Goal>,
    pub met: Option<bool>,
}

#[derive(Serialize)]
pub struct Side {
    pub median: f64,
    pub unit: String,
    pub samples: Samples,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

impl Side {
    pub fn new(unit: &str, samples: Samples) -> Self {
        Self { median: median(&samples), unit: unit.into(), samples }
    }
}

impl Figure {
    /// Ours as a multiple of the peer's: the median of the turns' ratios.
    pub fn ratio(name: &str, what: &str, ours: Side, peer: Side, goal: Option<Goal>) -> Self {
        let ratio = median(&paired(&ours.samples, &peer.samples, |ours, peer| ours / peer));
        Self::new(name, what, ours, Some(peer), (ratio, "×"), goal)
    }

    /// A figure without a peer.
    pub fn alone(name: &str, what: &str, ours: Side, goal: Option<Goal>) -> Self {
        let (value, unit) = (ours.median, ours.unit.clone());
        Self::new(name, what, ours, None, (value, &unit), goal)
    }

    /// How much ours is beyond the peer's.
    pub fn beyond(name: &str, what: &str, ours: Side, peer: Side, goal: Option<Goal>) -> Self {
        let beyond = median(&paired(&ours.samples, &peer.samples, |ours, peer| ours - peer));
        let unit = ours.unit.clone();
        Self::new(name, what, ours, Some(peer), (beyond, &unit), goal)
    }

    fn new(name: &str, what: &str, ours: Side, peer: Option<Side>, (value, unit): (f64, &str), goal: Option<Goal>) -> Self {
        let met = goal.map(|goal| goal.is_met_by(value));
        Self { name: name.into(), what: what.into(), ours, peer, value, value_unit: unit.into(), goal, met }
    }
}

impl Report {
    pub fn begin() -> Self {
        let command: Vec<_> = std::env::args().collect();
        Self {
            hardware: Hardware::found(),
            commit: commit(),
            command: command.join(" "),
            at: jiff::Timestamp::now().to_string(),
            figures: vec![],
        }
    }

    /// As Markdown, so that it can be kept.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header(["figure", "ours", "peer", "measured", "goal", "met"]);
        for figure in &self.figures {
            let side = |side: &Side| format!("{} {}", short(side.median), side.unit);
            let goal = match figure.goal {
                Some(Goal::AtMost(most)) => format!("≤ {} {}", short(most), figure.value_unit),
                Some(Goal::AtLeast(least)) => format!("≥ {} {}", short(least), figure.value_unit),
                None => "-".into(),
            };
            let met = figure.met.map_or("-", |met| if met { "yes" } else { "no" });
            let value = format!("{} {}", short(figure.value), figure.value_unit);
            let peer = figure.peer.as_ref().map_or("-".into(), side);
            table.add_row([figure.name.clone(), side(&figure.ours), peer, value, goal, met.into()]);
        }
        let Hardware { processor, cores, memory_mib, kernel, load } = &self.hardware;
        format!(
            "{processor}, {cores} cores, {memory_mib} MiB, Linux {kernel}, load {load}; commit {}; `{}`\n\n{table}",
            self.commit, self.command
        )
    }

    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, serde_json::to_vec_pretty(self)?).with_context(|| format!("cannot write {}", path.display()))
    }
}

impl Hardware {
    fn found() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let kib = field(&read("/proc/meminfo"), "MemTotal").and_then(|m| m.split(' ').next()?.parse::<u64>().ok());
        Self {
            processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| std::env::consts::ARCH.into()),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_mib: kib.unwrap_or(0) / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let done = Command::new("git").args(arguments).output().ok()?;
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else { return "unknown".into() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|s| !s.is_empty());
    if changed { format!("{commit} with changes") } else { commit }
}

/// Three digits that count.
fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
