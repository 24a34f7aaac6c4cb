//! Misbehaving guests in a real host: each sin is contained, typed and recorded, and the neighbours
//! go on. What each does is told in `guests/README.md`.

mod carrier;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use carrier::{Carrier, SECRET};
use posthouse::config::Config;
use posthouse::fault::{Fault, Kind};
use posthouse::replay;
use posthouse::sandbox::Sandbox;
use posthouse::sandbox::types::{self, HttpReply, Reading, Reply, Task};
use posthouse_registry::{NotAnAdapter, Package};
use posthouse_tests::{Setup, TestHost, program, until};
use serde_json::{Value, json};

/// What a look at a guest's parcel ends as.
struct Expected {
    guest: &'static str,
    outcomes: &'static [&'static str],
    /// Requests that leave for one parcel.
    requests: usize,
}

const fn expect(guest: &'static str, outcomes: &'static [&'static str], requests: usize) -> Expected {
    Expected { guest, outcomes, requests }
}

const LOOKED: &[Expected] = &[
    expect("big-memo", &["limit"], 1),
    expect("endless-rounds", &["contract"], 3),
    expect("garbage", &["contract"], 1),
    expect("good", &["tracks"], 1),
    expect("huge-reading", &["limit"], 1),
    expect("invalid-status", &["tracks"], 1),
    // Whichever limit is nearest on this machine.
    expect("log-flood", &["no-events", "limit", "deadline"], 1),
    expect("loop", &["deadline"], 1),
    expect("memories", &["limit"], 1),
    expect("memory", &["limit"], 1),
    expect("nest-bomb", &["deadline"], 1),
    expect("overlapping", &["limit"], 1),
    // The host's stack, or its own: then it runs out of its memory.
    expect("recursion", &["limit", "trap"], 1),
    expect("sends-elsewhere", &["contract"], 0),
    expect("trap", &["trap"], 1),
    expect("undeclared-endpoint", &["contract"], 0),
    expect("undeclared-use", &["contract"], 0),
];

/// Those whose expectation is a test of its own below.
const OTHERS: &[&str] = &["echo", "extra-numbers", "liar", "scans-memory", "wasi"];

/// One look at each parcel, unless a test says otherwise: a second would meet the breaker. Time
/// enough in it to reach the other limits on a machine that is busy.
const ONCE: &str = "sandbox.deadline = '6s'\nschedule = { backoff = '1h', backoff_max = '1h' }\ntiers.A.every = '1h'";

/// The two digits by which some guests choose between sins.
const NUMBERS: [&str; 2] = ["G0000000010", "G0000000021"];

fn order(guest: &str, number: &str) -> Value {
    json!({ "carrier": guest, "number": number })
}

/// A host with every guest that can be packed, asking this carrier.
async fn open(carrier: &Carrier, config: &str) -> (tempfile::TempDir, TestHost) {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(program::guest_adapters()).unwrap().map(|f| f.unwrap().path()) {
        std::os::unix::fs::symlink(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    posthouse_registry::folder::put(folder.path(), &by_hand("memories").unwrap()).unwrap();
    let mut setup = Setup::bare(folder.path());
    for guest in LOOKED.iter().map(|e| e.guest).chain(["extra-numbers", "scans-memory"]) {
        let (track, other) = (carrier.url(guest, "track"), carrier.url(guest, "other"));
        setup = setup.with(&format!("[carriers.{guest}]\nendpoints = {{ track = '{track}', other = '{other}' }}"));
        setup = setup.credential(guest, "main", &json!({ "key": SECRET }));
    }
    let host = setup.with(config).start().await;
    (folder, host)
}

/// A guest that is written by hand.
fn by_hand(name: &str) -> Result<Package, NotAnAdapter> {
    let text = |file: &str| std::fs::read_to_string(program::source(&format!("tests/guests-wat/{name}/{file}"))).unwrap();
    Package::build(&wat::parse_str(text("component.wat")).unwrap(), &text("adapter.toml"))
}

/// The fault's detail is for operators: no door tells it.
async fn detail(host: &TestHost, guest: &str, number: &str) -> String {
    let detail = sqlx::query_scalar("SELECT coalesce(detail, '') FROM parcels WHERE carrier = ? AND number = ?").bind(guest).bind(number);
    detail.fetch_one(&mut host.database().await).await.unwrap()
}

#[test]
fn every_guest_has_an_expectation() {
    let folders = |path: &str| {
        std::fs::read_dir(program::source(path)).unwrap().map(|f| f.unwrap().path()).filter(|f| f.is_dir()).collect::<Vec<_>>()
    };
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let there: BTreeSet<_> = [folders("tests/guests"), folders("tests/guests-wat")].concat().iter().map(|f| name(f)).collect();
    let expected: BTreeSet<_> = LOOKED.iter().map(|e| e.guest).chain(OTHERS.iter().copied()).map(str::to_owned).collect();
    assert_eq!(there, expected);
}

#[tokio::test]
async fn each_sin_ends_as_its_fault() {
    let carrier = Carrier::open().await;
    let (_folder, host) = open(&carrier, ONCE).await;
    // One after the other: what is measured is what they do, not the machine's breath.
    let mut wrong = vec![];
    for Expected { guest, outcomes, requests } in LOOKED {
        for number in NUMBERS {
            host.register(&[order(guest, number)]).await;
            let told = host.wait_for(guest, number, "it was looked at", |p| !p["outcome"].is_null()).await;
            let found = (told["outcome"].as_str().unwrap().to_owned(), carrier.asked(guest, number));
            if !outcomes.contains(&found.0.as_str()) || found.1 != *requests {
                wrong.push(format!(
                    "{guest} {number}: {found:?} ({}), expected {outcomes:?} after {requests}",
                    detail(&host, guest, number).await
                ));
            }
            let due = told["next_look"].is_string();
            assert!(due, "it is looked at again some day: {told}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(carrier.asked("sends-elsewhere", ""), 0);
    host.stop().await;
}

#[tokio::test]
async fn a_status_that_does_not_exist_is_not_told() {
    let carrier = Carrier::open().await;
    let (_folder, host) = open(&carrier, ONCE).await;
    let number = NUMBERS[0];
    host.register(&[order("invalid-status", number)]).await;
    let told = host.wait_for_outcome("invalid-status", number, "tracks").await;
    let events = host.read(&format!("/v1/parcels/{}/events", told["id"].as_str().unwrap())).await;
    let statuses: Vec<_> =
        events["events"].as_array().unwrap().iter().map(|e| (e["status"].as_str().unwrap(), e["unmapped"].as_bool().unwrap())).collect();
    // One has no shape of a status: it is set aside with its raw text, and nothing is lost.
    assert_eq!(statuses, [("in_transit", true), ("in_transit", true)], "{events}");
    assert!(events["odd"][0].as_str().unwrap().contains("Gone!!"), "{events}");
    host.stop().await;
}

/// The same guest and the same parser: it is what it is given that takes it to its limit.
#[tokio::test]
async fn a_parser_of_pages_works_inside_a_guest() {
    let carrier = Carrier::open().await;
    let (_folder, host) = open(&carrier, ONCE).await;
    host.register(&[order("nest-bomb", carrier::SOUND_PAGE)]).await;
    let told = host.wait_for_outcome("nest-bomb", carrier::SOUND_PAGE, "tracks").await;
    let events = host.read(&format!("/v1/parcels/{}/events", told["id"].as_str().unwrap())).await;
    let texts: Vec<_> = events["events"].as_array().unwrap().iter().map(|e| e["text"].as_str().unwrap()).collect();
    assert_eq!((texts.len(), texts[0]), (20, "快件到达 1"), "{events}");
    host.stop().await;
}

#[tokio::test]
async fn an_answer_for_numbers_nobody_asked_about_is_refused_whole() {
    let carrier = Carrier::open().await;
    let (_folder, host) = open(&carrier, ONCE).await;
    let numbers: Vec<_> = (0..4).map(|n| format!("G100000000{n}")).collect();
    host.register(&numbers.iter().map(|n| order("extra-numbers", n)).collect::<Vec<_>>()).await;
    for number in &numbers {
        let told = host.wait_for_outcome("extra-numbers", number, "contract").await;
        assert!(told["events"].as_array().unwrap().is_empty(), "{told}");
    }
    assert_eq!(carrier.asked("extra-numbers", ""), 1, "one batch");
    for stranger in ["G9999999998", "G9999999999"] {
        host.get(&format!("/v1/parcels/by-number/extra-numbers/{stranger}")).await.is_problem(404, "not-found");
    }
    host.stop().await;
}

#[tokio::test]
async fn no_secret_is_found_in_a_guests_memory() {
    let carrier = Carrier::open().await;
    let (_folder, host) = open(&carrier, ONCE).await;
    let hidden = |needle: &str| needle.bytes().map(|b| char::from(b ^ 0x55)).collect::<String>();
    let seeks = |number: &str, needle: &str| json!({ "carrier": "scans-memory", "number": number, "extra": { "needle": hidden(needle) } });
    let generations = [SECRET, "an0ther+s3cret/of&the\"guests"];
    let command = |args: &[&str]| {
        let ran = host.run(&[args, &["--reason", "a test", "--json", "--url", &host.url]].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()
    };
    let fields = host.file("fields.toml");
    std::fs::write(&fields, toml::to_string(&json!({ "key": generations[1] })).unwrap()).unwrap();
    let mut rollout = String::new();
    // On the first generation, while it tries the second on all, and on the second alone.
    for (stage, release) in ["scans-memory@1.0.0+1", "scans-memory@1.0.0+2", "scans-memory@1.0.0+2"].into_iter().enumerate() {
        match stage {
            0 => {}
            1 => {
                let rotate = ["credential", "rotate", "scans-memory", "--from", fields.to_str().unwrap(), "--steps", "1000000"];
                rollout = command(&rotate)["rollout"]["id"].as_str().unwrap().to_owned();
            }
            _ => {
                command(&["rollout", "promote", &rollout, "--force"]);
                command(&["credential", "retire", "scans-memory", "1"]);
            }
        }
        let numbers = [0, 1, 2].map(|nth| format!("G00000001{stage}{nth}"));
        let needles = [generations[0], generations[1], &numbers[2]];
        host.register(&numbers.iter().zip(needles).map(|(number, needle)| seeks(number, needle)).collect::<Vec<_>>()).await;
        for (number, verdict) in numbers.iter().zip(["not found", "not found", "found"]) {
            let told = host.wait_for_outcome("scans-memory", number, "unreadable").await;
            assert_eq!(
                (told["release"].as_str().unwrap(), detail(&host, "scans-memory", number).await.as_str()),
                (release, verdict),
                "{number}"
            );
        }
    }
    for secret in generations {
        assert!(carrier.echoed("scans-memory", secret), "the carrier saw the secret and sent it back");
    }
    host.stop().await;
}

#[tokio::test]
async fn good_neighbours_are_read_while_one_loops() {
    let carrier = Carrier::open().await;
    let (_folder, host) =
        open(&carrier, "sandbox.deadline = '200ms'\nschedule = { backoff = '20ms', backoff_max = '20ms' }\ntiers.A.every = '100ms'").await;
    let numbers: Vec<_> = (0..10).map(|n| format!("G200000000{n}")).collect();
    for guest in ["loop", "good"] {
        host.register(&numbers.iter().map(|n| order(guest, n)).collect::<Vec<_>>()).await;
    }
    let rounds = async |before: usize| {
        until("five more looks at each good parcel", async || (carrier.least(&numbers) >= before + 5).then_some(())).await
    };
    rounds(0).await;
    let looped = carrier.asked("loop", "");
    assert!(looped > 0, "it loops beside them");
    until("it loops again: the breaker half-opens", async || (carrier.asked("loop", "") > looped).then_some(())).await;
    rounds(carrier.least(&numbers)).await;
    for number in &numbers {
        let told = host.wait_for_outcome("good", number, "tracks").await;
        assert_eq!(told["events"].as_array().unwrap().len(), 1, "{told}");
        let looping = host.wait_for("loop", number, "looked at", |p| !p["outcome"].is_null()).await;
        assert!(["deadline", "trap"].contains(&looping["outcome"].as_str().unwrap()), "a deadline, or the breaker: {looping}");
    }
    host.stop().await;
}

#[test]
fn a_manifest_that_claims_too_much_is_refused() {
    let module = std::fs::read(program::guest_module("liar")).unwrap();
    let manifest = std::fs::read_to_string(program::source("tests/guests/liar/adapter.toml")).unwrap();
    let refused = Package::build(&module, &manifest).unwrap_err();
    assert!(matches!(&refused, NotAnAdapter::Overclaims { claimed } if claimed.contains("push")), "{refused}");
}

#[test]
fn an_import_of_anything_but_wasi_is_refused_before_compiling() {
    let manifest = std::fs::read_to_string(program::source("tests/guests-wat/wasi/adapter.toml")).unwrap();
    for import in ["acme:disk/files@1.0.0", "wasi:clocks/wall-clock@0.3.0", "wasi:nn/graph@0.2.0", "posthouse:adapter/admin@0.1.0"] {
        let component = format!(r#"(component (import "{import}" (instance (export "f" (func)))))"#);
        let refused = Package::build(&wat::parse_str(component).unwrap(), &manifest).unwrap_err();
        assert!(matches!(&refused, NotAnAdapter::Imports(named) if named == import), "{refused}");
    }
}

/// What `wasi` found when it looked around.
fn looked_around(number: &str, now: i64, nonce: u8) -> Result<Vec<i64>, Fault> {
    let sandbox = Sandbox::uncached(&Config::with("").unwrap().sandbox).unwrap();
    let adapter = sandbox.load(&by_hand("wasi").unwrap()).unwrap();
    let secrets = Arc::new(replay::own_names(&adapter.manifest));
    let parcel = types::Parcel { number: number.into(), phone_tail: None, shipped_at: None, extra: vec![] };
    let task = Task { parcels: vec![parcel], now, nonce: vec![nonce; 16], round: 0, memo: vec![] };
    let reply = Reply::Http(HttpReply { status: 200, headers: vec![], body: vec![], charset: None });
    let Reading::Tracks(read) = adapter.read(&secrets, &task, &reply).0? else { panic!("it asks again") };
    Ok(read[0].outcome.as_ref().unwrap().events.iter().map(|event| event.at).collect())
}

#[test]
fn a_guest_that_looks_around_sees_the_tasks_clock_and_nothing_else() {
    assert!(by_hand("wasi").unwrap().needs_wasi());
    let now = 1_770_000_000_123;
    let seen = looked_around(NUMBERS[0], now, 7).unwrap();
    let [wall, first, second, random, variables, folders] = seen[..] else { panic!("{seen:?}") };
    assert_eq!((wall, variables, folders), (now, 0, 0));
    assert!(0 < first && first < second, "its own clock goes on by being looked at: {first}, {second}");
    assert_eq!(looked_around(NUMBERS[0], now, 7).unwrap(), seen, "the same task shows the same world");
    assert_ne!(looked_around(NUMBERS[0], now, 8).unwrap()[3], random, "randomness is the nonce's");
}

#[test]
fn a_guest_that_wants_a_network_breaks_the_contract() {
    let fault = looked_around(NUMBERS[1], 0, 7).unwrap_err();
    assert_eq!(fault.kind, Kind::Contract);
    assert!(fault.detail.contains("wasi:sockets/instance-network"), "{fault}");
}
