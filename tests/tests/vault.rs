//! The vault's key: given in the environment, and changed while nothing is lost.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use posthouse::config::Config;
use posthouse::vault::{Sealed, Vault};
use posthouse_simulators::{Carrier, Mood, Pace, Parcel};
use posthouse_tests::rows::{csv, minutes_ago, sheet};
use posthouse_tests::{Setup, TestHost, Town, order, program, until};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};
use std::sync::Arc;

const KEY: &str = "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e";

#[tokio::test]
async fn a_key_of_the_environment_opens_and_is_never_shown() {
    let town = Town::open().await;
    let mut host = Setup::carriers(&town).await.environment("POSTHOUSE_VAULT_KEY", KEY).log("trace").start().await;
    std::fs::remove_file(host.file("vault.key")).unwrap();
    host.kill().await;
    host.restart().await;
    let parcel = town.parcel(Carrier::Zto, Pace::Held(2));
    host.register(&[order(&parcel)]).await;
    host.wait_for_outcome("zto", &parcel.number, "tracks").await;
    let listed = host.run(&["credential", "list", "--url", &host.url]);
    let doctor = host.run(&["doctor", "--json"]);
    assert!(doctor.json()["findings"][1]["words"].as_str().unwrap().contains("from POSTHOUSE_VAULT_KEY"), "{doctor:?}");
    let rotate = host.run(&["vault", "rotate", "--reason", "a test"]);
    assert!(rotate.code != 0 && rotate.err.contains("put the file's new key into POSTHOUSE_VAULT_KEY"), "{rotate:?}");
    for ran in [&listed, &doctor, &rotate] {
        assert!(!ran.out.contains(KEY) && !ran.err.contains(KEY), "{ran:?}");
    }
    assert_eq!(listed.code, 0, "the key speaks for who has it: {listed:?}");
    assert!(!host.log().contains(KEY));
    assert!(!host.file("vault.key").exists(), "no file is made beside it");
    for wrong in ["", "5e5e", &KEY.replace('5', "x")] {
        let ran = program::ran(host.command(&["doctor"]).env("POSTHOUSE_VAULT_KEY", wrong));
        assert!(ran.code != 0 && ran.err.contains("POSTHOUSE_VAULT_KEY holds no vault key: 64 hexadecimal digits"), "{ran:?}");
        assert!(wrong.is_empty() || !ran.err.contains(wrong), "{ran:?}");
    }
    host.stop().await;
}

/// A host on two carriers, one of them with tokens, and what is sealed in it.
struct House {
    town: Town,
    host: TestHost,
    parcels: Vec<Arc<Parcel>>,
    /// Pushed, and not registered.
    early: Arc<Parcel>,
    /// Without the address, which is another after each start.
    push_url: String,
    _folder: tempfile::TempDir,
}

/// The only way a row is ever left behind is a rotation that ends in the middle.
const MIDDLE: &str = "CREATE TRIGGER middle BEFORE UPDATE OF sealed ON exchanges WHEN OLD.key > (SELECT min(key) + 250 FROM exchanges) \
    BEGIN SELECT (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n); END";

impl House {
    async fn open() -> Self {
        let (town, folder) = (Town::open().await, tempfile::tempdir().unwrap());
        for carrier in ["sf", "zto"] {
            let file = format!("{carrier}@1.0.0.wasm");
            std::fs::copy(program::adapters().join(&file), folder.path().join(&file)).unwrap();
        }
        let at = folder.path().display();
        let host = Setup::carriers(&town)
            .await
            .credential("sf", "main", &json!({ "auth": "token" }))
            // The cache is sealed with the vault's key: not the one that all tests share.
            .with(&format!("adapters = {{ folder = '{at}', cache = '{at}/cache' }}\nexchanges.sample = 1\ntiers.A.every = '100ms'\nschedule.pushed_every = '100ms'"))
            .start()
            .await;
        town.pushes_to(Carrier::Zto, &host).await;
        let early = town.parcel(Carrier::Zto, Pace::Held(0));
        town.sims.world.subscribe(Carrier::Zto, &early.number);
        town.sims.world.advance(&early, 2);
        until("it is pushed", async || (town.tally(Carrier::Zto).push.accepted.get() == 2).then_some(())).await;
        let parcels = [town.parcels(Carrier::Zto, 12, Pace::Held(2)), town.parcels(Carrier::Sf, 2, Pace::Held(2))].concat();
        host.register(&parcels.iter().map(order).collect::<Vec<_>>()).await;
        let push_url = path(&host.push_url("zto").await);
        let house = Self { town, host, parcels, early, push_url, _folder: folder };
        let read =
            async || (house.count("exchanges").await > 400 && house.count("parcels WHERE outcome = 'tracks'").await == 14).then_some(());
        until("all are read, and often", read).await;
        house.types().await;
        house
    }

