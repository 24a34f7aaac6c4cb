//! A secret is in the credential file, in the host's memory, and on its way to the carrier; nowhere else.

use posthouse::config::Config;
use posthouse::parcel::ParcelKey;
use posthouse::store::Store;
use posthouse::vault::Vault;
use posthouse_simulators::{Carrier, Mood, Pace, V32Token, sign};
use posthouse_tests::leaks::{found, is_clean, nowhere, spellings, told};
use posthouse_tests::{Setup, TestHost, Town, order, program, until};
use serde_json::{Value, json};

#[tokio::test]
async fn no_secret_is_found_anywhere_it_does_not_belong() {
    let town = Town::open().await;
    let accounts = json!(town.sims.world.accounts);
    let host = Setup::carriers(&town)
        .await
        .credential("sf", "token", &accounts["sf"])
        .credential("sf", "token", &json!({ "auth": "token" }))
        .with("exchanges.sample = 1")
        .log("trace")
        .start()
        .await;
    town.push_to(&host).await;
    let mut parcels: Vec<Value> = town.some_of_each(4, Pace::Held(2)).iter().map(order).collect();
    let tokened: Vec<Value> = town
        .parcels(Carrier::Sf, 3, Pace::Held(2))
        .iter()
        .map(|p| json!({ "carrier": "sf", "number": p.number, "account": "token" }))
        .collect();
    parcels.extend(tokened.clone());
    host.register(&parcels).await;
    for parcel in &tokened {
        let path = format!("/v1/parcels/by-number/sf/{}?account=token", parcel["number"].as_str().unwrap());
        until("it is read with a token", async || (host.read(&path).await["outcome"] == "tracks").then_some(())).await;
    }
    assert_eq!(town.tally(Carrier::Sf).tokens.get(), 1, "one token serves all");
    // A carrier pushes what happens after the subscription.
    let subscribed = |carrier| town.tally(carrier).subscriptions.get() >= 4;
    until("all are subscribed", async || Carrier::APIS.into_iter().all(subscribed).then_some(())).await;
    // Tokens die early, and carriers have bad days: a failure is where secrets leak.
    town.sims.world.sf.expire_tokens();
    until("a second token", async || (town.tally(Carrier::Sf).tokens.get() >= 2).then_some(())).await;
    for mood in [Mood::Http500, Mood::Garbage, Mood::Truncate, Mood::Normal] {
        for carrier in Carrier::APIS {
            town.mood(carrier, mood);
            let asked = town.tally(carrier).requests.get();
            until("a few looks on such a day", async || (town.tally(carrier).requests.get() >= asked + 3).then_some(())).await;
        }
    }
    for parcel in Carrier::APIS.iter().flat_map(|c| town.sims.world.parcels(*c)) {
        town.sims.world.advance(&parcel, 1);
    }
    until("pushes came", async || Carrier::APIS.iter().all(|c| town.tally(*c).push.accepted.get() > 0).then_some(())).await;

    let field = |carrier: &str, name: &str| (format!("{carrier}.{name}"), accounts[carrier][name].as_str().unwrap().to_owned());
    let mut secrets = vec![field("sf", "checkword"), field("zto", "app-secret"), field("yto", "secret"), field("deppon", "appkey")];
    secrets.extend(tokens().await);
    secrets.push(("the hub's key".into(), host.key.clone()));
    nowhere(&host, &secrets).await;
    let tokens_kept: i64 = sqlx::query_scalar("SELECT count(*) FROM tokens").fetch_one(&mut host.database().await).await.unwrap();
    assert_eq!(tokens_kept, 1, "the token is kept, sealed");
    host.stop().await;
}

