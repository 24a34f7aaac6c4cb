//! The command line without a host: reading recorded answers again, checking, listing, the doctor.

use std::path::PathBuf;

use posthouse_simulators::sign;
use posthouse_tests::program::{self, Ran, run};
use posthouse_tests::{Setup, Town};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder of files that a command reads.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn replay(args: &[&str]) -> Ran {
    run(&[&["adapter", "replay", "--json"], args].concat())
}

/// It must have answered, with one line of JSON.
#[track_caller]
fn answered(args: &[&str]) -> Value {
    let ran = replay(args);
    assert_eq!((ran.code, ran.out.trim_end().lines().count()), (0, 1), "{ran:?}");
    ran.json()
}

const SF: &str = "SF1900000000001";

/// SF's answer: JSON text in JSON.
fn sf_answer(routes: Value) -> String {
    let data = json!({ "success": true, "errorCode": "S0000", "errorMsg": null, "msgData": { "routeResps": [{ "mailNo": SF, "routes": routes }] } });
    json!({ "apiErrorMsg": "", "apiResponseID": "1", "apiResultCode": "A1000", "apiResultData": data.to_string() }).to_string()
}

const ZTO: &str = r#"{"billCode":"73900000000001","action":"SIGNED","actionTime":"2026-01-18 11:45:02","desc":"【温州市】快件已由【卫小二】签收","city":"温州市","facilityName":"温州瓯海","expressSigner":"卫小二"}"#;

#[test]
fn an_answer_of_sf_is_read_again() {
    let desk = Desk::new();
    let routes = json!([
        { "acceptTime": "2026-01-20 14:22:03", "acceptAddress": "宁波市", "remark": "您的快件已签收", "opCode": "80" },
        { "acceptTime": "2026-01-17 18:02:11", "acceptAddress": "杭州市", "remark": "顺丰速运 已收取快件", "opCode": "54" },
    ]);
    let told = answered(&["--adapter", "sf", "--number", SF, "--phone-tail", "0001", "--reply", &desk.file("answer", sf_answer(routes))]);
    assert_eq!((&told["outcome"], &told["fault"]), (&json!("tracks"), &Value::Null), "{told}");
    let track = &told["tracks"][0];
    assert_eq!(
        (&track["number"], &track["status"], &track["signed"]["at"]),
        (&json!(SF), &json!("delivered"), &json!("2026-01-20T06:22:03Z"))
    );
    let events = [
        json!({ "at": "2026-01-17T10:02:11Z", "code": "54", "status": "picked_up", "text": "顺丰速运 已收取快件", "place": "杭州市" }),
        json!({ "at": "2026-01-20T06:22:03Z", "code": "80", "status": "delivered", "text": "您的快件已签收", "place": "宁波市" }),
    ];
    assert_eq!(track["events"], json!(events));
}

#[test]
fn whatever_an_answer_is_the_adapter_answered() {
    let desk = Desk::new();
    let outcome = |name: &str, body: &[u8], more: &[&str]| {
        answered(&[&["--adapter", "sf", "--number", SF, "--reply", &desk.file(name, body)], more].concat())["outcome"].clone()
    };
    assert_eq!(outcome("empty", sf_answer(json!([])).as_bytes(), &[]), "no-events");
    assert_eq!(outcome("html", b"<html>\xe7\xbb\xb4\xe6\x8a\xa4</html>", &["--header", "content-type: text/html"]), "unreadable");
    assert_eq!(outcome("bytes", b"\xff\xfe\x00{", &[]), "unreadable");
    assert_eq!(outcome("nothing", b"", &[]), "unreadable");
    assert_eq!(outcome("503", b"busy", &["--http-status", "503"]), "carrier-error");
    assert_eq!(outcome("429", b"", &["--http-status", "429", "--header", "retry-after:60"]), "throttled");
    let refused =
        json!({ "apiErrorMsg": "数字签名无效", "apiResponseID": "1", "apiResultCode": "A1006", "apiResultData": null }).to_string();
    let told = answered(&["--adapter", "sf", "--number", SF, "--reply", &desk.file("refused", refused)]);
    assert_eq!(
        (&told["outcome"], &told["fault"]["code"], told["tracks"].as_array().unwrap().len()),
        (&json!("credential-rejected"), &json!("credential-rejected"), 0),
        "{told}"
    );
}

#[test]
fn an_answer_that_lacks_its_next_round_says_so() {
    let (desk, adapter) = (Desk::new(), program::guest_adapters().join("endless-rounds@1.0.0.wasm"));
    let (file, reply) = (adapter.to_str().unwrap(), desk.file("any", "{}"));
    let told = answered(&["--adapter", file, "--number", "G0000000001", "--reply", &reply]);
    assert_eq!((&told["outcome"], &told["fault"]["code"]), (&json!("more"), &json!("more")));
    let told = answered(&["--adapter", file, "--number", "G0000000001", "--reply", &reply, "--reply", &reply, "--reply", &reply]);
    assert_eq!(told["fault"]["code"], "more", "{told}");
}

