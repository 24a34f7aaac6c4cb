//! What two readings of one answer disagree about, in the words a person would use: for the gate and
//! the trials of a rollout, and for an author's recorded answers.

use posthouse_sdk::replay::{EventMeaning, TrackMeaning};
use serde::Serialize;

/// A difference in meaning. Its name is the same for every parcel that shows it, so that it can be
/// counted, and accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// `status:SIGNED:out_for_delivery>delivered`
    pub name: String,
    pub was: String,
    pub is: String,
}

/// What was said of one parcel: its track, or a fault's code and words.
pub type Told = Result<TrackMeaning, (String, String)>;

/// Status, order, time, place, signature, and whether it could be read at all.
pub fn differences(was: &Told, is: &Told) -> Vec<Difference> {
    match (was, is) {
        (Ok(was), Ok(is)) => tracks(was, is),
        _ if word(was) == word(is) => vec![],
        _ => vec![difference(format!("outcome:{}>{}", word(was), word(is)), detail(was), detail(is))],
    }
}

fn tracks(was: &TrackMeaning, is: &TrackMeaning) -> Vec<Difference> {
    let mut found = vec![];
    let mut left: Vec<&EventMeaning> = is.events.iter().collect();
    let mut order = vec![];
    for old in &was.events {
        let same_moment = |e: &&EventMeaning| e.code == old.code && e.text == old.text && e.at == old.at;
        let same_words = |e: &&EventMeaning| e.code == old.code && e.text == old.text;
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
            |t: &TrackMeaning| t.signed.as_ref().map_or("not signed".into(), |s| format!("{} {}", s.at, s.by.as_deref().unwrap_or("")));
        found.push(difference("signed".into(), told(was), told(is)));
    }
    found
}

fn events(was: &EventMeaning, is: &EventMeaning) -> Vec<Difference> {
    let mut found = vec![];
    if was.status != is.status {
        found.push(difference(format!("status:{}:{}>{}", was.code, was.status, is.status), was.status.clone(), is.status.clone()));
    }
    if was.at != is.at {
        found.push(difference(format!("time:{}", was.code), was.at.clone(), is.at.clone()));
    }
    if was.place != is.place {
        let place = |e: &EventMeaning| e.place.clone().unwrap_or_else(|| "nowhere".into());
        found.push(difference(format!("place:{}", was.code), place(was), place(is)));
    }
    found
}

fn difference(name: String, was: String, is: String) -> Difference {
    Difference { name, was, is }
}

fn told(event: &EventMeaning) -> String {
    format!("{} {} {}", event.at, event.status, event.text)
}

fn word(said: &Told) -> &str {
    said.as_ref().err().map_or("tracks", |(code, _)| code)
}

fn detail(said: &Told) -> String {
    said.as_ref().err().map_or_else(|| "tracks".into(), |(code, words)| format!("{code}: {words}"))
}
