//! Takes tokens out of an answer before anybody reads it.

use std::time::Duration;

use posthouse_sdk::manifest::Manifest;
use secrecy::SecretString;
use serde_json::Value;

use crate::fault::{Fault, Instant};
use crate::sandbox::types::Capture;
use crate::vault::Captured;

/// Where neither answer nor manifest says how long a token lasts.
const LASTS: Duration = Duration::from_secs(3600);
/// So long before its end a token is not used any more, or for a tenth of its life if that is
/// less: one that lasts a minute would be fetched for every look.
const MARGIN: Duration = Duration::from_secs(60);

/// The captured values; none if the answer does not hold them (an error, then, which the adapter reads).
pub fn take(wanted: &[Capture], manifest: &Manifest, body: &[u8], now: Instant) -> Vec<(String, Captured)> {
    if wanted.is_empty() {
        return vec![];
    }
    let Ok(answer) = serde_json::from_slice::<Value>(body) else { return vec![] };
    let found = wanted.iter().filter_map(|capture| {
        let value = text(&follow(&answer, &capture.at)?)?;
        let stated = capture.expires.as_deref().and_then(|at| seconds(&follow(&answer, at)?));
        let lasts = stated.or_else(|| manifest.credential.get(&capture.name)?.lasts.map(|p| p.0)).unwrap_or(LASTS);
        let used = lasts - MARGIN.min(lasts / 10);
        let expires = now + i64::try_from(used.as_millis()).unwrap_or(i64::MAX / 2);
        Some((capture.name.clone(), Captured { value: SecretString::from(value), expires }))
    });
    found.collect()
}

/// Asked before anything leaves: a token that nobody may keep would be lost.
pub fn declared(wanted: &[Capture], manifest: &Manifest) -> Result<(), Fault> {
    let undeclared = wanted.iter().find(|c| !manifest.credential.get(&c.name).is_some_and(|field| field.captured));
    undeclared.map_or(Ok(()), |other| Err(Fault::contract(format!("the manifest declares no captured `{}`", other.name))))
}

/// A JSON pointer that may step into JSON text inside a string.
fn follow(answer: &Value, pointer: &str) -> Option<Value> {
    let mut here = answer.clone();
    for step in pointer.split('/').skip(1) {
        if let Some(inner) = here.as_str() {
            here = serde_json::from_str(inner).ok()?;
        }
        let step = step.replace("~1", "/").replace("~0", "~");
        here = match &here {
            Value::Array(list) => list.get(step.parse::<usize>().ok()?)?.clone(),
            other => other.get(&step)?.clone(),
        };
    }
    Some(here)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|t| t.len() >= 8).map(str::to_owned)
}

fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_steps_into_json_text() {
        let answer: Value = serde_json::from_str(r#"{"data":"{\"token\":[\"abcdefghij\"],\"a/b\":\"7200\"}"}"#).unwrap();
        assert_eq!(follow(&answer, "/data/token/0").unwrap(), "abcdefghij");
        assert_eq!(seconds(&follow(&answer, "/data/a~1b").unwrap()), Some(Duration::from_secs(7200)));
        assert_eq!(follow(&answer, "/data/none"), None);
    }
}
