//! Says what a notice means for those who call a carrier's interface: what breaks, when, and which names it names.
//!
//! Everything that is knowledge stands in tables ([`table`], the cues in [`when`], the forms in [`date`]); the rest counts. No
//! carrier is known here, nothing is guessed from a carrier's habits, and no clock is read.

mod change;
mod date;
mod effective;
mod kind;
mod names;
mod plain;
mod table;
mod weigh;
mod when;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use effective::{CHINA, Effective};
pub use kind::Kind;

use super::told::Told;

/// No notice is longer; what stands behind is a page that was taken for a notice, and reading time must stay bounded.
const READ_AT_MOST: usize = 32 * 1024;

/// One aspect of a notice: a change of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub kind: Kind,
    /// From when it holds, or by when one must have acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Effective>,
    /// The end of an outage or a holiday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Effective>,
    /// Versions, interfaces, methods, paths, hosts and fields it names, in the order of the text.
    pub names: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// The sentences that prove it, verbatim.
    pub quotes: Vec<String>,
    /// 0 to 1: how much of title, verbs and date agree.
    pub confidence: f64,
}

/// Reads a notice.
///
/// The most important aspect comes first; an ordinary post gives nothing. Two notices with the same words get the same readings
/// on any day, because relative dates count from the publication.
pub fn read(told: &Told) -> Vec<Reading> {
    let text = plain::cut(told.text, READ_AT_MOST);
    let title = plain::sentence(plain::cut(told.title, 600));
    let body = plain::sentences(text);
    let told_on = day_in_china(told.published.unwrap_or(told.seen));

    let found = date::mentions(&title, &body, told_on);
    let days = weigh::Days {
        any: !found.is_empty(),
        ahead: found.iter().any(|mention| mention.from.date >= told_on),
        window: found.iter().any(|mention| mention.from.time.is_some() && mention.until.is_some_and(|until| until.time.is_some())),
    };
    let weights = weigh::weigh(&title, &body, days);
    weights
        .raised()
        .into_iter()
        .map(|aspect| {
            let when = when::choose(&aspect, &found, &body, told_on);
            let (old, new) = change::values(aspect.kind, &aspect.proof, &title, &body);
            Reading {
                kind: aspect.kind,
                effective: when.effective,
                until: when.until,
                names: names::names(&title, &body),
                old,
                new,
                quotes: quotes(&aspect.proof, when.sentence, &body, &title),
                confidence: confidence(&aspect, &when),
            }
        })
        .collect()
}

fn day_in_china(ms: i64) -> Date {
    CHINA.to_datetime(Timestamp::from_millisecond(ms).unwrap_or_default()).date()
}

/// The dated sentence and the two heaviest, in the order of the text.
fn quotes(proof: &[usize], dated: Option<usize>, body: &[plain::Sentence], title: &plain::Sentence) -> Vec<String> {
    let mut at: Vec<usize> = dated.into_iter().collect();
    for &sentence in proof {
        if at.len() < 3 && !at.contains(&sentence) {
            at.push(sentence);
        }
    }
    at.sort_unstable();
    if at.is_empty() {
        return vec![title.raw.trim().to_owned()];
    }
    at.into_iter().map(|sentence| plain::cut(body[sentence].raw.trim(), plain::LONGEST).to_owned()).collect()
}

/// Title, verbs, date: each alone is weak, and marketing words take from all of them.
fn confidence(aspect: &weigh::Aspect, when: &when::When) -> f64 {
    let verbs = (aspect.text / 10.0).clamp(0.0, 1.0) * 0.3;
    let title = if aspect.title > 0.0 { 0.3 } else { 0.0 };
    let date = match when.effective {
        Some(_) => 0.12 + (when.score / 8.0).clamp(0.0, 1.0) * 0.13,
        None => 0.0,
    };
    let rest = 0.13 * aspect.share;
    let sum = verbs + title + date + rest - (aspect.noise / 10.0).clamp(0.0, 0.4);
    (sum.clamp(0.02, 0.98) * 100.0).round() / 100.0
}
