//! A sandboxed read against the same adapter's code, compiled natively.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use posthouse::config::Config;
use posthouse::replay;
use posthouse::sandbox::types as host;
use posthouse::sandbox::{Adapter, Sandbox};
use posthouse::vault::Secrets;
use posthouse_adapter_sf::Sf;
use posthouse_registry::{Package, folder};
use posthouse_sdk::{self as sdk, Tracking as _};

use crate::Options;
use crate::answer::{self, Sample};
use crate::measure::{Samples, each, in_turns};
use crate::report::{Figure, Goal, Side};

/// Calls in one turn. Native inputs are made before the clock starts, because a native reader
/// takes them by value; few, so that they stay in the cache as the host's one input does.
const CALLS: usize = 32;
/// Short turns, and many: the scheduler spoils some of them and not the median.
const TURNS: usize = 60;

const NOW: i64 = 1_710_000_000_000;

pub fn reads(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let (small, large) = (answer::of(1, 12), answer::of(10, 11));
    with(options, |bench| {
        Ok(vec![
            bench.figure("sandboxed read, 2 KB", &small, 200, Some(Goal::AtMost(2.0)))?,
            bench.figure("sandboxed read, 20 KB", &large, 200, Some(Goal::AtMost(1.4)))?,
        ])
    })
}

pub fn instance(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let failed = Sample { numbers: vec!["SF1450000000000".into()], body: vec![] };
    with(options, |bench| Ok(vec![bench.instance(&failed)]))
}

fn with(options: &Options, measure: impl FnOnce(Bench<'_>) -> anyhow::Result<Vec<Figure>>) -> anyhow::Result<Vec<Figure>> {
    let config = Config::with("")?;
    let sandbox = Sandbox::uncached(&config.sandbox)?;
    let adapter = sandbox.load(&package(options, "sf")?)?;
    let secrets = Arc::new(replay::own_names(&adapter.manifest));
    measure(Bench { adapter: &adapter, secrets: &secrets, turns: TURNS * options.rounds })
}

/// An adapter's newest package.
pub fn package(options: &Options, id: &str) -> anyhow::Result<Package> {
    newest(&options.adapters(), id)
}

/// The newest package of a folder.
pub fn newest(path: &Path, id: &str) -> anyhow::Result<Package> {
    let found = folder::newest(path).with_context(|| format!("no adapters in {}: run `make build`", path.display()))?;
    let mut packages = found.into_iter().filter_map(|(_, package)| package.ok());
    packages.find(|package| package.manifest.id == id).with_context(|| format!("no adapter `{id}` in {}", path.display()))
}

struct Bench<'a> {
    adapter: &'a Adapter,
    secrets: &'a Arc<Secrets>,
    turns: usize,
}

impl Bench<'_> {
    fn figure(&self, name: &str, sample: &Sample, status: u16, goal: Option<Goal>) -> anyhow::Result<Figure> {
        self.check(sample)?;
        let what = format!(
            "posthouse::sandbox::Adapter::read of an SF answer of {} bytes about {} parcels: fresh instance, epoch, memory cap, hostcall fuel, breaker; \
             against posthouse_adapter_sf::Sf::read natively. Microseconds a call.",
            sample.body.len(),
            sample.numbers.len(),
        );
        let (ours, peer) = self.measure(sample, status);
        Ok(Figure::ratio(name, &what, Side::new("µs", ours), Side::new("µs", peer), goal))
    }

    /// What is left when there is nothing to read.
    fn instance(&self, failed: &Sample) -> Figure {
        let what = "Adapter::read of an empty answer with HTTP 500, less the native call: store, instance, lowering a task and a reply, \
                    the call, lifting one fault, dropping the instance. Microseconds.";
        let (ours, peer) = self.measure(failed, 500);
        Figure::beyond("the instance alone", what, Side::new("µs", ours), Side::new("µs", peer), Some(Goal::AtMost(3.0)))
    }

    fn measure(&self, sample: &Sample, status: u16) -> (Samples, Samples) {
        let (task, reply) = (host_task(sample), host_reply(sample, status));
        let mut sandboxed = || {
            each(CALLS, || {
                let (result, notes) = self.adapter.read(self.secrets, &task, &reply);
                drop(black_box((result, notes)));
            }) / 1000.0
        };
        let mut native = || {
            let mut inputs: Vec<_> = (0..CALLS).map(|_| (sdk_task(sample), sdk_reply(sample, status))).collect();
            each(CALLS, || {
                let (task, reply) = inputs.pop().expect("one for each call");
                drop(black_box(Sf::read(task, reply)));
            }) / 1000.0
        };
        let mut both = in_turns(self.turns, &mut [&mut sandboxed, &mut native]).into_iter();
        (both.next().unwrap_or_default(), both.next().unwrap_or_default())
    }

    /// Both sides read the same, or the ratio means nothing.
    fn check(&self, sample: &Sample) -> anyhow::Result<()> {
        let (sandboxed, _) = self.adapter.read(self.secrets, &host_task(sample), &host_reply(sample, 200));
        let Ok(host::Reading::Tracks(ours)) = sandboxed else { anyhow::bail!("the sandboxed adapter read {sandboxed:?}") };
        let Ok(sdk::Reading::Tracks(natives)) = Sf::read(sdk_task(sample), sdk_reply(sample, 200)) else {
            anyhow::bail!("the native adapter read no tracks")
        };
        let ours: Vec<_> = ours.iter().filter_map(|one| one.outcome.as_ref().ok()).map(|t| (&t.number, t.events.len())).collect();
        let natives: Vec<_> = natives.iter().filter_map(|one| one.outcome.as_ref().ok()).map(|t| (&t.number, t.events.len())).collect();
        anyhow::ensure!(ours == natives && ours.len() == sample.numbers.len(), "the two sides read different tracks");
        Ok(())
    }
}

fn headers() -> Vec<(&'static str, &'static str)> {
    vec![("content-type", "application/json;charset=UTF-8"), ("date", "Sun, 22 Nov 2026 04:00:00 GMT"), ("server", "openresty")]
}

fn host_task(sample: &Sample) -> host::Task {
    let parcel = |number: &String| host::Parcel { number: number.clone(), phone_tail: None, shipped_at: None, extra: vec![] };
    host::Task { parcels: sample.numbers.iter().map(parcel).collect(), now: NOW, nonce: vec![7; 16], round: 0, memo: vec![] }
}

fn host_reply(sample: &Sample, status: u16) -> host::Reply {
    let pair = |(name, value): (&str, &str)| host::Pair { name: name.into(), value: value.into() };
    let headers = headers().into_iter().map(pair).collect();
    host::Reply::Http(host::HttpReply { status, headers, body: sample.body.clone(), charset: Some("utf-8".into()) })
}

fn sdk_task(sample: &Sample) -> sdk::Task {
    let parcel = |number: &String| sdk::Parcel { number: number.clone(), phone_tail: None, shipped_at: None, extra: vec![] };
    sdk::Task { parcels: sample.numbers.iter().map(parcel).collect(), now: NOW, nonce: vec![7; 16], round: 0, memo: vec![] }
}

fn sdk_reply(sample: &Sample, status: u16) -> sdk::Reply {
    let pair = |(name, value): (&str, &str)| sdk::Pair { name: name.into(), value: value.into() };
    let headers = headers().into_iter().map(pair).collect();
    sdk::Reply::Http(sdk::HttpReply { status, headers, body: sample.body.clone(), charset: Some("utf-8".into()) })
}
