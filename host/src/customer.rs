//! Customers who want to hear that their parcel was scanned for the first time.
//!
//! That one is to be told is written with the scan; the message is sent until the messenger takes it or
//! says that it never will. The messenger's package fetches the token, this module sends.
//!
//! Codes and lengths: developers.weixin.qq.com, 全局返回码 and 模板消息.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use posthouse_sdk::status;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::alert::china;
use crate::app::House;
use crate::fault::{Instant, Kind};
use crate::route::Release;
use crate::sandbox::types::{Body, Field, Piece, Reply, Request, Slot};
use crate::session;
use crate::store::{NotStored, ToTell};

const EVERY: Duration = Duration::from_secs(1);
/// Messages that are sent one after the other.
const MOST: u32 = 50;
/// Of a messenger's package: where messages go, and the token they go with.
const ENDPOINT: &str = "message";
const TOKEN: &str = "access-token";

/// What template messages say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub fields: Fields,
    #[serde(default)]
    pub templates: BTreeMap<String, Fields>,
}

/// A template's fields, and what stands in each.
type Fields = BTreeMap<String, Fact>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fact {
    Number,
    Carrier,
    Time,
    Status,
}

/// What a messenger made of a message.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Taken,
    TokenEnded,
    /// It will never take it.
    Never(String),
    Later(String),
}

