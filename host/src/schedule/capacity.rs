//! What an account's budget can carry: an overload is a figure before it is a breach.

use std::time::Duration;

use posthouse_sdk::manifest::Window;

use super::quota::sustained;
use crate::config::Pace;

/// How many parcels are polled, and how many the budget allows at the tier's pace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capacity {
    pub polled: u64,
    /// Parcels that can be looked at every `every`.
    pub budget: u64,
    pub every: Duration,
    /// The distance of looks that the budget really allows.
    pub expected_every: Duration,
    pub sla: Duration,
}

/// Of the narrowest window.
pub fn capacity(windows: impl IntoIterator<Item = Window>, batch: usize, polled: u64, pace: Pace) -> Capacity {
    let calls = windows.into_iter().map(sustained).fold(f64::INFINITY, f64::min);
    let parcels = calls * batch as f64;
    let needed = Duration::from_secs_f64((polled as f64 / parcels).min(1e9));
    Capacity {
        polled,
        budget: (parcels * pace.every.as_secs_f64()) as u64,
        every: pace.every,
        expected_every: needed.max(pace.every),
        sla: pace.sla,
    }
}

impl Capacity {
    /// Freshness cannot be kept inside the SLA.
    pub fn is_over(&self) -> bool {
        self.expected_every > self.sla
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_thousand_calls_a_day_carry_102_parcels() {
        let window = |text: &str| Window::try_from(text.to_owned()).unwrap();
        let pace = Pace { every: Duration::from_secs(300), sla: Duration::from_secs(600) };
        let found = capacity([window("30/1s"), window("3000/1d")], 10, 500, pace);
        assert_eq!(found.budget, 102, "3,000 calls are 104; a burst of 60 is kept apart");
        assert_eq!(found.expected_every.as_secs(), 1469);
        assert!(found.is_over());
        assert!(!capacity([window("30/1s")], 10, 500, pace).is_over());
    }
}
