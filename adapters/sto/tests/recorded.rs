//! Every recorded exchange means what its file says.

use posthouse_adapter_sto::Sto;
use posthouse_sdk::replay;

const DIR: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn looks_mean_what_they_did() {
    replay::check_recorded(DIR, "tracking", replay::look::<Sto>);
}

#[test]
fn pushes_mean_what_they_did() {
    replay::check_recorded(DIR, "push", replay::push::<Sto>);
}

#[test]
fn subscriptions_mean_what_they_did() {
    replay::check_recorded(DIR, "subscribe", replay::subscribe::<Sto>);
}
