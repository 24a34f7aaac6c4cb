//! What is known now, in figures: the state behind the screen.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::carriers::{Carriers, Counts};
use crate::clerk::Report;
use crate::hub::{Carrier, Hub, Parcel, Words};

pub struct Board {
    pub carriers: Vec<Carrier>,
    pub counts: BTreeMap<String, Counts>,
    /// The newest last.
    pub news: Vec<News>,
    pub by_hand: ByHand,
    expected: Vec<(String, String)>,
    parcels: Vec<Parcel>,
    /// Milliseconds from registration to the first answer, by parcel.
    first: HashMap<String, i64>,
    told: Option<Timestamp>,
}

/// An event that just became known.
#[derive(Debug, Clone)]
pub struct News {
    pub received_at: Timestamp,
    pub carrier: String,
    pub number: String,
    pub status: String,
    pub place: Option<String>,
    pub text: String,
}

/// What became of the clerk's rows.
#[derive(Debug, Default)]
pub struct ByHand {
    pub entered: usize,
    pub repeated: usize,
    pub refused: usize,
    /// Refused rows: carrier, line and what to write instead.
    pub mistakes: Vec<(String, u32, String)>,
}

/// One carrier's line, or all carriers'.
#[derive(Debug, Default)]
pub struct Figures {
    pub parcels: usize,
    pub read: usize,
    pub under_way: usize,
    pub at_the_door: usize,
    pub arrived: usize,
    /// Signatures by how far they are trusted.
    pub confirmed: usize,
    pub provisional: usize,
    pub doubted: usize,
    pub kept: usize,
    /// Of those still under way: milliseconds since the carrier last said so, ascending.
    pub ages: Vec<i64>,
    pub counts: Counts,
}

const NEWS: usize = 8;

impl Board {
    pub fn new(carriers: Vec<Carrier>) -> Self {
        let (counts, news, expected, parcels) = (BTreeMap::new(), vec![], vec![], vec![]);
        Self { carriers, counts, news, by_hand: ByHand::default(), expected, parcels, first: HashMap::new(), told: None }
    }

    pub fn expect(&mut self, parcels: &[(String, String)]) {
        self.expected = parcels.to_vec();
    }

    /// The parcels that were registered, by carrier and number.
    pub fn expected(&self) -> &[(String, String)] {
        &self.expected
    }

    pub fn example(&self) -> Option<&(String, String)> {
        self.expected.first()
    }

    pub fn parcels(&self) -> usize {
        self.expected.len()
    }

    /// Parcels somebody told us about: the carrier, or a clerk.
    pub fn read(&self) -> usize {
        self.first.len()
    }

    /// Parcels whose last look gave neither events nor "nothing yet".
    pub fn failed(&self) -> usize {
        let is_fault = |p: &&Parcel| p.outcome.as_deref().is_some_and(|o| !matches!(o, "tracks" | "no-events"));
        self.parcels.iter().filter(is_fault).count()
    }

    /// Milliseconds from registration to the first answer of a carrier, ascending. A clerk's word is
    /// not waited for.
    pub fn first_answers(&self) -> Vec<i64> {
        let asked = self.parcels.iter().filter(|parcel| !self.is_by_hand(&parcel.carrier));
        let mut times: Vec<_> = asked.filter_map(|parcel| self.first.get(&parcel.id)).copied().collect();
        times.sort_unstable();
        times
    }

    /// Reads all parcels.
    pub async fn look(&mut self, hub: &Hub) -> anyhow::Result<()> {
        self.parcels = hub.parcels().await?;
        for parcel in &self.parcels {
            if let Some(as_of) = parcel.as_of {
                let took = as_of.duration_since(parcel.registered_at).as_millis();
                self.first.entry(parcel.id.clone()).or_insert(i64::try_from(took).unwrap_or(i64::MAX).max(0));
            }
        }
        Ok(())
    }

