//! Every recorded exchange means what its file says.

use posthouse_adapter_jt::Jt;
use posthouse_sdk::replay;

#[test]
fn looks_mean_what_they_did() {
    replay::check_recorded(env!("CARGO_MANIFEST_DIR"), "tracking", replay::look::<Jt>);
}
