//! The three ways a channel is told: what is sent, and what the answer means.
//!
//! DingTalk: open.dingtalk.com, 自定义机器人接入 and 自定义机器人安全设置. WeCom: developer.work.weixin.qq.com,
//! 群机器人配置说明. Webhooks: standardwebhooks.com.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::Sha256;

use super::words::{self, LONGEST};
use super::{Message, Step};
use crate::fault::Instant;

/// Sent too often: more than 20 messages a minute.
const TOO_OFTEN: [i64; 3] = [130101, 410100, 45009];

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Not before the next minute.
    TooOften,
    Otherwise(String),
}

/// The robot's address with what proves that it is us: Base64(HMAC-SHA256(secret, "{timestamp}\n{secret}")).
pub fn dingtalk_url(url: &str, secret: Option<&str>, now: Instant) -> String {
    let Some(secret) = secret else { return url.to_owned() };
    let sign = dingtalk_sign(secret, now);
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}timestamp={now}&sign={}", utf8_percent_encode(&sign, NON_ALPHANUMERIC))
}

fn dingtalk_sign(secret: &str, now: Instant) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{now}\n{secret}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

pub fn dingtalk(messages: &[Message]) -> Value {
    let all = messages.iter().any(|message| message.step == Step::Escalated);
    json!({
        "msgtype": "markdown",
        "markdown": { "title": words::title(messages), "text": words::markdown(messages, 4 * LONGEST) },
        "at": { "isAtAll": all },
    })
}

pub fn wecom(messages: &[Message]) -> Value {
    json!({ "msgtype": "markdown", "markdown": { "content": words::markdown(messages, LONGEST) } })
}

/// For programs: everything, once for each message.
pub fn webhook(message: &Message) -> Value {
    let at = crate::api::rfc3339;
    let alert = message.alert.as_ref().map(|of| {
        json!({
            "id": of.id, "key": of.key, "kind": of.kind, "carrier": of.carrier, "account": of.account,
            "detail": of.detail, "opened_at": at(of.opened_at),
        })
    });
    json!({
        "type": format!("alert.{}", message.step.as_str()),
        "timestamp": at(message.at),
        "data": { "severity": message.severity, "headline": { "zh": message.zh, "en": message.en }, "lines": message.lines, "alert": alert },
    })
}

/// Both robots answer 200 with a code of their own.
pub fn robots_answer(status: u16, body: &[u8]) -> Result<(), Refused> {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    match (status, told["errcode"].as_i64()) {
        (200..300, Some(0)) => Ok(()),
        (_, Some(code)) if TOO_OFTEN.contains(&code) => Err(Refused::TooOften),
        (_, Some(code)) => Err(Refused::Otherwise(format!("errcode {code}: {}", told["errmsg"].as_str().unwrap_or_default()))),
        (429, None) => Err(Refused::TooOften),
        (status, None) => Err(Refused::Otherwise(format!("HTTP {status} and no errcode"))),
    }
}

pub fn webhooks_answer(status: u16) -> Result<(), Refused> {
    match status {
        200..300 => Ok(()),
        429 => Err(Refused::TooOften),
        status => Err(Refused::Otherwise(format!("HTTP {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dingtalks_signature_is_as_documented() {
        // By `printf '%s\n%s' TIMESTAMP SECRET | openssl dgst -sha256 -hmac SECRET -binary | base64`.
        let url = dingtalk_url("https://robot.invalid/send?access_token=t", Some("SECabc"), 1_700_000_000_000);
        assert_eq!(
            url,
            format!(
                "https://robot.invalid/send?access_token=t&timestamp=1700000000000&sign={}",
                "jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM%3D"
            )
        );
        assert_eq!(dingtalk_url("https://robot.invalid/send", None, 1), "https://robot.invalid/send", "guarded by a keyword or an address");
    }

    #[test]
    fn a_robots_answer_is_its_code() {
        let of = |body: &str| robots_answer(200, body.as_bytes());
        assert_eq!(of(r#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
        for code in TOO_OFTEN {
            assert_eq!(of(&format!(r#"{{"errcode":{code},"errmsg":"slow down"}}"#)), Err(Refused::TooOften));
        }
        assert_eq!(of(r#"{"errcode":310000,"errmsg":"sign not match"}"#), Err(Refused::Otherwise("errcode 310000: sign not match".into())));
        assert_eq!(robots_answer(502, b"<html>"), Err(Refused::Otherwise("HTTP 502 and no errcode".into())));
    }
}
