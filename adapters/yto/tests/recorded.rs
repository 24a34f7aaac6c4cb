//! Every recorded exchange still means what its file expects.

use posthouse_adapter_yto::Yto;
use posthouse_sdk::replay;

const DIR: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn looks() {
    replay::check_recorded(DIR, "tracking", replay::look::<Yto>);
}

#[test]
fn subscriptions() {
    replay::check_recorded(DIR, "subscribe", replay::subscribe::<Yto>);
}

#[test]
fn pushes() {
    replay::check_recorded(DIR, "push", replay::push::<Yto>);
}
