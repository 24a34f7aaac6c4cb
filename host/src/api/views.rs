//! What is told: every answer says how fresh it is, why, and when the next look is.

use std::collections::BTreeMap;

use posthouse_sdk::manifest::explain::Rule;
use posthouse_sdk::manifest::{Interface, Tier};
use posthouse_sdk::state::Flag;
use posthouse_sdk::status;
use serde::Serialize;
use utoipa::ToSchema;

use super::evidence::EvidenceView;
use super::{Shared, told};
use crate::fault::Instant;
use crate::judge::vocabulary::Vocabulary;
use crate::judge::{self, Plain, Said};
use crate::parcel::{Scan, Source};
use crate::permit::{self, Hold};
use crate::route::Release;
use crate::store::{Known, WasTold};

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
    /// How far "signed" is trusted; null while nobody says so.
    pub verdict: Option<VerdictView>,
    /// What the customer may be told now: always a true sentence.
    pub message: Words,
    /// How far the track itself is trusted.
    pub trust: Trust,
    /// What the carrier waits for before it tells or does more: `phone-not-verified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Reasoned>,
    /// It goes on, or back, under another number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<Moved>,
    /// Carriers it may be of instead: this one does not know the number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub perhaps: Vec<CarrierGuess>,
    /// `status` in the vocabulary that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_words: Option<InWords>,
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
    /// The customer's message about its first scan, if one was asked for; with the events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyView>,
    /// What people said of its delivery, and pictures of it; with the events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<EvidenceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventView>>,
}

/// What became of a customer's message. Whom it is for is not told.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotifyView {
    pub channel: String,
    /// `waits` for the first scan; `due`; `sent`; `given-up`.
    pub state: String,
    pub sent_at: Option<String>,
    /// Why the last attempt did not work.
    pub failure: Option<String>,
}

/// How far a signature is trusted.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerdictView {
    /// `confirmed`, `provisional` or `doubted`.
    pub level: String,
    /// Why: what speaks against it, and for a confirmed one what speaks for it.
    pub reasons: Vec<Reasoned>,
    /// A provisional one is confirmed then, if nothing contradicts it; null if time does not settle it.
    pub until: Option<String>,
    /// Deliveries of this carrier that the waiting time was learned from; null if too few.
    pub learned_from: Option<u32>,
}

/// A reason: its code, and words for people.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reasoned {
    pub code: String,
    pub zh: String,
    pub en: String,
}

/// How far a track is trusted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trust {
    /// From hand-over (else registration) to the first scan, in seconds; null before it.
    pub first_scan_after_s: Option<i64>,
    /// 100 below 30 s, 60 below 120 s, null beyond; always null unless `judge.score` is on.
    pub score: Option<u8>,
    /// The score asks for a person's look. Never holds a track back.
    pub review: bool,
    /// The carrier's clock against ours, in seconds; positive is ahead. Null while unknown.
    pub clock_skew_s: Option<f64>,
}

/// Another number that the parcel goes by.
#[derive(Debug, Serialize, ToSchema)]
pub struct Moved {
    pub number: String,
    /// Our parcel of that number, if it is registered.
    pub id: Option<String>,
}

/// A carrier that a number may be of.
#[derive(Debug, Serialize, ToSchema)]
pub struct CarrierGuess {
    pub carrier: String,
    pub names: Words,
    /// Of the carriers that it may be of, how likely this one is.
    pub share: f64,
    /// Its check digit is right.
    pub checked: bool,
}

/// A status in a peer's words.
#[derive(Debug, Serialize, ToSchema)]
pub struct InWords {
    pub code: String,
    pub detail: Option<String>,
    /// What is lost in them; null if nothing is.
    pub loss: Option<String>,
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
    /// `by-hand`: the carrier has nothing a machine may read. `not-allowed`: nobody recorded who
    /// allows to read its page. Or what the page answered: `turned-away`, `challenge`.
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
    /// The carrier's own words.
    pub text: String,
    /// The same in plain words.
    pub plain: Words,
    pub place: Option<String>,
    /// Who told us: `look` (the carrier's answer), `push`, `clerk`.
    pub source: String,
    /// `after-end`: a late scan that changes nothing. `revokes`: takes the end before it back.
    /// `unexpected`: an unusual move.
    pub flag: Option<String>,
    /// How often one answer told it.
    pub times: u32,
    /// When we learned of it.
    pub received_at: String,
    /// `status` in the vocabulary that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_words: Option<InWords>,
}

