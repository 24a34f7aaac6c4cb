//! What ZTO is asked, and how it is signed. Query and subscription share one body (captured).

use posthouse_sdk::prelude::*;
use posthouse_sdk::text::Pieces;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    bill_code: &'a str,
    /// The last four digits (captured); ZTO hides scans from strangers without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_phone: Option<&'a str>,
}

/// The only parcel of a task: ZTO takes one number a call.
pub fn one(task: &Task) -> Result<&Parcel, Fault> {
    match task.parcels.as_slice() {
        [parcel] => Ok(parcel),
        _ => Err(Fault::new(fault::NOT_ELIGIBLE, "zto takes one number a call")),
    }
}

/// The signed request about a task's parcel.
pub fn about_one(task: &Task, endpoint: &str) -> Result<Want, Fault> {
    let parcel = one(task)?;
    let body = Body { bill_code: &parcel.number, mobile_phone: parcel.phone_tail.as_deref() };
    let body = serde_json::to_string(&body).map_err(|why| Fault::new(fault::NOT_ELIGIBLE, why.to_string()))?;
    let missing = || Fault::new(fault::CREDENTIAL_REJECTED, "the credential has no `app-key`");
    let key = credential::public("app-key").ok_or_else(missing)?;
    let digest = sign::md5_base64(&signed(&body))?;
    let request = http::post(endpoint, "application/json; charset=utf-8", plain(&body))
        .with_header("x-appKey", plain(key))
        .with_header("x-dataDigest", plain(digest));
    Ok(request.want())
}

/// What ZTO's digest is over, in requests and pushes: the text and then the secret (verified
/// against a captured push).
pub fn signed(text: impl AsRef<[u8]>) -> Text {
    plain(text).then(secret("app-secret"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Vector {
        body: String,
        #[serde(rename = "appSecret")]
        secret: String,
        expected: String,
    }

    fn task(tail: Option<&str>) -> Task {
        let parcel = Parcel { number: "73100196611386".into(), phone_tail: tail.map(str::to_owned), shipped_at: None, extra: vec![] };
        Task { parcels: vec![parcel], now: 0, nonce: vec![7; 16], round: 0, memo: vec![] }
    }

    fn asked(task: &Task, secret: &str) -> Request {
        let values = [("app-key", "DEMO"), ("app-secret", secret)].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let want = credential::with(values.into(), || about_one(task, "query")).unwrap();
        let Want::Http(request) = want else { panic!("zto is asked over http") };
        request
    }

    #[test]
    fn the_request_is_the_one_of_the_vector() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../tests/vectors.json")).unwrap();
        let [vector] = vectors.as_slice() else { panic!("one vector") };
        let request = asked(&task(Some("5514")), &vector.secret);
        let body = posthouse_sdk::Body::Raw(plain(&vector.body));
        assert_eq!(format!("{:?}", request.body), format!("{body:?}"));
        let header = |name: &str| format!("{:?}", request.headers.iter().find(|h| h.name == name).expect(name).value);
        assert_eq!(header("x-dataDigest"), format!("{:?}", plain(&vector.expected)));
        assert_eq!(header("x-appKey"), format!("{:?}", plain("DEMO")));
    }

    #[test]
    fn an_unknown_phone_is_left_out() {
        let body = posthouse_sdk::Body::Raw(plain(r#"{"billCode":"73100196611386"}"#));
        assert_eq!(format!("{:?}", asked(&task(None), "s").body), format!("{body:?}"));
    }
}
