//! Everything that must survive, and the only place with SQL.
//!
//! SQLite in WAL mode. One writer task commits many callers at once; readers have a pool. What a
//! call of this module acknowledged is on disk: with `synchronous = "full"` it survives a power
//! failure, with `"normal"` a crash of the process.

use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::config::{Database, Exchanges, Synchronous};
use crate::vault::{Roots, Vault};

mod alerts;
mod audit;
mod credentials;
mod customers;
mod deliveries;
mod due;
mod entries;
mod evidence;
mod exchanges;
mod freshness;
mod incidents;
mod judged;
mod kept_page;
mod keys;
mod notice_places;
mod notices;
mod outbox;
mod pages;
mod parcels;
mod pushes;
mod recalls;
mod record;
mod reseal;
mod rollouts;
mod schema;
mod scrub;
mod spent;
mod standing;
mod tasks;
mod tokens;
mod told;
mod touch;
mod track;
mod webhooks;
mod writer;

pub use alerts::{AlertFilter, AlertPage};
pub use audit::{Act, Link};
pub use credentials::{Generation, Uses};
pub use customers::{Customer, ToTell, WasTold};
pub use deliveries::{Attempt, DueLetter, Failed, Logged, Then};
pub use entries::{Disputed, Entry, SheetRow, Typed, TypedRow, Waiting};
pub use evidence::Evidence;
pub use exchanges::{Kept, OldLook};
pub use freshness::Ages;
pub use incidents::Witness;
pub use judged::{Lesson, Unmapped};
pub use kept_page::KeptPage;
pub use keys::{ApiKey, Role};
pub use notices::{Known as KnownNotice, NewNotice, NewVersion, Notice, NoticeChange, NoticeFilter, Version};
pub use outbox::Letter;
pub use parcels::{Filter, Known, NewParcel, Page, Registered};
pub use pushes::Push;
pub use recalls::{Moved, Recall, Refuge};
pub use record::{Changed, OfParcel, Recorded, Recording};
pub use reseal::{alone, compact};
pub use rollouts::TrialRow;
pub use spent::within;
pub use tasks::{TaskFilter, TaskOf};
pub use told::Telling;
pub use webhooks::WebhookChange;

/// A parcel registered again after this is a new parcel.
const NEW_AFTER: i64 = 180 * 86_400_000;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    read: SqlitePool,
    writer: writer::Writer,
    vault: Arc<Vault>,
    /// What hangs on the vault's keys, the older ones too.
    pub roots: Arc<Roots>,
    kept: Exchanges,
    outbox_mark: Arc<str>,
}

/// It could not be stored. The caller has acknowledged nothing yet.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct NotStored(pub String);

impl From<sqlx::Error> for NotStored {
    fn from(error: sqlx::Error) -> Self {
        Self(error.to_string())
    }
}

type Stored<T> = Result<T, NotStored>;

impl Store {
    /// Opens the database, creating or migrating it first.
    pub async fn open(config: &Database, kept: &Exchanges, vault: Arc<Vault>) -> anyhow::Result<Self> {
        if let Some(folder) = config.path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let options = options(&config.path, config.synchronous)?;
        let connection = |n| SqlitePoolOptions::new().max_connections(n).min_connections(1).acquire_timeout(Duration::from_secs(30));
        let write = connection(1).connect_with(options.clone()).await.with_context(|| format!("cannot open {}", config.path.display()))?;
        schema::migrate(&write).await?;
        let read = connection(4).connect_with(options.read_only(true)).await?;
        let roots = reseal::roots(&read, &vault).await.with_context(|| format!("cannot open {}", config.path.display()))?;
        let outbox_mark: String = sqlx::query_scalar("SELECT mark FROM outbox_mark").fetch_one(&read).await?;
        let (writer, kept) = (writer::Writer::start(write), kept.clone());
        Ok(Self { read, writer, vault, roots: roots.into(), kept, outbox_mark: outbox_mark.into() })
    }

    /// Tells this outbox from others: part of every letter's id.
    pub fn mark_of_outbox(&self) -> &str {
        &self.outbox_mark
    }

    /// Hears of commits.
    pub fn commits(&self) -> tokio::sync::watch::Receiver<u64> {
        self.writer.commits()
    }

    /// Ends the writer after everything that was handed in is on disk.
    pub async fn close(&self) {
        self.writer.close().await;
        self.read.close().await;
    }
}

fn options(path: &Path, synchronous: Synchronous) -> anyhow::Result<SqliteConnectOptions> {
    let synchronous = match synchronous {
        Synchronous::Full => SqliteSynchronous::Full,
        Synchronous::Normal => SqliteSynchronous::Normal,
    };
    let options = SqliteConnectOptions::from_str("sqlite://")?
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("cache_size", "-32768")
        .pragma("mmap_size", "268435456")
        .pragma("wal_autocheckpoint", "4000")
        .statement_cache_capacity(256);
    Ok(options)
}
