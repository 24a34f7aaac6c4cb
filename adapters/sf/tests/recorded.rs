//! Every recorded exchange means what its file says.

use posthouse_adapter_sf::Sf;
use posthouse_sdk::manifest::Manifest;
use posthouse_sdk::replay::{self, Meaning, Recorded};
use posthouse_sdk::{Fault, Subscribe};

const DIR: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn looks_mean_what_they_did() {
    replay::check_recorded(DIR, "tracking", replay::look::<Sf>);
}

#[test]
fn pushes_mean_what_they_did() {
    replay::check_recorded(DIR, "push", replay::push::<Sf>);
}

#[test]
fn subscriptions_mean_what_they_did() {
    replay::check_recorded(DIR, "subscribe", subscribe);
}

fn subscribe(manifest: &Manifest, recorded: &Recorded) -> Meaning {
    let read = || {
        <Sf as Subscribe>::ask(recorded.task(0, vec![]))?;
        let reply = recorded
            .replies
            .first()
            .ok_or_else(|| Fault::new("more", "no recorded answer"))?;
        <Sf as Subscribe>::read(recorded.task(0, vec![]), reply.reply())
    };
    Meaning::of(
        manifest,
        posthouse_sdk::credential::with(recorded.credential.clone(), read),
    )
}
