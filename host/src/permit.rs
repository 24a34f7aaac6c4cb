//! Whether a carrier's public page may be read: only if an operator recorded who allowed it, and
//! not after it turned us away or asked for a person. Then a person resumes it, nothing else does.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use posthouse_sdk::manifest::Tier;

use crate::app::House;
use crate::fault::{Fault, Instant, Kind};
use crate::parcel::Account;
use crate::store::{Act, NotStored, Recorded};

/// Who allowed it, and when, in their own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    pub by: String,
    /// `2026-01-20`.
    pub on: String,
    pub terms: String,
}

/// Why a page is not read any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    pub at: Instant,
    pub kind: Kind,
    pub detail: String,
    /// Where what it showed is kept, as long as it is.
    pub exchange: Option<i64>,
}

/// What is recorded of one carrier's page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub allowed: Option<Allowed>,
    pub stop: Option<Stop>,
    /// When its structure was last checked, and what was found.
    pub checked: Option<(Instant, String)>,
}

/// Why parcels wait for a clerk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// The carrier has nothing that a machine may read.
    ByHand,
    NotAllowed,
    Stopped(Stop),
}

/// The pages of every carrier, swapped whole.
#[derive(Default)]
pub struct Permits {
    pages: ArcSwap<BTreeMap<String, Page>>,
}

impl Hold {
    /// For whoever asks all the same.
    pub fn fault(&self) -> Fault {
        match self {
            Self::ByHand => Fault::new(Kind::NotEligible, "nothing of this carrier may be read by a machine: a clerk enters what it says"),
            Self::NotAllowed => {
                Fault::new(Kind::NotEligible, "nobody recorded who allows to read this carrier's page: `posthouse page allow`")
            }
            Self::Stopped(stop) => Fault::new(stop.kind, format!("its page is not read any more: {}", stop.detail)),
        }
    }

    pub fn code(&self) -> &'static str {
        match self {
            Self::ByHand => "by-hand",
            Self::NotAllowed => "not-allowed",
            Self::Stopped(stop) => stop.kind.code(),
        }
    }

    pub fn since(&self) -> Option<Instant> {
        match self {
            Self::ByHand | Self::NotAllowed => None,
            Self::Stopped(stop) => Some(stop.at),
        }
    }
}

impl Permits {
    /// What is recorded of each page.
    pub fn all(&self) -> Arc<BTreeMap<String, Page>> {
        self.pages.load_full()
    }

    /// Why this carrier's page is not read, if it is not.
    pub fn hold(&self, carrier: &str) -> Option<Hold> {
        match self.pages.load().get(carrier) {
            Some(Page { allowed: Some(_), stop: None, .. }) => None,
            Some(Page { allowed: Some(_), stop: Some(stop), .. }) => Some(Hold::Stopped(stop.clone())),
            _ => Some(Hold::NotAllowed),
        }
    }

    fn set(&self, carrier: &str, change: impl Fn(&mut Page)) {
        self.pages.rcu(|pages| {
            let mut pages = BTreeMap::clone(pages);
            change(pages.entry(carrier.to_owned()).or_default());
            pages
        });
    }
}

/// At start: what was recorded before.
pub async fn resume(house: &House) -> Result<(), NotStored> {
    house.permits.pages.store(Arc::new(house.store.pages().await?));
    Ok(())
}

/// Why an account's parcels wait for a clerk, if they do.
pub fn hold(house: &House, account: &Account) -> Option<Hold> {
    let standing = house.releases.of(account)?;
    match standing.stable.tier() {
        Tier::C => Some(Hold::ByHand),
        _ if standing.stable.reads_pages() => house.permits.hold(&account.carrier),
        _ => None,
    }
}

/// A page that turned us away, or asked for a person, is not asked again.
pub async fn note(house: &House, recorded: &Recorded) {
    let Some(fault) = recorded.faults.iter().find(|fault| matches!(fault.kind, Kind::TurnedAway | Kind::Challenge)) else { return };
    let carrier = &*recorded.account.carrier;
    let reads_pages = house.releases.of(&recorded.account).is_some_and(|standing| standing.stable.reads_pages());
    if !reads_pages || house.permits.hold(carrier).is_some() {
        return;
    }
    let exchange = house.store.last_exchange(&recorded.account, fault.kind.code()).await.ok().flatten();
    let stop = Stop { at: recorded.at, kind: fault.kind, detail: fault.detail.clone(), exchange };
    tracing::error!(carrier.id = %carrier, "the page of `{carrier}` is not read any more ({}): its parcels wait for a clerk, until `posthouse page resume {carrier}`", fault.kind.code());
    house.permits.set(carrier, |page| page.stop = Some(stop.clone()));
    let act = act("page.stop", carrier, fault.to_string(), "host");
    if let Err(why) = house.store.stop_page(carrier, &stop, act, house.now()).await {
        // It stays stopped here; after a restart the page says so again.
        tracing::error!("that it is stopped was not recorded: {why}");
    }
}

/// An operator records who allowed it. A stop stays: that is another decision.
pub async fn allow(house: &House, carrier: &str, allowed: Allowed, actor: &str) -> Result<(), NotStored> {
    let act = act("page.allow", carrier, format!("{} on {}: {}", allowed.by, allowed.on, allowed.terms), actor);
    house.store.allow_page(carrier, Some(&allowed), act, house.now()).await?;
    house.permits.set(carrier, |page| page.allowed = Some(allowed.clone()));
    wake(house, carrier);
    Ok(())
}

/// Takes the permission back.
pub async fn withdraw(house: &House, carrier: &str, reason: &str, actor: &str) -> Result<(), NotStored> {
    let act = act("page.withdraw", carrier, reason.to_owned(), actor);
    house.store.allow_page(carrier, None, act, house.now()).await?;
    house.permits.set(carrier, |page| page.allowed = None);
    Ok(())
}

/// A person has looked at it, and it may be asked again: those it was stopped for first.
pub async fn go_on(house: &House, carrier: &str, reason: &str, actor: &str) -> Result<(), NotStored> {
    let act = act("page.resume", carrier, reason.to_owned(), actor);
    house.store.resume_page(carrier, act, house.now()).await?;
    house.permits.set(carrier, |page| page.stop = None);
    wake(house, carrier);
    Ok(())
}

/// Somebody checked the page's structure.
pub async fn checked(house: &House, carrier: &str, found: &str, actor: &str) -> Result<(), NotStored> {
    let (now, act) = (house.now(), act("page.check", carrier, found.to_owned(), actor));
    house.store.check_page(carrier, found, act, now).await?;
    house.permits.set(carrier, |page| page.checked = Some((now, found.to_owned())));
    Ok(())
}

fn wake(house: &House, carrier: &str) {
    let all = house.releases.all();
    all.keys().filter(|account| *account.carrier == *carrier).for_each(|account| house.wakes.of(account).notify_waiters());
}

fn act(act: &'static str, carrier: &str, reason: String, actor: &str) -> Act {
    Act { actor: actor.to_owned(), act, subject: carrier.to_owned(), reason, evidence: None }
}
