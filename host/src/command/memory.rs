//! Secrets are in our memory: it must not end in a core dump, nor be read by a debugger.

use rustix::process::{DumpableBehavior, Resource, Rlimit, dumpable_behavior, getrlimit, set_dumpable_behavior, setrlimit};

/// Of this process, from now on.
pub fn hide() -> anyhow::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Whether it is hidden, as the kernel says now, and its words for it.
pub fn is_hidden() -> anyhow::Result<(bool, String)> {
    let (limit, behavior) = (getrlimit(Resource::Core), dumpable_behavior()?);
    let shown = |limit: Option<u64>| limit.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let off = (limit.current, limit.maximum) == (Some(0), Some(0));
    let (state, dumpable) = match behavior {
        DumpableBehavior::NotDumpable => ("off", false),
        DumpableBehavior::Dumpable => ("on", true),
        _ => ("root only", true),
    };
    let words = format!("RLIMIT_CORE {} of {}, PR_SET_DUMPABLE {state}", shown(limit.current), shown(limit.maximum));
    Ok((off && !dumpable, words))
}
