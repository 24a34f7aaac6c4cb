//! `posthouse vault`.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::{Context, print_json};
use crate::store::{self, Act, Store};
use crate::vault::{VARIABLE, Vault};

#[derive(Debug, Subcommand)]
pub enum VaultCommand {
    /// Makes a new key and seals everything with it. The host must not run.
    #[command(
        after_help = "Back up first; afterwards destroy the old key wherever there are copies of it. A rotation that was\nkilled is begun again by the same command and goes on; until then the host reads with both keys.\nPush addresses stay as they are.\n\nExample:\n  posthouse vault rotate --reason 'yearly'"
    )]
    Rotate {
        /// Kept in the audit.
        #[arg(long)]
        reason: String,
    },
}

impl VaultCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let Self::Rotate { reason } = self;
        anyhow::ensure!(!reason.trim().is_empty(), "say why with --reason: it is kept in the audit");
        let config = &context.config;
        anyhow::ensure!(
            config.vault.given.is_none(),
            "the key is in {VARIABLE}, which cannot be changed from here: write it to {} (mode 600), run this without {VARIABLE}, and put the file's new key into {VARIABLE}",
            config.vault.key.display()
        );
        anyhow::ensure!(
            config.vault.key.exists(),
            "no vault key in {}: name the host's configuration with --config",
            config.vault.key.display()
        );
        let there = config.database.path.exists();
        anyhow::ensure!(there, "no database at {}: {HERE}", config.database.path.display());
        let _alone = store::alone(&config.database)?;
        is_its_database(&context).await?;
        let vault = begun(&context).await?;
        let name = vault.name();
        let rows = resealed(&context, vault, &reason).await?;
        eprintln!("compacting {}", config.database.path.display());
        store::compact(&config.database).await?;
        Vault::open(&config.vault)?.settle(&config.vault.key)?;
        if context.json {
            print_json(&json!({ "key": name, "resealed": rows }))?;
        } else {
            println!("{} holds key {name} alone; {rows} values are sealed with it", config.vault.key.display());
        }
        Ok(ExitCode::SUCCESS)
    }
}

const HERE: &str = "name the host's configuration with --config, and run this in the folder where the host is started";

/// A key that is changed beside a database it never sealed is lost for the one it did seal.
async fn is_its_database(context: &Context) -> anyhow::Result<()> {
    let store = context.store().await?;
    let (links, broken_at) = store.audit().await?;
    store.close().await;
    let holds = links.first().is_some_and(|first| broken_at != Some(first.seq));
    anyhow::ensure!(holds, "{} was not written with this vault key: {HERE}", context.config.database.path.display());
    Ok(())
}

/// The key file with a fresh key before the old one; as it is, if a rotation was begun before.
async fn begun(context: &Context) -> anyhow::Result<Vault> {
    let file = &context.config.vault;
    let vault = Vault::open(file)?;
    if vault.is_rotating() {
        eprintln!("going on with the rotation that was begun");
        return Ok(vault);
    }
    let store = context.store().await?;
    store.carry_roots().await?;
    store.close().await;
    vault.renew(&file.key)
}

async fn resealed(context: &Context, vault: Vault, reason: &str) -> anyhow::Result<i64> {
    let subject = format!("vault key {}", vault.name());
    let store = Store::open(&context.config.database, &context.config.exchanges, vault.into()).await?;
    let rows = store.reseal(|table, done, of| eprintln!("{table}: {done} of {of}")).await?;
    let act = Act { actor: "local".into(), act: "vault.rotate", subject, reason: reason.into(), evidence: None };
    store.rotated(act, jiff::Timestamp::now().as_millisecond()).await?;
    store.close().await;
    Ok(rows)
}