#[test]
fn a_push_is_read_although_its_signature_is_not_right() {
    let desk = Desk::new();
    let data = desk.file("data", ZTO);
    for more in [vec![], vec!["--field".to_owned(), format!("data_digest={}", desk.file("wrong", "AAAAAAAAAAAAAAAAAAAAAA=="))]] {
        let field = format!("data={data}");
        let mut args = vec!["--adapter", "zto", "--push", "--field", &field];
        args.extend(more.iter().map(String::as_str));
        let told = answered(&args);
        assert_eq!((&told["outcome"], &told["verified"]), (&json!("tracks"), &json!(false)), "{told}");
        let track = &told["tracks"][0];
        assert_eq!(
            (&track["number"], &track["status"], &track["signed"]),
            (&json!("73900000000001"), &json!("delivered"), &json!({ "at": "2026-01-18T03:45:02Z", "by": "卫小二" }))
        );
        assert_eq!((&track["events"][0]["code"], &track["events"][0]["at"]), (&json!("push:SIGNED"), &json!("2026-01-18T03:45:02Z")));
        assert!(told["reply"].as_str().unwrap().contains("\"statusCode\":\"200\""), "{told}");
    }
}

#[test]
fn a_push_is_verified_with_the_right_credential() {
    let desk = Desk::new();
    let (secret, data) = ("the-right-secret", format!("data={}", desk.file("data", ZTO)));
    let digest = format!("data_digest={}", desk.file("digest", sign::zto(ZTO.as_bytes(), secret)));
    let plain = desk.file("plain", format!("app-key = 'K'\napp-secret = '{secret}'\n"));
    let tables = desk.file("tables", format!("[zto.shop]\napp-key = 'K'\napp-secret = '{secret}'\n"));
    let push = ["--adapter", "zto", "--push", "--field", &data, "--field", &digest];
    for credential in [&["--credential", &plain][..], &["--credential", &tables, "--account", "shop"]] {
        let told = answered(&[&push, credential].concat());
        assert_eq!((&told["verified"], &told["outcome"]), (&json!(true), &json!("tracks")), "{told}");
    }
    assert_eq!(answered(&push)["verified"], false, "each secret is its own name");
    // The same as one body, urlencoded.
    let form: String = reqwest::Url::parse_with_params("http://x/", [("data", ZTO), ("data_digest", &sign::zto(ZTO.as_bytes(), secret))])
        .unwrap()
        .query()
        .unwrap()
        .to_owned();
    let told = answered(&["--adapter", "zto", "--push", "--form", "--reply", &desk.file("body", form), "--credential", &plain]);
    assert_eq!(told["verified"], true, "{told}");
}

#[test]
fn an_unsigned_push_is_neither_verified_nor_wrong() {
    let desk = Desk::new();
    let body = json!({ "Body": { "WaybillRoute": [{ "mailno": SF, "id": "1", "acceptTime": "2026-01-20 14:22:03", "acceptAddress": "宁波市", "remark": "您的快件已签收", "opCode": "80" }] } });
    let told = answered(&["--adapter", "sf", "--push", "--reply", &desk.file("push", body.to_string()), "--query", "k=v"]);
    assert_eq!((&told["outcome"], &told["verified"]), (&json!("tracks"), &Value::Null), "{told}");
    assert!(told.as_object().unwrap().contains_key("verified"));
    assert_eq!(serde_json::from_str::<Value>(told["reply"].as_str().unwrap()).unwrap()["return_code"], "0000");
}

#[test]
fn a_replay_that_cannot_be_says_what_to_do() {
    let desk = Desk::new();
    let (any, core) = (desk.file("any", "{}"), program::guest_module("good"));
    for (args, words) in [
        (
            vec!["--adapter", "nobody", "--number", "1", "--reply", &any],
            "there are: ane, danniao, deppon, deppon-bulletin, ems, jd, jd-bulletin, jt, kye, sf, spb-bulletin, sto, uc, wechat, ymdd, yto, yunda, zjs, zto",
        ),
        (vec!["--adapter", "sf", "--reply", &any], "--number"),
        (vec!["--adapter", "sf", "--number", SF], "--reply"),
        (vec!["--adapter", "sf", "--number", SF, "--reply", "/nowhere/at-all"], "/nowhere/at-all"),
        (vec!["--adapter", &any, "--number", SF, "--reply", &any], "is no adapter"),
        (vec!["--adapter", core.to_str().unwrap(), "--number", SF, "--reply", &any], "adapter build"),
        (vec!["--adapter", "zto", "--push"], "--field"),
        (vec!["--adapter", "sf", "--number", SF, "--reply", &any, "--header", "nonsense"], "name:value"),
        (vec!["--adapter", "sf", "--number", SF, "--reply", &any, "--form"], "--push"),
        (vec!["--adapter", "sf", "--number", SF, "--reply", &any, "--credential", "/nowhere/at-all"], "/nowhere/at-all"),
    ] {
        let ran = replay(&args);
        assert!(ran.code > 0 && ran.out.is_empty() && ran.err.contains(words), "{args:?}: {ran:?}");
    }
}

