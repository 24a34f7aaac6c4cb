//! Runs a language's tool so that it makes the same bytes from the same source, wherever and whenever.
//!
//! These tools run the adapter's beginning and keep the memory it leaves: its seeds of randomness and its clock
//! with it. `setup/languages/still.c` makes both stand still.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

/// The library that is loaded before the tool.
pub fn library(tools: &Path) -> anyhow::Result<PathBuf> {
    there(tools.join("still.so"))
}

/// A file of the tools.
pub fn there(tool: PathBuf) -> anyhow::Result<PathBuf> {
    anyhow::ensure!(tool.is_file(), "no {}: run setup/languages.sh first (or name its folder by --tools)", tool.display());
    Ok(tool)
}

/// A tool with nothing of our environment but the way to programs.
pub fn tool(program: &Path, work: &Path) -> Command {
    let mut tool = Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    tool.env_clear().env("PATH", path).env("TMPDIR", work).env("LC_ALL", "C.UTF-8");
    tool
}

/// Runs it to its end; its words are the author's.
pub fn run(mut tool: Command, install: &str) -> anyhow::Result<()> {
    let name = tool.get_program().to_string_lossy().into_owned();
    let ran = tool.output().with_context(|| format!("{name} does not start; {install}"))?;
    let words = [ran.stdout, ran.stderr].concat();
    anyhow::ensure!(ran.status.success(), "{name} failed:\n{}", String::from_utf8_lossy(&words).trim_end());
    Ok(())
}
