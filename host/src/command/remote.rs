//! Talking to a running host from the command line.

use std::net::IpAddr;

use anyhow::Context as _;
use clap::Args;
use reqwest::{Method, RequestBuilder, Url};
use serde_json::Value;

use super::Context;
use crate::vault::Vault;

/// Which host, and who asks.
#[derive(Debug, Args)]
pub struct Remote {
    /// The host's address; the configured one if left out.
    #[arg(long, env = "POSTHOUSE_URL")]
    url: Option<String>,
    /// An ops key; beside the host none is needed, because the vault's key file speaks for you.
    #[arg(long, env = "POSTHOUSE_KEY", hide_env_values = true)]
    key: Option<String>,
}

impl Remote {
    /// Sends a request and returns the answer's JSON; a problem becomes an error in words.
    pub async fn ask(
        &self,
        context: &Context,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let request = self.request(context, method, path, query)?;
        told(if let Some(body) = body { request.json(body) } else { request }).await
    }

    /// Posts bytes: a sheet.
    pub async fn send(&self, context: &Context, path: &[&str], query: &[(&str, &str)], bytes: Vec<u8>) -> anyhow::Result<Value> {
        told(self.request(context, Method::POST, path, query)?.body(bytes)).await
    }

    /// Opens a stream; the caller reads it piece by piece.
    pub async fn open(&self, context: &Context, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<reqwest::Response> {
        let answer = self.request(context, Method::GET, path, query)?.send().await.map_err(unreached)?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let told: Value = serde_json::from_str(&answer.text().await?).context("the host's answer is no JSON")?;
        anyhow::bail!("{}", refused(&told))
    }

    fn request(&self, context: &Context, method: Method, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<RequestBuilder> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = self.url.clone().unwrap_or_else(|| format!("http://{}", context.config.server.listen));
        let mut url = Url::parse(&base).with_context(|| format!("`{base}` is no address"))?;
        url.path_segments_mut().map_err(|()| anyhow::anyhow!("`{base}` is no address"))?.push("v1").extend(path);
        url.query_pairs_mut().extend_pairs(query);
        let key = match &self.key {
            Some(key) => key.clone(),
            None => local(context, &url)?,
        };
        Ok(reqwest::Client::builder().no_proxy().build()?.request(method, url).bearer_auth(key))
    }
}

async fn told(request: RequestBuilder) -> anyhow::Result<Value> {
    let answer = request.send().await.map_err(unreached)?;
    let (good, text) = (answer.status().is_success(), answer.text().await?);
    let told: Value = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).context("the host's answer is no JSON")? };
    anyhow::ensure!(good, "{}", refused(&told));
    Ok(told)
}

fn unreached(why: reqwest::Error) -> anyhow::Error {
    let base = why.url().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    anyhow::Error::from(why).context(format!("no host answers at {base}: is `posthouse serve` running?"))
}

/// Only to this machine, and only with a key file that is there: the token may do everything.
fn local(context: &Context, url: &Url) -> anyhow::Result<String> {
    let here = url
        .host_str()
        .is_some_and(|host| host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()));
    let vault = &context.config.vault;
    anyhow::ensure!(here, "give a key with --key: the vault's key file speaks for you on the host's own machine only");
    let there = vault.given.is_some() || vault.key.exists();
    anyhow::ensure!(there, "no vault key in {}: name the host's configuration with --config, or give --key", vault.key.display());
    Ok(Vault::open(vault)?.operator())
}

fn refused(problem: &Value) -> String {
    let mut words = problem["detail"].as_str().unwrap_or("the host refused").to_owned();
    for found in problem["replayed"]["differences"].as_array().into_iter().flatten() {
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        words.push_str(&format!(
            "\n  {} × {}  e.g. {}: was {}, is {}  (--accept '{}')",
            found["count"],
            text("name"),
            text("number"),
            text("was"),
            text("is"),
            text("name")
        ));
    }
    words
}
