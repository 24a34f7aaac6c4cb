//! From an idea to a published adapter: the tutorial of docs/adapters.md, line by line, and then a host that
//! runs what came out of it.

#[path = "../../registry/tests/server/mod.rs"]
mod server;

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;

use axum::Router;
use axum::extract::RawQuery;
use axum::routing::get;
use posthouse_tests::program::{self, Ran};
use posthouse_tests::{Setup, until};
use serde_json::{Value, json};
use server::{Server, USER};
use tempfile::TempDir;

/// The tutorial's commands, as they stand in the document.
fn commands() -> Vec<String> {
    let text = std::fs::read_to_string(program::source("docs/adapters.md")).unwrap();
    let (_, rest) = text.split_once("<!-- tutorial -->").expect("the tutorial begins");
    let (tutorial, _) = rest.split_once("<!-- /tutorial -->").expect("and ends");
    let blocks = tutorial.split("```sh\n").skip(1).map(|block| block.split_once("```").expect("a closed block").0);
    blocks.flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// An author's folder, in which `posthouse` is on the path.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Ran {
        program::ran(program::command().current_dir(self.0.path()).args(args))
    }

    #[track_caller]
    fn done(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        ran.json()
    }

    /// A line of the tutorial, by a shell.
    fn shell(&self, line: &str) -> Ran {
        let path = format!("{}:{}", program::posthouse().parent().unwrap().display(), std::env::var("PATH").unwrap());
        // What cargo builds for guests is kept from one run of the tests to the next.
        let line = line.replace("adapter build acme", &format!("adapter build acme --target-dir {}", guests().display()));
        let ours = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("POSTHOUSE_"));
        let mut shell = Command::new("sh");
        ours.for_each(|name| _ = shell.env_remove(name));
        program::ran(shell.args(["-ec", &line]).env("PATH", path).current_dir(self.0.path()))
    }
}

fn guests() -> std::path::PathBuf {
    program::code_cache().with_file_name("author-guests")
}

/// A carrier as the scaffold's recorded answer has it; it counts who asks with the right signature.
async fn carrier(answer: Value) -> SocketAddr {
    let page = move |RawQuery(query): RawQuery| {
        let answer = answer.clone();
        async move {
            let query = query.unwrap_or_default();
            let signed = query.contains("no=AC0123456789") && query.contains("sign=");
            if signed { answer.to_string() } else { json!({ "code": "401", "message": "bad sign" }).to_string() }
        }
    };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/track", get(page))).await });
    at
}

