//! A carrier's push enters the sentence at *reads* and takes the same way on.

use posthouse_sdk::manifest::Interface;
use tracing::{error, warn};

use crate::app::House;
use crate::fault::{Fault, Instant};
use crate::fetch::Exchange;
use crate::judge;
use crate::parcel::{Account, Purpose, short};
use crate::publish;
use crate::rollout;
use crate::route::Release;
use crate::sandbox::Signatures;
use crate::sandbox::types::{Answer, Delivery, HttpReply, Pair, Receipt, Reply};
use crate::schedule;
use crate::store::{NotStored, OfParcel, Push, Recording};

/// Takes a push in and says what the carrier is answered.
pub async fn receive(house: &House, account: &Account, delivery: Delivery) -> Answer {
    let Some(release) = house.releases.stable(account).filter(|r| r.adapter.manifest.has(Interface::Push)) else {
        return plain(404, "no such push address");
    };
    if let Some(seconds) = house.floods.too_many(account) {
        metrics::counter!("posthouse_pushes_flooded_total", "carrier" => account.carrier.to_string()).increment(1);
        let later = Pair { name: "retry-after".into(), value: seconds.to_string() };
        return Answer { headers: vec![later], ..plain(429, "too many pushes; please repeat later") };
    }
    let now = house.now();
    let (mut result, mut notes) = release.adapter.receive(&release.secrets, &delivery, Signatures::Checked);
    let tried = house.releases.of(account).and_then(|standing| standing.candidate);
    if let (Ok(Err(_)), Some(candidate)) = (&result, tried) {
        // The carrier may sign with the newer key already; what it says is still stable's to read.
        let newer = release.adapter.receive(&candidate.release.secrets, &delivery, Signatures::Checked);
        if matches!(newer.0, Ok(Ok(_))) {
            (result, notes) = newer;
        }
    }
    let mut exchange = exchange(&delivery, &release, now);
    exchange.log = notes.log;
    let (answer, kept) = match result {
        Err(fault) => (plain(500, "not understood; please repeat"), record_fault(house, account, &release, exchange, fault).await),
        Ok(Err(refusal)) => {
            let fault = Fault::from_guest(&refusal.fault.code, &refusal.fault.detail, None, now);
            warn!(carrier.id = %account.carrier, "a push to {account} was refused: {fault}");
            (refusal.answer, record_fault(house, account, &release, exchange, fault).await)
        }
        Ok(Ok(receipt)) => {
            let signed = notes.verified == Some(true);
            let Err(why) = take(house, account, &release, exchange, &receipt, signed, now).await else {
                rollout::shadow(house, account, &delivery, &receipt, now).await;
                return receipt.kept;
            };
            error!(carrier.id = %account.carrier, "a push to {account} was not stored, the carrier is asked to repeat it: {why}");
            return receipt.failed;
        }
    };
    if let Err(why) = kept {
        error!("a refused push was not recorded: {why}");
    }
    answer
}

/// Everything in a push, on disk before the carrier hears "kept". A signed track is stored as it
/// is; of any other number it is only known that a look is worth while.
async fn take(
    house: &House,
    account: &Account,
    release: &Release,
    exchange: Exchange,
    receipt: &Receipt,
    signed: bool,
    now: Instant,
) -> Result<(), NotStored> {
    house.channels.proven(account, now);
    let key = receipt.key.clone().unwrap_or_else(|| body_key(&exchange));
    let mut push = Push { key, recording: alone(house, account, release, exchange), others: vec![] };
    for one in &receipt.readings {
        let outcome = judge::pushed(&release.adapter.manifest, one, now);
        let outcome = house.dictionary.apply(&account.carrier, vec![outcome]).remove(0);
        let stored = signed && outcome.is_ok();
        match house.store.watched(account, &one.number).await? {
            Some(parcel) if stored => {
                let plan = schedule::after_push(house, account, release, &parcel, &outcome, now);
                push.recording.results.push(OfParcel { parcel, outcome, plan });
            }
            Some(_) => push.others.push((one.number.clone(), None)),
            None => push.others.push((one.number.clone(), outcome.ok().filter(|_| stored))),
        }
    }
    if let Some(recorded) = house.store.take(push).await? {
        house.wakes.of(account).notify_waiters();
        publish::wake(house, &recorded);
    }
    Ok(())
}

async fn record_fault(house: &House, account: &Account, release: &Release, exchange: Exchange, fault: Fault) -> Result<(), NotStored> {
    metrics::counter!("posthouse_pushes_refused_total", "carrier" => account.carrier.to_string()).increment(1);
    if !house.floods.is_worth_recording(account) {
        return Ok(());
    }
    house.store.record(alone(house, account, release, Exchange { fault: Some(fault), ..exchange })).await.map(drop)
}

/// A push's exchange, with no parcel to it yet.
fn alone(house: &House, account: &Account, release: &Release, exchange: Exchange) -> Recording {
    let at = exchange.at;
    Recording {
        account: account.clone(),
        purpose: Purpose::Look,
        release: release.id(),
        tier: release.tier(),
        at,
        exchanges: vec![exchange],
        results: vec![],
        pushed: true,
        judging: house.judging(&release.adapter.manifest),
        evidence: None,
    }
}

/// A push as an exchange: the delivery is what there is to read again. Masked like any answer.
fn exchange(delivery: &Delivery, release: &Release, now: Instant) -> Exchange {
    let masker = release.secrets.masker();
    let body = masker.mask(&delivery.body).into_owned();
    let headers = delivery.headers.iter().map(|h| Pair { value: masker.mask_text(&h.value), ..h.clone() });
    let reply = HttpReply { status: 200, headers: headers.collect(), body, charset: None };
    Exchange { reply: Some(Reply::Http(reply)), ..Exchange::new("push", 0, now) }
}

fn body_key(exchange: &Exchange) -> String {
    let Some(Reply::Http(reply)) = &exchange.reply else { return String::new() };
    let mut hash = blake3::Hasher::new();
    hash.update(&reply.body);
    hex::encode(short(&hash))
}

fn plain(status: u16, words: &str) -> Answer {
    Answer { status, headers: vec![], body: words.as_bytes().to_vec() }
}
