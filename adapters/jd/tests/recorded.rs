//! Every recorded exchange means what its file says.

use posthouse_adapter_jd::Jd;
use posthouse_sdk::replay;

const DIR: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn looks_mean_what_they_did() {
    replay::check_recorded(DIR, "tracking", replay::look::<Jd>);
}

#[test]
fn pushes_mean_what_they_did() {
    replay::check_recorded(DIR, "push", replay::push::<Jd>);
}
