//! Real answers mean what a person said they mean, before the code was there: status, time of the
//! signature, verdict, every event. The answers are not part of the repository; `POSTHOUSE_SAMPLES`
//! names their folder (`../shared/samples` beside the project counts without being named).

use std::path::{Path, PathBuf};

use posthouse_sdk::{seal, wording};
use posthouse_tests::program::run;
use serde_json::{Value, json};

/// A key for what has to be sealed: sixteen bytes in Base64.
const SM4_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZg==";

fn samples() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples");
    let folder = std::env::var_os("POSTHOUSE_SAMPLES").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Every expected file of these kinds.
fn expected(kinds: &[&str]) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("expected");
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let name = path.components().rev().take(2).map(|part| part.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>();
        (format!("{}/{}", name[1], name[0]), serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    };
    let mut all: Vec<(String, Value)> = files.map(read).filter(|(_, e): &(_, Value)| kinds.contains(&e["how"].as_str().unwrap())).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn sample(folder: &Path, expected: &Value) -> String {
    std::fs::read_to_string(folder.join(expected["sample"].as_str().unwrap())).unwrap()
}

/// A number of the carrier's form, for answers that name none.
fn number(expected: &Value) -> String {
    let any = match expected["carrier"].as_str().unwrap() {
        "sf" => "SF1900000000001",
        "zto" => "73900000000001",
        "yto" => "YT1900000000001",
        "jd" => "JDV000000000001",
        "jt" => "JT0000000000001",
        "deppon" => "DPK00000000001",
        _ => "9900000000001",
    };
    expected["number"].as_str().unwrap_or(any).to_owned()
}

/// The sample as the carrier's whole answer: some were kept without what stood around them.
fn answer(expected: &Value, raw: &str) -> Value {
    let whole =
        |data: &str| json!({ "apiErrorMsg": "", "apiResponseID": "1", "apiResultCode": "A1000", "apiResultData": data }).to_string();
    let body = match expected["sample"].as_str().unwrap() {
        "sf/route_string_success_lowercase_opcode_inner.json" => whole(raw),
        "sf/routes_signed_21_events_internal_shape.json" => {
            let stored: Vec<Value> = serde_json::from_str(raw).unwrap();
            let route =
                |r: &Value| json!({ "acceptTime": r["scanDateTime"], "remark": r["remark"], "opCode": r["opCode"], "acceptAddress": "" });
            let routes: Vec<Value> = stored.iter().map(route).collect();
            whole(&json!({ "success": true, "errorCode": "S0000", "errorMsg": null, "msgData": { "routeResps": [{ "mailNo": number(expected), "routes": routes }] } }).to_string())
        }
        _ => raw.to_owned(),
    };
    json!({ "status": 200, "body": body })
}

/// A recorded file around the sample, as an adapter's tests have them.
fn recorded(expected: &Value, raw: &str) -> Value {
    let parsed: Value = serde_json::from_str(raw).unwrap_or_default();
    let task = json!({ "now": "2026-11-01 00:00:00", "parcels": [{ "number": number(expected) }] });
    let looked = |reply: Value| json!({ "about": "a sample", "interface": "tracking", "task": task, "replies": [reply], "expect": { "outcome": "" } });
    let credential = match expected["carrier"].as_str().unwrap() {
        "ems" => json!({ "sm4-key": SM4_KEY, "sender-no": "1100000000000" }),
        "zto" => json!({ "app-key": "any-app-key", "app-secret": "any-app-secret" }),
        "deppon" => json!({ "company-code": "any-company", "customer-code": "any-customer", "appkey": "any-app-key" }),
        _ => json!({}),
    };
    let pushed = |delivery: Value| json!({ "about": "a sample", "interface": "push", "task": task, "credential": credential, "delivery": delivery, "expect": { "outcome": "" } });
    match (expected["how"].as_str().unwrap(), expected["carrier"].as_str().unwrap()) {
        ("page", "ems") => looked(json!({ "page": { "title": "", "url": "", "heard": [{ "endpoint": "lookup", "body": parsed }] } })),
        ("page", _) => {
            let row = |info: &Value| json!({ "time": info["acceptTime"], "text": info["acceptStation"] });
            let rows: Vec<Value> = parsed["infos"].as_array().unwrap().iter().map(row).collect();
            looked(json!({ "page": { "title": "", "url": "", "rows": rows, "facts": { "number": number(expected) } } }))
        }
        ("tracking", _) => looked(answer(expected, raw)),
        ("push", "zto") => pushed(json!({ "form": { "data": raw } })),
        ("push", "deppon") => pushed(json!({ "form": { "params": raw } })),
        ("push", "ems") if parsed["traces"].is_array() => {
            let sealed = String::from_utf8(seal::seal("ems-sm4", SM4_KEY, raw.as_bytes()).unwrap()).unwrap();
            pushed(
                json!({ "body": { "logitcsInterface": sealed, "method": "040002", "msgType": "0", "senderNo": "1100000000000", "serialNo": "S1", "timeStamp": "2026-01-20 12:00:00", "version": "V1.0.0" } }),
            )
        }
        ("push", _) => pushed(json!({ "body": raw })),
        (how, carrier) => panic!("{how} of {carrier}"),
    }
}

/// What of it the adapter, the dictionary and the judge tell.
fn found(told: &Value) -> Value {
    let track = &told["tracks"][0];
    let verdict = &told["verdicts"][track["number"].as_str().unwrap_or_default()];
    let event = |event: &Value| json!({ "at": event["at"], "status": event["status"] });
    json!({
        "outcome": told["outcome"],
        "status": track["status"],
        "signed_at": track["signed"]["at"],
        "verdict": verdict["level"],
        "reasons": verdict["against"].as_array().cloned().unwrap_or_default(),
        "events": track["events"].as_array().into_iter().flatten().map(event).collect::<Vec<_>>(),
    })
}

fn wanted(expected: &Value) -> Value {
    json!({
        "outcome": expected["outcome"], "status": expected["status"], "signed_at": expected["signed_at"],
        "verdict": expected["verdict"], "reasons": expected["reasons"], "events": expected["events"],
    })
}

#[test]
fn answers_and_pushes_of_carriers_mean_what_people_said() {
    let Some(folder) = samples() else { return eprintln!("no samples here: nothing was tested") };
    let desk = tempfile::tempdir().unwrap();
    let mut wrong = vec![];
    let all = expected(&["tracking", "push", "page"]);
    assert!(all.len() > 30, "{} files", all.len());
    for (name, expected) in &all {
        let file = desk.path().join(name.replace('/', "-"));
        std::fs::write(&file, recorded(expected, &sample(&folder, expected)).to_string()).unwrap();
        let ran =
            run(&["adapter", "replay", "--json", "--adapter", expected["carrier"].as_str().unwrap(), "--recorded", file.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
        let (found, wanted) = (found(&ran.json()), wanted(expected));
        if found != wanted {
            wrong.push(format!("{name}\n  found  {found}\n  wanted {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

/// Other people's answers, with other carriers' words: they say whether a wording is understood.
#[test]
fn wordings_of_other_peoples_answers_are_understood() {
    let Some(folder) = samples() else { return eprintln!("no samples here: nothing was tested") };
    let mut wrong = vec![];
    let all = expected(&["kuaidi100", "kdniao"]);
    assert!(all.len() >= 5, "{} files", all.len());
    for (name, expected) in &all {
        let answer: Value = serde_json::from_str(&sample(&folder, expected)).unwrap();
        let words = words(&answer, expected["number"].as_str());
        let told: Vec<&str> = words.iter().map(|words| wording::status_of(words)).collect();
        let wanted: Vec<&str> = expected["events"].as_array().unwrap().iter().map(|event| event["status"].as_str().unwrap()).collect();
        let steps = told.iter().map(|status| posthouse_sdk::state::Step { status, revokes: false, unmapped: false });
        let state = posthouse_sdk::state::settle(steps).status;
        if told != wanted || state != expected["status"].as_str() {
            wrong.push(format!("{name}: {state:?} {told:?}\n  wanted {} {wanted:?}", expected["status"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The wordings of one parcel, the oldest first, in any of the shapes.
fn words(answer: &Value, number: Option<&str>) -> Vec<String> {
    let of_one = answer["Data"].as_array().into_iter().flatten().find(|one| one["LogisticCode"].as_str() == number);
    let ascending = of_one.unwrap_or(answer)["Traces"].as_array();
    let text = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
    if let Some(traces) = ascending {
        return traces.iter().map(|trace| text(trace, "AcceptStation")).collect();
    }
    let newest_first = answer["lastResult"]["data"].as_array().or_else(|| answer["data"].as_array());
    newest_first.into_iter().flatten().rev().map(|event| text(event, "context")).collect()
}
