//! Pushes that come too fast, or keep being refused: answered with "later", counted, and not read.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Mutex;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::parcel::Account;

/// Pushes of one account that are looked at, and refused ones that are recorded.
#[derive(Default)]
pub struct Floods {
    by_account: Mutex<BTreeMap<Account, std::sync::Arc<Gate>>>,
}

struct Gate {
    all: DefaultDirectRateLimiter,
    refused: DefaultDirectRateLimiter,
}

const ALL: u32 = 500;
const REFUSED: u32 = 60;

impl Gate {
    fn new() -> Self {
        let rate = |quota: Quota, burst| RateLimiter::direct(quota.allow_burst(burst));
        let number = |n| NonZeroU32::new(n).expect("not zero");
        Self {
            all: rate(Quota::per_second(number(ALL)), number(ALL * 4)),
            refused: rate(Quota::per_minute(number(REFUSED)), number(REFUSED)),
        }
    }
}

impl Floods {
    /// Seconds after which to come back, if there are too many.
    pub fn too_many(&self, account: &Account) -> Option<u64> {
        let full = self.gate(account).all.check().err()?;
        Some(full.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
    }

    /// Whether one more refused push is worth recording: a flood of them would fill the disk.
    pub fn is_worth_recording(&self, account: &Account) -> bool {
        self.gate(account).refused.check().is_ok()
    }

    fn gate(&self, account: &Account) -> std::sync::Arc<Gate> {
        let mut all = self.by_account.lock().expect("no panic inside");
        all.entry(account.clone()).or_insert_with(|| Gate::new().into()).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_recorded_in_part() {
        let floods = Floods::default();
        let account = Account::new("acme", "main");
        let recorded = (0..1000).filter(|_| floods.is_worth_recording(&account)).count();
        assert!((REFUSED as usize..REFUSED as usize + 10).contains(&recorded), "{recorded}");
        assert!(floods.is_worth_recording(&Account::new("acme", "other")), "one account's flood is not another's");
        let taken = (0..10_000).filter(|_| floods.too_many(&account).is_none()).count();
        assert!(taken < 10_000 && floods.too_many(&account).is_some_and(|wait| wait <= 2), "{taken}");
    }
}