/// Deppon goes on to a new account while a host runs: an old generation, one that is refused, a new
/// one, and a token. Returns the host and all secrets that were ever used.
async fn through_generations(town: &Town, adapters: &std::path::Path) -> (TestHost, Vec<(String, String)>) {
    let put = |from: std::path::PathBuf, file: &str| _ = std::fs::copy(from.join(file), adapters.join(file)).unwrap();
    put(program::adapters(), "deppon@1.0.0.wasm");
    put(program::adapters(), "sf@1.0.0.wasm");
    let folder = format!("adapters.folder = '{}'\nexchanges.sample = 1", adapters.display());
    let host =
        Setup::carriers(town).await.credential("sf", "main", &json!({ "auth": "token" })).with(&folder).log("trace,posthouse::edge=trace");
    let host = host.start().await;
    town.pushes_to(Carrier::Deppon, &host).await;
    let parcels = [town.parcels(Carrier::Deppon, 6, Pace::Held(1)), town.parcels(Carrier::Sf, 3, Pace::Held(1))].concat();
    host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
    for parcel in &parcels {
        let ready = |p: &Value| p["outcome"] == "tracks" && p["subscribed"] == true;
        host.wait_for(parcel.carrier.name(), &parcel.number, "it is read and subscribed", ready).await;
    }
    town.sims.world.change_deppon(V32Token::Fetched, std::time::Duration::ZERO);
    put(program::scenario_adapters(), "deppon@3.2.1.wasm");
    let accounts = &town.sims.world.accounts;
    let good = accounts.deppon_v32.credential(V32Token::Fetched);
    let mut bad = good.clone();
    bad["appkey"] = json!("nobody's/key+with\"quotes&more");
    let command = |args: &[&str]| host.run(&[args, &["--reason", "a test", "--json", "--url", &host.url]].concat());
    let rotate = |fields: &Value| {
        let file = host.file("fields.toml");
        std::fs::write(&file, toml::to_string(fields).unwrap()).unwrap();
        let plan = ["credential", "rotate", "deppon", "--version", "3.2.1", "--steps", "1000000", "--from", file.to_str().unwrap()];
        let ran = command(&plan);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()["rollout"]["id"].as_str().unwrap().to_owned()
    };
    let refused = rotate(&bad);
    let failed = async || {
        let told = host.run(&["rollout", "status", &refused, "--json", "--url", &host.url]).json();
        (told["failures"] != json!([])).then_some(())
    };
    until("the carrier refuses it", failed).await;
    // The host may have been faster.
    command(&["rollout", "abort", &refused]);
    let taken = rotate(&good);
    for parcel in &parcels[..6] {
        let on_it = |p: &Value| p["outcome"] == "tracks" && p["release"] == "deppon@3.2.1+3";
        host.wait_for("deppon", &parcel.number, "the new generation reads it", on_it).await;
    }
    let number = parcels[0].number.as_str();
    for args in [
        &["rollout", "promote", &taken, "--force"][..],
        &["credential", "retire", "deppon", "1"],
        &["credential", "retire", "deppon", "2"],
        &["credential", "proof", "deppon", "1", "--try", "--yes", "--parcel", number],
        &["credential", "proof", "deppon", "2", "--try", "--yes", "--parcel", number],
    ] {
        let ran = command(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
    }
    let pushed = town.tally(Carrier::Deppon).push.accepted.get();
    town.sims.world.advance(&parcels[0], 1);
    until("it pushes with the new key", async || (town.tally(Carrier::Deppon).push.accepted.get() > pushed).then_some(())).await;
    let text = |value: &Value| value["appkey"].as_str().unwrap().to_owned();
    let mut secrets = vec![
        ("the retired key".to_owned(), accounts.deppon.appkey.clone()),
        ("the refused key".to_owned(), text(&bad)),
        ("the new key".to_owned(), text(&good)),
        ("SF's key".to_owned(), accounts.sf.checkword.clone()),
        ("the fetched token".to_owned(), deppons_token().await),
    ];
    secrets.extend(tokens().await);
    secrets.extend([("the hub's key".to_owned(), host.key.clone()), ("the operator's key".to_owned(), host.ops.clone())]);
    (host, secrets)
}

/// The first token that Deppon gives out in a town of this seed.
async fn deppons_token() -> String {
    let town = Town::open().await;
    town.sims.world.change_deppon(V32Token::Fetched, std::time::Duration::ZERO);
    let account = &town.sims.world.accounts.deppon_v32.account;
    let timestamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis().to_string();
    let digest = sign::deppon("", &account.appkey, &timestamp);
    let form = [("companyCode", &*account.company_code), ("timestamp", &timestamp), ("digest", &digest)];
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let reply: Value = client.post(town.sims.url("/deppon/oauth/token")).form(&form).send().await.unwrap().json().await.unwrap();
    reply["token"].as_str().unwrap().to_owned()
}

/// Every recorded exchange of every parcel, opened.
async fn exchanges(host: &TestHost) -> String {
    let config = Config::load(Some(&host.config())).unwrap();
    let vault = Vault::open(&config.vault).unwrap();
    let store = Store::open(&config.database, &config.exchanges, vault.into()).await.unwrap();
    let keys: Vec<i64> = sqlx::query_scalar("SELECT key FROM parcels").fetch_all(&mut host.database().await).await.unwrap();
    let mut all = String::new();
    for key in keys {
        for (_, outcome, kept) in store.exchanges(ParcelKey(key), 10_000).await.unwrap() {
            all.push_str(&format!("{outcome} {}\n", serde_json::to_string(&kept).unwrap()));
        }
    }
    store.close().await;
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_any_generation_crosses_into_a_guest_or_stays_behind() {
    let (town, adapters) = (Town::open().await, tempfile::tempdir().unwrap());
    let (host, secrets) = through_generations(&town, adapters.path()).await;
    let log = host.log();
    for crossed in ["into ask of", "into read of", "into receive of", "into public", "into digest", "into verify"] {
        assert!(log.contains(crossed), "the edge is watched: {crossed}");
    }
    let mut answers = vec![told(&host).await, exchanges(&host).await];
    for path in ["/v1/carriers", "/v1/credentials", "/v1/rollouts", "/v1/audit", "/v1/credentials/deppon/main/1/proof"] {
        let reply = host.send(host.client.get(format!("{}{path}", host.url)).bearer_auth(&host.ops)).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        answers.push(reply.body);
    }
    let answers = answers.join("\n");
    is_clean("the log and the edge", log.as_bytes(), &secrets);
    is_clean("what is told", answers.as_bytes(), &secrets);
    for name in ["posthouse.db", "posthouse.db-wal", "posthouse.db-shm"] {
        is_clean(name, &std::fs::read(host.file(name)).unwrap_or_default(), &secrets);
    }
    // The search would find one: what may be seen is found, and so is any spelling of what may not.
    let public = [("the company's code".to_owned(), town.sims.world.accounts.deppon_v32.account.company_code.clone())];
    assert!(found(log.as_bytes(), &public).is_some() && found(answers.as_bytes(), &public).is_some());
    for (name, secret) in &secrets {
        for spelling in spellings(secret) {
            assert!(found(format!("{answers}{spelling}").as_bytes(), &secrets).is_some(), "{name} as {spelling}");
        }
    }
    host.stop().await;
}

/// The tokens that a town of this seed gives out, in order: another town's, asked as the host asks.
async fn tokens() -> Vec<(String, String)> {
    let town = Town::open().await;
    let sf = &town.sims.world.accounts.sf;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut tokens = vec![];
    for nth in 1..=2 {
        let form = [("partnerID", &*sf.partner_id), ("secret", &*sf.checkword), ("grantType", "password")];
        let reply: Value = client.post(town.sims.url("/sf/oauth2/accessToken")).form(&form).send().await.unwrap().json().await.unwrap();
        tokens.push((format!("token {nth}"), reply["accessToken"].as_str().unwrap().to_owned()));
    }
    tokens
}

#[tokio::test]
async fn a_token_survives_a_restart_and_is_used_again() {
    let town = Town::open().await;
    let mut host = Setup::carriers(&town).await.credential("sf", "main", &json!({ "auth": "token" })).start().await;
    let parcel = town.parcel(Carrier::Sf, Pace::Held(2));
    host.register(&[order(&parcel)]).await;
    host.wait_for_outcome("sf", &parcel.number, "tracks").await;
    host.kill().await;
    host.restart().await;
    let asked = town.tally(Carrier::Sf).queries.get();
    until("it is looked at again", async || (town.tally(Carrier::Sf).queries.get() > asked).then_some(())).await;
    assert_eq!(town.tally(Carrier::Sf).tokens.get(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_credential_file_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let town = Town::open().await;
    let folder = Setup::carriers(&town).await.write();
    let file = |name: &str| folder.path().join(name);
    std::fs::set_permissions(file("credentials.toml"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let ran = posthouse_tests::program::run(&["serve".as_ref(), "--config".as_ref(), file("posthouse.toml").as_os_str()]);
    assert_ne!(ran.code, 0);
    assert!(ran.err.contains("chmod 600"), "{ran:?}");
}