    /// A clerk's sheet: one row is taken, one refused.
    async fn types(&self) {
        let parcel = self.town.parcel(Carrier::Zto, Pace::Held(1));
        self.host.register(&[order(&parcel)]).await;
        let time = minutes_ago(5);
        let rows = csv([["运单号", "时间", "节点"], [&parcel.number, &time, "派件"], [&parcel.number, "昨天", "派件"]]);
        let told = sheet(&self.host, &[("carrier", "zto")], rows.into()).await.json();
        assert_eq!((&told["entered"], &told["refused"]), (&json!(1), &json!(1)), "{told}");
    }

    async fn count(&self, what: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {what}"));
        sqlx::query_scalar(sql).fetch_one(&mut self.host.database().await).await.unwrap()
    }

    /// The database, to be changed while no host runs.
    async fn changes(&self, sql: &'static str) {
        let options = SqliteConnectOptions::new().filename(self.host.file("posthouse.db"));
        let mut c: SqliteConnection = options.connect().await.unwrap();
        sqlx::query(sql).execute(&mut c).await.unwrap();
    }

    /// Every sealed value, by what it is.
    async fn sealed(&self) -> Vec<(Sealed, Vec<u8>)> {
        let mut all = vec![];
        for (table, kind) in [
            ("credentials", Sealed::Credential),
            ("tokens", Sealed::Token),
            ("roots", Sealed::Root),
            ("early_pushes", Sealed::Exchange),
            ("exchanges", Sealed::Exchange),
            ("entries", Sealed::Exchange),
            ("sheets", Sealed::Exchange),
        ] {
            let sql = sqlx::AssertSqlSafe(format!("SELECT sealed FROM {table} WHERE sealed IS NOT NULL"));
            let rows = sqlx::query(sql).fetch_all(&mut self.host.database().await).await.unwrap();
            assert!(!rows.is_empty() || table == "roots" || table == "early_pushes", "{table}");
            all.extend(rows.iter().map(|row| (kind, row.get(0))));
        }
        all
    }

    /// Whoever knows the key on disk now.
    fn vault(&self) -> Vault {
        Vault::open(&Config::load(Some(&self.host.config())).unwrap().vault).unwrap()
    }

    fn keys(&self) -> Vec<String> {
        std::fs::read_to_string(self.host.file("vault.key")).unwrap().lines().map(str::to_owned).collect()
    }

    /// A running host does all that it did.
    async fn works(&self) {
        let House { town, host, .. } = self;
        assert_eq!(path(&host.push_url("zto").await), self.push_url, "carriers need not be told");
        town.pushes_to(Carrier::Zto, host).await;
        for parcel in &self.parcels {
            town.sims.world.advance(parcel, 1);
        }
        for parcel in &self.parcels {
            let (carrier, truth) = (parcel.carrier.name(), town.truth(parcel).len());
            host.wait_for(carrier, &parcel.number, "it is told", |p| p["events"].as_array().unwrap().len() == truth).await;
        }
        assert_eq!(host.get(&format!("/v1/track/sf/{}", self.parcels[12].number)).await.status, 200);
        let sheets = host.read("/v1/sheets").await;
        let refused = host.get(&format!("/v1/sheets/{}/errors", sheets["sheets"][0]["id"].as_str().unwrap())).await;
        assert!(refused.status == 200 && refused.body.contains("昨天"), "{refused:?}");
        assert_eq!(town.tally(Carrier::Sf).tokens.get(), 1, "the token still opens");
        assert_eq!(town.tally(Carrier::Zto).push.refused.get(), 0);
        let told = host.run(&["rollout", "history", "--json", "--url", &host.url]);
        assert_eq!((told.code, &told.json()["whole"]), (0, &json!(true)), "{told:?}");
        let listed = host.run(&["credential", "list", "--json", "--url", &host.url]).json();
        assert!(listed["credentials"].as_array().unwrap().iter().any(|row| row["fits"] == json!(["sf@1.0.0"])), "{listed}");
    }
}

