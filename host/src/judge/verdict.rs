//! How far a "signed" is trusted, and why.
//!
//! Couriers press "signed" when they set out, stations sign for people, carriers take deliveries
//! back. What speaks against a signature is listed; with nothing against it, it is confirmed; a
//! doubt that time can settle is provisional until the carrier would have told what contradicts it.

use posthouse_sdk::manifest::SignRule;
use posthouse_sdk::state::{self, Flag, State};
use posthouse_sdk::{signature, status, wording};
use serde::{Deserialize, Serialize};

use super::Judging;
use crate::fault::Instant;
use crate::parcel::{Event, Said, Scan, Signed, Source, Track, Word};

/// A courier who signs within this of setting out has not been there.
const SET_OUT: Instant = 60_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Confirmed,
    Provisional,
    Doubted,
}

/// What a signature is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub level: Level,
    /// What speaks against it.
    pub against: Vec<Reason>,
    /// What speaks for it.
    #[serde(rename = "for")]
    pub grounds: Vec<Reason>,
    /// A provisional one is confirmed from then on, if nothing contradicts it.
    pub until: Option<Instant>,
}

macro_rules! reasons {
    ($($name:ident = $code:literal, $zh:literal, $en:literal;)+) => {
        /// A reason, for or against.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Reason { $(#[serde(rename = $code)] $name),+ }

        impl Reason {
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// For people, in Chinese and English.
            pub fn words(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($zh, $en)),+ }
            }
        }
    };
}

reasons! {
    CustomerDenies = "customer-denies", "收件人表示没有收到", "The customer says it did not arrive";
    ClerkDenies = "clerk-denies", "客服核实未送达", "A clerk found that it was not delivered";
    Revoked = "revoked", "快递公司撤销了签收", "The carrier took the delivery back";
    Contradicted = "contradicted", "签收之后又有相反的记录", "A later record says otherwise";
    SignRule = "sign-rule", "缺少该快递公司签收应有的信息（如签收时间）", "What this carrier's signature must state is missing";
    Wording = "wording", "签收记录的文字并不是签收", "The wording of the record is not a signature";
    NoDeliveryRun = "no-delivery-run", "签收之前没有派送记录", "There was no delivery run before it";
    WithDispatch = "with-dispatch", "刚出库派送就显示签收", "Signed in the moment the courier set out";
    AtStation = "at-station", "由驿站、快递柜或他人代收", "Signed by a station, a locker or somebody else";
    ScanAfter = "scan-after", "签收之后仍有运输扫描", "There are scans on the way after it";
    PhotoMissing = "photo-missing", "高价值包裹还没有签收照片", "A valuable parcel still lacks a picture of its delivery";
    DeliveryRun = "delivery-run", "签收之前有派送记录", "A delivery run came before it";
    Photo = "photo", "有签收照片", "A picture of the delivery is attached";
    CustomerConfirms = "customer-confirms", "收件人确认收到", "The customer says it arrived";
    ClerkConfirms = "clerk-confirms", "客服核实已送达", "A clerk found that it was delivered";
    Unchallenged = "unchallenged", "等待期内没有相反的记录", "Nothing contradicted it while we waited";
}

/// Everything a verdict rests on.
pub struct Case<'a> {
    /// In order, folded.
    pub events: &'a [Scan],
    pub state: &'a State<'a>,
    /// The carrier's statement that somebody signed.
    pub signed: Option<&'a Signed>,
    pub rule: &'a SignRule,
    pub said: &'a Said,
    /// From this declared value on a picture is needed, in fen.
    pub photo_from: Option<u64>,
    /// How long this carrier takes to tell what contradicts, in milliseconds.
    pub wait: Instant,
}

/// The verdict; none while nobody says "signed".
pub fn verdict(case: &Case<'_>) -> Option<Verdict> {
    let is_signed = case.state.status.is_some_and(is_signature);
    let signing = case.events.iter().rposition(|scan| is_signature(scan.event.status));
    if !is_signed && case.signed.is_none() {
        return None;
    }
    let doubts = doubts(case, is_signed, signing);
    let (against, grounds) = (open_questions(case, signing), grounds(case, signing));
    let confirmed = matches!(case.said.word, Some(Word::CustomerConfirms | Word::ClerkConfirms)) && is_signed;
    Some(if confirmed {
        Verdict { level: Level::Confirmed, against: vec![], grounds, until: None }
    } else if !doubts.is_empty() {
        Verdict { level: Level::Doubted, against: [doubts, against].concat(), grounds, until: None }
    } else if !against.is_empty() {
        let until = signing.filter(|_| !against.contains(&Reason::PhotoMissing)).map(|at| until(case, &case.events[at]));
        Verdict { level: Level::Provisional, against, grounds, until }
    } else {
        Verdict { level: Level::Confirmed, against, grounds, until: None }
    })
}

/// The verdict on one answer by itself, as if we heard of all of it now.
pub fn of_reading(track: &Track, said: &Said, judging: &Judging, now: Instant) -> Option<Verdict> {
    let scan =
        |event: &Event| Scan { event: event.clone(), identity: event.identity(), source: Source::Look, after: vec![], received_at: now };
    let events: Vec<Scan> = track.events.iter().map(scan).collect();
    let state = state::settle(track.events.iter().map(Event::step));
    verdict(&Case {
        events: &events,
        state: &state,
        signed: track.signed.as_ref(),
        rule: &judging.manifest.sign,
        said,
        photo_from: judging.photo_from,
        wait: judging.wait(&events, now),
    })
}

