//! When a parcel is looked at again: pure, by table.

use std::time::Duration;

use posthouse_sdk::manifest::Period;
use posthouse_sdk::status;

use crate::config::Pace;
use crate::fault::{Instant, Next};
use crate::parcel::{Before, Outcome};

/// What follows from an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// None: nothing more is expected of this parcel.
    pub next_look: Option<Instant>,
    /// When its answer stops being fresh; looks go in this order.
    pub deadline: Option<Instant>,
    pub faults: u32,
    pub tail: u32,
    /// The carrier answered about this parcel.
    pub fresh: bool,
}

/// The rows that hold for one carrier and moment.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    pub pace: Pace,
    pub backoff: Duration,
    pub backoff_max: Duration,
    pub tail: &'a [Period],
    /// The distance of looks while pushes flow, if they do for this parcel.
    pub pushed_every: Option<Duration>,
    /// An end that this track tells is believed.
    pub believed: bool,
    /// 0.0 to 1.0: spreads parcels that came together.
    pub jitter: f64,
}

/// Plans the next look.
pub fn plan(before: &Before, outcome: &Outcome, rules: Rules<'_>, now: Instant) -> Plan {
    match outcome {
        Ok(track) => after_track(before, track.status, rules, now),
        Err(fault) => match fault.kind.next() {
            Next::Normal => again(0, before.tail, now, rules.spread(rules.every()), rules, true),
            Next::AtUntil => {
                let rest = rules.backed_off(before.faults);
                let at = fault.until.filter(|until| *until > now).unwrap_or_else(|| now + ms(rest));
                Plan {
                    next_look: Some(at + ms(rules.spread_above(rules.backoff))),
                    ..again(before.faults + 1, before.tail, now, rest, rules, false)
                }
            }
            Next::BackOff => again(before.faults + 1, before.tail, now, rules.spread(rules.backed_off(before.faults)), rules, false),
            Next::Hold => again(
                before.faults + 1,
                before.tail,
                now,
                rules.spread(rules.backed_off(before.faults).max(rules.pace.every)),
                rules,
                false,
            ),
        },
    }
}

fn after_track(before: &Before, state: Option<&str>, rules: Rules<'_>, now: Instant) -> Plan {
    if !(rules.believed && state.is_some_and(status::is_terminal)) {
        return again(0, 0, now, rules.spread(rules.every()), rules, true);
    }
    match rules.tail.get(before.tail as usize) {
        Some(rest) => Plan { deadline: None, ..again(0, before.tail + 1, now, rules.spread(rest.0), rules, true) },
        None => Plan { next_look: None, deadline: None, faults: 0, tail: before.tail, fresh: true },
    }
}

fn again(faults: u32, tail: u32, now: Instant, rest: Duration, rules: Rules<'_>, fresh: bool) -> Plan {
    Plan { next_look: Some(now + ms(rest)), deadline: Some(now + ms(rules.pace.sla)), faults, tail, fresh }
}

impl Rules<'_> {
    fn every(self) -> Duration {
        self.pushed_every.unwrap_or(self.pace.every)
    }

    /// Never later than asked, up to a tenth earlier: the pace is a promise.
    fn spread(self, rest: Duration) -> Duration {
        rest.mul_f64(1.0 - 0.1 * self.jitter)
    }

    fn spread_above(self, rest: Duration) -> Duration {
        rest.mul_f64(0.1 * self.jitter)
    }

    fn backed_off(self, faults: u32) -> Duration {
        (self.backoff * 2u32.saturating_pow(faults.min(16))).min(self.backoff_max)
    }
}

fn ms(length: Duration) -> Instant {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Fault, Kind};
    use crate::parcel::Track;

    const MINUTE: Instant = 60_000;

    fn rules(tail: &[Period]) -> Rules<'_> {
        let pace = Pace { every: Duration::from_secs(300), sla: Duration::from_secs(600) };
        Rules {
            pace,
            backoff: Duration::from_secs(30),
            backoff_max: Duration::from_secs(3600),
            tail,
            pushed_every: None,
            believed: true,
            jitter: 0.0,
        }
    }

    fn track(status: &'static str) -> Outcome {
        Ok(Track { events: vec![], in_order: true, odd: vec![], signed: None, status: Some(status), extra: vec![], digest: [0; 16] })
    }

    fn fault(kind: Kind, until: Option<Instant>) -> Outcome {
        Err(Fault { until, ..Fault::new(kind, "") })
    }

    #[test]
    fn the_next_look_follows_from_the_outcome() {
        let after = |faults, outcome| plan(&Before { faults, ..Before::default() }, &outcome, rules(&[]), 0).next_look;
        for (faults, outcome, expected) in [
            (0, track("in_transit"), Some(5 * MINUTE)),
            (0, track("delivered"), None),
            (3, fault(Kind::NoEvents, None), Some(5 * MINUTE)),
            (0, fault(Kind::Unreachable, None), Some(MINUTE / 2)),
            (3, fault(Kind::Unreachable, None), Some(4 * MINUTE)),
            (30, fault(Kind::Unreachable, None), Some(60 * MINUTE)),
            (0, fault(Kind::Throttled, Some(7 * MINUTE)), Some(7 * MINUTE)),
            (0, fault(Kind::CredentialRejected, None), Some(5 * MINUTE)),
        ] {
            assert_eq!(after(faults, outcome.clone()), expected, "{faults} {outcome:?}");
        }
    }

    #[test]
    fn a_delivery_is_looked_at_again_before_it_is_believed() {
        let tail = [Period(Duration::from_secs(3600)), Period(Duration::from_secs(7200))];
        let mut before = Before::default();
        for (expected, count) in [(Some(60 * MINUTE), 1), (Some(120 * MINUTE), 2), (None, 2)] {
            let plan = plan(&before, &track("delivered"), rules(&tail), 0);
            assert_eq!((plan.next_look, plan.tail), (expected, count));
            before.tail = plan.tail;
        }
        assert_eq!(plan(&before, &track("return_initiated"), rules(&tail), 0).tail, 0, "a revoked delivery starts over");
    }

    #[test]
    fn an_end_that_is_not_believed_is_looked_at_as_before() {
        let rules = Rules { believed: false, ..rules(&[]) };
        assert_eq!(plan(&Before::default(), &track("delivered"), rules, 0).next_look, Some(5 * MINUTE));
    }

    #[test]
    fn a_subscribed_parcel_is_looked_at_rarely() {
        let rules = Rules { pushed_every: Some(Duration::from_secs(3600)), ..rules(&[]) };
        assert_eq!(plan(&Before::default(), &track("in_transit"), rules, 0).next_look, Some(60 * MINUTE));
    }
}
