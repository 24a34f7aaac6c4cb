//! What is told: every answer says how fresh it is, why, and when the next look is.

use std::collections::BTreeMap;

use posthouse_sdk::manifest::{Interface, Tier};
use posthouse_sdk::status;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use crate::fault::{Instant, Kind};
use crate::permit::{self, Hold};
use crate::route::Release;
use crate::store::{Known, Scan};

/// Words for people.
#[derive(Debug, Serialize, ToSchema)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

/// A parcel and everything known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParcelView {
    pub id: String,
    pub carrier: String,
    pub account: String,
    pub number: String,
    /// One of our statuses; null before the first event.
    pub status: Option<String>,
    pub status_names: Option<Words>,
    pub signed: Option<SignedView>,
    /// What the customer may be told now.
    pub message: Words,
    /// When the carrier last said so (RFC 3339, UTC); null before the first answer.
    pub as_of: Option<String>,
    /// Who has it instead of the schedule, and why; null while we look by ourselves.
    pub held: Option<HeldView>,
    /// When we look again; null if nothing more is expected, or while it is held.
    pub next_look: Option<String>,
    /// `A`: the carrier's API. `B`: its public page. `C`: a person.
    pub tier: String,
    /// Adapter version and credential generation of the last look.
    pub release: Option<String>,
    pub freshness: Freshness,
    /// `tracks`, or why the last look gave none.
    pub outcome: Option<String>,
    /// How the adapter's facts are known: `live`, `old`, `invented`.
    pub evidence: String,
    /// The carrier pushes this parcel's events.
    pub subscribed: bool,
    pub registered_at: String,
    pub changed_at: Option<String>,
    /// Events set aside because they could not be read.
    pub odd_events: i64,
    /// Further facts from the carrier: `new-number`, …
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventView>>,
}

/// Somebody signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedView {
    pub at: String,
    pub by: Option<String>,
}

/// Not looked at by the host: a person follows up.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldView {
    /// `clerk`.
    pub by: String,
    /// `not-allowed`: nobody recorded who allows to read the carrier's page. Or what it answered:
    /// `turned-away`, `challenge`.
    pub why: String,
    pub since: Option<String>,
}

/// Whether the promise is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Freshness {
    /// Seconds since `as_of`; null before the first answer.
    pub age_s: Option<i64>,
    pub sla_s: u64,
    /// False: older than the tier promises.
    pub kept: bool,
}

/// One scan.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// RFC 3339, UTC.
    pub at: String,
    /// The carrier's own code.
    pub code: String,
    pub status: String,
    /// The dictionary did not know the code; the wording decided.
    pub unmapped: bool,
    pub text: String,
    pub place: Option<String>,
    /// When we learned of it.
    pub received_at: String,
}

/// `2026-01-20T06:22:03Z`.
pub fn rfc3339(at: Instant) -> String {
    jiff::Timestamp::from_millisecond(at).map(|t| t.to_string()).unwrap_or_default()
}

/// Tells what is known of a parcel.
pub fn parcel(house: &Shared, known: Known, events: Option<Vec<Scan>>) -> ParcelView {
    let now = house.now();
    let adapter = house.adapter(&known.account.carrier);
    let manifest = adapter.as_ref().map(|a| &a.manifest);
    let stable = house.releases.stable(&known.account);
    let tier = stable.as_ref().map(Release::tier).or(manifest.map(|m| m.tier)).unwrap_or(Tier::A);
    let hold = permit::hold(house, &known.account);
    let pace = house.config.pace(&known.account.carrier, tier);
    let pushed = known.subscribed && manifest.is_some_and(|m| m.has(Interface::Push));
    let proven = house.channels.alive(&known.account, now).filter(|_| pushed);
    let as_of = known.as_of.map(|at| at.max(proven.unwrap_or(at)));
    let sla_ms = i64::try_from(pace.sla.as_millis()).unwrap_or(i64::MAX);
    let since = as_of.unwrap_or(known.registered_at);
    let kept = now - since <= sla_ms || known.next_look.is_none() || is_over(&known);
    ParcelView {
        message: hold.as_ref().map_or_else(|| message(&known, known.fault().map(Kind::words)), |hold| message(&known, Some(hold.words()))),
        status_names: known.status.as_deref().and_then(names),
        freshness: Freshness { age_s: as_of.map(|at| (now - at) / 1000), sla_s: pace.sla.as_secs(), kept },
        tier: format!("{tier:?}"),
        evidence: manifest.map(|m| format!("{:?}", m.evidence).to_lowercase()).unwrap_or_default(),
        id: known.id,
        carrier: known.account.carrier.to_string(),
        account: known.account.name.to_string(),
        number: known.number,
        status: known.status,
        signed: known.signed.map(|s| SignedView { at: rfc3339(s.at), by: s.by }),
        as_of: as_of.map(rfc3339),
        next_look: known.next_look.filter(|_| hold.is_none()).map(rfc3339),
        held: hold.map(held),
        release: known.release,
        outcome: known.outcome,
        subscribed: known.subscribed,
        registered_at: rfc3339(known.registered_at),
        changed_at: known.changed_at.map(rfc3339),
        odd_events: known.odd,
        facts: known.facts,
        events: events.map(|e| e.into_iter().map(event).collect()),
    }
}

fn held(hold: Hold) -> HeldView {
    HeldView { by: "clerk".into(), why: hold.code().into(), since: hold.since().map(rfc3339) }
}

/// In its tail: looked at again only to see whether the end is revoked.
fn is_over(known: &Known) -> bool {
    known.status.as_deref().is_some_and(status::is_terminal)
}

/// One stored event.
pub fn event(scan: Scan) -> EventView {
    EventView {
        at: rfc3339(scan.at),
        code: scan.code,
        status: scan.status,
        unmapped: scan.unmapped,
        text: scan.text,
        place: scan.place,
        received_at: rfc3339(scan.received_at),
    }
}

fn names(code: &str) -> Option<Words> {
    let (_, zh, en) = status::ALL.iter().find(|(known, ..)| *known == code)?;
    Some(Words { zh: (*zh).into(), en: (*en).into() })
}

/// Never "no information": what is true now, in words.
fn message(known: &Known, instead: Option<(&str, &str)>) -> Words {
    let (zh, en) = match (&known.status, instead, known.as_of) {
        (Some(code), None, _) => return names(code).unwrap_or(Words { zh: String::new(), en: String::new() }),
        (Some(code), Some((zh, en)), _) => {
            let last = names(code).unwrap_or(Words { zh: String::new(), en: String::new() });
            return Words { zh: format!("{}（{zh}）", last.zh), en: format!("{} ({en})", last.en) };
        }
        (None, Some(words), _) => words,
        (None, None, _) => ("已登记，正在首次查询", "Registered; the first look is on its way"),
    };
    Words { zh: zh.into(), en: en.into() }
}
