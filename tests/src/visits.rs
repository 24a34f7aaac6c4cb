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

/// A process, told apart from a later one of the same number by when it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub pid: i32,
    parent: i32,
    began: String,
}

impl Process {
    fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        // The state, the parent, and seventeen fields on the time it began. A dead one that nobody
        // has waited for runs no more.
        let (state, parent) = (fields.next()?, fields.next()?.parse().ok()?);
        (state != "Z").then_some(Self { pid, parent, began: fields.nth(17)?.to_owned() })
    }

    fn runs(&self) -> bool {
        Self::of(self.pid).is_some_and(|now| now.began == self.began)
    }

    /// Memory that it holds now.
    pub fn resident_mb(&self) -> u64 {
        let statm = fs::read_to_string(format!("/proc/{}/statm", self.pid)).unwrap_or_default();
        let pages: u64 = statm.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
        (pages * rustix::param::page_size() as u64) >> 20
    }

    fn names(&self, folder: &Path) -> bool {
        let line = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(folder.to_str().expect("our paths are UTF-8"))
    }
}

/// Browsers with their profile in this folder, and everything they started.
pub fn browsers(profiles: &Path) -> Vec<Process> {
    let pids = fs::read_dir("/proc").expect("a list").flatten().filter_map(|e| e.file_name().to_str()?.parse().ok());
    let all: Vec<Process> = pids.filter_map(Process::of).collect();
    let mut family: Vec<Process> = all.iter().filter(|process| process.names(profiles)).cloned().collect();
    let mut next = 0;
    while let Some(parent) = family.get(next).map(|process| process.pid) {
        let children = all.iter().filter(|child| child.parent == parent && !family.contains(child)).cloned().collect::<Vec<_>>();
        family.extend(children);
        next += 1;
    }
    family
}

/// Waits until these, and every browser of this folder, are gone.
pub async fn are_gone(family: &[Process], profiles: &Path) {
    until("every browser is gone", async || (!family.iter().any(Process::runs) && browsers(profiles).is_empty()).then_some(())).await;
}
