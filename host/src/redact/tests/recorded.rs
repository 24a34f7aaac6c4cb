//! The recorded answers of every adapter still say the same.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::*;

/// What a judgement rests on: these never change.
const FACTS: [&str; 22] = [
    "code",
    "status",
    "at",
    "time",
    "scantype",
    "opcode",
    "action",
    "infocontent",
    "scandate",
    "opstatecode",
    "opcodestatus",
    "category",
    "state",
    "firststatuscode",
    "secondarystatuscode",
    "statuscode",
    "resultcode",
    "billcode",
    "mailno",
    "waybillno",
    "number",
    "city",
];

static TIME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[0-9]{4}[-/年][0-9]{1,2}[-/月][0-9]{1,2}|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?|\b1[0-9]{12}\b").unwrap());

#[test]
fn codes_times_and_events_of_recorded_answers_stay() {
    let adapters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../adapters");
    let mut files = 0;
    for adapter in std::fs::read_dir(&adapters).unwrap() {
        let Ok(recorded) = std::fs::read_dir(adapter.unwrap().path().join("recorded")) else { continue };
        for file in recorded.map(|file| file.unwrap().path()) {
            one(&file);
            files += 1;
        }
    }
    assert!(files > 300, "{files} in {}", adapters.display());
}

fn one(file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    let before: Value = serde_json::from_str(&text).unwrap();
    let parcels = before["task"]["parcels"].as_array().cloned().unwrap_or_default();
    let keep = parcels.iter().flat_map(|parcel| [&parcel["number"], &parcel["phone_tail"]]).filter_map(Value::as_str).map(str::to_owned);
    let redactor = Redactor::new(SALT, vec![], keep.collect());
    let found = redactor.body(text.as_bytes());
    let after: Value = serde_json::from_slice(&found).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    same(&before, &after, "", file);
    assert_eq!(redactor.body(&found), found, "{}: the second time", file.display());
}

fn same(before: &Value, after: &Value, key: &str, file: &Path) {
    let about = || format!("{} at `{key}`:\n{before}\n{after}", file.display());
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            assert!(old.keys().eq(new.keys()), "{}", about());
            old.iter().zip(new.values()).for_each(|((key, old), new)| same(old, new, key, file));
        }
        (Value::Array(old), Value::Array(new)) => {
            assert_eq!(old.len(), new.len(), "{}", about());
            old.iter().zip(new).for_each(|(old, new)| same(old, new, key, file));
        }
        (Value::String(old), Value::String(new)) => match (serde_json::from_str::<Value>(old), serde_json::from_str::<Value>(new)) {
            (Ok(old), Ok(new)) if !old.is_number() => same(&old, &new, key, file),
            _ => {
                let fact = FACTS.contains(&Key::new(key, "").name.as_str());
                assert!(!fact || old == new, "{}", about());
                assert_eq!(times(old), times(new), "{}", about());
                assert_eq!(old.matches('<').count(), new.matches('<').count(), "{}", about());
            }
        },
        _ => assert_eq!(before, after, "{}", about()),
    }
}

/// Dates and times of day, wherever they stand.
fn times(text: &str) -> Vec<&str> {
    TIME.find_iter(text).map(|found| found.as_str()).collect()
}
