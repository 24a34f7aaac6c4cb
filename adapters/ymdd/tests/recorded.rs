//! Every recorded row means what its file says.

use posthouse_adapter_ymdd::Ymdd;
use posthouse_sdk::replay;

#[test]
fn rows_mean_what_they_did() {
    replay::check_recorded(env!("CARGO_MANIFEST_DIR"), "entry", replay::enter::<Ymdd>);
}
