//! The faults an adapter may report, and short ways to make them.
//!
//! A fault says what the carrier said, not what to do about it: the host decides when to look
//! again, what counts against a canary and what the customer reads.

use crate::{Fault, OfOne, Track};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)+) => {
        $($(#[$doc])* pub const $name: &str = $code;)+
        /// Every code an adapter may use. Any other ends as `contract`.
        pub const ALL: &[&str] = &[$($code),+];
    };
}

codes! {
    /// The carrier knows the number; nothing has happened yet.
    NO_EVENTS = "no-events";
    /// The carrier does not know the number.
    NOT_FOUND = "not-found";
    /// Too many calls. Give `retry_after` if the carrier did.
    THROTTLED = "throttled";
    /// The carrier's own trouble: 5xx, "system busy".
    CARRIER_ERROR = "carrier-error";
    /// Signature, key, customer code, permission or address list: the account is not accepted.
    CREDENTIAL_REJECTED = "credential-rejected";
    /// A captured token is no longer accepted; the host fetches one and looks again once.
    TOKEN_EXPIRED = "token-expired";
    /// A page refused us.
    TURNED_AWAY = "turned-away";
    /// A page asked for a captcha, a slider, a login.
    CHALLENGE = "challenge";
    /// The answer is well formed but not of the known shape.
    LAYOUT_CHANGED = "layout-changed";
    /// The carrier cannot be asked about this parcel this way (a missing phone tail, say).
    NOT_ELIGIBLE = "not-eligible";
    /// Not what it claims to be: broken JSON, HTML, wrong charset.
    UNREADABLE = "unreadable";
    /// Read, but not surely enough to be told.
    LOW_CONFIDENCE = "low-confidence";
    /// A placeholder instead of an answer.
    DECOY = "decoy";
    /// Another parcel's data.
    WRONG_PARCEL = "wrong-parcel";
}

impl Fault {
    /// A fault with the carrier's words as detail.
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.into(), detail: detail.into(), retry_after: None }
    }

    /// The same fault for every parcel of a task, where the answer names none.
    pub fn for_each(self, parcels: &[crate::Parcel]) -> Vec<OfOne> {
        parcels.iter().map(|p| OfOne { number: p.number.clone(), outcome: Err(self.clone()) }).collect()
    }
}

/// `no-events`.
pub fn no_events(detail: impl Into<String>) -> Fault {
    Fault::new(NO_EVENTS, detail)
}

/// `unreadable`, with at most the first 80 characters of what came.
pub fn unreadable(why: impl core::fmt::Display, body: &[u8]) -> Fault {
    let shown: String = String::from_utf8_lossy(&body[..body.len().min(320)]).chars().take(80).collect();
    Fault::new(UNREADABLE, format!("{why}; the answer begins {shown:?}"))
}

/// What a refusal's words say where its code says nothing: whose it is matters, because a wrong
/// signature must not look like the carrier's trouble. Nobody's word but ours.
pub fn of_words(words: &str) -> &'static str {
    let said = |any: &[&str]| any.iter().any(|word| words.contains(word));
    match () {
        () if said(&["签名", "验签", "校验失败", "白名单", "权限", "授权", "鉴权", "未签约"]) => CREDENTIAL_REJECTED,
        () if said(&["频繁", "限流", "频率", "超限"]) => THROTTLED,
        () if said(&["不存在", "未查询到", "查不到", "没有查到", "无此"]) => NOT_FOUND,
        () => CARRIER_ERROR,
    }
}

/// A refusal by its code and words, read by the words.
pub fn refused(code: &str, words: &str) -> Fault {
    Fault::new(of_words(words), format!("{code} {words}").trim())
}

/// What an HTTP status alone says: 429 and 503 with their `retry-after`, other 5xx, 401 and 403.
/// `None` for a status whose body must be read.
pub fn of_status(reply: &crate::HttpReply) -> Option<Fault> {
    let retry_after = reply.header("retry-after").and_then(|v| v.trim().parse().ok());
    let (code, detail) = match reply.status {
        200..=299 => return None,
        429 => (THROTTLED, "HTTP 429"),
        500..=599 => (CARRIER_ERROR, "the carrier's server failed"),
        401 | 403 => (CREDENTIAL_REJECTED, "the carrier refused the account"),
        404 | 410 => (LAYOUT_CHANGED, "the interface is gone"),
        300..=399 => (LAYOUT_CHANGED, "the interface has moved"),
        _ => return None,
    };
    Some(Fault { code: code.into(), detail: format!("{detail} (HTTP {})", reply.status), retry_after })
}

impl OfOne {
    /// A parcel that was read.
    pub fn track(track: Track) -> Self {
        Self { number: track.number.clone(), outcome: Ok(track) }
    }

    /// A parcel that was not.
    pub fn fault(number: impl Into<String>, fault: Fault) -> Self {
        Self { number: number.into(), outcome: Err(fault) }
    }
}
