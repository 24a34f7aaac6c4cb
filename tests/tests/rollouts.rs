//! A candidate release beside the stable one, through the command line and the API.

use posthouse_registry::{Package, folder};
use posthouse_tests::canary::{OFTEN, aborted_by_the_host, done, on, open, put, refused, rollout, slice, start, state, zto};
use posthouse_tests::{program, until};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_goes_from_one_parcel_to_all() {
    const PARCELS: usize = 340;
    let (_town, mut host, adapters, shipped) = open(PARCELS, "tiers.A.every = '2s'\nschedule.pushed_every = '2s'").await;
    put(adapters.path(), "1.0.1", |text| text);
    let begun = done(start(&host, &["--version", "1.0.1", "--steps", "1,500000,1000000", "--least", "20"]));
    let id = begun["id"].as_str().unwrap();
    assert_eq!((&begun["stable"], &begun["candidate"]), (&json!("zto@1.0.0+1"), &json!("zto@1.0.1+1")));
    assert!(begun["replayed"]["read"].as_u64().unwrap() >= 200 && begun["replayed"]["differences"] == json!([]), "{begun}");
    assert!(begun["forced"].is_string(), "a millionth of them is nobody: {begun}");
    let stands = done(rollout(&host, &["releases"]))["releases"][0].clone();
    assert_eq!((&stands["stable"], &stands["candidate"], &stands["rollout"]), (&json!("zto@1.0.0+1"), &json!("zto@1.0.1+1"), &begun["id"]));
    assert_eq!((&stands["adapters"], &stands["generations"]), (&json!(["zto@1.0.0", "zto@1.0.1"]), &json!([1])));
    until("one parcel tries it", async || (on(&host, "zto@1.0.1+1").await == 1).then_some(())).await;
    refused(&start(&host, &["--version", "1.0.1"]), "promote or abort it first");
    refused(&rollout(&host, &["step", id, "--reason", "too early"]), "insufficient-data");
    assert_eq!(done(rollout(&host, &["step", id, "--force", "--reason", "one parcel says nothing"]))["weight_ppm"], 500_000);
    let mut half = slice(id, "zto", 500_000, shipped.iter().map(|p| p.number.as_str()));
    half.insert(begun["forced"].as_str().unwrap().into());
    assert!((120..220).contains(&half.len()), "half of them: {}", half.len());
    let tried = async || (state(&host, id)["candidate_tried"]["parcels"] == half.len()).then_some(());
    until("its slice tries it", tried).await;
    assert_eq!(state(&host, id)["finding"], "no-worse");
    until("its slice is on it", async || (on(&host, "zto@1.0.1+1").await == half.len()).then_some(())).await;
    done(rollout(&host, &["step", id, "--reason", "half of them, no failure"]));
    until("all try it", async || (on(&host, "zto@1.0.1+1").await == PARCELS).then_some(())).await;
    until("it is no worse", async || (state(&host, id)["finding"] == "no-worse").then_some(())).await;

    let word = json!({ "reason": "two at once" });
    let promote = async || {
        let request = host.client.post(format!("{}/v1/rollouts/{id}/promote", host.url)).bearer_auth(&host.ops).json(&word);
        host.send(request).await.status
    };
    let (one, other) = tokio::join!(promote(), promote());
    assert_eq!((one.min(other), one.max(other)), (200, 409));
    refused(&rollout(&host, &["abort", id, "--reason", "too late"]), "promoted already");
    host.kill().await;
    host.restart().await;
    let carriers = host.read("/v1/carriers").await;
    assert_eq!(carriers["carriers"][0]["accounts"][0]["release"], "zto@1.0.1+1", "it stands after a restart");
    let history = done(rollout(&host, &["history"]));
    let acts: Vec<_> =
        history["changes"].as_array().unwrap().iter().map(|c| (c["act"].as_str().unwrap(), c["actor"].as_str().unwrap())).collect();
    let expected = [
        ("credential.import", "host"),
        ("release.stand", "host"),
        ("rollout.start", "local"),
        ("rollout.step", "local"),
        ("rollout.step", "local"),
    ];
    assert_eq!(acts[..5], expected);
    assert!(acts[5].0 == "rollout.promote" && acts[5].1.starts_with("ops key_"), "{acts:?}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_that_means_something_else_is_blocked_and_forced_through_it_is_aborted() {
    let (_town, host, adapters, shipped) = open(40, OFTEN).await;
    put(adapters.path(), "1.0.2", |text| text.replace("\"派件\" = \"out_for_delivery\"", "\"派件\" = \"delivered\""));
    let blocked = start(&host, &["--version", "1.0.2"]);
    refused(&blocked, "status:派件:out_for_delivery>delivered");
    assert_eq!(done(rollout(&host, &["status"]))["rollouts"], json!([]));
    let name = "status:派件:out_for_delivery>delivered";
    let id = done(start(&host, &["--version", "1.0.2", "--accept", name]))["id"].as_str().unwrap().to_owned();
    done(rollout(&host, &["abort", &id, "--reason", "only to see that it begins"]));
    let id = done(start(&host, &["--version", "1.0.2", "--force", "--steps", "500000"]))["id"].as_str().unwrap().to_owned();
    until("the host aborts it", async || (state(&host, &id)["state"] == "aborted").then_some(())).await;
    let failures = state(&host, &id)["failures"].clone();
    assert!(failures.as_array().unwrap().iter().any(|f| f[0] == "candidate" && f[1] == name), "{failures}");
    until("all are read by stable again", async || (on(&host, "zto@1.0.0+1").await == shipped.len()).then_some(())).await;
    for parcel in &shipped {
        host.wait_for("zto", &parcel.number, "what the candidate made of it is corrected", |p| p["status"] == "out_for_delivery").await;
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_that_traps_is_aborted_and_its_parcels_go_back() {
    let (_town, host, adapters, shipped) = open(20, OFTEN).await;
    let trap = Package::read(std::fs::read(program::guest_adapters().join("trap@1.0.0.wasm")).unwrap()).unwrap();
    let text = zto().manifest_text.replace("1.0.0", "1.0.3").replace("\"tracking\", \"subscribe\", \"push\"", "\"tracking\"");
    let text = text.replace("query = ", "track = ").replace("subscribe = ", "unused = ");
    folder::put(adapters.path(), &Package::read(program::with_manifest(&trap, &text)).unwrap()).unwrap();
    refused(&start(&host, &["--version", "1.0.3"]), "outcome:tracks>trap");
    let id = done(start(&host, &["--version", "1.0.3", "--force", "--steps", "300000"]))["id"].as_str().unwrap().to_owned();
    let why = aborted_by_the_host(&host, &id).await;
    assert!(why.contains("broke"), "{why}");
    let sql = "SELECT ended_at - (SELECT min(at) FROM exchanges WHERE release = 'zto@1.0.3+1') FROM rollouts WHERE state = 'aborted'";
    let took: i64 = sqlx::query_scalar(sql).fetch_one(&mut host.database().await).await.unwrap();
    println!("aborted {took} ms after the candidate's first call");
    refused(&rollout(&host, &["promote", &id, "--reason", "too late", "--force"]), "is aborted already");
    std::fs::write(adapters.path().join("zto@1.0.4.wasm"), b"no component").unwrap();
    refused(&start(&host, &["--version", "1.0.4"]), "zto@1.0.4.wasm");
    until("all are read by stable again", async || (on(&host, "zto@1.0.0+1").await == shipped.len()).then_some(())).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_changes_like_code_and_a_wrong_one_is_stopped() {
    let (town, host, _adapters, shipped) = open(20, OFTEN).await;
    let account = json!(town.sims.world.accounts)["zto"].clone();
    let add = |fields: &Value| {
        let file = host.file("fields.toml");
        std::fs::write(&file, toml::to_string(fields).unwrap()).unwrap();
        host.run(&["credential", "add", "zto", "--json", "--from", file.to_str().unwrap(), "--reason", "a test", "--url", &host.url])
    };
    let mut wrong = account.clone();
    wrong["app-secret"] = json!("another secret than ZTO's");
    assert_eq!(done(add(&wrong))["generation"], 2);
    assert_eq!(done(add(&account))["fits"], json!(["zto@1.0.0"]));
    refused(&add(&json!({ "app-key": "k" })), "`app-secret` is missing");
    refused(&start(&host, &[]), "name another version or generation");
    refused(&start(&host, &["--generation", "9"]), "no generation 9");
    refused(&start(&host, &["--version", "7.0.0"]), "zto@7.0.0.wasm");
    for (steps, why) in [("0", "parts per million"), ("1000001", "parts per million"), ("5,5", "larger")] {
        refused(&start(&host, &["--generation", "2", "--steps", steps]), why);
    }
    let id = done(start(&host, &["--generation", "2", "--steps", "500000"]))["id"].as_str().unwrap().to_owned();
    let why = aborted_by_the_host(&host, &id).await;
    assert!(why.contains("worse"), "{why}");
    until("all are read again", async || (on(&host, "zto@1.0.0+1").await == shipped.len()).then_some(())).await;

    let id = done(start(&host, &["--generation", "3", "--steps", "1000000"]))["id"].as_str().unwrap().to_owned();
    until("all try it", async || (on(&host, "zto@1.0.0+3").await == shipped.len()).then_some(())).await;
    done(rollout(&host, &["promote", &id, "--force", "--reason", "twenty are few"]));
    let retire =
        |generation: &str| host.run(&["credential", "retire", "zto", generation, "--reason", "a test", "--json", "--url", &host.url]);
    done(retire("1"));
    refused(&retire("1"), "was retired at");
    refused(&retire("3"), "uses generation 3");
    refused(&retire("8"), "no generation 8");
    refused(&start(&host, &["--generation", "1"]), "was retired");
    let listed = host.run(&["credential", "list", "--json", "--url", &host.url]);
    assert!(!listed.out.contains(account["app-secret"].as_str().unwrap()) && listed.json()["credentials"].as_array().unwrap().len() == 3);
    let hubs = host.send(host.request(Method::POST, "/v1/rollouts").json(&json!({ "carrier": "zto", "reason": "no" }))).await;
    hubs.is_problem(403, "not-allowed");
    host.get("/v1/audit").await.is_problem(403, "not-allowed");
    host.get("/v1/releases").await.is_problem(403, "not-allowed");
    host.stop().await;
}
