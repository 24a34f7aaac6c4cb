//! The mistake is in one line of the manifest, and it shows.

use posthouse_scenario_deppon_swapped::Deppon;
use posthouse_sdk::{manifest::Manifest, replay};

const DIR: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn looks() {
    replay::check_recorded(DIR, "tracking", replay::look::<Deppon>);
}

#[test]
fn one_code_differs_from_1_0_0() {
    let read = |text: &str| Manifest::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let (one, mut mine) = (read(include_str!("../../../../adapters/deppon/adapter.toml")), read(include_str!("../adapter.toml")));
    assert_eq!(mine.status.insert("SENT_SCAN".into(), "out_for_delivery".into()).as_deref(), Some("delivered"));
    mine.version.clone_from(&one.version);
    assert_eq!(format!("{one:?}"), format!("{mine:?}"));
}
