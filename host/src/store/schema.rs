//! Migrations, compiled in, applied in order at every start.

use std::borrow::Cow;

use sqlx::SqlitePool;
use sqlx::migrate::{Migration, MigrationType, Migrator};

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "parcels", include_str!("../../migrations/0001_parcels.sql")),
    (2, "releases", include_str!("../../migrations/0002_releases.sql")),
    (3, "incidents", include_str!("../../migrations/0003_incidents.sql")),
    (4, "vault", include_str!("../../migrations/0004_vault.sql")),
    (5, "pages", include_str!("../../migrations/0005_pages.sql")),
    (6, "judgement", include_str!("../../migrations/0006_judgement.sql")),
    (7, "trust", include_str!("../../migrations/0007_trust.sql")),
    (8, "webhooks", include_str!("../../migrations/0008_webhooks.sql")),
    (9, "alerts", include_str!("../../migrations/0009_alerts.sql")),
    (10, "notices", include_str!("../../migrations/0010_notices.sql")),
    (11, "tasks", include_str!("../../migrations/0011_tasks.sql")),
];

pub async fn migrate(pool: &SqlitePool) -> anyhow::Result<()> {
    let migrations: Vec<_> = MIGRATIONS
        .iter()
        .map(|(version, name, sql)| {
            Migration::new(*version, Cow::Borrowed(*name), MigrationType::Simple, sqlx::SqlStr::from_static(sql), false)
        })
        .collect();
    let migrator = Migrator { migrations: Cow::Owned(migrations), ..Migrator::DEFAULT };
    migrator.run(pool).await?;
    Ok(())
}
