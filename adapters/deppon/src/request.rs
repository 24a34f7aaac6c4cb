//! What Deppon is asked: a JSON text in a signed form.
//!
//! The form has changed with every version of the interface; what a version adds (a token, say)
//! is one more line in [`signed`] and one more field in the manifest.

use posthouse_sdk::prelude::*;
use posthouse_sdk::text::Pieces;

/// The one number of the task.
pub fn number(task: &Task) -> Result<&str, Fault> {
    let first = task.parcels.first().ok_or_else(|| Fault::new(fault::NOT_ELIGIBLE, "a task without a parcel"))?;
    Ok(&first.number)
}

/// Version 2 needs both; without customerCode the answer is 2006.
pub fn query(task: &Task) -> Result<Request, Fault> {
    let customer = public("customer-code")?;
    let params = format!(r#"{{"mailNo":{},"customerCode":{}}}"#, json::quote(number(task)?), json::quote(&customer));
    signed("query", &params, task.now)
}

/// 标准轨迹订阅.
pub fn subscribe(task: &Task) -> Result<Request, Fault> {
    let params = format!(r#"{{"tracking_number":{}}}"#, json::quote(number(task)?));
    signed("subscribe", &params, task.now)
}

/// The form around the exact bytes that were signed.
fn signed(endpoint: &str, params: &str, now: time::Instant) -> Result<Request, Fault> {
    let mut fields = proof(params, now)?;
    fields.push(text::field("params", plain(params)));
    Ok(http::post_form(endpoint, fields))
}

/// Who asks, when, and the digest over these exact bytes.
pub fn proof(params: &str, now: time::Instant) -> Result<Vec<Field>, Fault> {
    let timestamp = now.to_string();
    let digest = sign::md5_hex_base64(&digested(params, &timestamp))?;
    Ok(vec![
        text::field("companyCode", plain(public("company-code")?)),
        text::field("timestamp", plain(timestamp)),
        text::field("digest", plain(digest)),
    ])
}

/// What both sides digest: `params + appkey + timestamp`.
pub fn digested(params: impl AsRef<[u8]>, timestamp: impl AsRef<[u8]>) -> Text {
    plain(params).then(secret("appkey")).then(plain(timestamp))
}

fn public(name: &str) -> Result<String, Fault> {
    credential::public(name).ok_or_else(|| Fault::new(fault::CREDENTIAL_REJECTED, format!("the credential has no `{name}`")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use posthouse_sdk::Piece;

    fn task(number: &str, now: time::Instant) -> Task {
        let parcel = Parcel { number: number.into(), phone_tail: None, shipped_at: None, extra: vec![] };
        Task { parcels: vec![parcel], now, nonce: vec![], round: 0, memo: vec![] }
    }

    fn values(appkey: &str) -> BTreeMap<String, String> {
        [("appkey", appkey), ("company-code", "EWBDEMO"), ("customer-code", "219401")].map(|(k, v)| (k.into(), v.into())).into()
    }

    fn form(request: &Request) -> BTreeMap<String, String> {
        let Body::Form(fields) = &request.body else { panic!("not a form") };
        let value = |text: &Text| match text.as_slice() {
            [Piece::Plain(bytes)] => String::from_utf8(bytes.clone()).unwrap(),
            _ => panic!("a secret in the request"),
        };
        fields.iter().map(|field| (field.name.clone(), value(&field.value))).collect()
    }

    #[test]
    fn a_query_has_the_digest_of_the_vector() {
        let vectors: Vec<BTreeMap<String, String>> = serde_json::from_str(include_str!("../tests/vectors.json")).unwrap();
        for v in vectors {
            let now = v["timestamp"].parse().unwrap();
            let request = credential::with(values(&v["appkey"]), || query(&task("DPK6234021100151", now))).unwrap();
            let form = form(&request);
            assert_eq!(form["params"], v["params"]);
            assert_eq!(form["digest"], v["expected"], "{}", v["kind"]);
            assert_eq!((form["timestamp"].as_str(), form["companyCode"].as_str()), (v["timestamp"].as_str(), "EWBDEMO"));
            assert_eq!((request.method.as_str(), request.endpoint.as_str(), form.len()), ("POST", "query", 4));
        }
    }

    #[test]
    fn a_subscription_names_the_number_only() {
        let request = credential::with(values("demo-appkey"), || subscribe(&task("DPK9900000000101", 1_700_000_000_000))).unwrap();
        assert_eq!(form(&request)["params"], r#"{"tracking_number":"DPK9900000000101"}"#);
        assert_eq!(request.endpoint, "subscribe");
    }
}
