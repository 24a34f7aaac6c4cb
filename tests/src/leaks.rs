//! Looks for secrets where none belongs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

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
pub fn spellings(secret: &str) -> Vec<String> {
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

/// None of these is in there.
#[track_caller]
pub fn is_clean(what: &str, bytes: &[u8], secrets: &[(String, String)]) {
    if let Some(found) = found(bytes, secrets) {
        panic!("{found}, in {what}");
    }
}

/// The first secret that is in there, and how it is spelt.
pub fn found(bytes: &[u8], secrets: &[(String, String)]) -> Option<String> {
    let all = secrets.iter().flat_map(|(name, secret)| spellings(secret).into_iter().map(move |spelling| (name, spelling)));
    let here = |(_, spelling): &(&String, String)| memchr::memmem::find(bytes, spelling.as_bytes()).is_some();
    all.into_iter().find(here).map(|(name, spelling)| format!("{name} as {spelling}"))
}

/// Everything that the API tells.
pub async fn told(host: &TestHost) -> String {
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
    for path in ["/v1/incidents", "/v1/rollouts", "/v1/credentials", "/v1/audit"] {
        all.push(host.send(host.client.get(format!("{}{path}", host.url)).bearer_auth(&host.ops)).await.body);
    }
    for incident in serde_json::from_str::<Value>(&all[all.len() - 4]).unwrap_or_default()["incidents"].as_array().into_iter().flatten() {
        let path = format!("/v1/incidents/{}", incident["id"].as_str().unwrap_or_default());
        all.push(host.send(host.client.get(format!("{}{path}", host.url)).bearer_auth(&host.ops)).await.body);
    }
    all.join("\n")
}
