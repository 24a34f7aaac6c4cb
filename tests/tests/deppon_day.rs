//! The day Deppon changes its interface, as the story has it ("V3.2" is the story's number): a new
//! account, a token besides, and the old key switched off overnight.

use std::sync::Arc;
use std::time::Duration;

use posthouse_simulators::board::{Board, Shelf};
use posthouse_simulators::{Carrier, Pace, Parcel, V32Token};
use posthouse_tests::rows::minutes_ago;
use posthouse_tests::{Setup, TestHost, Town, order, program, until};
use serde_json::{Value, json};
use tempfile::TempDir;

const PARCELS: usize = 40;

struct Day {
    town: Town,
    host: TestHost,
    deppons: Vec<Arc<Parcel>>,
    others: Vec<Arc<Parcel>>,
    adapters: TempDir,
    board: Board,
}

impl Day {
    /// Four carriers on their first releases, and every parcel read.
    async fn begin() -> Self {
        let town = Town::open().await;
        let adapters = tempfile::tempdir().unwrap();
        for carrier in Carrier::APIS {
            let file = format!("{carrier}@1.0.0.wasm");
            std::fs::copy(program::adapters().join(&file), adapters.path().join(&file)).unwrap();
        }
        let bulletin = "deppon-bulletin@1.0.0.wasm";
        std::fs::copy(program::adapters().join(bulletin), adapters.path().join(bulletin)).unwrap();
        let board = Board::start().await.unwrap();
        board.publish(Shelf::Open, "first", "开放平台服务时间", &minutes_ago(3 * 24 * 60), "服务时间如常，感谢各合作伙伴的支持。");
        let folder = format!(
            "adapters.folder = '{}'\nexchanges.sample = 1\nincidents.window = '2s'\nnotices = {{ watch = true, every = '200ms' }}\n\
             carriers.deppon-bulletin.endpoints.site = '{}'",
            adapters.path().display(),
            board.url("deppon")
        );
        let host = Setup::carriers(&town).await.with(&folder).start().await;
        town.push_to(&host).await;
        let deppons = town.parcels(Carrier::Deppon, PARCELS, Pace::Held(2));
        let others: Vec<_> =
            Carrier::APIS.into_iter().filter(|c| *c != Carrier::Deppon).flat_map(|c| town.parcels(c, 5, Pace::Held(2))).collect();
        let day = Self { town, host, deppons, others, adapters, board };
        day.host.register(&[&day.deppons[..], &day.others].concat().iter().map(order).collect::<Vec<_>>()).await;
        until("all are read", async || (day.count("outcome = 'tracks'").await == PARCELS + 15).then_some(())).await;
        day
    }

