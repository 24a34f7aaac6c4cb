//! What SF is asked, and how it is signed.

use posthouse_sdk::prelude::*;
use posthouse_sdk::text::Pieces;
use serde::Serialize;

const SEARCH: &str = "EXP_RECE_SEARCH_ROUTES";
const REGISTER: &str = "EXP_RECE_REGISTER_ROUTE";

/// `msgData` of the route query (official).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Search<'a> {
    language: &'a str,
    /// `1`: by waybill number.
    tracking_type: &'a str,
    tracking_number: Vec<&'a str>,
    /// `1`: the standard query.
    method_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_phone_no: Option<&'a str>,
}

/// `msgData` of the route registration (field names: client).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Register<'a> {
    /// `2`: by waybill number (inferred from the older XML service).
    r#type: &'a str,
    attribute_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_phone_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<&'a str>,
}

/// The query for all parcels of a task, which share their phone tail.
pub fn routes(task: &Task) -> Result<Want, Fault> {
    let search = Search {
        language: "zh-CN",
        tracking_type: "1",
        tracking_number: task.parcels.iter().map(|p| p.number.as_str()).collect(),
        method_type: "1",
        check_phone_no: task.parcels.first().and_then(|p| p.phone_tail.as_deref()),
    };
    service(task, SEARCH, json(&search)?)
}

/// The registration of one parcel for pushes.
pub fn register(task: &Task) -> Result<Want, Fault> {
    let [parcel] = task.parcels.as_slice() else {
        return Err(Fault::new(fault::NOT_ELIGIBLE, "sf registers one number a call"));
    };
    let order = parcel.extra.iter().find(|pair| pair.name == "order-id");
    let register = Register {
        r#type: "2",
        attribute_no: &parcel.number,
        check_phone_no: parcel.phone_tail.as_deref(),
        order_id: order.map(|pair| pair.value.as_str()),
    };
    service(task, REGISTER, json(&register)?)
}

/// The OAuth2 way: a token for two hours, kept by the host (official).
pub fn session() -> Result<Want, Fault> {
    let form = vec![
        text::field("partnerID", plain(partner()?)),
        text::field("secret", secret("checkword")),
        text::field("grantType", plain("password")),
    ];
    let token = Capture { name: "access-token".into(), at: "/accessToken".into(), expires: Some("/expiresIn".into()) };
    let request = http::post_form("oauth", form);
    Ok(Request { captures: vec![token], ..request }.want())
}

/// Whether calls carry an access token instead of a digest.
pub fn by_token() -> bool {
    credential::public("auth").as_deref() == Some("token")
}

fn service(task: &Task, code: &str, data: String) -> Result<Want, Fault> {
    let timestamp = task.now.to_string();
    let proof = if by_token() {
        text::field("accessToken", secret("access-token"))
    } else {
        text::field("msgDigest", plain(digest(&data, &timestamp)?))
    };
    let form = vec![
        text::field("partnerID", plain(partner()?)),
        text::field("requestID", plain(uuid(&task.nonce))),
        text::field("serviceCode", plain(code)),
        text::field("timestamp", plain(timestamp)),
        proof,
        text::field("msgData", plain(data)),
    ];
    Ok(http::post_form("service", form).want())
}

/// `Base64(MD5(URLEncoder.encode(msgData + timestamp + checkword)))` (official vector). Form
/// encoding splits over concatenation, so the host encodes the check word and we the rest.
fn digest(data: &str, timestamp: &str) -> Result<String, Fault> {
    let known = http::form_encode(data) + timestamp;
    sign::md5_base64(&plain(known).then(text::encoded("checkword", "form")))
}

fn partner() -> Result<String, Fault> {
    let missing = || Fault::new(fault::CREDENTIAL_REJECTED, "the credential has no `partner-id`");
    credential::public("partner-id").ok_or_else(missing)
}

fn json(data: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(data).map_err(|why| Fault::new(fault::NOT_ELIGIBLE, why.to_string()))
}

