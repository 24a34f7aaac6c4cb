//! Looks for secrets where none belongs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::TestHost;

/// None of these secrets, by name and value, is in the API's answers, the log or the database, which
/// must have kept something.
pub async fn nowhere(host: &TestHost, secrets: &[(String, String)]) {
    is_clean("the API's answers", told(host).await.as_bytes(), secrets);
    is_clean("the log", host.log().as_bytes(), secrets);
    let files =
        ["posthouse.db", "posthouse.db-wal", "posthouse.db-shm"].map(|name| (name, std::fs::read(host.file(name)).unwrap_or_default()));
    assert!(files[0].1.len() + files[1].1.len() > 100_000, "exchanges are kept");
    for (name, bytes) in files {
        is_clean(name, &bytes, secrets);
    }
}

/// Every spelling in which it could have leaked.
fn spellings(secret: &str) -> Vec<String> {
    let json = json!(secret).to_string();
    let nested = json!(json).to_string();
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    // Inside a longer text, Base64 is the same but for its ends.
    let shifted = (0..3).flat_map(|shift| {
        let padded = [vec![b' '; shift], secret.as_bytes().to_vec()].concat();
        [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)].map(|text| text[4..text.len() - 4].to_owned())
    });
    let mut all = vec![secret.to_owned(), json[1..json.len() - 1].to_owned(), nested[3..nested.len() - 3].to_owned()];
    all.extend([hex::encode(secret), hex::encode_upper(secret), STANDARD.encode(secret), percent.to_lowercase(), percent]);
    all.extend(shifted);
    all
}

#[track_caller]
fn is_clean(what: &str, bytes: &[u8], secrets: &[(String, String)]) {
    for (name, secret) in secrets {
        for spelling in spellings(secret) {
            assert!(memchr::memmem::find(bytes, spelling.as_bytes()).is_none(), "{name} is in {what}, as {spelling}");
        }
    }
}

/// Everything that the API tells.
async fn told(host: &TestHost) -> String {
    let page = host.read("/v1/parcels?limit=200").await;
    let mut all = vec![page.to_string()];
    for parcel in page["parcels"].as_array().unwrap() {
        let id = parcel["id"].as_str().unwrap();
        all.push(host.get(&format!("/v1/parcels/{id}")).await.body);
        all.push(host.get(&format!("/v1/parcels/{id}/events")).await.body);
    }
    for path in ["/v1/carriers", "/metrics", "/healthz"] {
        all.push(host.get(path).await.body);
    }
    all.join("\n")
}
