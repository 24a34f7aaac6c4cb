//! Answers are read as 3.2.1 reads them; how a token is fetched differs.

use posthouse_scenario_deppon_refresh::Deppon;
use posthouse_sdk::manifest::{Manifest, Use};
use posthouse_sdk::{prelude::*, replay};

const DIR: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn looks() {
    replay::check_recorded(DIR, "tracking", replay::look::<Deppon>);
}

#[test]
fn a_token_is_fetched_with_the_refresh_token_alone() {
    let request = asked(<Deppon as Session>::ask);
    let expected = vec![field("companyCode", "EWBDEMO"), text::field("refreshToken", secret("refresh-token"))];
    is_form(&request, "token", expected);
    let captured: Vec<_> = request.captures.iter().map(|c| (c.name.as_str(), c.at.as_str())).collect();
    assert_eq!(captured, [("token", "/token"), ("refresh-token", "/refresh_token")]);
}

#[test]
fn both_tokens_may_be_sent_each_to_its_own_place() {
    let read = |text: &str| Manifest::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let (one, mine) = (read(include_str!("../../../../adapters/deppon/adapter.toml")), read(include_str!("../adapter.toml")));
    assert_eq!((&one.id, &one.status, &one.numbers, &one.quota), (&mine.id, &mine.status, &mine.numbers, &mine.quota));
    let token = &mine.credential["token"];
    assert_eq!(token.uses, ["query", "subscribe"].map(|endpoint| Use::Send(endpoint.into())));
    assert!(token.captured && !token.optional && token.lasts.is_some());
    let kept = one.credential.iter().all(|(name, field)| format!("{field:?}") == format!("{:?}", mine.credential[name]));
    assert!(kept && mine.credential.len() == one.credential.len() + 2);
    let refresh = &mine.credential["refresh-token"];
    assert_eq!(refresh.uses, [Use::Send("token".into())]);
    assert!(refresh.captured && refresh.optional);
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
    let values = [
        ("appkey", "demo-appkey"),
        ("company-code", "EWBDEMO"),
        ("customer-code", "219401"),
        ("token", "demo-token"),
        ("refresh-token", "held"),
    ];
    let values = values.map(|(name, value)| (name.into(), value.into())).into();
    let Ok(Want::Http(request)) = credential::with(values, || ask(task())) else { panic!("no request") };
    request
}
