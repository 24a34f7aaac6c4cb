//! What is said about a parcel: the customer's sentence, the verdict in words, how far the track is
//! trusted, and which carrier it may be of instead.

use std::time::Duration;

use posthouse_sdk::manifest::Manifest;
use posthouse_sdk::status;

use super::Shared;
use super::views::{CarrierGuess, Moved, Reasoned, Trust, VerdictView, Words, rfc3339};
use crate::fault::{Instant, Kind};
use crate::judge::message::{self, Message, Wait, Why};
use crate::judge::{self, DelayKind, Level, Plain, Reason, Verdict};
use crate::permit::Hold;
use crate::store::Known;

const HOUR: Instant = 3_600_000;
/// A carrier that tells nothing new for so long is behind.
const SILENT: Instant = 48 * HOUR;
/// From hand-over to first scan where neither the carrier's manifest nor experience says more.
const FIRST_SCAN: Duration = Duration::from_secs(6 * 3600);
/// Most first scans come within this.
const MOST: f64 = 0.9;
/// Another carrier is named if it is likelier than this.
const LIKELY: f64 = 0.2;

/// The customer's sentence: always there, always true.
pub fn message(
    house: &Shared,
    known: &Known,
    manifest: Option<&Manifest>,
    hold: Option<&Hold>,
    verdict: Option<&Verdict>,
    now: Instant,
) -> Words {
    let named = known.status.as_deref().filter(|_| known.plain.is_none()).and_then(super::views::names);
    let named = named.map(|Words { zh, en }| Plain { zh, en, by_rule: false });
    let last = known.plain.as_ref().or(named.as_ref());
    let moved = known.facts.get("new-number").filter(|_| !is_over(known));
    let told = match (last, verdict, moved) {
        _ if waits_for_phone(known) => message::Known::Waiting { why: Why::PhoneNotVerified, last },
        (_, _, Some(number)) if is_return(known) => message::Known::Returned { new_number: number },
        (_, _, Some(number)) => message::Known::Forwarded { new_number: number },
        (Some(plain), Some(verdict), _) if is_signed(known) => message::Known::Signed { level: verdict.level, plain },
        _ if hold.is_some() && !is_over(known) => message::Known::Clerk { last },
        _ if let Some(why) = failure(known) => message::Known::Waiting { why, last },
        (Some(plain), ..) => message::Known::On { plain, stale: known.changed_at.is_some_and(|at| now - at > SILENT) && !is_over(known) },
        (None, ..) => before_the_first_scan(house, known, manifest, now),
    };
    let Message { zh, en } = message::message(told);
    match perhaps(house, known).first() {
        Some(other) => Words {
            zh: format!("{zh}；该单号可能是{}的，请核对快递公司", other.names.zh),
            en: format!("{en}; the number may be one of {}, please check the carrier", other.names.en),
        },
        None => Words { zh, en },
    }
}

fn before_the_first_scan<'a>(house: &Shared, known: &Known, manifest: Option<&Manifest>, now: Instant) -> message::Known<'a> {
    let usual = usual_first_scan(house, known, manifest, now);
    let since = known.shipped_at.unwrap_or(known.registered_at);
    let hours = u32::try_from((now - since).max(0) / HOUR).unwrap_or(u32::MAX);
    let wait = Wait { hours, usual: Some(u32::try_from(usual.as_secs().div_ceil(3600)).unwrap_or(u32::MAX)) };
    if known.shipped_at.is_some() { message::Known::HandedOver(wait) } else { message::Known::NothingYet(wait) }
}

/// From hand-over to the first scan of most of this carrier's parcels.
fn usual_first_scan(house: &Shared, known: &Known, manifest: Option<&Manifest>, now: Instant) -> Duration {
    let default = manifest.and_then(|m| m.first_scan).map_or(FIRST_SCAN, |period| period.0);
    house.delays.length(&known.account.carrier, DelayKind::FirstScan, None, MOST, default, now).length
}

/// The first scan should have come.
fn is_overdue(house: &Shared, known: &Known) -> bool {
    let adapter = house.adapter(&known.account.carrier);
    let usual = usual_first_scan(house, known, adapter.as_ref().map(|a| &*a.manifest), house.now());
    let since = known.shipped_at.unwrap_or(known.registered_at);
    house.now() - since > Instant::try_from(usual.as_millis()).unwrap_or(Instant::MAX)
}

/// Why there is no answer, unless it is that there is nothing yet.
fn failure(known: &Known) -> Option<Why> {
    let kind = known.fault().filter(|kind| !matches!(kind, Kind::NoEvents | Kind::NotFound))?;
    let (zh, en) = kind.words();
    Some(Why::Fault { zh, en })
}