/// Without the address, which is another after each start.
fn path(url: &str) -> String {
    url.splitn(4, '/').nth(3).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_is_killed_goes_on_and_the_old_key_opens_nothing() {
    let mut house = House::open().await;
    let rotate = ["vault", "rotate", "--reason", "a test", "--json"];
    let running = house.host.run(&rotate);
    assert!(running.code != 0 && running.err.contains("end it first") && house.keys() == [KEY], "{running:?}");
    house.host.kill().await;
    let old = house.vault();
    let before = house.sealed().await;

    house.changes(MIDDLE).await;
    let mut child = house.host.command(&rotate).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let begun = lines.map_while(Result::ok).find(|line| line.starts_with("exchanges: 200 of"));
    child.kill().unwrap();
    assert!(begun.is_some() && !child.wait().unwrap().success());
    house.changes("DROP TRIGGER middle").await;
    assert!(house.keys().len() == 2 && house.keys()[1] == KEY);
    let opens = async |vault: &Vault| house.sealed().await.iter().filter(|(kind, sealed)| vault.unseal(*kind, sealed).is_ok()).count();
    let (with_old, of) = (opens(&old).await, house.sealed().await.len());
    assert!(with_old > 0 && with_old + 200 <= of, "in the middle: {with_old} of {of}");
    assert_eq!(opens(&house.vault()).await, of);

    house.host.restart().await;
    house.works().await;
    let doctor = house.host.run(&["doctor", "--json"]);
    assert!(doctor.code == 1 && doctor.json()["findings"][1]["words"].as_str().unwrap().contains("is not done"), "{doctor:?}");
    house.host.kill().await;
    let done = house.host.run(&rotate);
    assert!(done.code == 0 && done.err.contains("going on"), "{done:?}");
    assert_eq!(done.json()["key"], house.vault().name());
    assert!(house.keys().len() == 1 && house.keys() != [KEY]);

    let after = house.sealed().await;
    let opened = |vault: &Vault| after.iter().filter(|(kind, sealed)| vault.unseal(*kind, sealed).is_ok()).count();
    assert_eq!((opened(&old), opened(&house.vault())), (0, after.len()));
    for file in ["posthouse.db", "posthouse.db-wal"] {
        let bytes = std::fs::read(house.host.file(file)).unwrap_or_default();
        let left = before.iter().filter(|(_, sealed)| memchr::memmem::find(&bytes, &sealed[..24]).is_some()).count();
        assert_eq!(left, 0, "what the old key opens is still in {file}");
    }
    house.host.restart().await;
    house.works().await;
    let with_token = house.host.client.get(format!("{}/v1/audit", house.host.url)).bearer_auth(old.operator());
    house.host.send(with_token).await.is_problem(401, "no-key");
    let history = house.host.run(&["rollout", "history", "--json", "--url", &house.host.url]).json();
    let links: Vec<&Value> = history["changes"].as_array().unwrap().iter().filter(|link| link["act"] == "vault.rotate").collect();
    assert!(links.len() == 1 && links[0]["subject"] == format!("vault key {}", house.vault().name()), "{history}");

    house.town.mood(Carrier::Zto, Mood::Http500);
    house.host.register(&[order(&house.early)]).await;
    let told = house.host.parcel("zto", &house.early.number).await;
    assert_eq!(told["events"].as_array().unwrap().len(), 2, "what was pushed before opens too: {told}");
    house.town.mood(Carrier::Zto, Mood::Normal);
    house.host.stop().await;
}
