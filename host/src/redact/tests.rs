//! Everybody here is invented.

use super::*;

mod bodies;
mod pages;
mod properties;
mod recorded;
mod texts;

const SALT: [u8; 32] = [7; 32];
const SECRET: &str = "Zx9+/secret&Q1";

/// Keeps two waybills and the last digits 1234.
fn redactor(salt: [u8; 32]) -> Redactor {
    let secrets = vec![("checkword".to_owned(), SECRET.to_owned()), ("pin".to_owned(), "K7x".to_owned())];
    let keep = ["SF1900000000001", "73900000000001", "13912300001", "1234"].map(str::to_owned);
    Redactor::new(salt, secrets, keep.to_vec())
}

fn redacted(body: &str) -> String {
    String::from_utf8(redactor(SALT).body(body.as_bytes())).unwrap()
}

/// As expected, and not changed any more by another look.
fn check(body: &str, expected: &str) {
    let found = redacted(body);
    assert_eq!(found, expected, "\n{body}");
    assert_eq!(redacted(&found), found, "the second time");
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    if let (Some(before), Some(after)) = (parsed(body), parsed(&found)) {
        same_shape(&before, &after);
    }
}

/// The same keys in the same order, as many values, and each of the same kind.
fn same_shape(before: &serde_json::Value, after: &serde_json::Value) {
    use serde_json::Value::{Array, Object};
    match (before, after) {
        (Object(before), Object(after)) => {
            assert!(before.keys().eq(after.keys()), "{before:?}\n{after:?}");
            before.values().zip(after.values()).for_each(|(before, after)| same_shape(before, after));
        }
        (Array(before), Array(after)) => {
            assert_eq!(before.len(), after.len());
            before.iter().zip(after).for_each(|(before, after)| same_shape(before, after));
        }
        _ => assert_eq!(std::mem::discriminant(before), std::mem::discriminant(after), "{before}\n{after}"),
    }
}
