//! Who may sign what: each way to be refused has its own error, and none of them compiles a byte.

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use posthouse_registry::package::SECTION;
use posthouse_registry::signed::public_of;
use posthouse_registry::{Distrust, Known, Package, Policy, Ring, Signed, Statement, Trusted};
use wasm_encoder::{Component, ComponentSection, CustomSection};

fn manifest(id: &str, version: &str) -> String {
    format!(
        "id = '{id}'\nversion = '{version}'\ncontract = '0.1.0'\ntier = 'A'\nevidence = 'invented'\ninterfaces = ['tracking']\n\
         numbers = ['[0-9]{{10}}']\nnames = {{ zh = '快易', en = 'Acme' }}\nendpoints = {{ track = 'https://acme.example/track' }}\n"
    )
}

/// Signatures are asked before anybody looks whether there is code in it.
fn package(id: &str, version: &str) -> Package {
    packed(&manifest(id, version))
}

fn packed(manifest: &str) -> Package {
    let mut component = Component::new();
    let section = CustomSection { name: SECTION.into(), data: manifest.as_bytes().into() };
    assert_eq!(ComponentSection::id(&section), 0);
    component.section(&section);
    Package::open(component.finish()).unwrap()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn now() -> Timestamp {
    "2026-02-01T00:00:00Z".parse().unwrap()
}

fn signed(package: &Package, keys: &[SigningKey]) -> String {
    said(&Statement::of(package, Ring::Stable, Timestamp::UNIX_EPOCH), keys)
}

fn said(statement: &Statement, keys: &[SigningKey]) -> String {
    let mut signed = Signed::new(statement.text());
    keys.iter().for_each(|key| signed.sign(Statement::CONTEXT, key));
    signed.text()
}

/// Ann and Bob for everybody, both of Ann, Bob and Carl for `sf`, Dora for `zto` alone.
fn policy(more: &str) -> Policy {
    let keys: Vec<_> =
        [("ann", 1), ("bob", 2), ("carl", 3), ("dora", 4)].map(|(name, seed)| format!("{name} = '{}'", public_of(&key(seed)))).to_vec();
    let text = format!(
        "keys = {{ {} }}\ndefault = {{ need = 1, of = ['ann', 'bob'] }}\n\
         carriers = {{ sf = {{ need = 2, of = ['ann', 'bob', 'carl'] }}, zto = {{ need = 1, of = ['dora'] }} }}\n{more}",
        keys.join(", ")
    );
    Policy::parse(&text).unwrap()
}

#[test]
fn so_many_of_these_must_sign() {
    let (policy, acme, sf, zto) = (policy(""), package("acme", "1.0.0"), package("sf", "1.0.0"), package("zto", "1.0.0"));
    let admit = |package: &Package, seeds: &[u8]| {
        policy.admit(package, Some(&signed(package, &seeds.iter().map(|seed| key(*seed)).collect::<Vec<_>>())), now())
    };
    let stable = |signers: &[&str]| Ok(Trusted { ring: Ring::Stable, signers: signers.iter().map(|s| (*s).to_owned()).collect() });
    assert_eq!(admit(&acme, &[2]), stable(&["bob"]));
    assert_eq!(admit(&sf, &[3, 1]), stable(&["carl", "ann"]));
    assert_eq!(admit(&zto, &[4]), stable(&["dora"]));
    let too_few = Distrust::TooFew { carrier: "sf".into(), need: 2, have: 1, of: "ann, bob, carl".into() };
    assert_eq!(admit(&sf, &[1]), Err(too_few.clone()));
    assert_eq!(admit(&sf, &[1, 1]), Err(too_few.clone()), "one signer counts once");
    assert_eq!(admit(&sf, &[1, 9]), Err(too_few), "a stranger counts for nobody");
    assert_eq!(admit(&acme, &[4]), Err(Distrust::NotItsSigner { key: "dora".into(), carrier: "acme".into() }));
    assert!(matches!(admit(&acme, &[9]), Err(Distrust::TooFew { have: 0, .. })));
}

#[test]
fn each_lie_has_its_error() {
    let (policy, acme) = (policy(""), package("acme", "1.0.0"));
    let good = signed(&acme, &[key(1)]);
    assert_eq!(policy.admit(&acme, None, now()).unwrap_err().code(), "unsigned");
    assert_eq!(policy.admit(&acme, Some("{"), now()).unwrap_err().code(), "garbled-signatures");
    // Signatures of another package beside this one.
    let code = |package: &Package, beside: &str| policy.admit(package, Some(beside), now()).unwrap_err().code();
    assert_eq!(code(&package("sf", "1.0.0"), &good), "another-carrier");
    assert_eq!(code(&package("acme", "1.0.1"), &good), "another-version");
    let tampered = packed(&manifest("acme", "1.0.0").replace("acme.example", "evil.example"));
    assert_eq!(code(&tampered, &good), "manifest-changed");
    let mut bytes = acme.bytes.clone();
    bytes.extend([0, 3, 1, b'x', 7]);
    assert_eq!(code(&Package::open(bytes).unwrap(), &good), "bytes-changed");
    let other = packed(&manifest("acme", "1.0.0").replace("tier = 'A'", "kind = 'channel'\ntier = 'A'"));
    assert_eq!(code(&other, &good), "another-world");
    // A statement that was changed under its signature.
    let promoted = good.replace("stable", "candidate");
    assert_eq!(code(&acme, &promoted), "wrong-signature");
    let mine =
        said(&Statement::of(&acme, Ring::Stable, Timestamp::UNIX_EPOCH), &[key(9)]).replace(&public_of(&key(9)), &public_of(&key(1)));
    assert_eq!(code(&acme, &mine), "wrong-signature");
}

#[test]
fn a_ring_and_a_beginning_are_the_signers_word() {
    let (policy, acme) = (policy(""), package("acme", "1.0.0"));
    let candidate = said(&Statement::of(&acme, Ring::Candidate, Timestamp::UNIX_EPOCH), &[key(1)]);
    assert_eq!(policy.admit(&acme, Some(&candidate), now()).unwrap().ring, Ring::Candidate);
    let later: Timestamp = "2026-02-02T00:00:00Z".parse().unwrap();
    let tomorrow = said(&Statement::of(&acme, Ring::Stable, later), &[key(1)]);
    assert_eq!(policy.admit(&acme, Some(&tomorrow), now()), Err(Distrust::NotYet { from: later }));
    assert!(policy.admit(&acme, Some(&tomorrow), later).is_ok());
}

#[test]
fn what_is_revoked_counts_no_more() {
    let (acme, sf) = (package("acme", "1.0.0"), package("sf", "1.0.0"));
    let bob_is_gone = policy("revoked.keys = { bob = 'his laptop is gone' }");
    let refused = bob_is_gone.admit(&acme, Some(&signed(&acme, &[key(2)])), now()).unwrap_err();
    assert_eq!(refused, Distrust::RevokedKey { key: "bob".into(), reason: "his laptop is gone".into() });
    assert!(bob_is_gone.admit(&acme, Some(&signed(&acme, &[key(2), key(1)])), now()).is_ok(), "Ann's is enough");
    assert_eq!(bob_is_gone.admit(&sf, Some(&signed(&sf, &[key(1), key(2)])), now()).unwrap_err().code(), "revoked-key");
    for name in [acme.manifest.release(), acme.digest.to_string()] {
        let taken_back = policy(&format!("revoked.releases = {{ '{name}' = 'reads 44 as delivered' }}"));
        let refused = taken_back.admit(&acme, Some(&signed(&acme, &[key(1)])), now()).unwrap_err();
        assert_eq!(refused.to_string(), "it was revoked: reads 44 as delivered");
    }
}

#[test]
fn versions_only_go_up_and_stay_what_they_were() {
    let mut known = Known::default();
    let (old, new) = (package("acme", "1.2.9"), package("acme", "1.10.0"));
    known.admit(&new).unwrap();
    known.add("acme", "1.10.0", new.digest, Ring::Stable);
    known.admit(&new).unwrap();
    assert_eq!(known.admit(&old), Err(Distrust::Older { newest: "acme@1.10.0".into() }));
    known.admit(&package("sf", "1.0.0")).unwrap();
    let other = packed(&manifest("acme", "1.10.0").replace("快易", "快慢"));
    assert_eq!(known.admit(&other), Err(Distrust::Replaced { had: new.digest.to_string() }));
    // What was there before the newest is no rollback.
    known.add("acme", "1.2.9", old.digest, Ring::Stable);
    known.admit(&old).unwrap();
    // A candidate does not keep a correction of what is stable out.
    let next = package("acme", "2.0.0");
    known.add("acme", "2.0.0", next.digest, Ring::Candidate);
    let correction = package("acme", "1.10.1");
    known.admit(&correction).unwrap();
    known.add("acme", "2.0.0", next.digest, Ring::Stable);
    assert!(known.admit(&correction).is_err());
}

#[test]
fn every_mistake_of_a_policy_is_named() {
    let wrong = Policy::parse(
        "keys = { ann = 'abc' }\ndefault = { need = 2, of = ['ann'] }\ncarriers.sf = { need = 1, of = ['eve'] }\nrevoked.keys = { eve = 'x' }",
    );
    let words = wrong.unwrap_err();
    for part in ["keys.ann", "default.need is 2", "carriers.sf.of: no key `eve`", "revoked.keys.eve"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(Policy::parse("kyes = {}").is_err(), "unknown keys are refused");
}
