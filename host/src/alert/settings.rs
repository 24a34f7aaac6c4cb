//! `[alerts]`: who hears, where, and when.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use posthouse_sdk::manifest::Period;
use secrecy::SecretString;
use serde::Deserialize;

use super::quiet::{Daily, Quiet};
use super::{Audience, Severity};
use crate::fault::Instant;
use crate::vault;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub quiet: Quiet,
    pub update_every: Period,
    pub escalate_after: Period,
    pub digest: Daily,
    pub backoff: Period,
    pub backoff_max: Period,
    pub give_up: Period,
    #[serde(default)]
    pub channels: BTreeMap<String, Channel>,
}

/// Where somebody hears. Its address holds a key, so it is a secret, too.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    pub kind: Kind,
    #[serde(default)]
    pub url: Option<SecretString>,
    #[serde(default)]
    pub url_file: Option<PathBuf>,
    #[serde(default)]
    pub secret: Option<SecretString>,
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// It hears of nothing below this.
    #[serde(default = "warning")]
    pub severity: Severity,
    /// Empty: of all carriers.
    #[serde(default)]
    pub carriers: Vec<String>,
    /// It hears only of what nobody acknowledged in time.
    #[serde(default)]
    pub escalation: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Dingtalk,
    Wecom,
    Webhook,
}

fn warning() -> Severity {
    Severity::Warning
}

impl Settings {
    /// Who hears at once of something so bad of a carrier, and from when on.
    pub fn audience(&self, severity: Severity, carrier: Option<&str>, now: Instant) -> Audience {
        Audience { channels: self.hearing(false, severity, carrier), from: self.from(severity, now) }
    }

    /// Who hears of it when nobody acknowledged it.
    pub fn higher_up(&self, severity: Severity, carrier: Option<&str>, now: Instant) -> Audience {
        Audience { channels: self.hearing(true, severity, carrier), from: self.from(severity, now) }
    }

    fn hearing(&self, escalation: bool, severity: Severity, carrier: Option<&str>) -> Vec<String> {
        let hears = |channel: &Channel| {
            let of_carrier = channel.carriers.is_empty() || carrier.is_none_or(|id| channel.carriers.iter().any(|own| own == id));
            channel.escalation == escalation && severity >= channel.severity && of_carrier
        };
        self.channels.iter().filter(|(_, channel)| hears(channel)).map(|(name, _)| name.clone()).collect()
    }

    /// From when on something so bad may be told.
    pub fn from(&self, severity: Severity, now: Instant) -> Instant {
        if severity == Severity::Critical { now } else { self.quiet.ends(now).unwrap_or(now) }
    }

    /// The rest after so many attempts.
    pub fn rest(&self, attempts: u32) -> Instant {
        ms(self.backoff).saturating_mul(1 << attempts.min(16)).min(ms(self.backoff_max))
    }
}

impl Channel {
    /// Its address and its secret, read once at start.
    pub fn secrets(&self, name: &str) -> anyhow::Result<(SecretString, Option<SecretString>)> {
        let url = one(&self.url, self.url_file.as_ref()).with_context(|| format!("alerts.channels.{name}.url"))?;
        let secret = one(&self.secret, self.secret_file.as_ref()).with_context(|| format!("alerts.channels.{name}.secret"))?;
        Ok((url.with_context(|| format!("alerts.channels.{name} has no `url` and no `url_file`"))?, secret))
    }
}

fn one(given: &Option<SecretString>, file: Option<&PathBuf>) -> anyhow::Result<Option<SecretString>> {
    let Some(file) = file else { return Ok(given.clone()) };
    anyhow::ensure!(given.is_none(), "it is given twice: here and in a file");
    vault::private(file)?;
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Some(SecretString::from(text.trim())))
}

pub fn ms(period: Period) -> Instant {
    i64::try_from(period.0.as_millis()).unwrap_or(i64::MAX / 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_channel_hears_what_it_asked_for() {
        let channels = "[alerts.channels]\nall = { kind = 'wecom', url = 'http://a.invalid' }\n\
             acme = { kind = 'wecom', url = 'http://a.invalid', carriers = ['acme'], severity = 'info' }\n\
             boss = { kind = 'wecom', url = 'http://a.invalid', severity = 'critical', escalation = true }";
        let settings = Config::with(&format!("alerts.quiet = '22:00-08:00'\n{channels}")).unwrap().alerts;
        let at_once = |severity, carrier| settings.audience(severity, carrier, 0).channels;
        assert_eq!(at_once(Severity::Info, Some("acme")), ["acme"]);
        assert_eq!(at_once(Severity::Warning, Some("other")), ["all"]);
        assert_eq!(at_once(Severity::Critical, None), ["acme", "all"], "what is of no carrier concerns all");
        assert_eq!(settings.higher_up(Severity::Warning, None, 0).channels, Vec::<String>::new());
        assert_eq!(settings.higher_up(Severity::Critical, None, 0).channels, ["boss"]);
        // The epoch is eight in the morning in China.
        let night = -3_600_000;
        assert_eq!((settings.from(Severity::Warning, night), settings.from(Severity::Critical, night)), (0, night));
    }

    #[test]
    fn rests_double_up_to_the_longest() {
        let settings = Config::with("alerts = { backoff = '10s', backoff_max = '1m' }").unwrap().alerts;
        assert_eq!([0, 1, 2, 3, 60].map(|attempts| settings.rest(attempts)), [10_000, 20_000, 40_000, 60_000, 60_000]);
    }

    #[test]
    fn a_secret_is_never_shown_and_a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("robot.url");
        std::fs::write(&file, "http://a.invalid/send?access_token=geheim\n").unwrap();
        let toml = format!("[alerts.channels.one]\nkind = 'dingtalk'\nurl_file = {file:?}\nsecret = 'SECgeheim'");
        let config = Config::with(&toml).unwrap();
        let channel = &config.alerts.channels["one"];
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(format!("{:#}", channel.secrets("one").unwrap_err()).contains("chmod 600"));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let both = channel.secrets("one").unwrap();
        assert!(!format!("{both:?} {config:?}").contains("geheim"));
        assert!(Config::with("[alerts.channels.one]\nkind = 'pager'").is_err());
    }
}
