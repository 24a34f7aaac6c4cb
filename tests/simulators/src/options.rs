//! The options, the same for the binary and in process.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;

use crate::carrier::Carrier;
use crate::quota::{self, Limits};

const EXAMPLES: &str = "\
Examples:
  posthouse-simulators
  posthouse-simulators --listen 127.0.0.1:7070 --seed 42 --speed 7200
  posthouse-simulators --quota sf=0/0 --quota zto=50/10000

It prints one line, {\"listen\":…,\"control\":…}, and is then steered over HTTP:
  curl -d '{\"carrier\":\"sf\",\"count\":3}' -H 'content-type: application/json' http://127.0.0.1:7070/control/parcels
  curl -d '{\"carrier\":\"zto\",\"mood\":\"http503\",\"next\":5}' -H 'content-type: application/json' http://127.0.0.1:7070/control/mood
  curl -d '{\"token\":\"static\",\"outage_ms\":500}' -H 'content-type: application/json' http://127.0.0.1:7070/control/deppon/v32
  curl -d '{\"carrier\":\"sto\",\"face\":\"captcha\",\"next\":5}' -H 'content-type: application/json' http://127.0.0.1:7070/control/page
  curl http://127.0.0.1:7070/control/stats";

/// Eleven carriers on one loopback port, as strict as the real ones.
#[derive(Clone, Debug, Parser)]
#[command(name = "posthouse-simulators", version, after_help = EXAMPLES)]
pub struct Options {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,

    /// Decides numbers, lives, secrets and which pushes come late
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Story seconds per real second
    #[arg(long, default_value_t = 3600.0)]
    pub speed: f64,

    /// CARRIER=PER_SECOND/PER_DAY of each interface, 0 for none; SF has 30/3000, ZTO, YTO and Deppon 100/0, the others none
    #[arg(long = "quota", value_name = "QUOTA", value_parser = quota::of_carrier)]
    pub quotas: Vec<(Carrier, Limits)>,

    /// Milliseconds before a refused push is tried again
    #[arg(long, default_value_t = 1000)]
    pub push_retry_ms: u64,

    /// Tries before a push is given up
    #[arg(long, default_value_t = 600)]
    pub push_tries: u32,

    /// By how many milliseconds about every sixth push is late, so that pushes come out of order
    #[arg(long, default_value_t = 2000)]
    pub push_late_ms: u64,

    /// For how many seconds an access token of SF, or of Deppon's "V3.2", is good
    #[arg(long, default_value_t = 7200)]
    pub token_seconds: u64,
}

impl Options {
    pub fn limits(&self, carrier: Carrier) -> Limits {
        let named = self.quotas.iter().rev().find(|(of, _)| *of == carrier);
        named.map_or_else(|| Limits::of(carrier), |(_, limits)| *limits)
    }

    pub fn push_retry(&self) -> Duration {
        Duration::from_millis(self.push_retry_ms)
    }
}

impl Default for Options {
    fn default() -> Self {
        Options::parse_from(["posthouse-simulators"])
    }
}
