//! Pages through the front door: an operator who allows them, and what is left of browsers.

use std::fs;
use std::path::Path;

use posthouse_simulators::Carrier;
use serde_json::Value;

use crate::{Setup, TestHost, Town, until};

/// A host that reads the seven carriers' pages, by the recorded word of an operator.
pub async fn allowed(town: &Town, config: &str) -> TestHost {
    let host = Setup::pages(town).await.with(config).start().await;
    for carrier in Carrier::PAGES {
        allow(&host, carrier);
    }
    host
}

/// What an operator types before the first page.
pub fn allow(host: &TestHost, carrier: Carrier) {
    page(host, &["allow", carrier.name(), "--by", "the test", "--on", "2026-01-20", "--terms", "simulated pages"]);
}

/// `posthouse page …`, which must succeed.
pub fn page(host: &TestHost, words: &[&str]) -> Value {
    let ran = host.run(&[&["page"], words, &["--json", "--url", &host.url]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

/// Processes whose command line names this folder: browsers with their profile there.
pub fn browsers(profiles: &Path) -> Vec<i32> {
    let named = profiles.to_str().expect("our paths are UTF-8").as_bytes().to_vec();
    let pids = fs::read_dir("/proc").expect("a list").flatten().filter_map(|e| e.file_name().to_str()?.parse().ok());
    let is_one = |pid: &i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.windows(named.len()).any(|part| part == named)
    };
    pids.filter(is_one).collect()
}

/// Waits until no browser of this folder runs.
pub async fn no_browsers(profiles: &Path) {
    until("every browser is gone", async || browsers(profiles).is_empty().then_some(())).await;
}