/// `2026-01-20T06:22:03Z`.
pub fn rfc3339(at: Instant) -> String {
    jiff::Timestamp::from_millisecond(at).map(|t| t.to_string()).unwrap_or_default()
}

/// Tells what is known of a parcel.
pub fn parcel(house: &Shared, known: Known, events: Option<Vec<EventView>>) -> ParcelView {
    let now = house.now();
    let adapter = house.adapter(&known.account.carrier);
    let manifest = adapter.as_ref().map(|a| &a.manifest);
    let stable = house.releases.stable(&known.account);
    let hold = permit::hold(house, &known.account);
    let tier = stable.as_ref().map(Release::tier).or(manifest.map(|m| m.tier)).unwrap_or(Tier::A);
    let pace = house.config.pace(&known.account.carrier, tier);
    let pushed = known.subscribed && manifest.is_some_and(|m| m.has(Interface::Push));
    let proven = house.channels.alive(&known.account, now).filter(|_| pushed);
    let as_of = known.as_of.map(|at| at.max(proven.unwrap_or(at)));
    let sla_ms = i64::try_from(pace.sla.as_millis()).unwrap_or(i64::MAX);
    let since = as_of.unwrap_or(known.registered_at);
    let kept = now - since <= sla_ms || known.next_look.is_none() && hold.is_none() || is_over(&known);
    let verdict = known.verdict.clone().map(|verdict| verdict.at(now));
    ParcelView {
        message: told::message(house, &known, manifest.map(|m| &**m), hold.as_ref(), verdict.as_ref(), now),
        trust: told::trust(house, &known),
        waiting: told::waiting(&known),
        moved_to: told::moved(&known),
        perhaps: told::perhaps(house, &known),
        in_words: None,
        verdict: verdict.map(|verdict| told::verdict(house, manifest.map(|m| &**m), &known, verdict, now)),
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
        notify: None,
        said: vec![],
        events,
    }
}

fn held(hold: Hold) -> HeldView {
    HeldView { by: "clerk".into(), why: hold.code().into(), since: hold.since().map(rfc3339) }
}

/// In its tail: looked at again only to see whether the end is revoked.
fn is_over(known: &Known) -> bool {
    known.status.as_deref().is_some_and(status::is_terminal)
}

/// One stored event. `rules` are what its adapter knows of the carrier's jargon.
pub fn event(rules: &[Rule], (scan, flag): (Scan, Option<Flag>)) -> EventView {
    let Plain { zh, en, .. } = judge::explain(rules, Said::of(&scan.event));
    let source = match scan.source {
        Source::Look => "look",
        Source::Push => "push",
        Source::Clerk => "clerk",
    };
    let event = scan.event;
    EventView {
        at: rfc3339(event.at),
        code: event.code,
        status: event.status.into(),
        unmapped: event.unmapped,
        text: event.text,
        plain: Words { zh, en },
        place: event.place,
        source: source.into(),
        flag: flag.map(|flag| flag.code().into()),
        times: event.times,
        received_at: rfc3339(scan.received_at),
        in_words: None,
    }
}

/// Adds a peer's words to every status.
pub fn in_words(view: &mut ParcelView, vocabulary: &Vocabulary) {
    view.in_words = Some(word(vocabulary, view.status.as_deref()));
    for event in view.events.iter_mut().flatten() {
        event.in_words = Some(word(vocabulary, Some(&event.status)));
    }
}

fn word(vocabulary: &Vocabulary, status: Option<&str>) -> InWords {
    let word = vocabulary.tells(status);
    InWords { code: word.code.into(), detail: word.detail.map(Into::into), loss: word.loss.map(Into::into) }
}

/// What became of a customer's message.
pub fn notify(told: WasTold) -> NotifyView {
    let state = match (told.fired_at, told.sent_at, told.next_at) {
        (None, ..) => "waits",
        (_, Some(_), _) => "sent",
        (.., Some(_)) => "due",
        _ => "given-up",
    };
    NotifyView { channel: told.channel, state: state.into(), sent_at: told.sent_at.map(rfc3339), failure: told.failure }
}

/// A status in words.
pub fn names(code: &str) -> Option<Words> {
    let (_, zh, en) = status::ALL.iter().find(|(known, ..)| *known == code)?;
    Some(Words { zh: (*zh).into(), en: (*en).into() })
}
