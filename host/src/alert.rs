//! What somebody should hear of: one alert while something is wrong, its updates, its end.
//!
//! Whoever finds something calls [`raise`], as often as it likes, and [`recover`] when it is over.
//! Which channels hear of it, when, and how often, is decided here; that they heard is on disk.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;

use crate::app::House;
use crate::fault::Instant;
use crate::store::{AlertFilter, NotStored};

mod deliver;
mod digest;
mod quiet;
mod robot;
mod settings;
mod watch;
mod words;

pub use deliver::test;
pub use digest::{Digest, digest};
pub use quiet::china;
pub use settings::Settings;
pub use watch::watch;

use deliver::Teller;

/// How bad it is. From `critical` on nobody's quiet hours hold it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

/// What it is about; a stable word for filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// Answers are older than the tier promises.
    SlaBreached,
    /// They will be: more parcels are polled than the quota carries.
    OverCapacity,
    Incident,
    /// Something was announced, and nobody took it yet.
    Notice,
    /// A page of announcements is silent, or refuses.
    Source,
    /// Letters do not arrive.
    Webhook,
}

/// Something that is wrong, as it stands now.
#[derive(Debug, Clone)]
pub struct Subject {
    /// One alert is open for it at a time: `sla:CARRIER/ACCOUNT`.
    pub key: String,
    pub kind: AlertKind,
    pub severity: Severity,
    pub carrier: Option<String>,
    pub account: Option<String>,
    /// In Chinese and in English.
    pub headline: (String, String),
    /// For programs; no secrets, nobody's data.
    pub detail: Value,
}

/// An alert as it is kept.
#[derive(Debug, Clone)]
pub struct Alert {
    pub seq: i64,
    pub id: String,
    pub key: String,
    pub kind: String,
    pub severity: Severity,
    pub carrier: Option<String>,
    pub account: Option<String>,
    pub headline: (String, String),
    pub detail: Value,
    pub opened_at: Instant,
    pub last_at: Instant,
    pub told_at: Instant,
    pub closed_at: Option<Instant>,
    pub acked_at: Option<Instant>,
    pub acked_by: Option<String>,
    pub escalated_at: Option<Instant>,
    pub updates: u32,
}

/// What a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    Opened,
    Updated,
    Escalated,
    Recovered,
    Digest,
    Test,
}

/// What one channel is told, as it stood when it was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    pub step: Step,
    pub severity: Severity,
    pub zh: String,
    pub en: String,
    /// Further lines for people.
    #[serde(default)]
    pub lines: Vec<String>,
    pub at: Instant,
    #[serde(default)]
    pub alert: Option<Of>,
}

/// The alert that a message is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Of {
    pub id: String,
    pub key: String,
    pub kind: String,
    pub carrier: Option<String>,
    pub account: Option<String>,
    pub detail: Value,
    pub opened_at: Instant,
}

/// Who hears of it, and from when on.
#[derive(Debug, Clone, Default)]
pub struct Audience {
    pub channels: Vec<String>,
    pub from: Instant,
}

/// Those who send, and what wakes them.
pub struct Alerts {
    news: Notify,
    tellers: Vec<Teller>,
    client: reqwest::Client,
}

impl AlertKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SlaBreached => "sla-breached",
            Self::OverCapacity => "over-capacity",
            Self::Incident => "incident",
            Self::Notice => "notice",
            Self::Source => "source",
            Self::Webhook => "webhook",
        }
    }
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Critical].into_iter().find(|severity| severity.as_str() == text)
    }
}

impl Step {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Escalated => "escalated",
            Self::Recovered => "recovered",
            Self::Digest => "digest",
            Self::Test => "test",
        }
    }
}

impl Alert {
    /// What is told of it at a step.
    pub fn message(&self, step: Step, at: Instant) -> Message {
        let Self { id, key, kind, carrier, account, detail, opened_at, .. } = self.clone();
        let (zh, en) = self.headline.clone();
        let alert = Some(Of { id, key, kind, carrier, account, detail, opened_at });
        Message { step, severity: self.severity, zh, en, lines: vec![], at, alert }
    }
}

/// Opens an alert, or brings the one that is open for this key up to date. Cheap to repeat: the
/// channels hear of updates at most every `alerts.update_every`, at once when it gets worse, and
/// not at all once somebody has acknowledged it.
pub async fn raise(house: &House, subject: Subject) -> Result<(), NotStored> {
    let now = house.now();
    let settings = &house.config.alerts;
    let audience = settings.audience(subject.severity, subject.carrier.as_deref(), now);
    if house.store.raise_alert(subject, audience, settings::ms(settings.update_every), now).await? {
        house.alerts.news.notify_waiters();
    }
    Ok(())
}

/// Ends what is open for a key, if anything is; those who were told of it are told this, too.
pub async fn recover(house: &House, key: &str) -> Result<(), NotStored> {
    let now = house.now();
    let config = house.config.clone();
    if house.store.recover_alert(key, move |severity| config.alerts.from(severity, now), now).await? {
        house.alerts.news.notify_waiters();
    }
    Ok(())
}

/// Ends what is open of a kind for keys that are not so any more: whoever raised them may have died first.
pub async fn recover_others(house: &House, kind: AlertKind, is_so: impl Fn(&str) -> bool) -> Result<(), NotStored> {
    let open = AlertFilter { open: true, kind: Some(kind.as_str().into()), ..AlertFilter::default() };
    for alert in house.store.alerts(&open, i32::MAX as u32).await?.alerts {
        if !is_so(&alert.key) {
            recover(house, &alert.key).await?;
        }
    }
    Ok(())
}

/// Somebody has it: nobody is called any more, and only its end is told.
pub async fn acknowledge(house: &House, id: &str, by: &str) -> Result<Option<Alert>, NotStored> {
    house.store.ack_alert(id, by, house.now()).await
}
