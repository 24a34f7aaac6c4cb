//! The whole pipeline, storing included, against a plain loop of the same HTTP requests.

use std::time::{Duration, Instant};

use posthouse::schedule::Lanes;

use crate::Options;
use crate::carriers::{Carriers, Control};
use crate::house::{Bench, Setup, until};
use crate::measure::Samples;
use crate::plain::Plain;
use crate::report::{Figure, Goal, Side};

const PARCELS: usize = 2000;
const IN_FLIGHT: usize = 32;
const TURN: Duration = Duration::from_secs(2);
/// A lane needs this to be in full flight.
const RUN_UP: Duration = Duration::from_millis(300);
const GRACE: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Found {
    plain: Samples,
    full: Samples,
    normal: Samples,
    first: Samples,
}

pub fn figures(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let carriers = Carriers::start(&options.simulators())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let found = runtime.block_on(measure(options, &carriers.control))?;
    let about = format!(
        "{PARCELS} ZTO parcels of five events each, {IN_FLIGHT} in flight on loopback, simulators in a process of their own on the same cores. \
         Ours: claim, quota, ask, HTTP, read, judge, store, with a transaction on disk; an unchanged answer is a small update. \
         Peer: a reqwest loop over the same requests, signed before. Polls a second."
    );
    let side = |samples: &Samples| Side::new("/s", samples.clone());
    let figure = |name, what: &str, ours: &Samples, peer: &Samples, goal| Figure::ratio(name, what, side(ours), side(peer), goal);
    Ok(vec![
        figure("whole polls, unchanged answers", &about, &found.full, &found.plain, Some(Goal::AtLeast(0.8))),
        figure(
            "… storing with synchronous = normal",
            "The same, but a commit does not wait for the disk. Peer: the plain loop.",
            &found.normal,
            &found.plain,
            None,
        ),
        figure(
            "… every answer new",
            "First looks: five events, an outbox row and a sealed exchange stored for each. Peer: polls with unchanged answers.",
            &found.first,
            &found.full,
            None,
        ),
    ])
}

async fn measure(options: &Options, control: &Control) -> anyhow::Result<Found> {
    let numbers = control.ship(PARCELS).await?;
    let plain = Plain::new(control, &numbers).await?;
    let full = settled(options, control, &numbers, "full").await?;
    let normal = settled(options, control, &numbers, "normal").await?;
    let setup = Setup { synchronous: "full", every: "1h", in_flight: IN_FLIGHT };
    let fresh = Bench::open(options, control, setup).await?;
    let mut found = Found::default();
    plain.per_second(IN_FLIGHT, RUN_UP).await?;
    for _ in 0..options.rounds {
        found.plain.push(plain.per_second(IN_FLIGHT, TURN).await?);
        found.full.push(repeated(&full, control).await?);
        found.normal.push(repeated(&normal, control).await?);
        found.first.push(first(&fresh, control).await?);
    }
    Ok(found)
}

/// A host that has read every parcel once.
async fn settled(options: &Options, control: &Control, numbers: &[String], synchronous: &'static str) -> anyhow::Result<Bench> {
    let setup = Setup { synchronous, every: "1ms", in_flight: IN_FLIGHT };
    let bench = Bench::open(options, control, setup).await?;
    bench.register("zto", numbers).await?;
    let (before, lanes) = (control.requests().await?, Lanes::start(&bench.house));
    until("every parcel read once", async || Ok(control.requests().await? >= before + 2 * PARCELS as u64)).await?;
    lanes.stop(GRACE).await;
    Ok(bench)
}

/// Polls a second of parcels on which nothing happens.
async fn repeated(bench: &Bench, control: &Control) -> anyhow::Result<f64> {
    let lanes = Lanes::start(&bench.house);
    tokio::time::sleep(RUN_UP).await;
    let (begun, before) = (Instant::now(), control.requests().await?);
    tokio::time::sleep(TURN).await;
    let (after, took) = (control.requests().await?, begun.elapsed());
    lanes.stop(GRACE).await;
    Ok((after - before) as f64 / took.as_secs_f64())
}

/// Polls a second of parcels nobody looked at before.
async fn first(bench: &Bench, control: &Control) -> anyhow::Result<f64> {
    let numbers = control.ship(PARCELS).await?;
    bench.register("zto", &numbers).await?;
    let before = control.requests().await?;
    let (begun, lanes) = (Instant::now(), Lanes::start(&bench.house));
    until("every new parcel read", async || Ok(control.requests().await? >= before + PARCELS as u64)).await?;
    let took = begun.elapsed();
    lanes.stop(GRACE).await;
    Ok(PARCELS as f64 / took.as_secs_f64())
}
