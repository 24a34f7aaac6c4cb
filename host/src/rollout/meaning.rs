//! What two readings of one answer disagree about, as a rollout asks it.

use crate::parcel::Outcome;
use crate::replay;

pub use crate::replay::Difference;

/// Status, order, time, place, signature, and whether it could be read at all.
pub fn differences(was: &Outcome, is: &Outcome) -> Vec<Difference> {
    replay::differences(&replay::said(was), &replay::said(is))
}

/// `tracks`, or the fault's code.
pub fn word(outcome: &Outcome) -> &'static str {
    outcome.as_ref().err().map_or("tracks", |fault| fault.kind.code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Fault, Kind};
    use crate::parcel::{Event, Track};

    fn event(at: i64, code: &str, status: &'static str) -> Event {
        Event {
            at,
            code: code.into(),
            status,
            unmapped: false,
            revokes: false,
            times: 1,
            text: format!("扫描 {code}"),
            place: Some("杭州".into()),
        }
    }

    fn track(events: Vec<Event>) -> Outcome {
        Ok(Track { events, in_order: true, odd: vec![], signed: None, status: None, extra: vec![], digest: [0; 16] })
    }

    fn names(was: &Outcome, is: &Outcome) -> Vec<String> {
        differences(was, is).into_iter().map(|d| d.name).collect()
    }

    #[test]
    fn each_kind_of_difference_has_its_name() {
        let was = track(vec![event(1000, "A", "picked_up"), event(2000, "B", "out_for_delivery")]);
        assert!(names(&was, &was).is_empty());
        let status = track(vec![event(1000, "A", "picked_up"), event(2000, "B", "delivered")]);
        assert_eq!(names(&was, &status), ["status:B:out_for_delivery>delivered"]);
        let time = track(vec![event(1000, "A", "picked_up"), event(2000 + 28_800_000, "B", "out_for_delivery")]);
        assert_eq!(names(&was, &time), ["time:B"]);
        let fewer = track(vec![event(2000, "B", "out_for_delivery")]);
        assert_eq!((names(&was, &fewer), names(&fewer, &was)), (vec!["missing:A".into()], vec!["added:A".into()]));
        let turned = track(vec![event(2000, "B", "out_for_delivery"), event(1000, "A", "picked_up")]);
        assert_eq!(names(&was, &turned), ["order"]);
        let fault = Err(Fault::new(Kind::Unreadable, "no JSON"));
        assert_eq!((names(&was, &fault), names(&fault, &fault)), (vec!["outcome:tracks>unreadable".into()], vec![]));
    }
}
