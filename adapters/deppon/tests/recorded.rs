//! Every recorded exchange still means what its file expects.

use posthouse_adapter_deppon::Deppon;
use posthouse_sdk::replay;

const DIR: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn looks() {
    replay::check_recorded(DIR, "tracking", replay::look::<Deppon>);
}

#[test]
fn subscriptions() {
    replay::check_recorded(DIR, "subscribe", replay::subscribe::<Deppon>);
}

#[test]
fn pushes() {
    replay::check_recorded(DIR, "push", replay::push::<Deppon>);
}
