//! How fresh answers are, and whether that is as fresh as each tier promises.
//!
//! A breach is told once, when nineteen of twenty parcels are not inside the SLA any more, and again
//! when it is over; that a quota cannot carry its parcels is told before. Neither flaps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posthouse_sdk::manifest::{Interface, Kind, Period, Tier};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::alert::{self, AlertKind, Severity, Subject};
use crate::app::House;
use crate::config::Pace;
use crate::fault::Instant;
use crate::parcel::Account;
use crate::permit;
use crate::schedule::{self, Capacity};
use crate::store::{Ages, AlertFilter, NotStored};

mod distribution;
mod latch;
mod words;

pub use distribution::Distribution;

use latch::{Latch, Sign};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub every: Period,
}

/// How an account fares against its tier's SLA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Ok,
    /// The quota does not carry so many parcels inside the SLA.
    OverCapacity,
    /// Late, and it is too early to call it a breach: the host was just started, or was late only once.
    Settling,
    Breached,
    NoParcels,
}

/// One account's freshness now.
#[derive(Debug, Clone)]
pub struct Row {
    pub account: Account,
    /// The source that its parcels are asked at now; held ones are a person's.
    pub tier: Tier,
    pub pace: Pace,
    pub fresh: Distribution,
    /// None where nothing is polled by a machine.
    pub capacity: Option<Capacity>,
    pub state: State,
    pub since: Instant,
}

/// What was found of each account round by round.
#[derive(Default)]
pub struct Sla(Mutex<BTreeMap<Account, Watched>>);

#[derive(Debug, Clone, Copy)]
struct Watched {
    late: Latch,
    over: Latch,
    /// What was told last, and since when.
    state: State,
    since: Instant,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::OverCapacity => "over-capacity",
            Self::Settling => "settling",
            Self::Breached => "breached",
            Self::NoParcels => "no-parcels",
        }
    }
}

