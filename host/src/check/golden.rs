//! Recorded answers against what they must mean: compared in meaning, as a rollout compares.

use posthouse_sdk::replay::{Meaning, TrackMeaning};

use super::File;
use crate::replay::{self, Told};

/// How a recorded file no longer means what it says, one line for each difference.
pub fn differs(file: &File, found: &Meaning) -> Vec<String> {
    let expected = &file.recorded.expect;
    let mut lines = vec![];
    let mut line = |name: &str, was: &str, is: &str| lines.push(format!("{}: {name}: expected {was}, found {is}", file.name));
    let mut numbers: Vec<&str> = expected.tracks.iter().chain(&found.tracks).map(|track| track.number.as_str()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    for number in numbers {
        let (was, is) = (said(expected, number), said(found, number));
        for difference in replay::differences(&was, &is) {
            line(&format!("{number} {}", difference.name), &difference.was, &difference.is);
        }
        if let (Ok(was), Ok(is)) = (&was, &is) {
            if was.status != is.status {
                line(&format!("{number} status"), was.status.as_deref().unwrap_or("none"), is.status.as_deref().unwrap_or("none"));
            }
            if was.odd != is.odd {
                line(&format!("{number} odd"), &format!("{:?}", was.odd), &format!("{:?}", is.odd));
            }
        }
    }
    let code = |meaning: &Meaning| meaning.fault.as_ref().map_or("none", |fault| fault.code.as_str()).to_owned();
    if code(expected) != code(found) {
        line("fault", &code(expected), &described(found));
    }
    if expected.outcome != found.outcome {
        line("outcome", &expected.outcome, &found.outcome);
    }
    if expected.reply != found.reply {
        line("reply", &format!("{:?}", expected.reply), &format!("{:?}", found.reply));
    }
    // An absent signature is written in two ways.
    if expected.verified.flatten() != found.verified.flatten() {
        line("verified", &format!("{:?}", expected.verified.flatten()), &format!("{:?}", found.verified.flatten()));
    }
    lines
}

fn said(meaning: &Meaning, number: &str) -> Told {
    let track: Option<&TrackMeaning> = meaning.tracks.iter().find(|track| track.number == number);
    track
        .cloned()
        .ok_or_else(|| meaning.fault.as_ref().map_or_else(|| ("nothing".into(), String::new()), |f| (f.code.clone(), f.detail.clone())))
}

fn described(meaning: &Meaning) -> String {
    meaning.fault.as_ref().map_or_else(|| "none".into(), |fault| format!("{} ({})", fault.code, fault.detail))
}
