//! A letter in its envelope: what webhooks and streams read.

use serde_json::{Value, json};

use crate::fault::Instant;
use crate::store::{DueLetter, Letter};

/// A letter as it is sent.
#[derive(Debug, Clone)]
pub struct Message {
    /// The same whenever it is sent: `evt_1f2e3d4c_17`.
    pub id: String,
    pub body: String,
}

/// The message of a letter that is due at a webhook.
pub fn message(mark: &str, due: &DueLetter) -> Message {
    let id = id(mark, due.letter.key);
    let mut body = json(mark, &due.letter);
    if !due.missed.is_empty() {
        let missed: Vec<String> = due.missed.iter().map(|key| self::id(mark, *key)).collect();
        body["data"]["gap"] = json!({ "missed": missed });
    }
    if due.late {
        body["data"]["late"] = json!(true);
    }
    Message { id, body: body.to_string() }
}

/// A letter's name outside: the outbox's mark and its place in it.
pub fn id(mark: &str, key: i64) -> String {
    format!("evt_{mark}_{key}")
}

/// The place that a name tells, if it is one of this outbox.
pub fn key(mark: &str, id: &str) -> Option<i64> {
    id.strip_prefix("evt_")?.strip_prefix(mark)?.strip_prefix('_')?.parse().ok().filter(|key| *key >= 0)
}

/// What everybody reads.
pub fn json(mark: &str, letter: &Letter) -> Value {
    let Letter { payload, .. } = letter;
    let event = |event: &Value| {
        let at = event["at"].as_i64().map(rfc3339);
        json!({ "at": at, "code": event["code"], "status": event["status"], "text": event["text"], "place": event["place"] })
    };
    let verdict = payload["verdict"].as_object().map(|verdict| {
        let until = verdict.get("until").and_then(Value::as_i64).map(rfc3339);
        json!({ "level": verdict["level"], "for": verdict["for"], "against": verdict["against"], "until": until })
    });
    json!({
        "type": letter.kind,
        "timestamp": rfc3339(letter.at),
        "data": {
            "id": id(mark, letter.key),
            "parcel": {
                "id": letter.id,
                "carrier": letter.account.carrier,
                "account": letter.account.name,
                "number": letter.number,
            },
            "status": payload["status"],
            "verdict": verdict,
            "tier": payload["tier"],
            "release": payload["release"],
            "evidence": payload["evidence"],
            "events": payload["events"].as_array().map(|all| all.iter().map(event).collect::<Vec<_>>()),
        },
    })
}

fn rfc3339(at: Instant) -> String {
    jiff::Timestamp::from_millisecond(at).map(|at| at.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_of_its_own_outbox() {
        assert_eq!(key("1f2e3d4c", &id("1f2e3d4c", 17)), Some(17));
        for wrong in ["evt_1f2e3d4d_17", "evt_1f2e3d4c_", "evt_1f2e3d4c_-1", "17", ""] {
            assert_eq!(key("1f2e3d4c", wrong), None, "{wrong}");
        }
    }
}