/// Runs until it is stopped.
pub async fn watch(house: Arc<House>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(why) = round(&house, &stop).await {
            error!("which customers are to be told is not known: {why}");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// If the host dies between the answer and its record, a message is sent twice: the messenger knows no
/// repeats.
async fn round(house: &House, stop: &CancellationToken) -> Result<(), NotStored> {
    for due in house.store.customers_to_tell(house.now(), MOST).await? {
        if stop.is_cancelled() {
            return Ok(());
        }
        let answer = tell(house, &due).await;
        let now = house.now();
        let (outcome, failure, next) = match answer {
            Answer::Taken => ("sent", None, None),
            Answer::Never(why) => ("refused", Some(why), None),
            Answer::TokenEnded => later(house, &due, "its token is refused, and a fresh one, too".into(), now),
            Answer::Later(why) => later(house, &due, why, now),
        };
        metrics::counter!("posthouse_customer_messages_total", "outcome" => outcome).increment(1);
        if let Some(why) = &failure {
            let channel = &due.customer.account;
            warn!("a customer was not told by {channel}: {why}; {}", if next.is_some() { "it will be tried again" } else { "given up" });
        }
        house.store.customer_tried(due.key, failure, next, now).await?;
    }
    Ok(())
}

fn later(house: &House, due: &ToTell, why: String, now: Instant) -> (&'static str, Option<String>, Option<Instant>) {
    let alerts = &house.config.alerts;
    let is_in_time = now - due.fired_at <= i64::try_from(alerts.give_up.0.as_millis()).unwrap_or(i64::MAX / 8);
    ("failed", Some(why), is_in_time.then_some(now + alerts.rest(due.attempts)))
}

/// With a fresh token if there is none, and once more with a fresh one if the old one is refused.
async fn tell(house: &House, due: &ToTell) -> Answer {
    let account = &due.customer.account;
    let Some(mut release) = house.releases.stable(account) else {
        return Answer::Later(format!("no adapter with a credential for {account}"));
    };
    let body = message(house, due).to_string();
    for is_last in [false, true] {
        if is_last || release.secrets.wants_session(house.now()) {
            match session::renew(house, account, &release).await.1 {
                Ok(renewed) => release = renewed,
                Err(fault) => return Answer::Later(fault.to_string()),
            }
        }
        match send(house, &release, &body).await {
            Answer::TokenEnded if !is_last => {}
            answer => return answer,
        }
    }
    Answer::TokenEnded
}

async fn send(house: &House, release: &Release, body: &str) -> Answer {
    let plain = |text: &str| vec![Piece::Plain(text.as_bytes().to_vec())];
    let token = Piece::Secret(Slot { name: TOKEN.into(), encode: "none".into() });
    let request = Request {
        method: "POST".into(),
        endpoint: ENDPOINT.into(),
        path: vec![],
        query: vec![Field { name: "access_token".into(), value: vec![token] }],
        headers: vec![Field { name: "content-type".into(), value: plain("application/json") }],
        body: Body::Raw(plain(body)),
        captures: vec![],
    };
    let Release { adapter, secrets, endpoints } = release;
    match house.http.perform(&request, &adapter.manifest, secrets, endpoints, house.now()).await.reply {
        Ok(Reply::Http(reply)) => answer(reply.status, &reply.body),
        Ok(Reply::Page(_)) => Answer::Later("a page came back".into()),
        Err(fault) if fault.kind == Kind::TokenExpired => Answer::TokenEnded,
        Err(fault) => Answer::Later(fault.to_string()),
    }
}

fn answer(status: u16, body: &[u8]) -> Answer {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    // What it says beside the code may repeat whom it was about.
    match told["errcode"].as_i64() {
        Some(0) => Answer::Taken,
        Some(40_001 | 40_014 | 42_001) => Answer::TokenEnded,
        Some(40_003) => Answer::Never("errcode 40003: no such person".into()),
        Some(43_004) => Answer::Never("errcode 43004: they do not follow the account any more".into()),
        Some(code @ (40_037 | 47_003)) => Answer::Never(format!("errcode {code}: not this template, or not these fields")),
        Some(code) => Answer::Later(format!("errcode {code}")),
        None => Answer::Later(format!("HTTP {status} and no errcode")),
    }
}

fn message(house: &House, due: &ToTell) -> Value {
    let settings = &house.config.customers;
    let fields = settings.templates.get(&due.customer.template).unwrap_or(&settings.fields);
    let carrier = house.adapter(&due.carrier).map_or_else(|| due.carrier.clone(), |adapter| adapter.manifest.names.zh.clone());
    let fact = |fact: Fact| match fact {
        Fact::Number => due.number.clone(),
        Fact::Carrier => carrier.clone(),
        Fact::Time => china(due.first_at, "%Y-%m-%d %H:%M"),
        Fact::Status => status_in_words(due.status.as_deref()).to_owned(),
    };
    let data: Map<String, Value> =
        fields.iter().map(|(name, what)| (name.clone(), json!({ "value": fitted(name, fact(*what)) }))).collect();
    json!({ "touser": due.customer.openid.expose_secret(), "template_id": due.customer.template, "data": data })
}

fn status_in_words(status: Option<&str>) -> &'static str {
    let known = status::ALL.iter().find(|(code, ..)| Some(*code) == status);
    known.map_or("已有物流信息", |(_, zh, _)| zh)
}

/// Each kind of field has its length; the kind is the name's beginning.
fn fitted(name: &str, value: String) -> String {
    let most = match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "thing" => 20,
        "character_string" => 32,
        "phrase" => 5,
        _ => return value,
    };
    value.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_code() {
        let of = |code: i64| answer(200, json!({ "errcode": code, "errmsg": "oABC hint" }).to_string().as_bytes());
        assert_eq!(of(0), Answer::Taken);
        assert!([40_001, 42_001].into_iter().all(|code| of(code) == Answer::TokenEnded));
        assert!([40_003, 43_004, 40_037].into_iter().all(|code| matches!(of(code), Answer::Never(_))));
        assert_eq!(of(45_009), Answer::Later("errcode 45009".into()), "the messenger's own words may name somebody");
        assert!(matches!(answer(502, b"<html>"), Answer::Later(_)));
    }

    #[test]
    fn a_value_fits_its_field() {
        assert_eq!(fitted("thing12", "长".repeat(30)).chars().count(), 20);
        assert_eq!(fitted("keyword1", "长".repeat(30)).chars().count(), 30);
    }
}