/// Runs until it is stopped.
pub async fn watch(house: Arc<House>, stop: CancellationToken) {
    let begun = house.now();
    if let Err(why) = resume(&house).await {
        error!("which SLAs were breached before the start is not known: {why}");
    }
    while !stop.is_cancelled() {
        if let Err(why) = round(&house, begun).await {
            error!("freshness is not weighed: {why}");
        }
        tokio::select! {
            () = tokio::time::sleep(house.config.sla.every.0) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// What is open goes on from when it was opened.
async fn resume(house: &House) -> Result<(), NotStored> {
    for kind in [AlertKind::SlaBreached, AlertKind::OverCapacity] {
        let filter = AlertFilter { open: true, kind: Some(kind.as_str().into()), ..AlertFilter::default() };
        for alert in house.store.alerts(&filter, u32::MAX >> 1).await?.alerts {
            let (Some(carrier), Some(account)) = (&alert.carrier, &alert.account) else { continue };
            let mut all = house.sla.0.lock().expect("no panic inside");
            let watched = all.entry(Account::new(carrier, account)).or_insert_with(|| Watched::new(alert.opened_at));
            match kind {
                AlertKind::OverCapacity => watched.over = Latch::on(),
                _ => watched.late = Latch::on(),
            }
        }
    }
    Ok(())
}

async fn round(house: &House, begun: Instant) -> Result<(), NotStored> {
    let now = house.now();
    let rows = measure(house).await?;
    for gone in house.sla.gone(&rows) {
        alert::recover(house, &key(AlertKind::SlaBreached, &gone)).await?;
        alert::recover(house, &key(AlertKind::OverCapacity, &gone)).await?;
    }
    for row in rows {
        let row = house.sla.see(row, now - begun, now);
        gauge(&row);
        let (zh, en) = names(house, &row.account);
        let tell = async |is_on: bool, kind: AlertKind, severity: Severity, headline: (String, String)| {
            let key = key(kind, &row.account);
            if !is_on {
                return alert::recover(house, &key).await;
            }
            let (carrier, account) = (Some(row.account.carrier.to_string()), Some(row.account.name.to_string()));
            alert::raise(house, Subject { key, kind, severity, carrier, account, headline, detail: words::detail(&row) }).await
        };
        let (late, over) = house.sla.told(&row.account);
        let severity = if row.tier == Tier::A { Severity::Critical } else { Severity::Warning };
        tell(late, AlertKind::SlaBreached, severity, words::breached(&row, &zh, &en)).await?;
        tell(over, AlertKind::OverCapacity, Severity::Warning, words::over(&row, &zh, &en)).await?;
    }
    Ok(())
}

fn key(kind: AlertKind, account: &Account) -> String {
    match kind {
        AlertKind::OverCapacity => format!("capacity:{account}"),
        _ => format!("sla:{account}"),
    }
}

fn names(house: &House, account: &Account) -> (String, String) {
    let id = || account.carrier.to_string();
    house.adapter(&account.carrier).map_or_else(|| (id(), id()), |a| (a.manifest.names.zh.clone(), a.manifest.names.en.clone()))
}

/// Every account's figures now; its state is what the last rounds made of them.
pub async fn measure(house: &House) -> Result<Vec<Row>, NotStored> {
    let now = house.now();
    let mut ages = house.store.ages(now).await?;
    let releases = house.releases.all();
    // An account that nothing can ask for has parcels all the same.
    let carriers = releases.iter().filter(|(_, standing)| standing.stable.adapter.manifest.kind == Kind::Carrier);
    carriers.for_each(|(account, _)| _ = ages.entry(account.clone()).or_default());
    let mut rows = vec![];
    for (account, ages) in ages {
        let release = releases.get(&account).map(|standing| &standing.stable);
        let held = permit::hold(house, &account).is_some();
        let tier = release.map_or_else(|| house.adapter(&account.carrier).map_or(Tier::A, |a| a.manifest.tier), |release| release.tier());
        let tier = if held { Tier::C } else { tier };
        let pace = house.config.pace(&account.carrier, tier);
        let alive = house.channels.alive(&account, now).map(|at| now - at);
        let fresh = Distribution::of(ages.into_iter().map(|ages| proven(ages, alive)), pace.sla);
        let capacity = match release.filter(|_| tier != Tier::C) {
            Some(release) => {
                let windows = house.windows(release, Interface::Tracking).iter().copied();
                Some(schedule::capacity(windows, house.batch(release).size, house.store.polled(&account).await?, pace))
            }
            None => None,
        };
        let (state, since) = house.sla.state(&account, fresh.parcels, now);
        rows.push(Row { account, tier, pace, fresh, capacity, state, since });
    }
    Ok(rows)
}

/// A pushed parcel is as fresh as its channel was last proven alive: had there been news, it would
/// have been told.
fn proven(ages: Ages, alive: Option<Instant>) -> Ages {
    match alive {
        Some(alive) if ages.subscribed && !ages.never => Ages { age: ages.age.min(alive), ..ages },
        _ => ages,
    }
}

fn gauge(row: &Row) {
    let labels = [("carrier", row.account.carrier.to_string()), ("tier", format!("{:?}", row.tier))];
    for (name, age) in [("0.5", row.fresh.p50()), ("0.9", row.fresh.p90()), ("0.95", row.fresh.p95()), ("1", row.fresh.max())] {
        let [carrier, tier] = labels.clone();
        metrics::gauge!("posthouse_freshness_seconds", "carrier" => carrier.1, "tier" => tier.1, "quantile" => name)
            .set(age as f64 / 1000.0);
    }
    let breached = f64::from(u8::from(row.state == State::Breached));
    metrics::gauge!("posthouse_sla_breached", "carrier" => row.account.carrier.to_string()).set(breached);
}

impl Watched {
    fn new(since: Instant) -> Self {
        Self { late: Latch::default(), over: Latch::default(), state: State::Ok, since }
    }
}

impl Sla {
    /// Takes a round's figures in and gives the row its state.
    fn see(&self, row: Row, up: Instant, now: Instant) -> Row {
        let mut all = self.0.lock().expect("no panic inside");
        let watched = all.entry(row.account.clone()).or_insert_with(|| Watched::new(now));
        let late = row.fresh.sign(row.pace.sla);
        // Nothing was asked while the host was down: it has one SLA's time to catch up.
        let too_early = up <= ms(row.pace.sla) && late == Sign::On;
        watched.late.see(if too_early { Sign::Between } else { late });
        watched.over.see(row.capacity.map_or(Sign::Off, over));
        let state = match () {
            () if row.fresh.parcels == 0 => State::NoParcels,
            () if watched.late.is_on() => State::Breached,
            () if watched.over.is_on() => State::OverCapacity,
            () if late == Sign::On => State::Settling,
            () => State::Ok,
        };
        if state != watched.state {
            (watched.state, watched.since) = (state, now);
        }
        Row { state, since: watched.since, ..row }
    }

    /// Accounts that are not there any more, with their parcels: nobody waits for them.
    fn gone(&self, rows: &[Row]) -> Vec<Account> {
        let mut all = self.0.lock().expect("no panic inside");
        let gone: Vec<Account> = all.keys().filter(|account| !rows.iter().any(|row| row.account == **account)).cloned().collect();
        all.retain(|account, _| !gone.contains(account));
        gone
    }

    fn state(&self, account: &Account, parcels: u64, now: Instant) -> (State, Instant) {
        let known = self.0.lock().expect("no panic inside").get(account).copied();
        let unseen = if parcels == 0 { State::NoParcels } else { State::Ok };
        known.map_or((unseen, now), |watched| (watched.state, watched.since))
    }

    /// Whether a breach, and an overload, are on.
    fn told(&self, account: &Account) -> (bool, bool) {
        let known = self.0.lock().expect("no panic inside").get(account).copied();
        known.map_or((false, false), |watched| (watched.late.is_on(), watched.over.is_on()))
    }
}

/// Over at once, not over any more a tenth below.
fn over(capacity: Capacity) -> Sign {
    match capacity.expected_every {
        expected if capacity.is_over() && expected > capacity.sla => Sign::On,
        expected if expected <= capacity.sla.mul_f64(0.9) || capacity.polled <= capacity.budget => Sign::Off,
        _ => Sign::Between,
    }
}

pub fn ms(length: Duration) -> Instant {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 8)
}