fn is_signed(known: &Known) -> bool {
    known.status.as_deref().is_some_and(|status| matches!(status, status::DELIVERED | status::SIGNED_BY_THIRD_PARTY))
}

fn is_over(known: &Known) -> bool {
    known.status.as_deref().is_some_and(status::is_terminal)
}

fn is_return(known: &Known) -> bool {
    known.status.as_deref().is_some_and(|status| matches!(status, status::RETURN_INITIATED | status::IN_RETURN_TRANSIT | status::REFUSED))
}

fn waits_for_phone(known: &Known) -> bool {
    let told =
        known.facts.get("phone-verified").or_else(|| known.extra.get("phone_verified")).or_else(|| known.extra.get("phone-verified"));
    told.is_some_and(|value| matches!(value.as_str(), "false" | "0" | "no")) && !is_over(known)
}

/// What the carrier waits for.
pub fn waiting(known: &Known) -> Option<Reasoned> {
    let words = ("收件人手机号未通过快递公司验证", "The consignee's phone is not verified with the carrier");
    waits_for_phone(known).then(|| reasoned("phone-not-verified", words))
}

/// A verdict in words.
pub fn verdict(house: &Shared, manifest: Option<&Manifest>, known: &Known, verdict: Verdict, now: Instant) -> VerdictView {
    let reasons = if verdict.level == Level::Confirmed { &verdict.grounds } else { &verdict.against };
    let hour = known.signed.as_ref().map(|signed| judge::hour(signed.at));
    let default = manifest.and_then(|m| m.sign.wait).map_or(Duration::ZERO, |period| period.0);
    let wait = house.delays.length(&known.account.carrier, DelayKind::Report, hour, 0.95, default, now);
    VerdictView {
        level: level(verdict.level).into(),
        reasons: reasons.iter().map(|reason: &Reason| reasoned(reason.code(), reason.words())).collect(),
        until: verdict.until.map(rfc3339),
        learned_from: wait.learned_from,
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Confirmed => "confirmed",
        Level::Provisional => "provisional",
        Level::Doubted => "doubted",
    }
}

fn reasoned(code: &str, (zh, en): (&str, &str)) -> Reasoned {
    Reasoned { code: code.into(), zh: zh.into(), en: en.into() }
}

/// How far the track is trusted.
pub fn trust(house: &Shared, known: &Known) -> Trust {
    let handed_over = known.shipped_at.unwrap_or(known.registered_at);
    let first_scan_after_s = known.first_at.map(|at| (at - handed_over) / 1000);
    let scored = first_scan_after_s.filter(|_| house.config.judge.score);
    let score = scored.and_then(|after| match after.abs() {
        0..30 => Some(100),
        30..120 => Some(60),
        _ => None,
    });
    Trust {
        first_scan_after_s,
        score,
        review: scored.is_some() && score.is_none(),
        clock_skew_s: house.skews.of(&known.account.carrier).map(|ms| ms as f64 / 1000.0),
    }
}

/// The number it goes on by.
pub fn moved(known: &Known) -> Option<Moved> {
    known.facts.get("new-number").map(|number| Moved { number: number.clone(), id: None })
}

/// Carriers that its number is likelier of, if its own does not know it.
pub fn perhaps(house: &Shared, known: &Known) -> Vec<CarrierGuess> {
    let unknown = match known.fault() {
        Some(Kind::NotFound | Kind::WrongParcel) => known.status.is_none(),
        // Most carriers say of a number that is not theirs what they say of one that is new.
        Some(Kind::NoEvents) => known.status.is_none() && is_overdue(house, known),
        _ => false,
    };
    if !unknown {
        return vec![];
    }
    let mut guesses = guesses(house, &known.number);
    guesses.retain(|guess| guess.carrier != *known.account.carrier && guess.share >= LIKELY);
    guesses
}

/// The carriers a number may be of, the likeliest first.
pub fn guesses(house: &Shared, number: &str) -> Vec<CarrierGuess> {
    let all = house.shelf.carriers();
    let ranked = judge::detect(all.values().map(|adapter| &*adapter.manifest), number);
    let guess = |ranked: judge::Ranked| {
        let names = &all.get(&ranked.carrier)?.manifest.names;
        let names = Words { zh: names.zh.clone(), en: names.en.clone() };
        Some(CarrierGuess { carrier: ranked.carrier, names, share: (ranked.share * 1000.0).round() / 1000.0, checked: ranked.checked })
    };
    ranked.into_iter().filter_map(guess).collect()
}
