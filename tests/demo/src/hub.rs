//! The public interface, used as a customer's hub would.

use anyhow::{Context as _, bail};
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::host::Host;

pub struct Hub {
    client: Client,
    address: String,
    key: String,
    ops_key: String,
}

#[derive(Debug, Deserialize)]
pub struct Carrier {
    pub id: String,
    pub names: Words,
    pub tier: String,
    pub accounts: Vec<Account>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

#[derive(Debug, Deserialize)]
pub struct Account {
    pub push_url: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Parcel {
    pub id: String,
    pub carrier: String,
    pub number: String,
    pub status: Option<String>,
    pub as_of: Option<jiff::Timestamp>,
    pub registered_at: jiff::Timestamp,
    pub changed_at: Option<jiff::Timestamp>,
    pub outcome: Option<String>,
    pub freshness: Freshness,
    /// How far a signature is trusted, if there is one.
    pub verdict: Option<Verdict>,
    /// What its customer reads.
    pub message: Words,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Verdict {
    pub level: String,
    pub reasons: Vec<Words>,
}

/// What the host said to a clerk's sheet.
#[derive(Debug, Deserialize)]
pub struct Sheet {
    pub entered: usize,
    pub repeated: usize,
    pub refused: usize,
    results: Vec<SheetRow>,
}

#[derive(Debug, Deserialize)]
struct SheetRow {
    line: u32,
    why: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Freshness {
    pub kept: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    pub at: jiff::Timestamp,
    pub status: String,
    pub text: String,
    pub place: Option<String>,
    pub received_at: jiff::Timestamp,
}

#[derive(Deserialize)]
struct Carriers {
    carriers: Vec<Carrier>,
}

#[derive(Deserialize)]
struct Pages {
    pages: Vec<PublicPage>,
}

#[derive(Deserialize)]
struct PublicPage {
    carrier: String,
}

#[derive(Deserialize)]
struct Page {
    parcels: Vec<Parcel>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Events {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Registration {
    results: Vec<RegistrationOne>,
}

#[derive(Deserialize)]
struct RegistrationOne {
    number: String,
    error: Option<serde_json::Value>,
}

impl Carrier {
    /// A person says what becomes of its parcels.
    pub fn is_by_hand(&self) -> bool {
        self.tier == "C"
    }
}

impl Sheet {
    /// Lines that were not taken, with what to write instead.
    pub fn mistakes(&self) -> impl Iterator<Item = (u32, &str)> {
        self.results.iter().filter_map(|row| Some((row.line, row.why.as_deref()?)))
    }
}

impl Hub {
    pub fn new(host: &Host) -> anyhow::Result<Self> {
        let client = Client::builder().no_proxy().build()?;
        Ok(Self { client, address: host.address.clone(), key: host.hub_key.clone(), ops_key: host.ops_key.clone() })
    }

    /// Carriers that have an account.
    pub async fn carriers(&self) -> anyhow::Result<Vec<Carrier>> {
        let all: Carriers = self.get("/v1/carriers", &self.key).await?;
        Ok(all.carriers.into_iter().filter(|c| !c.accounts.is_empty()).collect())
    }

    /// Where each carrier is to push to.
    pub async fn push_addresses(&self) -> anyhow::Result<Vec<(String, String)>> {
        let all: Carriers = self.get("/v1/carriers", &self.ops_key).await?;
        let address = |c: Carrier| c.accounts.into_iter().find_map(|a| a.push_url).map(|url| (c.id, url));
        Ok(all.carriers.into_iter().filter_map(address).collect())
    }

    /// Carriers whose public page is read once it is allowed.
    pub async fn pages(&self) -> anyhow::Result<Vec<String>> {
        let all: Pages = self.get("/v1/pages", &self.key).await?;
        Ok(all.pages.into_iter().map(|page| page.carrier).collect())
    }

    /// Registers up to 100 parcels, all of which must be taken.
    pub async fn register(&self, parcels: &[(String, String)]) -> anyhow::Result<()> {
        let each: Vec<_> = parcels.iter().map(|(carrier, number)| json!({ "carrier": carrier, "number": number })).collect();
        let request = self.client.post(format!("{}/v1/parcels", self.address)).bearer_auth(&self.key);
        let answer = request.json(&json!({ "parcels": each })).send().await?;
        if !answer.status().is_success() {
            bail!("{}: {}", answer.status(), answer.text().await?);
        }
        let taken: Registration = answer.json().await?;
        match taken.results.into_iter().find_map(|one| Some((one.number, one.error?))) {
            Some((number, error)) => bail!("{number}: {error}"),
            None => Ok(()),
        }
    }

    /// Sends a clerk's sheet; `dry_run` only asks what would become of its rows.
    pub async fn sheet(&self, carrier: &str, name: &str, book: Vec<u8>, dry_run: bool) -> anyhow::Result<Sheet> {
        let request = self.client.post(format!("{}/v1/entries/sheet", self.address)).bearer_auth(&self.key);
        let query = [("carrier", carrier), ("name", name), ("dry_run", if dry_run { "true" } else { "false" })];
        let answer = request.query(&query).body(book).send().await?;
        if !answer.status().is_success() {
            bail!("{name}: {}: {}", answer.status(), answer.text().await?);
        }
        Ok(answer.json().await?)
    }

    pub async fn parcels(&self) -> anyhow::Result<Vec<Parcel>> {
        let (mut all, mut cursor) = (vec![], String::new());
        loop {
            let page: Page = self.get(&format!("/v1/parcels?limit=200{cursor}"), &self.key).await?;
            all.extend(page.parcels);
            match page.next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }

    pub async fn events(&self, parcel: &str) -> anyhow::Result<Vec<Event>> {
        let all: Events = self.get(&format!("/v1/parcels/{parcel}/events"), &self.key).await?;
        Ok(all.events)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, key: &str) -> anyhow::Result<T> {
        let answer = self.client.get(format!("{}{path}", self.address)).bearer_auth(key).send().await?;
        answer.error_for_status()?.json().await.with_context(|| format!("an answer of {path}"))
    }
}
