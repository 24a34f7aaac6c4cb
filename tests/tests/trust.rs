//! What a host loads: only what the policy trusts, and nothing else is compiled.

use std::collections::BTreeMap;

use posthouse_registry::folder;
use posthouse_simulators::{Carrier, Pace, Parcel};
use posthouse_tests::canary::{done, on, refused, rollout, start, state};
use posthouse_tests::trusted::Trusted;
use posthouse_tests::{Setup, TestHost, Town, order, program, until};
use serde_json::{Value, json};
use std::sync::Arc;

/// A host of the town with the adapters of a folder.
async fn open(town: &Town, trusted: &Trusted) -> TestHost {
    let track = format!("carriers.zto.endpoints.track = {}", town.endpoints().await["zto"]["query"]);
    Setup::carriers(town).await.with(&trusted.config()).with("exchanges.sample = 1").with(&track).start().await
}

async fn parcels(town: &Town, host: &TestHost, count: usize) -> Vec<Arc<Parcel>> {
    let shipped = town.parcels(Carrier::Zto, count, Pace::Held(3));
    host.register(&shipped.iter().map(order).collect::<Vec<_>>()).await;
    shipped
}

fn ops(host: &TestHost, args: &[&str]) -> Value {
    done(host.run(&[args, &["--json", "--url", &host.url]].concat()))
}

