//! Who is told of what changed.

use secrecy::{ExposeSecret as _, SecretSlice};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::audit::{self, Act};
use super::{NotStored, Store, Stored, deliveries};
use crate::fault::Instant;
use crate::publish::{Keys, Wants, Webhook};
use crate::vault::Sealed;

const COLUMNS: &str = "SELECT id, name, url, wants, scope, sealed, created_at, sorted, off_why, off_at, good_at FROM webhooks";

/// What is done to a webhook.
pub enum WebhookChange {
    /// Another address, or other wishes.
    Wishes {
        name: String,
        url: String,
        wants: Wants,
    },
    Keys(Keys),
    On,
    Off(String),
    Gone,
}

impl Store {
    /// A new one hears what happens from now on.
    pub async fn add_webhook(&self, hook: Webhook, act: Act) -> Stored<()> {
        let (sealed, key, now) = (self.seal_keys(&hook.keys), self.audit_key(), hook.created_at);
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO webhooks (id, name, url, wants, scope, sealed, created_at, sorted) \
                         VALUES (?, ?, ?, ?, ?, ?, ?, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0))",
                    )
                    .bind(hook.id)
                    .bind(hook.name)
                    .bind(hook.url)
                    .bind(serde_json::json!(hook.wants).to_string())
                    .bind(hook.scope.map(|scope| serde_json::json!(scope).to_string()))
                    .bind(sealed)
                    .bind(now)
                    .execute(&mut *c)
                    .await?;
                    audit::append(c, &key, &act, now).await
                })
            })
            .await
    }

    /// All of them, the oldest first.
    pub async fn webhooks(&self) -> Stored<Vec<Webhook>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY created_at, id"))).fetch_all(&self.read).await?;
        rows.iter().map(|row| self.webhook_of(row)).collect()
    }

    pub async fn webhook(&self, id: &str) -> Stored<Option<Webhook>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = ?"))).bind(id).fetch_optional(&self.read).await?;
        row.as_ref().map(|row| self.webhook_of(row)).transpose()
    }

    /// Changes one, on the record. Nothing happens to one that is gone.
    pub async fn change_webhook(&self, id: &str, change: WebhookChange, act: Act, now: Instant) -> Stored<()> {
        let (id, key) = (id.to_owned(), self.audit_key());
        let sealed = if let WebhookChange::Keys(keys) = &change { self.seal_keys(keys) } else { vec![] };
        self.writer
            .run(move |c| {
                Box::pin(async move {
                    match change {
                        WebhookChange::Wishes { name, url, wants } => {
                            let sql = "UPDATE webhooks SET name = ?, url = ?, wants = ? WHERE id = ?";
                            let wants = serde_json::json!(wants).to_string();
                            sqlx::query(sql).bind(name).bind(url).bind(wants).bind(id).execute(&mut *c).await?;
                        }
                        WebhookChange::Keys(_) => {
                            sqlx::query("UPDATE webhooks SET sealed = ? WHERE id = ?").bind(sealed).bind(id).execute(&mut *c).await?;
                        }
                        WebhookChange::On => {
                            let sql = "UPDATE webhooks SET off_why = NULL, off_at = NULL WHERE id = ?";
                            sqlx::query(sql).bind(&id).execute(&mut *c).await?;
                            deliveries::first_ones_are_due(c, Some(&id), now).await?;
                        }
                        WebhookChange::Off(why) => {
                            let sql = "UPDATE webhooks SET off_why = ?, off_at = ? WHERE id = ? AND off_why IS NULL";
                            sqlx::query(sql).bind(why).bind(now).bind(id).execute(&mut *c).await?;
                        }
                        WebhookChange::Gone => {
                            sqlx::query("DELETE FROM webhooks WHERE id = ?").bind(id).execute(&mut *c).await?;
                        }
                    }
                    audit::append(c, &key, &act, now).await
                })
            })
            .await
    }

    fn seal_keys(&self, keys: &Keys) -> Vec<u8> {
        self.vault.seal(Sealed::Webhook, keys.to_json().expose_secret().as_bytes())
    }

    fn webhook_of(&self, row: &SqliteRow) -> Stored<Webhook> {
        let bad = |what: &str, why: &dyn std::fmt::Display| NotStored(format!("{what} of a webhook does not read: {why}"));
        let plain = self.vault.unseal(Sealed::Webhook, row.get(5)).map_err(|why| bad("the key", &why))?;
        let scope: Option<String> = row.get(4);
        Ok(Webhook {
            id: row.get(0),
            name: row.get(1),
            url: row.get(2),
            wants: serde_json::from_str(row.get(3)).map_err(|why| bad("a wish", &why))?,
            scope: scope.map(|json| serde_json::from_str(&json)).transpose().map_err(|why| bad("the scope", &why))?,
            keys: Keys::from_json(SecretSlice::from(plain).expose_secret()).map_err(|why| bad("the key", &why))?,
            created_at: row.get(6),
            sorted: row.get(7),
            off_why: row.get(8),
            off_at: row.get(9),
            good_at: row.get(10),
        })
    }
}
