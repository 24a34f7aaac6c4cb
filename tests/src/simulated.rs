//! The carriers' side.

use std::sync::Arc;

use posthouse_simulators::{Batch, Carrier, Face, Limits, Mood, Options, Pace, Parcel, Simulators, Tally};
use serde_json::{Value, json};

use crate::TestHost;

/// The carriers, without quotas unless a test sets one. What they know is the truth.
pub struct Town {
    pub sims: Simulators,
}

impl Town {
    pub async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let free = Limits { per_second: None, per_day: None };
        let mut options =
            Options { push_retry_ms: 50, push_late_ms: 100, quotas: Carrier::ALL.map(|c| (c, free)).into(), ..Options::default() };
        change(&mut options);
        Self { sims: Simulators::start(options).await.expect("a port is free") }
    }

    pub fn parcels(&self, carrier: Carrier, count: usize, pace: Pace) -> Vec<Arc<Parcel>> {
        self.sims.world.create_parcels(carrier, Batch { count, pace, phone_tail: false })
    }

    pub fn parcel(&self, carrier: Carrier, pace: Pace) -> Arc<Parcel> {
        self.parcels(carrier, 1, pace).remove(0)
    }

    /// Parcels of the four that push.
    pub fn some_of_each(&self, count: usize, pace: Pace) -> Vec<Arc<Parcel>> {
        Carrier::APIS.into_iter().flat_map(|carrier| self.parcels(carrier, count, pace)).collect()
    }

    /// What the carrier shows of a parcel now.
    pub fn truth(&self, parcel: &Parcel) -> Vec<Value> {
        let shown = parcel.shown(self.sims.world.story());
        shown.iter().map(|event| json!(event)).collect()
    }

    pub fn mood(&self, carrier: Carrier, mood: Mood) {
        self.sims.world.desk(carrier).weather().set(mood, None);
    }

    /// From now on the carrier's page has this face.
    pub fn face(&self, carrier: Carrier, face: Face) {
        self.sims.world.desk(carrier).face().set(face, None);
    }

    pub fn tally(&self, carrier: Carrier) -> &Tally {
        &self.sims.world.desk(carrier).tally
    }

    /// From now on all four push to this host.
    pub async fn push_to(&self, host: &TestHost) {
        for carrier in Carrier::APIS {
            self.pushes_to(carrier, host).await;
        }
    }

    /// From now on this one pushes to this host.
    pub async fn pushes_to(&self, carrier: Carrier, host: &TestHost) {
        self.sims.world.desk(carrier).set_push_target(Some(host.push_url(carrier.name()).await));
    }

    /// The simulators' addresses, by carrier and name.
    pub async fn endpoints(&self) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().expect("a provider is installed");
        let reply = client.get(self.sims.url("/control/endpoints")).send().await.expect("an answer");
        reply.json().await.expect("JSON")
    }
}

/// A parcel as it is registered.
pub fn order(parcel: &Arc<Parcel>) -> Value {
    json!({ "carrier": parcel.carrier, "number": parcel.number, "phone_tail": parcel.phone_tail })
}
