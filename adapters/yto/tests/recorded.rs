//! Every recorded exchange still means what its file expects.

use posthouse_adapter_yto::Yto;
use posthouse_sdk::replay::{self, Meaning, Recorded};
use posthouse_sdk::{Subscribe, credential, manifest::Manifest};

const DIR: &str = env!("CARGO_MANIFEST_DIR");

fn subscription(manifest: &Manifest, recorded: &Recorded) -> Meaning {
    let run = || {
        <Yto as Subscribe>::ask(recorded.task(0, vec![]))?;
        <Yto as Subscribe>::read(recorded.task(0, vec![]), recorded.replies[0].reply())
    };
    Meaning::of(manifest, credential::with(recorded.credential.clone(), run))
}

#[test]
fn looks() {
    replay::check_recorded(DIR, "tracking", replay::look::<Yto>);
}

#[test]
fn subscriptions() {
    replay::check_recorded(DIR, "subscribe", subscription);
}

#[test]
fn pushes() {
    replay::check_recorded(DIR, "push", replay::push::<Yto>);
}
