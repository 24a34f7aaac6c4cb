//! What is asked for a token, as the interface's page has it.

use std::collections::BTreeMap;

use posthouse_adapter_wechat::Wechat;
use posthouse_sdk::Piece;
use posthouse_sdk::prelude::*;

#[test]
fn the_secret_is_named_inside_the_json_and_the_token_is_taken_out() {
    let given = BTreeMap::from([("app-id".to_owned(), "wx\"1".to_owned())]);
    let want = credential::with(given, || Wechat::ask(Task { now: 0, nonce: vec![0; 16], round: 0, memo: vec![], parcels: vec![] }));
    let Want::Http(request) = want.unwrap() else { panic!("an HTTP request") };
    let Body::Raw(pieces) = &request.body else { panic!("a body of JSON") };
    let text = |piece: &Piece| match piece {
        Piece::Plain(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        Piece::Secret(slot) => format!("<{}:{}>", slot.name, slot.encode),
        Piece::Sealed(_) => panic!("nothing is sealed"),
    };
    let body: String = pieces.iter().map(text).collect();
    assert_eq!(body, r#"{"grant_type":"client_credential","appid":"wx\"1","secret":"<app-secret:json>"}"#);
    assert_eq!((request.method.as_str(), request.endpoint.as_str(), request.captures[0].at.as_str()), ("POST", "token", "/access_token"));
}
