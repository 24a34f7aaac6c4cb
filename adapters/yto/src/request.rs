//! What YTO is asked: an envelope of exactly four fields around a signed JSON text. A fifth
//! field leads to a signature error.

use posthouse_sdk::prelude::*;
use posthouse_sdk::text::Pieces;

const VERSION: &str = "v1";

/// The one number of the task.
pub fn number(task: &Task) -> Result<&str, Fault> {
    let first = task.parcels.first().ok_or_else(|| Fault::new(fault::NOT_ELIGIBLE, "a task without a parcel"))?;
    Ok(&first.number)
}

/// 物流轨迹查询.
pub fn query(task: &Task) -> Result<Request, Fault> {
    let param = format!(r#"{{"NUMBER":{}}}"#, json::quote(number(task)?));
    enveloped("query", "track_query_adapter", &param, task.now)
}

/// 订阅: one number, whose scans are pushed from then on. The shape is a public client's.
pub fn subscribe(task: &Task) -> Result<Request, Fault> {
    let client = json::quote(&public("client-id")?);
    let inner = format!(r#"{{"clientId":{client},"waybillNo":{}}}"#, json::quote(number(task)?));
    let param = format!(r#"{{"client_id":{client},"logistics_interface":{},"msg_type":"online"}}"#, json::quote(&inner));
    enveloped("subscribe", "subscribe_adapter", &param, task.now)
}

fn enveloped(endpoint: &str, method: &str, param: &str, now: time::Instant) -> Result<Request, Fault> {
    let sign = signature(param, method, VERSION)?;
    let body = format!(r#"{{"timestamp":"{now}","param":{},"sign":"{sign}","format":"JSON"}}"#, json::quote(param));
    let path = format!("/{}/{}", public("user-part")?, public("customer-code")?);
    Ok(http::post(endpoint, "application/json", plain(body)).with_path(plain(path)))
}

/// `Base64(MD5(param + method + version + secret))`; the timestamp takes no part.
fn signature(param: &str, method: &str, version: &str) -> Result<String, Fault> {
    sign::md5_base64(&plain([param, method, version].concat()).then(secret("secret")))
}

fn public(name: &str) -> Result<String, Fault> {
    credential::public(name).ok_or_else(|| Fault::new(fault::CREDENTIAL_REJECTED, format!("the credential has no `{name}`")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use posthouse_sdk::Piece;

    fn task(number: &str) -> Task {
        let parcel = Parcel { number: number.into(), phone_tail: None, shipped_at: None, extra: vec![] };
        Task { parcels: vec![parcel], now: 1_700_000_000_000, nonce: vec![], round: 0, memo: vec![] }
    }

    fn values(secret: &str) -> BTreeMap<String, String> {
        [("secret", secret), ("user-part", "K21000119"), ("customer-code", "TEST"), ("client-id", "DEMO")]
            .map(|(k, v)| (k.into(), v.into()))
            .into()
    }

    fn known(text: &Text) -> String {
        let bytes = text.iter().flat_map(|piece| match piece {
            Piece::Plain(bytes) => bytes.clone(),
            _ => panic!("a secret in the request"),
        });
        String::from_utf8(bytes.collect()).unwrap()
    }

    fn body(request: &Request) -> String {
        let Body::Raw(text) = &request.body else { panic!("not exact bytes") };
        known(text)
    }

    #[test]
    fn signatures_are_the_published_ones() {
        let vectors: Vec<BTreeMap<String, String>> = serde_json::from_str(include_str!("../tests/vectors.json")).unwrap();
        for v in vectors {
            let sign = credential::with(values(&v["secret"]), || signature(&v["param"], &v["method"], &v["v"])).unwrap();
            assert_eq!(sign, v["expected"], "{}", v["kind"]);
        }
    }

    #[test]
    fn a_query_is_what_the_platform_debugger_sends() {
        let request = credential::with(values("123456"), || query(&task("YT2600227881409"))).unwrap();
        let expected =
            r#"{"timestamp":"1700000000000","param":"{\"NUMBER\":\"YT2600227881409\"}","sign":"uhSL6hg8txxadZi26YPYPg==","format":"JSON"}"#;
        assert_eq!(body(&request), expected);
        assert_eq!(known(&request.path), "/K21000119/TEST");
        assert_eq!((request.method.as_str(), request.endpoint.as_str()), ("POST", "query"));
    }

    #[test]
    fn a_subscription_nests_json_text_twice() {
        let request = credential::with(values("123456"), || subscribe(&task("YT8800000000011"))).unwrap();
        let envelope: BTreeMap<String, String> = serde_json::from_str(&body(&request)).unwrap();
        assert_eq!(envelope.len(), 4);
        let param: BTreeMap<String, String> = serde_json::from_str(&envelope["param"]).unwrap();
        assert_eq!(param["logistics_interface"], r#"{"clientId":"DEMO","waybillNo":"YT8800000000011"}"#);
        assert_eq!(param["msg_type"], "online");
    }
}
