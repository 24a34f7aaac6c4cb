//! Stops calling an adapter version that keeps failing in itself, and tries it again later.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Failures in a row that open it.
const OPENS_AFTER: u32 = 5;
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

/// Per adapter version. Clock readings come in as arguments.
#[derive(Default)]
pub struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    in_a_row: u32,
    opened: u32,
    closed_until: Option<Instant>,
    /// Half open: somebody tries.
    tried: bool,
}

impl Breaker {
    /// Whether a call may be made. Half open, one caller at a time may try.
    pub fn admits(&self, now: Instant) -> bool {
        let mut state = self.0.lock().expect("no panic inside");
        match state.closed_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.closed_until = Some(now + distance(state.opened));
                state.tried = true;
                true
            }
            None => true,
        }
    }

    pub fn worked(&self) {
        let mut state = self.0.lock().expect("no panic inside");
        if state.in_a_row > 0 || state.closed_until.is_some() {
            *state = State::default();
        }
    }

    /// Calls that began before it opened and fail after it are of the same trouble: the distance
    /// does not grow with how many there were.
    pub fn failed(&self, now: Instant) {
        let mut state = self.0.lock().expect("no panic inside");
        state.in_a_row += 1;
        if state.in_a_row >= OPENS_AFTER && (state.closed_until.is_none() || state.tried) {
            state.opened += 1;
            state.tried = false;
            state.closed_until = Some(now + distance(state.opened));
        }
    }
}

fn distance(opened: u32) -> Duration {
    (FIRST * 2u32.saturating_pow(opened.saturating_sub(1).min(10))).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_repeated_traps_and_half_opens_with_growing_distance() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..OPENS_AFTER {
            assert!(breaker.admits(start));
            breaker.failed(start);
        }
        assert!(!breaker.admits(start));
        let later = start + FIRST;
        assert!(breaker.admits(later), "half open");
        assert!(!breaker.admits(later), "only one tries");
        breaker.failed(later);
        assert!(!breaker.admits(later + FIRST));
        assert!(breaker.admits(later + FIRST * 2));
        breaker.worked();
        assert!(breaker.admits(later) && breaker.admits(later));
    }

    #[test]
    fn many_that_fail_at_once_open_it_once() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..OPENS_AFTER * 4 {
            breaker.failed(start);
        }
        assert!(!breaker.admits(start) && breaker.admits(start + FIRST));
    }
}
