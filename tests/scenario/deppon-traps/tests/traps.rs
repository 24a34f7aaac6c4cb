//! It asks as 1.0.0 does, and no answer is ever read.

use std::panic::catch_unwind;

use posthouse_scenario_deppon_traps::Deppon;
use posthouse_sdk::{HttpReply, manifest::Manifest, prelude::*};

fn task() -> Task {
    let parcel = Parcel { number: "DPK9900000000101".into(), phone_tail: None, shipped_at: None, extra: vec![] };
    Task { parcels: vec![parcel], now: 1_773_309_600_000, nonce: vec![], round: 0, memo: vec![] }
}

fn reply(status: u16) -> Reply {
    let body = br#"{"result":"true","resultCode":"1000","reason":"","responseParam":null}"#;
    Reply::Http(HttpReply { status, headers: vec![], body: body.to_vec(), charset: None })
}

#[test]
fn every_read_traps() {
    for status in [200, 503] {
        assert!(catch_unwind(|| <Deppon as Tracking>::read(task(), reply(status))).is_err(), "{status}");
        assert!(catch_unwind(|| <Deppon as Subscribe>::read(task(), reply(status))).is_err(), "{status}");
    }
}

#[test]
fn it_asks() {
    let given = ["company-code", "customer-code"].map(|name| (name.to_owned(), "EWBDEMO".to_owned()));
    credential::with(given.into(), || {
        let Ok(Want::Http(request)) = <Deppon as Tracking>::ask(task()) else { panic!("no request") };
        assert_eq!(request.endpoint, "query");
        assert!(matches!(<Deppon as Subscribe>::ask(task()), Ok(Some(Want::Http(_)))));
    });
}

#[test]
fn its_manifest_is_1_0_0s() {
    let read = |text: &str| Manifest::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let (one, mut mine) = (read(include_str!("../../../../adapters/deppon/adapter.toml")), read(include_str!("../adapter.toml")));
    mine.version.clone_from(&one.version);
    assert_eq!(format!("{one:?}"), format!("{mine:?}"));
}
