//! `posthouse browser-cage`: becomes a browser that can touch nothing. Needs no configuration and no secret.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::fetch::browser::cage::{self, Bars};

#[derive(Debug, Args)]
pub struct BrowserCage {
    #[arg(long)]
    profile: PathBuf,
    /// Bytes of data each of its processes may have.
    #[arg(long)]
    data: u64,
    /// Ports it may connect to.
    #[arg(long)]
    port: Vec<u16>,
    /// The browser and its arguments.
    #[arg(last = true, required = true)]
    program: Vec<String>,
}

impl BrowserCage {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let bars = Bars { profile: &self.profile, ports: &self.port, data: self.data };
        let (program, args) = self.program.split_first().expect("clap requires one");
        Err(cage::enter(&bars, program.as_ref(), args))
    }
}
