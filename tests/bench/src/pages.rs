//! Pages: one warm browser with a visitor for each, against a new browser for each page.
//!
//! Both sides render the same simulated page, four at a time, each side in a process of its own
//! that takes in every process it leaves behind, so that all of their processor time is counted.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::ValueEnum;
use posthouse::config::Config;
use posthouse::fetch::browser::{self, Bounds, Browser, Spec, Take};
use rustix::process::{Pid, WaitOptions, set_child_subreaper, wait};

use crate::Options;
use crate::carriers::Carriers;
use crate::measure::Samples;
use crate::report::{Figure, Goal, Side};

/// At the same time.
const AT_ONCE: usize = 4;
/// In a turn of each side: a browser each takes longer.
const POOLED: usize = 60;
const SINGLE: usize = 12;
const ROW: &str = "#showTable tr";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Who {
    Pool,
    /// A new browser for each page, by `headless_chrome` as it is.
    Single,
}

pub fn figures(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let carriers = Carriers::start(&options.simulators())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let url = runtime.block_on(page(&carriers))?;
    let [mut ours, mut peer, mut our_cpu, mut peer_cpu] = [const { Samples::new() }; 4];
    for _ in 0..options.rounds.min(5) {
        for (who, pages, cpu) in [("pool", &mut ours, &mut our_cpu), ("single", &mut peer, &mut peer_cpu)] {
            let (per_minute, ms) = side(who, &url)?;
            pages.push(per_minute);
            cpu.push(ms);
        }
    }
    let what = format!(
        "A simulated page (GBK, its script fills the rows after 100 ms), {AT_ONCE} at a time: {POOLED} pages through the host's browser (a context each, caged, through its proxy) against {SINGLE} \
         with a new browser each by headless_chrome 1.0 as it is; the same Chromium. Launches count."
    );
    let pages = |name| Side::new("pages/min", name);
    let cpu = |name| Side::new("ms", name);
    Ok(vec![
        Figure::ratio("pages a minute, pool to a browser each", &what, pages(ours), pages(peer), Some(Goal::AtLeast(4.0))),
        Figure::ratio("processor time of a page, pool to a browser each", &what, cpu(our_cpu), cpu(peer_cpu), Some(Goal::AtMost(0.3))),
    ])
}

/// A parcel with all its events, and where its page is.
async fn page(carriers: &Carriers) -> anyhow::Result<String> {
    let made = carriers.control.post("parcels", serde_json::json!({ "carrier": "yunda", "count": 1, "events": 20 })).await?;
    let number = made["parcels"][0]["number"].as_str().context("a parcel")?.to_owned();
    let endpoints = carriers.control.get("endpoints").await?;
    Ok(format!("{}?wen={number}", endpoints["yunda"]["page"].as_str().context("a page")?))
}

fn side(who: &str, url: &str) -> anyhow::Result<(f64, f64)> {
    let done = Command::new(std::env::current_exe()?).args(["visits", who, url]).output()?;
    anyhow::ensure!(done.status.success(), "the {who} side failed: {}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8(done.stdout)?;
    let (pages, ms) = said.trim().split_once(' ').with_context(|| format!("{who} said {said:?}"))?;
    Ok((pages.parse()?, ms.parse()?))
}

/// In the process of its own: pages a minute, and milliseconds of processor time for each.
pub fn one_side(who: Who, url: &str) -> anyhow::Result<()> {
    set_child_subreaper(Some(Pid::INIT))?;
    let begun = Instant::now();
    let (pages, took) = match who {
        Who::Pool => (POOLED, pooled(url)?),
        Who::Single => (SINGLE, single(url)?),
    };
    // What the browsers left behind is ours now; waited for, its time counts.
    while begun.elapsed() < Duration::from_secs(120) && matches!(wait(WaitOptions::empty()), Ok(Some(_))) {}
    println!("{} {}", pages as f64 * 60.0 / took.as_secs_f64(), processor_ms()? / pages as f64);
    Ok(())
}

fn pooled(url: &str) -> anyhow::Result<Duration> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let config = Config::with("")?;
        let browser = Arc::new(Browser::new(&config.browser, "posthouse-bench"));
        let begun = Instant::now();
        let mut visits = tokio::task::JoinSet::new();
        for _ in 0..POOLED {
            let (browser, spec) = (browser.clone(), spec(url)?);
            visits.spawn(async move { browser.visit(&spec).await.map(|visit| visit.rows.len()) });
        }
        while let Some(visit) = visits.join_next().await {
            let rows = visit?.map_err(|unread| anyhow::anyhow!("{}", unread.fault))?;
            anyhow::ensure!(rows > 0, "a page without rows");
        }
        Ok(begun.elapsed())
    })
}

fn spec(url: &str) -> anyhow::Result<Spec> {
    let at = reqwest::Url::parse(url)?;
    let own = vec![(at.host_str().context("a host")?.to_owned(), at.port().context("a port")?)];
    let seconds = Duration::from_secs;
    Ok(Spec {
        url: url.to_owned(),
        wait_for: format!("{ROW} td"),
        row: ROW.into(),
        fields: ["td:nth-child(1)", "td:nth-child(2)"].map(|css| Take { selector: css.into(), take: "text".into() }).into(),
        own,
        bounds: Bounds { load: seconds(30), wait: seconds(30), whole: seconds(60), bytes: 20 << 20 },
        ..Spec::default()
    })
}

/// As merchants' scripts do it today.
fn single(url: &str) -> anyhow::Result<Duration> {
    let path = browser::program(&Config::with("")?.browser)?;
    let (begun, left) = (Instant::now(), AtomicUsize::new(SINGLE));
    let work = || -> anyhow::Result<()> {
        while left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
            one_browser(&path, url)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("no panic"))
    })?;
    Ok(begun.elapsed())
}

fn one_browser(path: &std::path::Path, url: &str) -> anyhow::Result<()> {
    let options = headless_chrome::LaunchOptions::default_builder().path(Some(path.to_owned())).sandbox(false).build()?;
    let browser = headless_chrome::Browser::new(options)?;
    let tab = browser.new_tab()?;
    tab.navigate_to(url)?;
    tab.wait_for_element(&format!("{ROW} td"))?;
    let html = tab.get_content()?;
    anyhow::ensure!(html.contains("showTable"), "another page");
    Ok(())
}

/// Of this process and of everything it waited for.
fn processor_ms() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').context("a name")?.1;
    // User and system, own and children's: the 14th to 17th of all, in hundredths of a second.
    let ticks: f64 = fields.split_whitespace().skip(11).take(4).filter_map(|n| n.parse::<f64>().ok()).sum();
    Ok(ticks * 10.0)
}
