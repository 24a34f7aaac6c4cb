//! The hub's side of a webhook: a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::program;

/// A receiver's process. Dropping it ends it.
pub struct Receiver {
    child: Child,
    client: reqwest::Client,
    /// Where letters go.
    pub url: String,
    base: String,
}

impl Receiver {
    /// The one that was built beside `posthouse`.
    pub fn start() -> Self {
        Self::run(&program::posthouse().with_file_name("posthouse-receiver"))
    }

    /// This one.
    pub fn run(program: &Path) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = Command::new(program).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the receiver starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says where it listens");
        let said: Value = serde_json::from_str(&line).expect("it says where it listens");
        let base = said["listening"].as_str().expect("an address").to_owned();
        Self { child, client: reqwest::Client::builder().no_proxy().build().expect("a client"), url: format!("{base}/in"), base }
    }

    /// Tells it what to be: `secret`, `status`, `only`, `retry_after`, `hangs`, `kill`.
    pub async fn behave(&self, how: &Value) {
        let answer = self.client.post(format!("{}/behave", self.base)).json(how).send().await.expect("it answers");
        assert!(answer.status().is_success(), "{how}");
    }

    /// It takes what is signed with this.
    pub async fn trusts(&self, secret: &str) {
        self.behave(&json!({ "secret": secret })).await;
    }

    /// What came well signed and was taken, in the order in which it came.
    pub async fn received(&self) -> Vec<Value> {
        self.told().await["received"].as_array().expect("a list").clone()
    }

    /// How many letters were signed badly.
    pub async fn refused(&self) -> u64 {
        self.told().await["refused"].as_u64().expect("a count")
    }

    async fn told(&self) -> Value {
        self.client.get(format!("{}/received", self.base)).send().await.expect("it answers").json().await.expect("JSON")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