fn recorded(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("acme/recorded/signed.json")).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_an_idea_to_a_parcel_in_ten_commands() {
    let (desk, commands) = (Desk::new(), commands());
    assert!(commands.len() <= 10 && commands.iter().all(|line| line.starts_with("posthouse ")), "{commands:#?}");
    let mut last = None;
    for line in &commands {
        let ran = desk.shell(line);
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
        last = Some(ran);
    }
    let replayed = last.expect("there are commands").json();
    let expected = &recorded(desk.0.path())["expect"];
    assert_eq!(replayed["tracks"], expected["tracks"], "the last of them reads the recorded answer");
    // The host that trusts Ann loads it and answers for the parcel of the recorded answer.
    let at = carrier(recorded(desk.0.path())["replies"][0]["body"].clone()).await;
    let path = |name: &str| desk.at(name).display().to_string();
    let setup = Setup::bare(&desk.at("adapters"))
        .with(&format!("adapters = {{ unsigned = false, policy = '{}', cache = '{}' }}", path("policy.toml"), path("code")))
        .with(&format!("carriers.acme.endpoints.track = 'http://{at}/track'"))
        .credential("acme", "main", &json!({ "key": "an-invented-key" }));
    let host = setup.start().await;
    host.register(&[json!({ "carrier": "acme", "number": "AC0123456789" })]).await;
    let parcel = host.wait_for_outcome("acme", "AC0123456789", "tracks").await;
    assert_eq!(parcel["status"], "delivered", "{parcel}");
    let record = desk.at("acme/recorded/mine.json").display().to_string();
    std::fs::write(desk.at("key.toml"), "key = 'an-invented-key'\n").unwrap();
    let endpoint = format!("track=http://{at}/track");
    let common = ["adapter", "record", "acme", "--number", "AC0123456789", "--credential", "key.toml", "--out", &record];
    desk.done(&[&common[..], &["--endpoint", &endpoint]].concat());
    let checked = desk.done(&["adapter", "check", "acme"]);
    assert_eq!((&checked["good"], &checked["replayed"]), (&json!(true), &json!(2)), "{checked}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_fills_its_folder_from_a_registry_and_goes_on_without_it() {
    let mut server = Server::start(true);
    let (desk, registry) = (Desk::new(), format!("oci+http://{}/post/adapters", server.host));
    let mut login = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(desk.at("login")).unwrap();
    login.write_all(format!("{}:{}", USER.0, USER.1).as_bytes()).unwrap();
    std::fs::copy(program::adapters().join("zto@1.0.0.wasm"), desk.at("zto@1.0.0.wasm")).unwrap();
    desk.done(&["adapter", "key", "--out", "ann.key"]);
    desk.done(&["adapter", "trust", "ann=ann.key.pub"]);
    desk.done(&["adapter", "trust", "ann=ann.key.pub", "--index"]);
    desk.done(&["adapter", "sign", "zto@1.0.0.wasm", "--key", "ann.key"]);
    let publish = ["adapter", "publish", "zto@1.0.0.wasm", "--registry", &registry, "--key", "ann.key"];
    let refused = desk.run(&publish);
    assert!(refused.code != 0 && refused.err.contains("adapters.login") && !refused.err.contains(USER.1), "{refused:?}");
    desk.done(&[&publish[..], &["--login", "login"]].concat());
    let listed = desk.done(&["adapter", "list", "--registry", &registry, "--login", "login"]);
    assert_eq!(listed["adapters"][0]["id"], "zto");
    // A node that has nothing yet.
    std::fs::create_dir(desk.at("node")).unwrap();
    let path = |name: &str| desk.at(name).display().to_string();
    let mut host = Setup::bare(&desk.at("node"))
        .with(&format!("adapters = {{ unsigned = false, policy = '{}', cache = '{}' }}", path("policy.toml"), path("code")))
        .with(&format!("adapters = {{ registry = '{registry}', login = '{}', sync = '200ms' }}", path("login")))
        .start()
        .await;
    assert!(desk.at("node/zto@1.0.0.wasm.sig").exists());
    // What is published while it runs comes by itself; what nobody signed stays there.
    for (file, key) in [("yto@1.0.0.wasm", true), ("deppon@1.0.0.wasm", false)] {
        let built = std::fs::read_dir(program::adapters()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
        let file = built.filter(|name| name.split('@').next() == file.split('@').next() && name.ends_with(".wasm")).max().unwrap();
        std::fs::copy(program::adapters().join(&file), desk.at(&file)).unwrap();
        if key {
            desk.done(&["adapter", "sign", &file, "--key", "ann.key"]);
        }
        desk.done(&["adapter", "publish", &file, "--registry", &registry, "--key", "ann.key", "--login", "login"]);
    }
    host.logs("is left there: nobody signed it").await;
    until("yto came", async || {
        std::fs::read_dir(desk.at("node")).unwrap().any(|f| f.unwrap().file_name().to_string_lossy().starts_with("yto@")).then_some(())
    })
    .await;
    // Without the registry the folder is enough, and it says so.
    host.kill().await;
    server.stop();
    host.restart().await;
    host.logs("goes on").await;
    let health = host.send(host.client.get(format!("{}/healthz", host.url))).await;
    assert_eq!(health.json()["carriers"], 2, "{health:?}");
    host.stop().await;
}