impl Verdict {
    /// As it stands by now: what waited long enough is confirmed.
    pub fn at(self, now: Instant) -> Self {
        if self.level == Level::Provisional && self.until.is_some_and(|until| until <= now) {
            let grounds = [self.grounds, vec![Reason::Unchallenged]].concat();
            return Self { level: Level::Confirmed, against: vec![], grounds, until: None };
        }
        self
    }

    /// From when on it is believed; none if time alone does not settle it.
    pub fn believed_from(&self, now: Instant) -> Option<Instant> {
        match self.level {
            Level::Confirmed => Some(now),
            Level::Provisional => self.until,
            Level::Doubted => None,
        }
    }
}

fn is_signature(code: &str) -> bool {
    matches!(code, status::DELIVERED | status::SIGNED_BY_THIRD_PARTY)
}

fn doubts(case: &Case<'_>, is_signed: bool, signing: Option<usize>) -> Vec<Reason> {
    let revoked = case.state.flags.iter().skip(signing.map_or(0, |at| at + 1)).any(|flag| *flag == Some(Flag::Revokes));
    let has_rule = case.rule.stated || !case.rule.codes.is_empty();
    let rule_missed = is_signed && case.state.status == Some(status::DELIVERED) && has_rule && case.signed.is_none();
    let denied = is_signed && signing.is_some_and(|at| denies(&case.events[at].event.text));
    [
        (case.said.word == Some(Word::CustomerDenies), Reason::CustomerDenies),
        (case.said.word == Some(Word::ClerkDenies), Reason::ClerkDenies),
        (!is_signed && revoked, Reason::Revoked),
        (!is_signed && !revoked, Reason::Contradicted),
        (rule_missed, Reason::SignRule),
        (denied, Reason::Wording),
    ]
    .into_iter()
    .filter_map(|(holds, reason)| holds.then_some(reason))
    .collect()
}

/// Its own words say that it is not here yet.
fn denies(text: &str) -> bool {
    wording::promises(text) || matches!(wording::status_of(text), status::OUT_FOR_DELIVERY | status::DELIVERY_ATTEMPTED | status::REFUSED)
}

fn open_questions(case: &Case<'_>, signing: Option<usize>) -> Vec<Reason> {
    let Some(at) = signing else { return vec![] };
    let scan = &case.events[at];
    let run = delivery_run(case, at);
    let set_out = run.filter(|run| run.event.status == status::OUT_FOR_DELIVERY).map(|run| scan.event.at - run.event.at);
    let later = case.events.iter().zip(&case.state.flags).skip(at + 1);
    let after_end = later.filter(|(_, flag)| **flag == Some(Flag::AfterEnd)).any(|(after, _)| after.event.at > scan.event.at);
    let needs_photo = case.photo_from.is_some_and(|from| case.said.value.is_some_and(|value| value >= from)) && !case.said.photo;
    [
        (run.is_none(), Reason::NoDeliveryRun),
        (set_out.is_some_and(|length| length < SET_OUT), Reason::WithDispatch),
        (at_station(case, scan), Reason::AtStation),
        (after_end, Reason::ScanAfter),
        (needs_photo, Reason::PhotoMissing),
    ]
    .into_iter()
    .filter_map(|(holds, reason)| holds.then_some(reason))
    .collect()
}

/// The last hand-over to a courier, a locker or a station before the signature.
fn delivery_run<'a>(case: &Case<'a>, signing: usize) -> Option<&'a Scan> {
    let run = |scan: &&Scan| matches!(scan.event.status, status::OUT_FOR_DELIVERY | status::DELIVERY_TO_LOCKER | status::AWAITING_PICKUP);
    case.events[..signing].iter().rfind(run)
}

fn at_station(case: &Case<'_>, scan: &Scan) -> bool {
    let by = case.signed.and_then(|signed| signed.by.as_deref());
    let event = &scan.event;
    let for_somebody = event.text.contains("代收");
    event.status == status::SIGNED_BY_THIRD_PARTY
        || for_somebody
        || signature::handed_over(&event.text).is_some()
        || by.is_some_and(signature::at_station)
}

fn grounds(case: &Case<'_>, signing: Option<usize>) -> Vec<Reason> {
    [
        (signing.is_some_and(|at| delivery_run(case, at).is_some()), Reason::DeliveryRun),
        (case.said.photo, Reason::Photo),
        (case.said.word == Some(Word::CustomerConfirms), Reason::CustomerConfirms),
        (case.said.word == Some(Word::ClerkConfirms), Reason::ClerkConfirms),
    ]
    .into_iter()
    .filter_map(|(holds, reason)| holds.then_some(reason))
    .collect()
}

/// What contradicts it was done by then, and told a delay later. An old signature that we only hear
/// of now has no more to wait for.
fn until(case: &Case<'_>, signing: &Scan) -> Instant {
    signing.received_at.min(signing.event.at + case.wait) + case.wait
}
