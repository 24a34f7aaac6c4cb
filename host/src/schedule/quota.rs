//! How many calls an account may make: windows per interface, by governor.
//!
//! A carrier counts calls in *any* window; a leaky bucket of n per period lets a full burst and
//! a full refill into one window. So a window of n is split: a burst of b at most, the rest
//! spread over the period. Then no window of that length ever holds more than n calls.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use governor::clock::DefaultClock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota as Rate, RateLimiter};
use posthouse_sdk::manifest::{Interface, Window};

use crate::parcel::Account;

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock>;

/// The windows of one account and interface. Cheap to clone; shared by credential generations.
#[derive(Clone)]
pub struct Quota {
    windows: Arc<Vec<Shaped>>,
}

struct Shaped {
    window: Window,
    burst: NonZeroU32,
    limiter: Limiter,
}

/// Every quota, made when first used.
#[derive(Default)]
pub struct Quotas {
    made: Mutex<BTreeMap<(Account, Interface), Quota>>,
}

impl Quota {
    /// `spent` tells how many calls were made in the last so many milliseconds, before a restart.
    pub fn new(windows: &[Window], spent: impl Fn(Duration) -> u32) -> Self {
        let shaped = windows.iter().map(|w| Shaped::new(*w, &spent)).collect();
        Self { windows: Arc::new(shaped) }
    }

    /// Waits until one more call fits into every window, and counts it.
    pub async fn ready(&self) {
        for shaped in self.windows.iter() {
            shaped.limiter.until_ready().await;
        }
    }

    /// Calls that are granted in a length of time, bursts apart: at least one.
    pub fn calls_within(&self, length: Duration) -> usize {
        let narrowest = self.windows.iter().map(|w| sustained(w.window)).fold(f64::INFINITY, f64::min);
        (narrowest * length.as_secs_f64()).clamp(1.0, 1e6) as usize
    }
}

impl Shaped {
    fn new(window: Window, spent: &impl Fn(Duration) -> u32) -> Self {
        let (burst, spread) = split(window.calls.get());
        let rate = Rate::with_period(window.per.0 / spread).expect("a period is not zero").allow_burst(burst);
        let limiter = RateLimiter::direct(rate);
        let refill = window.per.0 / spread * burst.get();
        if let Some(used) = NonZeroU32::new(spent(refill).min(burst.get())) {
            // Counted against this process, so that a restart grants nothing twice.
            let _ = limiter.check_n(used);
        }
        Self { window, burst, limiter }
    }
}

impl std::fmt::Debug for Shaped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{:?} burst {}", self.window.calls, self.window.per.0, self.burst)
    }
}

/// What a window sustains: its calls but for the burst.
pub fn sustained(window: Window) -> f64 {
    f64::from(split(window.calls.get()).1) / window.per.0.as_secs_f64()
}

/// A fiftieth of a large window may come at once, a fifth of a small one; the rest is spread.
fn split(calls: u32) -> (NonZeroU32, u32) {
    let burst = if calls >= 1000 { calls / 50 } else { calls / 5 };
    let burst = burst.clamp(1, calls);
    let spread = (calls - burst).max(1);
    (NonZeroU32::new(burst).expect("at least one"), spread)
}

impl Quotas {
    /// The quota, if it was made before.
    pub fn made(&self, account: &Account, interface: Interface) -> Option<Quota> {
        self.made.lock().expect("no panic inside").get(&(account.clone(), interface)).cloned()
    }

    pub fn forget(&self, account: &Account) {
        self.made.lock().expect("no panic inside").retain(|(of, _), _| of != account);
    }

    /// The quota of an account's interface.
    pub fn of(&self, account: &Account, interface: Interface, windows: &[Window], spent: impl Fn(Duration) -> u32) -> Quota {
        let mut made = self.made.lock().expect("no panic inside");
        let make = || Quota::new(windows, spent);
        made.entry((account.clone(), interface)).or_insert_with(make).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_never_holds_more_than_its_calls() {
        for calls in [1, 2, 5, 30, 100, 3000] {
            let (burst, spread) = split(calls);
            assert!(burst.get() + spread <= calls.max(2), "{calls}: {burst} + {spread}");
        }
    }

    #[test]
    fn what_was_spent_before_a_restart_is_not_granted_again() {
        let window = Window::try_from("3000/1d".to_owned()).unwrap();
        let fresh = Quota::new(&[window], |_| 0);
        let restarted = Quota::new(&[window], |_| 50);
        let at_once = |quota: &Quota| (0..).take_while(|_| quota.windows[0].limiter.check().is_ok()).count();
        assert_eq!(at_once(&fresh), 60);
        assert_eq!(at_once(&restarted), 10);
    }
}
