//! The small languages inside a manifest: `30/1s`, `6h`, `digest:md5`.

use std::num::NonZeroU32;
use std::time::Duration;

use regex::Regex;
use serde::Deserialize;

/// A length of time: `300ms`, `1s`, `5m`, `6h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Period(pub Duration);

/// So many calls per period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Window {
    pub calls: NonZeroU32,
    pub per: Period,
}

/// A declared use of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Use {
    Digest(String),
    Hmac(String),
    Verify(String),
    Seal(String),
    Open(String),
    /// The name of the endpoint it may be sent to.
    Send(String),
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("`{text}` is no period: write 300ms, 30s, 5m, 6h or 7d");
        let unit = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let millis = match &text[unit..] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(bad()),
        };
        let count: u64 = text[..unit].parse().map_err(|_| bad())?;
        if count == 0 || count > 100_000 {
            return Err(bad());
        }
        Ok(Self(Duration::from_millis(count * millis)))
    }
}

impl TryFrom<String> for Window {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (calls, per) = text.split_once('/').ok_or(format!("`{text}` is no window: write 30/1s"))?;
        let calls = calls.trim().parse().map_err(|_| format!("`{text}`: `{calls}` is no number of calls"))?;
        Ok(Self { calls, per: Period::try_from(per.trim().to_owned())? })
    }
}

impl TryFrom<String> for Use {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (verb, what) = text.split_once(':').ok_or(format!("`{text}` is no use: write VERB:WHAT, as in digest:md5"))?;
        let what = what.to_owned();
        Ok(match verb {
            "digest" => Self::Digest(what),
            "hmac" => Self::Hmac(what),
            "verify" => Self::Verify(what),
            "seal" => Self::Seal(what),
            "open" => Self::Open(what),
            "send" => Self::Send(what),
            _ => return Err(format!("`{text}`: use digest, hmac, verify, seal, open or send")),
        })
    }
}

/// A pattern that must match a whole number.
pub(super) fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}
