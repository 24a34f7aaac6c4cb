//! What a person knows enters the sentence at *reads*: a row that a clerk typed or pasted is read by
//! the carrier's adapter, judged and stored like any answer. With it the actor and the evidence.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use posthouse_sdk::entry;
use posthouse_sdk::manifest::{Interface, Manifest};

use crate::app::House;
use crate::fault::{Fault, Instant, Kind};
use crate::judge;
use crate::parcel::{Account, Identity, Outcome, ParcelKey};
use crate::sandbox::{Adapter, types};
use crate::store::{Entry, NotStored, Typed};

pub mod import;
pub mod mapping;
pub mod sheet;

/// A row by field: `number`, `time`, `node`, `text`, `place`, `signer`, `note`.
pub type Fields = BTreeMap<String, String>;

/// New rows of the same sheet that are not stored, by parcel.
pub type Seen = HashMap<ParcelKey, HashSet<Identity>>;

/// No parcel has more rows; a sheet of one number would keep everybody waiting.
const MOST: usize = 500;
/// Nobody scans in the future; clocks differ, a little.
const AHEAD: Instant = 10 * 60_000;

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// An event of this status.
    Entered {
        number: String,
        status: &'static str,
    },
    /// It was typed before, or the carrier told it.
    Repeated {
        number: String,
    },
    Refused {
        code: &'static str,
        why: String,
    },
}

/// A row that may be taken in.
struct Good {
    place: usize,
    entry: Entry,
}

/// Reads rows and, unless it is a trial, takes them in. One verdict for each, in their order.
/// `seen` holds what the rows before these said, as far as it is not stored.
pub async fn enter(
    house: &Arc<House>,
    account: &Account,
    rows: Vec<(Fields, Option<String>)>,
    typed: Option<Typed>,
    seen: &mut Seen,
) -> Result<Vec<Verdict>, NotStored> {
    let Some(adapter) = house.adapter(&account.carrier) else { return Err(NotStored(format!("no adapter for {account}"))) };
    let mut verdicts = vec![];
    let mut good = vec![];
    for (row, evidence) in rows {
        let verdict = match read(house, &adapter, account, &row).await? {
            Err(fault) => Verdict::Refused { code: fault.kind.code(), why: fault.detail },
            Ok((parcel, number, track)) => {
                let event = &track.events[0];
                let (known, stored) = house.store.knows(parcel, event).await?;
                let (of_parcel, status) = (seen.entry(parcel).or_default(), event.status);
                if known || !of_parcel.insert(event.identity()) {
                    Verdict::Repeated { number }
                } else if of_parcel.len() + stored > MOST {
                    let why = format!("运单号“{number}”的记录太多，最多 {MOST} 条 (number: more than {MOST} rows)");
                    Verdict::Refused { code: Kind::Limit.code(), why }
                } else {
                    good.push(Good { place: verdicts.len(), entry: Entry { parcel, track, row, evidence } });
                    Verdict::Entered { number, status }
                }
            }
        };
        verdicts.push(verdict);
    }
    if let Some(typed) = typed {
        take(house, &adapter, good, typed, &mut verdicts).await?;
        // They are stored now, and count there.
        seen.clear();
    }
    Ok(verdicts)
}

async fn take(house: &Arc<House>, adapter: &Adapter, good: Vec<Good>, typed: Typed, verdicts: &mut [Verdict]) -> Result<(), NotStored> {
    let (places, entries): (Vec<usize>, Vec<Entry>) = good.into_iter().map(|good| (good.place, good.entry)).unzip();
    let taken = house.store.enter(entries, typed, house.judging(&adapter.manifest)).await?;
    for (place, _) in places.into_iter().zip(taken).filter(|(_, new)| !new) {
        // Somebody typed the same in the meantime.
        if let Verdict::Entered { number, .. } = &verdicts[place] {
            verdicts[place] = Verdict::Repeated { number: number.clone() };
        }
    }
    Ok(())
}

type Read = Result<(ParcelKey, String, crate::parcel::Track), Fault>;

/// A row as one judged event of a watched parcel.
async fn read(house: &House, adapter: &Adapter, account: &Account, row: &Fields) -> Result<Read, NotStored> {
    let event = match scan(house, adapter, row) {
        Ok(event) => event,
        Err(fault) => return Ok(Err(fault)),
    };
    let number = entry::number(row.get(entry::NUMBER).map(String::as_str).unwrap_or_default());
    if !adapter.accepts(&number) {
        let why = format!("运单号“{number}”不是{}的单号，请核对 (number: not one of this carrier's)", adapter.manifest.names.zh);
        return Ok(Err(Fault::new(Kind::NotEligible, why)));
    }
    let Some(parcel) = house.store.watched(account, &number).await? else {
        let why = format!("运单号“{number}”还没有登记，请先登记包裹 (number: not registered)");
        return Ok(Err(Fault::new(Kind::NotFound, why)));
    };
    Ok(judged(house, adapter, &number, event).map(|track| (parcel.key, number, track)))
}

/// By the adapter; where it has no eye for rows, by what all rows have in common.
fn scan(house: &House, adapter: &Adapter, row: &Fields) -> Result<types::Event, Fault> {
    let now = house.now();
    let pairs: Vec<_> = row.iter().map(|(name, value)| types::Pair { name: name.clone(), value: value.clone() }).collect();
    let event = if adapter.manifest.has(Interface::Entry) { adapter.enter(&pairs).0? } else { common(adapter, pairs, now)? };
    if event.at > now + AHEAD {
        let why = "时间在将来，请核对日期，时间按北京时间填写 (time: in the future; write China's time)";
        return Err(Fault::new(Kind::Unreadable, why));
    }
    Ok(event)
}

fn common(adapter: &Adapter, pairs: Vec<types::Pair>, now: Instant) -> Result<types::Event, Fault> {
    let row = pairs.into_iter().map(|types::Pair { name, value }| posthouse_sdk::Pair { name, value }).collect();
    let signed: Vec<&str> = adapter.manifest.sign.codes.iter().map(String::as_str).collect();
    let read = entry::Row::read(row).and_then(|row| row.need(entry::NUMBER).map(drop).and_then(|()| row.scan(&signed)));
    let refused = |fault: posthouse_sdk::Fault| Fault::from_guest(&fault.code, &fault.detail, None, now);
    read.map(|posthouse_sdk::Event { at, code, status, text, place }| types::Event { at, code, status, text, place }).map_err(refused)
}

fn judged(house: &House, adapter: &Adapter, number: &str, event: types::Event) -> Outcome {
    let outcome = judge::judged(&adapter.manifest, track(&adapter.manifest, number, event), house.now());
    house.dictionary.apply(&adapter.manifest.id, vec![outcome]).remove(0)
}

/// The event as a track of one, with the signature it states.
pub fn track(manifest: &Manifest, number: &str, event: types::Event) -> types::Track {
    let types::Event { at, code, status, text, place } = event.clone();
    let signed: Vec<&str> = manifest.sign.codes.iter().map(String::as_str).collect();
    let stated = entry::track(number, vec![posthouse_sdk::Event { at, code, status, text, place }], &signed).signed;
    let signed = stated.map(|posthouse_sdk::Signature { at, by }| types::Signature { at, by });
    types::Track { number: number.to_owned(), events: vec![event], signed, odd: vec![], extra: vec![] }
}
