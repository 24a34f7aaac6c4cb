//! `posthouse credential proof`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use super::remote::Remote;
use super::{Context, print_json};

/// Exits 0 only if no call was made since it was retired and, with --try, the carrier refused it.
#[derive(Debug, Args)]
#[command(
    after_help = "With --try one call is made with the retired generation. Some carriers lock an account after refused calls.\n\nExamples:\n  posthouse credential proof deppon 1\n  posthouse credential proof deppon 1 --try --parcel DPK370000000001 --reason 'the auditor asks'"
)]
pub struct Proof {
    carrier: String,
    generation: u32,
    #[arg(long, default_value = "main")]
    account: String,
    /// Makes one call with it: the carrier must refuse.
    #[arg(long = "try", requires = "parcel", requires = "reason")]
    really: bool,
    /// The number to ask about.
    #[arg(long, requires = "really")]
    parcel: Option<String>,
    /// Kept in the audit.
    #[arg(long, requires = "really")]
    reason: Option<String>,
    /// Does not ask before it calls the carrier.
    #[arg(long, requires = "really")]
    yes: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Proof {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let path = ["credentials", &self.carrier, &self.account, &self.generation.to_string(), "proof"];
        let told = if self.really {
            self.confirmed()?;
            let word = json!({ "try": true, "parcel": self.parcel, "reason": self.reason });
            self.remote.ask(&context, Method::POST, &path, &[], Some(&word)).await?
        } else {
            self.remote.ask(&context, Method::GET, &path, &[], None).await?
        };
        if context.json {
            print_json(&told)?
        } else {
            show(&told)
        }
        let refused = !self.really || told["tried"]["outcome"] == "refused";
        Ok(if refused && told["calls_since_retired"] == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn confirmed(&self) -> anyhow::Result<()> {
        let Self { carrier, account, generation, .. } = self;
        eprintln!(
            "this calls {carrier} once with the retired generation {generation} of {carrier}/{account}; some carriers lock an account after refused calls"
        );
        if self.yes {
            return Ok(());
        }
        anyhow::ensure!(std::io::stdin().is_terminal(), "nobody is here to confirm it: add --yes");
        eprint!("make the call? [y/N] ");
        std::io::stderr().flush()?;
        let mut word = String::new();
        std::io::stdin().lock().read_line(&mut word)?;
        anyhow::ensure!(word.trim().eq_ignore_ascii_case("y"), "no call was made");
        Ok(())
    }
}

fn show(told: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("never").to_owned();
    println!(
        "{}/{}+{}  retired {}, last used {}, calls since: {}",
        text(&told["carrier"]),
        text(&told["account"]),
        told["generation"],
        text(&told["retired_at"]),
        text(&told["last_used_at"]),
        told["calls_since_retired"]
    );
    for tried in told["tries"].as_array().into_iter().flatten() {
        println!(
            "  {}  {} tried: {}  evidence {}",
            text(&tried["at"]),
            text(&tried["actor"]),
            text(&tried["outcome"]),
            text(&tried["evidence"])
        );
    }
    let tried = &told["tried"];
    match tried["outcome"].as_str() {
        Some("refused") => println!("the carrier refuses it"),
        Some("accepted") => println!("the carrier STILL TAKES IT: have it switched off there"),
        Some(_) => println!("that says nothing: {}", text(&tried["fault"])),
        None => {}
    }
}