/// Refused files and why.
async fn refusals(host: &TestHost) -> BTreeMap<String, String> {
    let answer = host.client.get(format!("{}/v1/releases", host.url)).bearer_auth(&host.ops).send().await.unwrap();
    let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    told["refused"].as_array().unwrap().iter().map(|refused| (text(&refused["file"]), text(&refused["code"]))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refusal_has_its_error_and_none_is_compiled() {
    let trusted = Trusted::new();
    trusted.key("bob");
    trusted.key("carl");
    trusted.trust(&["bob"], &["--for", "ems", "--for", "jd"]);
    trusted.trust(&["ann", "carl"], &["--for", "yunda", "--need", "2"]);
    trusted.sign(&trusted.put("zto@1.0.0"), "ann", &[]);
    trusted.put("yto@1.0.0");
    // Somebody whom nobody knows.
    trusted.sign(&trusted.put("ane@1.0.0"), "carl", &[]);
    // Another carrier's signatures.
    let kye = trusted.put("kye@1.0.0");
    trusted.sign(&kye, "ann", &[]);
    let uc = trusted.put("uc@1.0.0");
    std::fs::copy(beside(&kye), beside(&uc)).unwrap();
    // A manifest that leads elsewhere.
    let deppon = trusted.put("deppon@1.0.0");
    trusted.sign(&deppon, "ann", &[]);
    let package = folder::read(&deppon).unwrap().unwrap();
    let (host_name, _) = package.manifest.endpoints.values().next().unwrap().split_once("://").unwrap().1.split_once('/').unwrap();
    let tampered = program::with_manifest(&package, &package.manifest_text.replace(host_name, "evil.example"));
    std::fs::write(&deppon, tampered).unwrap();
    // Code that was changed behind the manifest.
    let sto = trusted.put("sto@1.0.0");
    trusted.sign(&sto, "ann", &[]);
    let mut bytes = std::fs::read(&sto).unwrap();
    bytes.extend([0, 3, 1, b'x', 7]);
    std::fs::write(&sto, bytes).unwrap();
    // A statement that was changed behind its signature.
    let jt = trusted.put("jt@1.0.0");
    trusted.sign(&jt, "ann", &["--ring", "candidate"]);
    let promoted = std::fs::read_to_string(beside(&jt)).unwrap().replace("candidate", "stable");
    std::fs::write(beside(&jt), promoted).unwrap();
    // One who may sign for another carrier only, one who is revoked, one alone where two are needed.
    trusted.sign(&trusted.put("danniao@1.0.0"), "bob", &[]);
    trusted.sign(&trusted.put("ems@1.0.0"), "bob", &[]);
    trusted.sign(&trusted.put("yunda@1.0.0"), "carl", &[]);
    trusted.sign(&trusted.put("zjs@1.0.0"), "ann", &["--not-before", "2099-01-01T00:00:00Z"]);
    trusted.revoke(&["--signer", "bob"]);
    trusted.sign(&trusted.put("ymdd@1.0.0"), "ann", &[]);
    trusted.revoke(&["ymdd@1.0.0"]);
    let town = Town::open().await;
    let host = open(&town, &trusted).await;
    let expected: BTreeMap<String, String> = [
        ("yto", "unsigned"),
        ("ane", "not-its-signer"),
        ("uc", "another-carrier"),
        ("deppon", "manifest-changed"),
        ("sto", "bytes-changed"),
        ("jt", "wrong-signature"),
        ("danniao", "revoked-key"),
        ("ems", "revoked-key"),
        ("yunda", "too-few-signatures"),
        ("zjs", "not-yet"),
        ("ymdd", "revoked-release"),
    ]
    .map(|(id, code)| (format!("{id}@1.0.0.wasm"), code.to_owned()))
    .into();
    assert_eq!(refusals(&host).await, expected);
    assert_eq!(trusted.compiled(), 2, "zto and kye, and nothing else");
    for parcel in parcels(&town, &host, 3).await {
        host.wait_for_outcome("zto", &parcel.number, "tracks").await;
    }
    let listed = host.run(&["adapter", "list"]);
    assert!(listed.out.contains("NOT TRUSTED: nobody signed it") && listed.out.contains("stable, signed by ann"), "{listed:?}");
    host.stop().await;
}

fn beside(file: &std::path::Path) -> std::path::PathBuf {
    file.with_extension("wasm.sig")
}

#[test]
fn without_a_policy_nothing_is_loaded_by_mistake() {
    let trusted = Trusted::new();
    std::fs::remove_file(trusted.at("policy.toml")).unwrap();
    trusted.put("zto@1.0.0");
    let served = trusted.run(&["serve"]);
    assert!(served.code != 0 && served.err.contains("posthouse adapter trust") && served.err.contains("UNSIGNED"), "{served:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_only_go_up_and_a_lost_file_brings_back_nothing_older() {
    let trusted = Trusted::new();
    let newest = trusted.zto("1.0.2", |text| text);
    let town = Town::open().await;
    let mut host = open(&town, &trusted).await;
    let shipped = parcels(&town, &host, 3).await;
    until("all are read", async || (on(&host, "zto@1.0.2+1").await == 3).then_some(())).await;
    // An older version that this host never had, signed as it should be.
    trusted.zto("1.0.1", |text| text);
    refused(&start(&host, &["--version", "1.0.1"]), "older than zto@1.0.2");
    // Other bytes under the version it has.
    host.kill().await;
    let good = std::fs::read(&newest).unwrap();
    let signatures = std::fs::read(beside(&newest)).unwrap();
    trusted.zto("1.0.2", |text| text.replace("en = \"ZTO", "en = \"ZTO2"));
    host.restart().await;
    assert_eq!(refusals(&host).await["zto@1.0.2.wasm"], "replaced");
    // And none at all.
    host.kill().await;
    std::fs::remove_file(&newest).unwrap();
    host.restart().await;
    assert_eq!(refusals(&host).await.get("zto@1.0.1.wasm").map(String::as_str), Some("older"));
    let standing = ops(&host, &["rollout", "status"]);
    assert_eq!(standing["rollouts"], json!([]));
    host.kill().await;
    std::fs::write(&newest, good).unwrap();
    std::fs::write(beside(&newest), signatures).unwrap();
    host.restart().await;
    host.wait_for_outcome("zto", &shipped[0].number, "tracks").await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_back_leaves_and_says_where_its_parcels_went() {
    let trusted = Trusted::new();
    trusted.zto("1.0.0", |text| text);
    trusted.zto("1.0.1", |text| text);
    let town = Town::open().await;
    let mut host = open(&town, &trusted).await;
    let shipped = parcels(&town, &host, 6).await;
    until("all are read", async || (on(&host, "zto@1.0.1+1").await == 6).then_some(())).await;
    trusted.revoke(&["zto@1.0.1"]);
    until("all are read by the one before", async || (on(&host, "zto@1.0.0+1").await == 6).then_some(())).await;
    let recalls = ops(&host, &["adapter", "recalls"]);
    let recall = &recalls["recalls"][0];
    assert_eq!((&recall["release"], &recall["code"]), (&json!("zto@1.0.1"), &json!("revoked-release")), "{recalls}");
    assert_eq!(recall["moved"], json!([{ "carrier": "zto", "account": "main", "to": "zto@1.0.0+1", "parcels": 6 }]));
    let moved = ops(&host, &["adapter", "recalls", recall["id"].as_str().unwrap()]);
    let mut numbers: Vec<_> = moved["parcels"].as_array().unwrap().iter().map(|p| p["number"].as_str().unwrap()).collect();
    let mut expected: Vec<_> = shipped.iter().map(|parcel| parcel.number.as_str()).collect();
    numbers.sort_unstable();
    expected.sort_unstable();
    assert_eq!(numbers, expected);
    refused(&start(&host, &["--version", "1.0.1"]), "it was revoked: a test");
    // It stays so, and the last one may go as well.
    host.kill().await;
    host.restart().await;
    host.wait_for_outcome("zto", &shipped[0].number, "tracks").await;
    assert_eq!(on(&host, "zto@1.0.1+1").await, 0);
    trusted.revoke(&["--signer", "ann"]);
    let gone = until("the last one is taken back", async || {
        let recalls = ops(&host, &["adapter", "recalls"]);
        (recalls["recalls"].as_array().unwrap().len() == 2).then_some(recalls)
    });
    let gone = gone.await;
    assert_eq!((&gone["recalls"][0]["code"], &gone["recalls"][0]["moved"][0]["to"]), (&json!("revoked-key"), &Value::Null), "{gone}");
    let chain = done(rollout(&host, &["history"]));
    let acts: Vec<_> = chain["changes"].as_array().unwrap().iter().filter(|link| link["act"] == "release.recall").collect();
    assert!(acts.len() == 2 && chain["whole"] == true, "{chain}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_may_be_tried_and_becomes_stable_by_its_signers_word() {
    let trusted = Trusted::new();
    trusted.zto("1.0.0", |text| text);
    let candidate = trusted.zto("1.0.1", |text| text);
    trusted.sign(&candidate, "ann", &["--ring", "candidate"]);
    let town = Town::open().await;
    let host = open(&town, &trusted).await;
    parcels(&town, &host, 4).await;
    until("all are read by the stable one", async || (on(&host, "zto@1.0.0+1").await == 4).then_some(())).await;
    let id = done(start(&host, &["--version", "1.0.1", "--steps", "1000000"]))["id"].as_str().unwrap().to_owned();
    until("all try it", async || (on(&host, "zto@1.0.1+1").await == 4).then_some(())).await;
    let promote = || rollout(&host, &["promote", &id, "--force", "--reason", "a test"]);
    refused(&promote(), "sign it with --ring stable");
    assert_eq!(state(&host, &id)["state"], "running");
    trusted.sign(&candidate, "ann", &["--ring", "stable"]);
    done(promote());
    assert_eq!(state(&host, &id)["state"], "promoted");
    host.stop().await;
}

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// A good package, spoilt: bits turned, cut off, a section that claims to be larger.
fn spoilt(good: &[u8], nth: usize, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = good.to_vec();
    match nth % 4 {
        0 => (0..=dice.roll(8)).for_each(|_| {
            let (at, bit) = (dice.roll(bytes.len()), dice.roll(8));
            bytes[at] ^= 1 << bit;
        }),
        1 => bytes.truncate(dice.roll(bytes.len())),
        // The length of a section near the beginning, in LEB128: up to 4 GiB.
        2 => {
            let at = 9 + dice.roll(64);
            bytes.splice(at..at + 1, [0xff, 0xff, 0xff, 0xff, 0x0f]);
        }
        _ => {
            let (at, many) = (dice.roll(bytes.len()), 1 + dice.roll(64));
            let junk: Vec<u8> = (0..many).map(|_| u8::try_from(dice.roll(256)).unwrap()).collect();
            bytes.splice(at..at, junk);
        }
    }
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_spoilt_packages_are_refused_and_nothing_falls() {
    let trusted = Trusted::new();
    let good = trusted.zto("1.0.0", |text| text);
    let (bytes, signatures) = (std::fs::read(&good).unwrap(), std::fs::read(beside(&good)).unwrap());
    let mut dice = Dice(20_260_201);
    for nth in 1..=100 {
        // As it was signed but for its version, so that its name is right and only its bytes are not.
        let text = |text: String| text;
        let file =
            if nth % 2 == 0 { trusted.zto(&format!("1.0.{nth}"), text) } else { trusted.adapters().join(format!("zto@1.0.{nth}.wasm")) };
        let whole = if nth % 2 == 0 { std::fs::read(&file).unwrap() } else { bytes.clone() };
        if nth % 2 == 1 {
            std::fs::write(beside(&file), &signatures).unwrap();
        }
        let spoilt = spoilt(&whole, nth / 2, &mut dice);
        assert_ne!(spoilt, whole);
        // The author's door refuses it or finds another package; it does not fall.
        let _ = posthouse_registry::Package::read(spoilt.clone());
        std::fs::write(&file, spoilt).unwrap();
    }
    let town = Town::open().await;
    let host = open(&town, &trusted).await;
    let refused = refusals(&host).await;
    assert_eq!(refused.len(), 100, "{refused:?}");
    assert_eq!(trusted.compiled(), 1, "the good one");
    for code in refused.values() {
        assert!(["not-an-adapter", "bytes-changed", "manifest-changed"].contains(&code.as_str()), "{refused:?}");
    }
    for parcel in parcels(&town, &host, 3).await {
        host.wait_for_outcome("zto", &parcel.number, "tracks").await;
    }
    host.stop().await;
}
