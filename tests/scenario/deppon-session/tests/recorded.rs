//! Answers are read as 1.0.0 reads them, but for a refused token; there is one that is fetched.

use posthouse_scenario_deppon_session::Deppon;
use posthouse_sdk::manifest::{Manifest, Use};
use posthouse_sdk::{prelude::*, replay};

const DIR: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn looks() {
    replay::check_recorded(DIR, "tracking", replay::look::<Deppon>);
}

#[test]
fn a_query_is_1_0_0s_and_names_the_token() {
    let expected = vec![
        field("companyCode", "EWBDEMO"),
        field("timestamp", "1747817474304"),
        // The shared vector's: the token is no part of it.
        field("digest", "YjE0NTc5ZDBmMmVkYTU1YmRiNDUwZjJjOWFmNmEwY2E="),
        field("params", r#"{"mailNo":"DPK6234021100151","customerCode":"219401"}"#),
        text::field("token", secret("token")),
    ];
    is_form(&asked(<Deppon as Tracking>::ask), "query", expected);
}

#[test]
fn a_subscription_names_the_token() {
    let request = asked(|task| <Deppon as Subscribe>::ask(task).map(|want| want.expect("it is asked for")));
    let Body::Form(fields) = &request.body else { panic!("not a form") };
    assert_eq!((request.endpoint.as_str(), fields.len()), ("subscribe", 5));
    assert_eq!(format!("{:?}", fields[4]), format!("{:?}", text::field("token", secret("token"))));
}

#[test]
fn a_token_is_fetched_with_a_digest_without_params() {
    let request = asked(<Deppon as Session>::ask);
    // Base64 of the lower hex MD5 of `demo-appkey1747817474304`, computed by another program.
    let digest = "MDE4YTQxZTQwMmVkOTg0M2UwOWUxZDcxMGU1ZWI4MDE=";
    is_form(&request, "token", vec![field("companyCode", "EWBDEMO"), field("timestamp", "1747817474304"), field("digest", digest)]);
    let [token] = request.captures.as_slice() else { panic!("one capture") };
    assert_eq!((token.name.as_str(), token.at.as_str(), token.expires.as_deref()), ("token", "/token", Some("/expires_in")));
}

#[test]
fn the_token_may_be_sent_and_nothing_else_is_new() {
    let read = |text: &str| Manifest::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let (one, mine) = (read(include_str!("../../../../adapters/deppon/adapter.toml")), read(include_str!("../adapter.toml")));
    assert_eq!((&one.id, &one.status, &one.numbers, &one.quota), (&mine.id, &mine.status, &mine.numbers, &mine.quota));
    let token = &mine.credential["token"];
    assert_eq!(token.uses, ["query", "subscribe"].map(|endpoint| Use::Send(endpoint.into())));
    assert!(token.captured && !token.optional && token.lasts.is_some());
    let kept = one.credential.iter().all(|(name, field)| format!("{field:?}") == format!("{:?}", mine.credential[name]));
    assert!(kept && mine.credential.len() == one.credential.len() + 1);
}

/// The field is named, and its value left to the host.
fn is_form(request: &Request, endpoint: &str, expected: Vec<Field>) {
    let Body::Form(fields) = &request.body else { panic!("not a form") };
    assert_eq!((request.endpoint.as_str(), format!("{fields:?}")), (endpoint, format!("{expected:?}")));
}

fn field(name: &str, value: &str) -> Field {
    text::field(name, plain(value))
}

fn task() -> Task {
    let parcel = Parcel { number: "DPK6234021100151".into(), phone_tail: None, shipped_at: None, extra: vec![] };
    Task { parcels: vec![parcel], now: 1_747_817_474_304, nonce: vec![], round: 0, memo: vec![] }
}

/// What is asked with the account of the shared vector, and with the token `demo-token`.
fn asked(ask: impl FnOnce(Task) -> Result<Want, Fault>) -> Request {
    let values = [("appkey", "demo-appkey"), ("company-code", "EWBDEMO"), ("customer-code", "219401"), ("token", "demo-token")];
    let values = values.map(|(name, value)| (name.into(), value.into())).into();
    let Ok(Want::Http(request)) = credential::with(values, || ask(task())) else { panic!("no request") };
    request
}