/// The nonce as a version 4 UUID: SF answers A1007 to a request ID it has seen.
fn uuid(nonce: &[u8]) -> String {
    let mut bytes = [0u8; 16];
    bytes.iter_mut().zip(nonce).for_each(|(to, from)| *to = *from);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = sign::hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use posthouse_sdk::Body;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Vector {
        #[serde(rename = "msgData")]
        data: String,
        timestamp: String,
        checkword: String,
        expected: String,
    }

    fn task(numbers: &[&str], tail: Option<&str>) -> Task {
        let parcel =
            |number: &&str| Parcel { number: number.to_string(), phone_tail: tail.map(str::to_owned), shipped_at: None, extra: vec![] };
        Task { parcels: numbers.iter().map(parcel).collect(), now: 1_768_896_000_000, nonce: vec![0xff; 16], round: 0, memo: vec![] }
    }

    fn with<T>(values: &[(&str, &str)], body: impl FnOnce() -> T) -> T {
        let values = values.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        credential::with(values.collect(), body)
    }

    fn form(want: Want) -> (Request, Vec<Field>) {
        let Want::Http(request) = want else { panic!("sf is asked over http") };
        let Body::Form(fields) = request.body.clone() else { panic!("sf is sent a form") };
        (request, fields)
    }

    fn value<'a>(form: &'a [Field], name: &str) -> &'a Text {
        &form.iter().find(|field| field.name == name).expect(name).value
    }

    fn has_text(form: &[Field], name: &str, expected: &str) {
        assert_eq!(format!("{:?}", value(form, name)), format!("{:?}", plain(expected)));
    }

    #[test]
    fn digests_are_those_published() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../tests/vectors.json")).unwrap();
        assert_eq!(vectors.len(), 2);
        for vector in vectors {
            let found = with(&[("checkword", &vector.checkword)], || digest(&vector.data, &vector.timestamp));
            assert_eq!(found.unwrap(), vector.expected);
        }
    }

    #[test]
    fn a_batch_is_one_signed_form() {
        let task = task(&["SF1000000000001", "SF1000000000002"], Some("0199"));
        let (request, fields) = form(with(&[("partner-id", "DEMO")], || routes(&task)).unwrap());
        assert_eq!((request.method.as_str(), request.endpoint.as_str()), ("POST", "service"));
        has_text(&fields, "partnerID", "DEMO");
        has_text(&fields, "requestID", "ffffffff-ffff-4fff-bfff-ffffffffffff");
        has_text(&fields, "serviceCode", "EXP_RECE_SEARCH_ROUTES");
        has_text(&fields, "timestamp", "1768896000000");
        let data = r#"{"language":"zh-CN","trackingType":"1","trackingNumber":["SF1000000000001","SF1000000000002"],"methodType":"1","checkPhoneNo":"0199"}"#;
        has_text(&fields, "msgData", data);
        assert!(fields.iter().any(|f| f.name == "msgDigest"));
        assert!(fields.iter().all(|f| f.name != "accessToken"));
    }

    #[test]
    fn token_mode_sends_the_token_by_name_and_no_digest() {
        let task = task(&["SF1000000000001"], None);
        let (_, fields) = form(with(&[("partner-id", "DEMO"), ("auth", "token")], || routes(&task)).unwrap());
        assert_eq!(format!("{:?}", value(&fields, "accessToken")), format!("{:?}", secret("access-token")));
        assert!(fields.iter().all(|f| f.name != "msgDigest"));
    }

    #[test]
    fn a_session_captures_the_token() {
        let (request, fields) = form(with(&[("partner-id", "DEMO")], session).unwrap());
        assert_eq!(request.endpoint, "oauth");
        has_text(&fields, "grantType", "password");
        assert_eq!(format!("{:?}", value(&fields, "secret")), format!("{:?}", secret("checkword")));
        let [token] = request.captures.as_slice() else { panic!("one capture") };
        assert_eq!((token.name.as_str(), token.at.as_str()), ("access-token", "/accessToken"));
        assert_eq!(token.expires.as_deref(), Some("/expiresIn"));
    }

    #[test]
    fn a_registration_names_one_number() {
        let mut one = task(&["SF1000000000001"], Some("0199"));
        one.parcels[0].extra.push(Pair { name: "order-id".into(), value: "O-1".into() });
        let (_, fields) = form(with(&[("partner-id", "DEMO")], || register(&one)).unwrap());
        has_text(&fields, "serviceCode", "EXP_RECE_REGISTER_ROUTE");
        let data = r#"{"type":"2","attributeNo":"SF1000000000001","checkPhoneNo":"0199","orderId":"O-1"}"#;
        has_text(&fields, "msgData", data);
        let two = task(&["SF1000000000001", "SF1000000000002"], None);
        assert_eq!(register(&two).unwrap_err().code, fault::NOT_ELIGIBLE);
    }
}
