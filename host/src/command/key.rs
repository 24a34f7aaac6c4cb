//! `posthouse key`.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, print_json};
use crate::api::rfc3339;
use crate::store::{ApiKey, Role};

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Makes a key and prints it: the only time it is seen.
    #[command(after_help = "Examples:\n  posthouse key create --name hub\n  posthouse key create --name shop2 --accounts shop2,shop3")]
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        #[arg(long, value_enum, default_value = "hub")]
        role: Role,
        /// Only these accounts; all if left out.
        #[arg(long, value_delimiter = ',')]
        accounts: Option<Vec<String>>,
    },
    /// Lists keys, without the keys.
    List,
    /// Ends a key at once.
    Revoke { id: String },
}

impl KeyCommand {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let store = context.store().await?;
        let now = jiff::Timestamp::now().as_millisecond();
        match self {
            Self::Create { name, role, accounts } => {
                let (secret, key) = store.create_key(&name, role, accounts, now).await?;
                if context.json {
                    let mut shown = shown(&key);
                    shown["key"] = secret.into();
                    print_json(&shown)?;
                } else {
                    println!("{secret}");
                    eprintln!("{} `{name}` ({}): keep it, it is not shown again", key.id, role.as_str());
                }
            }
            Self::List => list(&store.keys().await?, context.json)?,
            Self::Revoke { id } => {
                anyhow::ensure!(store.revoke_key(&id, now).await?, "no live key `{id}`; see `posthouse key list`");
                if context.json { print_json(&json!({ "revoked": id }))? } else { println!("{id} is revoked") }
            }
        }
        store.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

fn list(keys: &[ApiKey], json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(&json!({ "keys": keys.iter().map(shown).collect::<Vec<_>>() }));
    }
    for key in keys {
        let accounts = key.accounts.as_ref().map_or("all accounts".into(), |a| a.join(","));
        let state = key.revoked_at.map_or("live".into(), |at| format!("revoked {}", rfc3339(at)));
        println!("{}  {:<5} {:<16} {accounts}  {state}", key.id, key.role.as_str(), key.name);
    }
    Ok(())
}

fn shown(key: &ApiKey) -> Value {
    json!({ "id": key.id, "name": key.name, "role": key.role.as_str(), "accounts": key.accounts, "created_at": rfc3339(key.created_at), "revoked_at": key.revoked_at.map(rfc3339) })
}
