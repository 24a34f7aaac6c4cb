//! The command line. Every command has `--json`, and exits 0 only if it did what it says.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::store::Store;
use crate::vault::Vault;

mod adapter;
mod alert;
mod build;
mod cage;
mod carrier;
mod check;
mod credential;
mod dictionary;
mod doctor;
mod eligible;
mod entry;
mod event;
mod incident;
mod key;
mod memory;
mod new;
mod notice;
mod ocr_worker;
mod page;
mod parcel;
mod plan;
mod proof;
mod publishing;
mod record;
mod remote;
mod replay;
mod rollout;
mod serve;
mod signing;
mod task;
mod track;
mod vault;
mod webhook;

/// One normalised, honest tracking API for every carrier.
#[derive(Debug, Parser)]
#[command(
    name = "posthouse",
    version,
    about,
    after_help = "Examples:\n  posthouse serve --config posthouse.toml\n  posthouse key create --name hub\n  posthouse track sf SF1234567890123 --json\n  posthouse adapter replay --adapter sf --number SF1234567890123 --reply answer.json --json"
)]
pub struct Cli {
    /// Configuration file; every key has a default and an environment name (POSTHOUSE_SERVER__LISTEN).
    #[arg(long, short, global = true, env = "POSTHOUSE_CONFIG")]
    config: Option<PathBuf>,
    /// Print JSON for programs.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the host: API, schedule, pushes.
    Serve(serve::Serve),
    /// Asks a running host about one parcel, now.
    Track(track::Track),
    /// Registers and lists parcels, as a hub does over the API.
    #[command(subcommand)]
    Parcel(parcel::ParcelCommand),
    /// Lists carriers, tells whose a number is, shows how well each is read.
    #[command(subcommand)]
    Carrier(carrier::CarrierCommand),
    /// Takes in what clerks learned: rows and sheets; lists what they still have to ask.
    #[command(subcommand)]
    Entry(entry::EntryCommand),
    /// Says what carriers' codes mean, over the adapters' dictionaries.
    #[command(subcommand)]
    Dictionary(dictionary::DictionaryCommand),
    /// Builds, checks, replays and lists adapters.
    #[command(subcommand)]
    Adapter(adapter::AdapterCommand),
    /// Tries a release on a slice of the parcels, step by step.
    #[command(subcommand)]
    Rollout(rollout::RolloutCommand),
    /// Signs rollouts beforehand, and starts them.
    #[command(subcommand)]
    Plan(plan::PlanCommand),
    /// Adds, lists and retires generations of credentials.
    #[command(subcommand)]
    Credential(credential::CredentialCommand),
    /// Shows what went wrong with whom, and the evidence.
    #[command(subcommand)]
    Incident(incident::IncidentCommand),
    /// Tells somebody of what changes, by signed HTTP; shows and replays what did not arrive.
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Shows what changes, as it changes.
    #[command(subcommand)]
    Event(event::EventCommand),
    /// Shows what carriers and the regulator announce, and where it comes from.
    #[command(subcommand)]
    Notice(notice::NoticeCommand),
    /// Shows, acknowledges and tries alerts; prints the day's digest.
    #[command(subcommand)]
    Alert(alert::AlertCommand),
    /// Shows how fresh answers are beside what each tier promises.
    Sla(alert::Sla),
    /// Records who allows to read carriers' public pages; shows and resumes what was stopped.
    #[command(subcommand)]
    Page(page::PageCommand),
    /// Makes, lists and revokes API keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Changes the key that seals everything.
    #[command(subcommand)]
    Vault(vault::VaultCommand),
    /// Reads drawn text for the host that started it.
    #[command(hide = true)]
    OcrWorker,
    /// Becomes a browser that can touch nothing.
    #[command(hide = true)]
    BrowserCage(cage::BrowserCage),
    /// Says what is set up, what is missing, and what to do about it.
    Doctor(doctor::Doctor),
}

/// What every command gets.
pub(crate) struct Context {
    pub config: Config,
    pub json: bool,
}

impl Cli {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::OcrWorker => return ocr_worker::run(),
            Command::BrowserCage(cage) => return cage.run(),
            _ => {}
        }
        // What we write and what we remember holds what others must not read.
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        memory::hide()?;
        let given = crate::vault::take_given()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let mut config = Config::load(self.config.as_deref())?;
        config.vault.given = given;
        let context = Context { config, json: self.json };
        runtime.block_on(async {
            match self.command {
                Command::Serve(serve) => serve.run(context).await,
                Command::Track(track) => track.run(context).await,
                Command::Parcel(parcel) => parcel.run(context).await,
                Command::Carrier(carrier) => carrier.run(context).await,
                Command::Entry(entry) => entry.run(context).await,
                Command::Dictionary(dictionary) => dictionary.run(context).await,
                Command::Adapter(adapter) => adapter.run(context).await,
                Command::Plan(plan) => plan.run(context).await,
                Command::Rollout(rollout) => rollout.run(context).await,
                Command::Credential(credential) => credential.run(context).await,
                Command::Incident(incident) => incident.run(context).await,
                Command::Webhook(webhook) => webhook.run(context).await,
                Command::Event(event) => event.run(context).await,
                Command::Notice(notice) => notice.run(context).await,
                Command::Alert(alert) => alert.run(context).await,
                Command::Sla(sla) => sla.run(context).await,
                Command::Page(page) => page.run(context).await,
                Command::Key(key) => key.run(context).await,
                Command::Vault(vault) => vault.run(context).await,
                Command::Doctor(doctor) => doctor.run(context).await,
                Command::OcrWorker | Command::BrowserCage(_) => unreachable!("it has run above, without a configuration"),
            }
        })
    }
}

impl Context {
    /// The store alone, beside a host that may be running.
    pub async fn store(&self) -> anyhow::Result<Store> {
        let vault = Vault::open(&self.config.vault)?;
        Store::open(&self.config.database, &self.config.exchanges, vault.into()).await
    }

    /// Where adapters are: the configured folder, where `adapter build` puts them, or beside a freshly
    /// built binary.
    pub fn adapters(&self) -> anyhow::Result<PathBuf> {
        let configured = self.config.adapters.folder.clone();
        // A registry fills a folder that is empty.
        if has_adapters(&configured) || !self.config.adapters.registry.is_empty() {
            return Ok(configured);
        }
        self.adapter_folders().into_iter().next().with_context(|| {
            format!("no adapters in {}: run `make build`, or name the folder with POSTHOUSE_ADAPTERS__FOLDER", configured.display())
        })
    }

    /// All of those that have adapters.
    pub fn adapter_folders(&self) -> Vec<PathBuf> {
        let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("adapters")));
        let all = [Some(self.config.adapters.folder.clone()), Some("target/adapters".into()), beside];
        all.into_iter().flatten().filter(|folder| has_adapters(folder)).collect()
    }
}

fn has_adapters(folder: &std::path::Path) -> bool {
    let is_wasm = |entry: std::io::Result<std::fs::DirEntry>| entry.is_ok_and(|e| e.path().extension().is_some_and(|x| x == "wasm"));
    std::fs::read_dir(folder).is_ok_and(|mut files| files.any(is_wasm))
}

/// One JSON value on one line of standard output.
pub(crate) fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}
