//! What two readings of one answer disagree about, in the words a person would use.

use serde::Serialize;

use crate::api::rfc3339;
use crate::parcel::{Event, Outcome, Track};

/// A difference in meaning. Its name is the same for every parcel that shows it, so that it can be
/// counted, and accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// `status:SIGNED:out_for_delivery>delivered`
    pub name: String,
    pub was: String,
    pub is: String,
}

/// Status, order, time, place, signature, and whether it could be read at all.
pub fn differences(was: &Outcome, is: &Outcome) -> Vec<Difference> {
    match (was, is) {
        (Ok(was), Ok(is)) => tracks(was, is),
        _ if word(was) == word(is) => vec![],
        _ => vec![difference(format!("outcome:{}>{}", word(was), word(is)), detail(was), detail(is))],
    }
}

fn tracks(was: &Track, is: &Track) -> Vec<Difference> {
    let mut found = vec![];
    let mut left: Vec<&Event> = is.events.iter().collect();
    let mut order = vec![];
    for old in &was.events {
        let same_moment = |e: &&Event| e.code == old.code && e.text == old.text && e.at == old.at;
        let same_words = |e: &&Event| e.code == old.code && e.text == old.text;
        match left.iter().position(same_moment).or_else(|| left.iter().position(same_words)) {
            Some(at) => {
                let new = left.remove(at);
                order.push(is.events.iter().position(|e| std::ptr::eq(e, new)));
                found.extend(events(old, new));
            }
            None => found.push(difference(format!("missing:{}", old.code), told(old), "nothing".into())),
        }
    }
    found.extend(left.into_iter().map(|new| difference(format!("added:{}", new.code), "nothing".into(), told(new))));
    if found.is_empty() && !order.is_sorted() {
        found.push(difference("order".into(), "the carrier's".into(), "another".into()));
    }
    if was.signed != is.signed {
        let told =
            |t: &Track| t.signed.as_ref().map_or("not signed".into(), |s| format!("{} {}", rfc3339(s.at), s.by.as_deref().unwrap_or("")));
        found.push(difference("signed".into(), told(was), told(is)));
    }
    found
}

fn events(was: &Event, is: &Event) -> Vec<Difference> {
    let mut found = vec![];
    if was.status != is.status {
        found.push(difference(format!("status:{}:{}>{}", was.code, was.status, is.status), was.status.into(), is.status.into()));
    }
    if was.at != is.at {
        found.push(difference(format!("time:{}", was.code), rfc3339(was.at), rfc3339(is.at)));
    }
    if was.place != is.place {
        let place = |e: &Event| e.place.clone().unwrap_or_else(|| "nowhere".into());
        found.push(difference(format!("place:{}", was.code), place(was), place(is)));
    }
    found
}

fn difference(name: String, was: String, is: String) -> Difference {
    Difference { name, was, is }
}

fn told(event: &Event) -> String {
    format!("{} {} {}", rfc3339(event.at), event.status, event.text)
}

/// `tracks`, or the fault's code.
pub fn word(outcome: &Outcome) -> &'static str {
    outcome.as_ref().err().map_or("tracks", |fault| fault.kind.code())
}

fn detail(outcome: &Outcome) -> String {
    outcome.as_ref().err().map_or_else(|| "tracks".into(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Fault, Kind};

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