    async fn count(&self, of: &str) -> usize {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM parcels WHERE {of}"));
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut self.host.database().await).await.unwrap();
        usize::try_from(count).unwrap()
    }

    /// What an operator types; it must do what it says.
    #[track_caller]
    fn types(&self, words: &[&str]) -> Value {
        let ran = self.host.run(&[words, &["--reason", "the story", "--json", "--url", &self.host.url]].concat());
        assert_eq!(ran.code, 0, "{words:?}: {ran:?}");
        ran.json()
    }

    fn says(&self, words: &[&str]) -> Value {
        self.host.run(&[words, &["--json", "--url", &self.host.url]].concat()).json()
    }

    /// The carrier's night, the operator's morning.
    async fn goes_on(&self, token: V32Token, version: &str) {
        self.town.sims.world.change_deppon(token, Duration::ZERO);
        until("the old key is refused", async || (self.count("outcome = 'credential-rejected'").await > 0).then_some(())).await;
        let incident = until("it is an incident", async || {
            let open = self.says(&["incident", "list", "--open"])["incidents"].clone();
            let refused =
                |e: &Value| e["outcome"] == "credential-rejected" && e["answer_missing"].as_array().is_some_and(|paths| !paths.is_empty());
            open.as_array()?.iter().find(|i| i["evidence"].as_array().is_some_and(|all| all.iter().any(refused))).cloned()
        })
        .await;
        assert_eq!((&incident["carrier"], &incident["also"]), (&json!("deppon"), &json!([])), "{incident}");
        let refused = |evidence: &&Value| evidence["outcome"] == "credential-rejected";
        let evidence = incident["evidence"].as_array().unwrap().iter().find(refused).unwrap();
        assert_eq!(evidence["release"], "deppon@1.0.0+1", "it names the generation: {incident}");
        assert!(evidence["answer_missing"].as_array().is_some_and(|paths| !paths.is_empty()), "{incident}");
        for parcel in &self.deppons {
            self.town.sims.world.advance(parcel, 1);
        }
        let file = format!("deppon@{version}.wasm");
        std::fs::copy(program::scenario_adapters().join(&file), self.adapters.path().join(&file)).unwrap();
        let fields = self.host.file("fields.toml");
        std::fs::write(&fields, toml::to_string(&self.town.sims.world.accounts.deppon_v32.credential(token)).unwrap()).unwrap();
        let (from, plan) =
            (["--from", fields.to_str().unwrap()], ["--version", version, "--steps", "10000,100000,1000000", "--least", "1"]);
        // In two words or in one.
        let begun = if token == V32Token::Static {
            let added = self.types(&[&["credential", "add", "deppon"], &from[..]].concat());
            assert_eq!(added["generation"], 2, "{added}");
            self.types(&[&["rollout", "start", "deppon", "--generation", "2"], &plan[..]].concat())
        } else {
            let rotated = self.types(&[&["credential", "rotate", "deppon"], &from[..], &plan].concat());
            assert_eq!(rotated["credential"]["generation"], 2, "{rotated}");
            rotated["rollout"].clone()
        };
        assert!(begun["replayed"]["read"].as_u64().unwrap() > 0 && begun["replayed"]["differences"] == json!([]), "{begun}");
        let id = begun["id"].as_str().unwrap();
        for step in ["step", "step", "promote"] {
            let good = async || (self.says(&["rollout", "status", id])["finding"] == "no-worse").then_some(());
            until("it is no worse", good).await;
            self.types(&["rollout", step, id]);
        }
    }

    /// Nothing uses a retired generation, and the carrier refuses it.
    async fn is_dead(&self, generation: u32) {
        let (generation, parcel) = (generation.to_string(), &self.deppons[0].number);
        let proof = ["credential", "proof", "deppon", &generation];
        let known = self.says(&proof);
        assert!(known["last_used_at"].is_string() && known["calls_since_retired"] == 0 && known["tries"] == json!([]), "{known}");
        let tried = self.types(&[&proof[..], &["--try", "--yes", "--parcel", parcel]].concat());
        assert_eq!(tried["tried"]["outcome"], "refused", "{tried}");
        assert!(tried["tried"]["fault"].as_str().unwrap().starts_with("credential-rejected"), "{tried}");
        assert_eq!((&tried["calls_since_retired"], &tried["tries"][0]["evidence"]), (&json!(0), &tried["tried"]["evidence"]), "{tried}");
        assert_eq!(self.count("outcome = 'credential-rejected'").await, 0, "it tells nothing about the parcel");
    }

    /// Fresh again, nothing lost, nothing doubled, nobody else disturbed.
    async fn ends_well(self, release: &str) {
        let all = format!("carrier = 'deppon' AND outcome = 'tracks' AND release = '{release}'");
        until("all are read again", async || (self.count(&all).await == PARCELS).then_some(())).await;
        for parcel in self.deppons.iter().chain(&self.others) {
            let told = self.host.parcel(parcel.carrier.name(), &parcel.number).await;
            let ats = |events: &[Value]| events.iter().map(|e| e["at"].clone()).collect::<Vec<_>>();
            assert_eq!(ats(told["events"].as_array().unwrap()), ats(&self.town.truth(parcel)), "{told}");
        }
        for carrier in Carrier::APIS.into_iter().filter(|c| *c != Carrier::Deppon) {
            assert!(self.town.tally(carrier).refusals().is_empty(), "{carrier}");
        }
        until("the incident is over", async || (self.says(&["incident", "list", "--open"])["incidents"] == json!([])).then_some(())).await;
        self.types(&["credential", "retire", "deppon", "1"]);
        self.is_dead(1).await;
        let history = self.says(&["rollout", "history"]);
        assert_eq!(history["whole"], true, "{history}");
        self.host.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_field_and_a_dead_key_are_answered_by_a_release() {
    let day = Day::begin().await;
    day.goes_on(V32Token::Static, "3.2.0").await;
    day.ends_well("deppon@3.2.0+2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_fetched_is_fetched_once() {
    let day = Day::begin().await;
    day.goes_on(V32Token::Fetched, "3.2.1").await;
    assert_eq!(day.town.tally(Carrier::Deppon).tokens.get(), 1, "each fetch kills the token before");
    day.ends_well("deppon@3.2.1+2").await;
}

/// What the carrier wrote beforehand, in its own words.
fn notice() -> (&'static str, String) {
    let tomorrow = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).tomorrow().unwrap();
    let text = format!(
        "尊敬的合作伙伴：\n为提升数据安全，轨迹查询接口 newTraceQuery 将升级至V3.2版本，请求中新增 token 字段。\n\
         自{}月{}日0时起，旧版密钥将停止使用，未升级的系统将无法查询轨迹。\n请各合作伙伴提前完成切换。\n德邦快递开放平台",
        tomorrow.month(),
        tomorrow.day()
    );
    ("关于轨迹查询接口升级V3.2及旧密钥停用的公告", text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_announcement_is_read_before_the_key_dies_and_the_incident_names_it() {
    let day = Day::begin().await;
    let (title, text) = notice();
    day.board.publish(Shelf::Open, "2026012801", title, &minutes_ago(0), &text);
    let task = until("there is a task", async || {
        let open = day.says(&["notice", "tasks", "--open"]);
        open["tasks"].as_array()?.iter().find(|task| task["title"] == title).cloned()
    })
    .await;
    assert_eq!((&task["kind"], &task["carriers"]), (&json!("auth-change"), &json!(["deppon"])), "{task}");
    assert_eq!(day.says(&["incident", "list"])["incidents"], json!([]), "nothing is wrong yet");
    let notice = day.says(&["notice", "show", task["notice"].as_str().unwrap()]);
    assert!(notice["published_to_read_ms"].as_i64().unwrap() < 2 * 3_600_000, "{notice}");
    // What it breaks is told, and once the author has built one, what stands ready.
    std::fs::copy(program::scenario_adapters().join("deppon@3.2.0.wasm"), day.adapters.path().join("deppon@3.2.0.wasm")).unwrap();
    let id = task["id"].as_str().unwrap();
    let whole = day.says(&["notice", "task", id]);
    let impact = &whole["impact"][0];
    assert_eq!(
        (&impact["account"], &impact["release"], &impact["parcels"]),
        (&json!("main"), &json!("deppon@1.0.0+1"), &json!(PARCELS)),
        "{whole}"
    );
    let endpoint = |hit: &Value| hit["what"] == "version" && hit["name"] == "newTraceQuery";
    assert!(impact["hits"].as_array().unwrap().iter().any(endpoint), "{whole}");
    assert_eq!((&impact["proposal"]["version"], &impact["proposal"]["speaks"]), (&json!("3.2.0"), &json!(["V3.2"])), "{whole}");
    let quotes = whole["readings"][0]["quotes"].to_string();
    assert!(quotes.contains("旧版密钥将停止使用"), "{whole}");
    let told = day.says(&["alert", "list", "--open"]);
    assert!(told.to_string().contains(id), "somebody hears of it: {told}");
    assert_eq!(day.types(&["notice", "ack", id])["ack_reason"], "the story");

    day.goes_on(V32Token::Static, "3.2.0").await;
    let incidents = day.says(&["incident", "list"]);
    let incident = incidents["incidents"].as_array().unwrap().iter().find(|incident| incident["carrier"] == "deppon").unwrap();
    assert_eq!(
        (&incident["explained_by"][0]["task"], &incident["explained_by"][0]["notice"]),
        (&task["id"], &task["notice"]),
        "{incident}"
    );
    assert!(incident["headline"]["zh"].as_str().unwrap().contains(title), "{incident}");
    day.ends_well("deppon@3.2.0+2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rollout_goes_on_while_the_carrier_is_down_as_announced() {
    let day = Day::begin().await;
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    let (from, to) = (now.date(), now.tomorrow().unwrap().date());
    let text = format!(
        "各合作伙伴：\n因系统升级，开放平台将于{}月{}日00:00至{}月{}日23:00进行停机维护，维护期间轨迹查询接口暂停服务。\n请提前安排。",
        from.month(),
        from.day(),
        to.month(),
        to.day()
    );
    day.board.publish(Shelf::Open, "m1", "开放平台停机维护公告", &minutes_ago(0), &text);
    until("the outage is a task", async || {
        let tasks = day.says(&["notice", "tasks", "--kind", "outage"]);
        tasks["tasks"].as_array().is_some_and(|all| !all.is_empty()).then_some(())
    })
    .await;
    let fields = day.host.file("fields.toml");
    let accounts = serde_json::to_value(&day.town.sims.world.accounts).unwrap();
    std::fs::write(&fields, toml::to_string(&accounts["deppon"]).unwrap()).unwrap();
    day.types(&["credential", "add", "deppon", "--from", fields.to_str().unwrap()]);
    let begun = day.types(&["rollout", "start", "deppon", "--generation", "2", "--steps", "10000,1000000", "--least", "1"]);
    let id = begun["id"].as_str().unwrap();
    let ran = day.host.run(&["rollout", "step", id, "--reason", "the story", "--url", &day.host.url]);
    assert!(ran.code == 1 && ran.err.contains("announced an outage"), "{ran:?}");
    let stepped = day.types(&["rollout", "step", id, "--force"]);
    assert_eq!(stepped["step"], 1, "{stepped}");
    day.host.stop().await;
}