    /// What the carriers counted, and what is new on the parcels that changed last.
    pub async fn ask_around(&mut self, hub: &Hub, carriers: &Carriers) -> anyhow::Result<()> {
        self.counts = carriers.counts().await?;
        let mut changed: Vec<_> = self.parcels.iter().filter(|p| p.changed_at > self.told).cloned().collect();
        changed.sort_by_key(|p| p.changed_at);
        let newest = &changed[changed.len().saturating_sub(NEWS)..];
        for parcel in newest {
            let events = hub.events(&parcel.id).await?;
            let last = events.into_iter().max_by_key(|e| (e.received_at, e.at));
            self.news.extend(last.map(|event| News {
                received_at: event.received_at,
                carrier: parcel.carrier.clone(),
                number: parcel.number.clone(),
                status: event.status,
                place: event.place,
                text: event.text,
            }));
        }
        self.told = newest.last().map_or(self.told, |p| p.changed_at);
        self.news.drain(..self.news.len().saturating_sub(NEWS));
        Ok(())
    }

    /// Takes note of what the host said to a sheet.
    pub fn hear(&mut self, report: &Report) {
        if report.dry_run {
            return;
        }
        let by_hand = &mut self.by_hand;
        by_hand.entered += report.sheet.entered;
        by_hand.repeated += report.sheet.repeated;
        by_hand.refused += report.sheet.refused;
        by_hand.mistakes.extend(report.sheet.mistakes().map(|(line, why)| (report.carrier.to_owned(), line, why.to_owned())));
    }

    /// A parcel whose signature is trusted so far.
    pub fn signed(&self, level: &str) -> Option<&Parcel> {
        self.parcels.iter().find(|parcel| parcel.verdict.as_ref().is_some_and(|verdict| verdict.level == level))
    }

    fn is_by_hand(&self, carrier: &str) -> bool {
        self.carriers.iter().any(|known| known.id == carrier && known.is_by_hand())
    }

    pub fn names(&self, carrier: &str) -> Option<&Words> {
        self.carriers.iter().find(|c| c.id == carrier).map(|c| &c.names)
    }

    /// Of one carrier, or of all.
    pub fn figures(&self, carrier: Option<&str>, now: Timestamp) -> Figures {
        let is_it = |id: &str| carrier.is_none_or(|named| named == id);
        let mut found = Figures { parcels: self.expected.iter().filter(|(id, _)| is_it(id)).count(), ..Figures::default() };
        for parcel in self.parcels.iter().filter(|p| is_it(&p.carrier)) {
            found.add(parcel, now);
        }
        found.ages.sort_unstable();
        for counts in self.counts.iter().filter(|(id, _)| is_it(id)).map(|(_, counts)| counts) {
            found.counts.requests += counts.requests;
            found.counts.pushes.accepted += counts.pushes.accepted;
        }
        found
    }
}

impl Figures {
    fn add(&mut self, parcel: &Parcel, now: Timestamp) {
        self.kept += usize::from(parcel.freshness.kept);
        let Some(as_of) = parcel.as_of else { return };
        self.read += 1;
        match parcel.verdict.as_ref().map(|verdict| &*verdict.level) {
            Some("confirmed") => self.confirmed += 1,
            Some("provisional") => self.provisional += 1,
            Some("doubted") => self.doubted += 1,
            _ => {}
        }
        let status = parcel.status.as_deref().unwrap_or_default();
        match status {
            "" => {}
            "delivered" | "signed_by_third_party" | "returned_to_sender" => self.arrived += 1,
            "out_for_delivery" | "delivery_attempted" | "delivery_to_locker" | "awaiting_pickup" => self.at_the_door += 1,
            _ => self.under_way += 1,
        }
        if !matches!(status, "delivered" | "signed_by_third_party" | "returned_to_sender") {
            self.ages.push(i64::try_from(now.duration_since(as_of).as_millis()).unwrap_or(i64::MAX).max(0));
        }
    }

    pub fn kept_percent(&self) -> f64 {
        100.0 * self.kept as f64 / self.parcels.max(1) as f64
    }
}

/// Of ascending values; none of none.
pub fn percentile(ascending: &[i64], share: f64) -> Option<i64> {
    let at = (ascending.len().checked_sub(1)? as f64 * share).round() as usize;
    ascending.get(at).copied()
}
