//! `posthouse adapter check`: what an author wants to know before publishing.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use posthouse_registry::Package;
use posthouse_sdk::manifest::Manifest;
use reqwest::Method;
use serde_json::json;

use super::remote::Remote;
use super::{Context, adapter, eligible, print_json};
use crate::check::{self, Limits, Report};
use crate::sandbox::Sandbox;

/// Checks contract, manifest, names, purity, limits, codes, secrets and recorded answers. Exit 1 if something is wrong.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse adapter check adapters/sf\n  posthouse adapter check sf --recorded adapters/sf/recorded\n  posthouse adapter check target/adapters/sf@1.0.0.wasm\n  posthouse adapter check sto --snapshots snapshots --record"
)]
pub struct Check {
    /// An id from the adapters folder, a file, or the adapter's own folder with adapter.toml and recorded/.
    adapter: String,
    /// Recorded answers that must still mean what they say.
    #[arg(long)]
    recorded: Option<PathBuf>,
    /// Kept pages (NUMBER.html, NUMBER.ENDPOINT): the page must have one structure on all of them.
    #[arg(long)]
    snapshots: Option<PathBuf>,
    /// Tells a running host what was found of the snapshots.
    #[arg(long, requires = "snapshots")]
    record: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Check {
    pub async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let (package, recorded) = self.found(context)?;
        let mut report = check::check(&context.config.sandbox, &package, recorded.as_deref())?;
        let page = match &self.snapshots {
            Some(folder) => {
                let adapter = Sandbox::uncached(&context.config.sandbox)?.load(&package)?;
                Some(eligible::check(context, &adapter, folder).await?)
            }
            None => None,
        };
        if let (Some(page), true) = (&page, self.record) {
            let carrier = &package.manifest.id;
            let found = json!({ "reason": page.words });
            self.remote.ask(context, Method::POST, &["pages", carrier, "check"], &[], Some(&found)).await?;
        }
        report.findings.extend(page.iter().flat_map(|page| page.findings.iter().cloned()));
        let good = report.findings.is_empty();
        if context.json {
            let mut told = json!(report);
            told["good"] = good.into();
            told["snapshots"] = json!(page.as_ref().map(|p| p.snapshots));
            told["page"] = json!(page.as_ref().map(|p| &p.words));
            print_json(&told)?;
        } else {
            page.iter().for_each(|page| println!("{}", page.words));
            show(&report);
        }
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The package, and where its recorded answers are: an adapter's own folder names both.
    fn found(&self, context: &Context) -> anyhow::Result<(Package, Option<PathBuf>)> {
        let manifest = Path::new(&self.adapter).join("adapter.toml");
        if !manifest.is_file() {
            return Ok((adapter::find(context, &self.adapter)?, self.recorded.clone()));
        }
        let text = std::fs::read_to_string(&manifest)?;
        let release = Manifest::authored(&text).with_context(|| manifest.display().to_string())?.release();
        let package =
            adapter::find(context, &release).with_context(|| format!("build it first: posthouse adapter build {}", self.adapter))?;
        anyhow::ensure!(
            package.manifest_text == text,
            "{} was changed since {release} was built: posthouse adapter build {}",
            manifest.display(),
            self.adapter
        );
        let own = Path::new(&self.adapter).join("recorded");
        Ok((package, self.recorded.clone().or(own.is_dir().then_some(own))))
    }
}

fn show(report: &Report) {
    report.findings.iter().for_each(|finding| println!("BAD  {finding}"));
    report.notes.iter().for_each(|note| println!("note {note}"));
    let Limits { size, memory, fuel } = &report.limits;
    for (what, share, unit) in [("size", size, "bytes"), ("memory", memory, "bytes"), ("fuel", fuel, "instructions")] {
        let per_cent = share.used as f64 * 100.0 / share.budget.max(1) as f64;
        println!("{what:<7} {:>12} of {:>12} {unit}, {per_cent:.1} %", share.used, share.budget);
    }
    println!("codes   {} of {} in [status] are in recorded answers", report.dictionary.shown, report.dictionary.known);
    println!("pure    {} calls in fresh instances; NaN canonical, relaxed SIMD and threads off", report.runs);
    println!("{}: {} recorded answers replayed, {} findings", report.release, report.replayed, report.findings.len());
}