const CARRIERS: [&str; 15] =
    ["ane", "danniao", "deppon", "ems", "jd", "jt", "kye", "sf", "sto", "uc", "ymdd", "yto", "yunda", "zjs", "zto"];

#[test]
fn every_recorded_answer_still_means_what_it_says() {
    for carrier in CARRIERS {
        let recorded: PathBuf = program::source(&format!("adapters/{carrier}/recorded"));
        let files = std::fs::read_dir(&recorded).unwrap().count();
        let ran = run(&["adapter", "check", carrier, "--json", "--recorded", recorded.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let told = ran.json();
        assert_eq!(
            (&told["good"], &told["replayed"], &told["release"]),
            (&json!(true), &json!(files), &json!(format!("{carrier}@1.0.0"))),
            "{told}"
        );
    }
    let desk = Desk::new();
    desk.file("wrong.json", json!({ "about": "wrong", "interface": "tracking", "task": { "now": "2026-01-20T08:00:00Z", "parcels": [{ "number": SF }] }, "replies": [{ "body": "<html>" }], "expect": { "outcome": "tracks" } }).to_string());
    let ran = run(&["adapter", "check", "sf", "--json", "--recorded", desk.0.path().to_str().unwrap()]);
    assert_eq!((ran.code, &ran.json()["good"]), (1, &json!(false)), "{ran:?}");
    assert!(ran.json()["findings"][0].as_str().unwrap().contains("wrong.json"));
}

#[test]
fn adapters_are_listed() {
    let ran = run(&["adapter", "list", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let all = ran.json()["adapters"].as_array().unwrap().clone();
    let of = |kind: &str| all.iter().filter(|a| a["kind"] == kind).map(|a| a["id"].clone()).collect::<Vec<Value>>();
    assert_eq!(of("carrier"), CARRIERS);
    assert_eq!(of("bulletin"), ["deppon-bulletin", "jd-bulletin", "spb-bulletin"]);
    assert_eq!(of("channel"), ["wechat"]);
    assert_eq!(of("carrier").len() + of("bulletin").len() + 1, all.len());
    assert!(ran.json()["adapters"].as_array().unwrap().iter().all(|a| a["signed"] == false && a["digest"].as_str().unwrap().len() == 64));
    assert!(run(&["adapter", "list"]).out.lines().all(|line| line.contains("unsigned")));
}

#[tokio::test]
async fn the_doctor_says_what_is_missing() {
    let town = Town::open().await;
    let folder = Setup::carriers(&town).await.credential("zto", "half", &json!({ "app-key": "K" })).write();
    let config = folder.path().join("posthouse.toml");
    let doctor = |more: &[&str]| run(&[more, &["--config", config.to_str().unwrap(), "--json"]].concat());
    let ran = doctor(&["doctor"]);
    let bad = |ran: &Ran| {
        ran.json()["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["good"] == false)
            .map(|f| f["what"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!((ran.code, bad(&ran)), (1, vec!["API keys".to_owned(), "account zto/half".to_owned()]), "{ran:?}");
    let hidden = json!({ "what": "core dumps are off", "good": true, "words": "RLIMIT_CORE 0 of 0, PR_SET_DUMPABLE off" });
    assert_eq!(ran.json()["findings"][0], hidden);
    assert_eq!(doctor(&["key", "create", "--name", "hub"]).code, 0);
    assert_eq!(bad(&doctor(&["doctor"])), ["account zto/half"]);
    let text = std::fs::read_to_string(folder.path().join("credentials.toml")).unwrap();
    std::fs::write(folder.path().join("credentials.toml"), text.replace("[zto.half]\napp-key = \"K\"\n", "")).unwrap();
    let ran = doctor(&["doctor"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for secret in [&town.sims.world.accounts.zto.app_secret, &town.sims.world.accounts.sf.checkword] {
        assert!(!ran.out.contains(secret.as_str()) && !ran.err.contains(secret.as_str()));
    }
}

#[test]
fn what_the_configuration_does_not_know_is_named() {
    let desk = Desk::new();
    let config = desk.file("posthouse.toml", "[server]\ncolour = 'red'\n[tiers.A]\nevery = 'often'\n");
    let ran = run(&["doctor", "--config", &config]);
    assert!(ran.code > 0 && ran.err.contains("colour"), "{ran:?}");
    let missing = run(&["doctor", "--config", "/nowhere/posthouse.toml"]);
    assert!(missing.code > 0 && missing.err.contains("/nowhere/posthouse.toml"), "{missing:?}");
}
