//! Tells one channel what it is to hear: durable, in order, one call for everything that waits.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use standardwebhooks::Webhook;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::robot::{self, Refused};
use super::settings::{Channel, Kind};
use super::{Alerts, Message, Severity, Step};
use crate::app::House;
use crate::config::Config;
use crate::fault::Instant;
use crate::fetch;
use crate::store::{NotStored, Telling};

const IDLE: Duration = Duration::from_secs(1);
/// Both robots' windows are a minute.
const TOO_OFTEN: Instant = 60_000;
/// Messages that become one.
const MOST: u32 = 50;
const LONGEST_ANSWER: usize = 64 << 10;

/// A channel with its secrets.
pub struct Teller {
    name: String,
    kind: Kind,
    url: SecretString,
    secret: Option<SecretString>,
}

impl Alerts {
    /// Reads the channels' secrets: a mistake there is told before anything is started.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let tellers = config.alerts.channels.iter().map(|(name, channel)| Teller::new(name, channel)).collect::<anyhow::Result<_>>()?;
        // A second call is harmless: somebody chose the same provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(&config.fetch.user_agent)
            .connect_timeout(config.fetch.connect.0)
            .timeout(config.fetch.whole.0)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .build()?;
        Ok(Self { news: Default::default(), tellers, client })
    }
}

impl Teller {
    fn new(name: &str, channel: &Channel) -> anyhow::Result<Self> {
        let (url, secret) = channel.secrets(name)?;
        let is_url = reqwest::Url::parse(url.expose_secret()).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        anyhow::ensure!(is_url, "alerts.channels.{name}: its url is no address");
        if channel.kind == Kind::Webhook {
            let signs = secret.as_ref().is_some_and(|secret| Webhook::new(secret.expose_secret()).is_ok());
            anyhow::ensure!(signs, "alerts.channels.{name} is a webhook: its `secret` is `whsec_` and 24 to 64 bytes in Base64");
        }
        Ok(Self { name: name.to_owned(), kind: channel.kind, url, secret })
    }

    /// Runs until it is stopped.
    pub async fn go_on(&self, house: &House, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.round(house).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(why) => error!("what channel `{}` is to be told is not known: {why}", self.name),
            }
            tokio::select! {
                () = tokio::time::sleep(IDLE) => {}
                () = house.alerts.news.notified() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// One call; whether there was anything to tell.
    ///
    /// If the host dies between the answer and its record, the message is sent again: robots know no
    /// repeats, a webhook's receiver does by its id.
    async fn round(&self, house: &House) -> Result<bool, NotStored> {
        let most = if self.kind == Kind::Webhook { 1 } else { MOST };
        let waiting = house.store.to_tell(&self.name, house.now(), most).await?;
        let Some(first) = waiting.first() else { return Ok(false) };
        let messages = newest(&waiting);
        let id = format!("msg_{}_{}_{}", first.subject, first.step, first.number);
        let result = self.send(house, &id, &messages).await;
        let now = house.now();
        let keys = waiting.iter().map(|telling| telling.key).collect();
        let outcome = if result.is_ok() { "sent" } else { "failed" };
        metrics::counter!("posthouse_alert_messages_total", "outcome" => outcome).increment(1);
        let Err(refused) = result else {
            info!("channel `{}` was told {} messages", self.name, waiting.len());
            house.store.tried(keys, None, None, now).await?;
            return Ok(true);
        };
        let rest = if refused == Refused::TooOften { TOO_OFTEN } else { house.config.alerts.rest(first.attempts) };
        let why = self.words(&refused);
        let given_up = now - first.made_at > super::settings::ms(house.config.alerts.give_up);
        let next = (!given_up).then_some(now + rest);
        error!("channel `{}` was not told: {why}; {}", self.name, if given_up { "given up" } else { "it will be tried again" });
        house.store.tried(keys, Some(why), next, now).await?;
        Ok(true)
    }

    /// One call, beside everything that waits; why it was not taken.
    async fn test(&self, house: &House, message: &Message) -> Result<(), String> {
        let id = format!("msg_test_{}", uuid::Uuid::now_v7().simple());
        self.send(house, &id, std::slice::from_ref(message)).await.map_err(|refused| self.words(&refused))
    }

    fn words(&self, refused: &Refused) -> String {
        match refused {
            Refused::TooOften => "it takes no more messages in this minute".to_owned(),
            Refused::Otherwise(why) => self.masked(why),
        }
    }

    async fn send(&self, house: &House, id: &str, messages: &[Message]) -> Result<(), Refused> {
        let (url, now) = (self.url.expose_secret(), house.now());
        let client = &house.alerts.client;
        let request = match (self.kind, messages.first()) {
            (_, None) => return Ok(()),
            (Kind::Dingtalk, _) => {
                let secret = self.secret.as_ref().map(|secret| secret.expose_secret());
                client.post(robot::dingtalk_url(url, secret, now)).json(&robot::dingtalk(messages))
            }
            (Kind::Wecom, _) => client.post(url).json(&robot::wecom(messages)),
            (Kind::Webhook, Some(message)) => {
                let at = now / 1000;
                let body = robot::webhook(message).to_string();
                let signs = self.secret.as_ref().and_then(|secret| Webhook::new(secret.expose_secret()).ok());
                let signature = signs.and_then(|signs| signs.sign(id, at, body.as_bytes()).ok()).expect("checked at start");
                client
                    .post(url)
                    .header("content-type", "application/json")
                    .header("webhook-id", id)
                    .header("webhook-timestamp", at)
                    .header("webhook-signature", signature)
                    .body(body)
            }
        };
        let unreachable = |why: reqwest::Error| Refused::Otherwise(fetch::unreachable(&why).detail);
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        if self.kind == Kind::Webhook {
            return robot::webhooks_answer(status);
        }
        let mut body = vec![];
        while let Some(chunk) = response.chunk().await.map_err(unreachable)?.filter(|_| body.len() < LONGEST_ANSWER) {
            body.extend_from_slice(&chunk);
        }
        robot::robots_answer(status, &body)
    }

    /// What an answer says may repeat what it was asked with.
    fn masked(&self, why: &str) -> String {
        let url = self.url.expose_secret();
        let keys = url.split(['?', '&']).skip(1).filter_map(|pair| pair.split_once('=').map(|(_, value)| value));
        let all = keys.chain(self.secret.as_ref().map(|secret| secret.expose_secret())).filter(|key| key.len() > 3);
        let masked = all.fold(why.replace(url, "***"), |text, key| text.replace(key, "***"));
        masked.chars().take(300).collect()
    }
}

/// Sends a test message to a channel, or to all; how each answered.
pub async fn test(house: &House, channel: Option<&str>) -> Vec<(String, Result<(), String>)> {
    let (zh, en) = ("这是一条测试消息，不需要处理。".into(), "This is a test; there is nothing to do.".into());
    let message = Message { step: Step::Test, severity: Severity::Info, zh, en, lines: vec![], at: house.now(), alert: None };
    let mut results = vec![];
    for teller in house.alerts.tellers.iter().filter(|teller| channel.is_none_or(|name| teller.name == name)) {
        results.push((teller.name.clone(), teller.test(house, &message).await));
    }
    results
}

/// Of each alert only how it stands by now; the rest in order.
fn newest(waiting: &[Telling]) -> Vec<Message> {
    let is_last = |place: usize| !waiting[place + 1..].iter().any(|later| later.subject == waiting[place].subject);
    let last = waiting.iter().enumerate().filter(|(place, _)| is_last(*place));
    last.filter_map(|(_, telling)| telling.message.clone()).collect()
}
