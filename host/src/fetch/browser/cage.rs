//! What a browser may touch: its profile, what it needs to run, and the ports of our own proxy.
//!
//! Runs in the child, alone, just before the browser takes its place. A carrier's page is hostile
//! until proven otherwise, so the browser is nobody's user, sees no file of ours, and has no route
//! but the proxy, whatever happens inside it.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, NetPort, PathBeneath, PathFd, Ruleset, RulesetAttr as _, RulesetCreated,
    RulesetCreatedAttr as _,
};
use rustix::process::{Gid, Resource, Rlimit, Signal, Uid, getuid, set_parent_process_death_signal, setrlimit};
use rustix::thread::{set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid};

/// Nobody, everywhere.
pub const NOBODY: u32 = 65534;

/// The bars of one cage.
#[derive(Debug, Clone)]
pub struct Bars<'a> {
    pub profile: &'a Path,
    /// Ports of the proxy.
    pub ports: &'a [u16],
    /// Bytes of data each of its processes may have.
    pub data: u64,
}

const READ: &[&str] = &[
    "/usr",
    "/lib",
    "/lib64",
    "/opt",
    "/sys",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/chromium",
    "/var/cache/fontconfig",
];
const WRITE: &[&str] = &["/dev/shm", "/dev/null", "/dev/urandom"];

/// Becomes the program, caged. Returns only if that fails.
pub fn enter(bars: &Bars<'_>, program: &Path, args: &[String]) -> anyhow::Error {
    match shut(bars) {
        Ok(()) => anyhow::Error::new(Command::new(program).args(args).exec()).context(format!("cannot start {}", program.display())),
        Err(why) => why,
    }
}

fn shut(bars: &Bars<'_>) -> anyhow::Result<()> {
    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::Core, limit(0))?;
    setrlimit(Resource::Data, limit(bars.data))?;
    if getuid().is_root() {
        become_nobody()?;
    }
    set_no_new_privs(true)?;
    fence(bars).context("the kernel refuses a fence around the browser")?;
    // Last: a change of user clears it.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(())
}

fn become_nobody() -> anyhow::Result<()> {
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    set_thread_groups(&[])?;
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)?;
    Ok(())
}

/// As much of it as this kernel knows; Chromium's own sandbox stands inside.
fn fence(bars: &Bars<'_>) -> anyhow::Result<()> {
    let abi = ABI::V4;
    let rules = Ruleset::default().handle_access(AccessFs::from_all(abi))?.handle_access(AccessNet::ConnectTcp)?.create()?;
    let mut rules = allow(rules, READ.iter().map(Path::new), AccessFs::from_read(abi))?;
    // Chromium's sandbox writes its maps of users there.
    let proc = AccessFs::from_read(abi) | AccessFs::WriteFile;
    rules = allow(rules, [Path::new("/proc")], proc)?;
    rules = allow(rules, WRITE.iter().map(Path::new).chain([bars.profile]), AccessFs::from_all(abi))?;
    for port in bars.ports {
        rules = rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
    }
    rules.restrict_self()?;
    Ok(())
}

fn allow<'a>(
    mut rules: RulesetCreated,
    paths: impl IntoIterator<Item = &'a Path>,
    access: BitFlags<AccessFs>,
) -> anyhow::Result<RulesetCreated> {
    for path in paths {
        // What is not there needs no door.
        let Ok(opened) = PathFd::new(path) else { continue };
        let is_file = path.metadata().is_ok_and(|m| !m.is_dir());
        let access = if is_file { access & AccessFs::from_file(ABI::V4) } else { access };
        rules = rules.add_rule(PathBeneath::new(opened, access))?;
    }
    Ok(rules)
}
