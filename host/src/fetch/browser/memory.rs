//! What a browser and its children hold.

use std::collections::BTreeMap;
use std::fs;

use rustix::param::page_size;
use rustix::process::Pid;

/// Bytes of the process and everything below it that are in memory, each.
pub fn tree(of: Pid) -> BTreeMap<i32, u64> {
    let all = processes();
    let mut tree = BTreeMap::new();
    let mut next = vec![of.as_raw_nonzero().get()];
    while let Some(pid) = next.pop() {
        tree.insert(pid, resident(pid));
        next.extend(all.iter().filter(|(child, parent)| **parent == pid && !tree.contains_key(child)).map(|(child, _)| *child));
    }
    tree
}

/// Every process and its parent.
fn processes() -> BTreeMap<i32, i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return BTreeMap::new() };
    let pids = entries.flatten().filter_map(|e| e.file_name().to_string_lossy().parse::<i32>().ok());
    pids.filter_map(|pid| Some((pid, parent(pid)?))).collect()
}

/// The second field after the name, which may hold anything but ends with the last `)`.
fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn resident(pid: i32) -> u64 {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let field = |n: usize| statm.split_whitespace().nth(n).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0);
    // What is shared is counted once, with whoever it belongs to.
    field(1).saturating_sub(field(2)) * page_size() as u64
}
