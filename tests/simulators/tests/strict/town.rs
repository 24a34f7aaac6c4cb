//! Running simulators and a client beside them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use posthouse_simulators::{Batch, Carrier, Face, Options, Pace, Parcel, Simulators};
use reqwest::{Client, Response};
use serde_json::Value;

pub struct Town {
    pub sims: Simulators,
    pub client: Client,
}

impl Town {
    pub async fn open() -> Town {
        Town::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Town {
        let mut options = Options { push_retry_ms: 10, push_late_ms: 0, ..Options::default() };
        change(&mut options);
        let sims = Simulators::start(options).await.expect("a port is free");
        Town { sims, client: Client::builder().no_proxy().build().expect("a provider is installed") }
    }

    pub fn parcel(&self, carrier: Carrier, pace: Pace) -> Arc<Parcel> {
        self.parcels(carrier, Batch { count: 1, pace, phone_tail: false }).remove(0)
    }

    pub fn parcels(&self, carrier: Carrier, batch: Batch) -> Vec<Arc<Parcel>> {
        self.sims.world.create_parcels(carrier, batch)
    }

    pub fn refusals(&self, carrier: Carrier) -> BTreeMap<&'static str, u64> {
        self.sims.world.desk(carrier).tally.refusals()
    }

    pub async fn get(&self, path: &str) -> Value {
        self.client.get(self.sims.url(path)).send().await.unwrap().json().await.unwrap()
    }

    pub async fn control(&self, path: &str, wish: Value) -> Value {
        let response = self.client.post(self.sims.url(&format!("/control{path}"))).json(&wish).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    pub async fn form(&self, path: &str, fields: &[(&str, String)]) -> Value {
        json(self.client.post(self.sims.url(path)).form(fields).send().await.unwrap()).await
    }
}

/// Answers are JSON whatever their status.
pub async fn json(response: Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

pub fn now() -> i64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64
}

/// Waits for a condition, at most a minute.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..12_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never came true: {what}");
}

/// Changes one field of a form, or takes it away.
pub fn edit<'a>(mut form: Vec<(&'a str, String)>, name: &'a str, value: Option<&str>) -> Vec<(&'a str, String)> {
    form.retain(|(n, _)| *n != name);
    form.extend(value.map(|v| (name, v.to_owned())));
    form
}

/// Where the pages are, and how they are told which parcel is meant.
pub const PAGES: [(Carrier, &str); 7] = [
    (Carrier::Sto, "/sto/track.aspx?wen="),
    (Carrier::Yunda, "/yunda/go.php?wen="),
    (Carrier::Jt, "/jt/trajectory?billCode="),
    (Carrier::Ems, "/ems/queryList?mailNum="),
    (Carrier::Jd, "/jd/trackQuery?"),
    (Carrier::Zjs, "/zjs/tracking?orderNos="),
    (Carrier::Danniao, "/danniao/logisticsDetails?mailNo="),
];

impl Town {
    /// The document of a carrier's page, as text.
    pub async fn page(&self, carrier: Carrier, number: &str) -> String {
        let response = self.visit(carrier, number).await;
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let body = response.bytes().await.unwrap();
        let charset = if carrier == Carrier::Yunda { encoding_rs::GBK } else { encoding_rs::UTF_8 };
        assert!(kind.to_uppercase().ends_with(charset.name()), "{kind}");
        let (text, _, broken) = charset.decode(&body);
        assert!(!broken, "{carrier} is in its own charset");
        text.into_owned()
    }

    pub async fn visit(&self, carrier: Carrier, number: &str) -> Response {
        let (_, path) = PAGES.into_iter().find(|(of, _)| *of == carrier).expect("it has a page");
        self.client.get(self.sims.url(&format!("{path}{number}"))).send().await.unwrap()
    }

    pub fn face(&self, carrier: Carrier, face: Face) {
        self.sims.world.desk(carrier).face().set(face, None);
    }
}
