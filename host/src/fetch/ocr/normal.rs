//! From what an engine read to what a field says. Pure; by table.

mod cities;
mod fold;
mod phrases;
mod time;

use super::frame::Pass;
use super::{Drawn, Kind, Knowledge};
use phrases::Phrase;

/// Passes of the first look.
const FIRST: usize = 2;
/// Of both looks.
const ALL: usize = 7;

/// What one pass says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Meaning {
    text: String,
    /// All of it stands in a list or has a form that few texts have.
    is_known: bool,
}

/// Those passes that say one thing.
struct Voice {
    says: Result<Meaning, String>,
    passes: usize,
    /// Of the surest of them.
    sure: u8,
}

/// What the passes say: both of the first look, or enough of all.
pub fn agreed(kind: Kind, passes: &[Pass], knowledge: Knowledge<'_>, floor: u8) -> Drawn {
    let unsure = |why: &str| Drawn::Unsure(format!("{why}: {}", shown(passes)));
    let mut voices = voices(kind, passes, knowledge).into_iter();
    let Some(first) = voices.next() else { return unsure("there is ink and nothing to read") };
    let Ok(meaning) = first.says else { return unsure(refusal(kind)) };
    if voices.next().is_some_and(|second| second.passes == first.passes) || first.passes < needed(kind, &meaning, passes.len()) {
        return unsure("readings differ");
    }
    if first.sure < floor { unsure("read without confidence") } else { Drawn::Sure(meaning.text) }
}

/// The loudest first. What means nothing has a voice, too: against.
fn voices(kind: Kind, passes: &[Pass], knowledge: Knowledge<'_>) -> Vec<Voice> {
    let mut voices: Vec<Voice> = vec![];
    // Who saw nothing has none, but both passes of the first look must see something.
    for pass in passes.iter().filter(|pass| passes.len() == FIRST || !pass.text.is_empty()) {
        let says = normal(kind, &pass.text, knowledge).ok_or_else(|| fold::fold(&pass.text));
        match voices.iter_mut().find(|voice| voice.says == says) {
            Some(voice) => (voice.passes, voice.sure) = (voice.passes + 1, voice.sure.max(pass.sure)),
            None => voices.push(Voice { says, passes: 1, sure: pass.sure }),
        }
    }
    voices.sort_by_key(|voice| std::cmp::Reverse(voice.passes));
    voices
}

/// A wrong digit is as good a digit; a wrong character is seldom a word of a list.
fn needed(kind: Kind, meaning: &Meaning, passes: usize) -> usize {
    match kind {
        _ if !meaning.is_known => ALL,
        _ if passes == FIRST => FIRST,
        Kind::Digits | Kind::Number | Kind::Time | Kind::Words => 5,
        Kind::City | Kind::Phrase => 3,
    }
}

fn shown(passes: &[Pass]) -> String {
    let shown: Vec<_> = passes.iter().map(|pass| format!("`{}` ({})", pass.text, pass.sure)).collect();
    shown.join(", ")
}

fn normal(kind: Kind, text: &str, knowledge: Knowledge<'_>) -> Option<Meaning> {
    let folded = fold::fold(text);
    let joined = || fold::joined(&folded);
    let known = |text: String| Meaning { text, is_known: true };
    match kind {
        Kind::Words => Some(folded).filter(|words| !words.is_empty()).map(known),
        Kind::Digits => Some(joined()).filter(|text| is_digits(text)).map(known),
        Kind::Number => Some(joined()).filter(|text| knowledge.numbers.iter().any(|pattern| is_whole(pattern, text))).map(known),
        Kind::Time => time::parse(&folded).map(known),
        Kind::City => cities::snap(&joined()).map(|city| known(city.to_owned())),
        Kind::Phrase => phrases::snap(&folded, knowledge.phrases).map(|Phrase { text, is_known }| Meaning { text, is_known }),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A pattern that would also take a part must not make a longer text a number.
fn is_whole(pattern: &regex::Regex, text: &str) -> bool {
    pattern.find(text).is_some_and(|found| found.len() == text.len())
}

fn refusal(kind: Kind) -> &'static str {
    match kind {
        Kind::Words => "there is ink and nothing to read",
        Kind::Digits => "not digits",
        Kind::Time => "not a time",
        Kind::Number => "not a number of this carrier",
        Kind::City => "no city is near enough",
        Kind::Phrase => "no phrase is near enough",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, passes: impl IntoIterator<Item = (&'static str, u8)>, expected: Option<&str>) {
        let numbers = [regex::Regex::new(r"SF\d{13}").unwrap(), regex::Regex::new(r"^7\d{11}$").unwrap()];
        let knowledge = Knowledge { numbers: &numbers, phrases: &["快件到达【{}】".to_owned()] };
        let read: Vec<_> = passes.into_iter().map(|(text, sure)| Pass { text: text.into(), sure }).collect();
        match (agreed(kind, &read, knowledge, 50), expected) {
            (Drawn::Sure(told), Some(expected)) => assert_eq!(told, expected),
            (Drawn::Unsure(_), None) => (),
            (drawn, expected) => panic!("{kind:?} {read:?}: {drawn:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn both_passes_must_say_the_same() {
        check(Kind::Digits, [("123 45", 90), ("12345", 90)], Some("12345"));
        check(Kind::Digits, [("12345", 90), ("12845", 90)], None);
        check(Kind::Digits, [("", 95), ("", 95)], None);
        check(Kind::Words, [("派 件 员 ， 王", 90), ("派件员,王", 30)], Some("派件员,王"));
        check(Kind::Time, [("2026-11-22 10:30", 90), ("2026-11-2210:30", 90)], Some("2026-11-22 10:30"));
        check(Kind::City, [("广州市", 90), ("广 州", 90)], Some("广州"));
        check(Kind::City, [("广州市", 90), ("杭州市", 90)], None);
        check(Kind::Phrase, [("快件到达【 绍兴 】", 90), ("快件到达[绍兴】", 90)], Some("快件到达【绍兴】"));
        check(Kind::Phrase, [("快件到达【绍兴】", 90), ("快件到达【绍光】", 90)], None);
    }

    #[test]
    fn where_two_differ_most_of_seven_must_agree() {
        let seven = |one: &'static str, votes: usize, other: &'static str| (0..7).map(move |n| (if n < votes { one } else { other }, 90));
        check(Kind::Digits, seven("12345", 5, "12845"), Some("12345"));
        check(Kind::Digits, seven("12345", 4, "12845"), None);
        check(Kind::Time, seven("10:30", 5, "10;30"), Some("10:30"));
        check(Kind::City, [("阜阳", 50), ("旱阳", 50), ("阜阳市", 40), ("阜 阳", 9), ("皇阳", 50), ("重阳", 9), ("", 0)], Some("阜阳"));
        check(Kind::City, [("", 0), ("", 0), ("", 0), ("来宾", 91), ("", 0), ("来宾", 92), ("来宾", 93)], Some("来宾"));
        check(Kind::City, [("", 0), ("", 0), ("", 0), ("来宾", 91), ("", 0), ("来宾", 92), ("", 0)], None);
        check(Kind::City, [("洛阳", 50), ("洛阳", 50), ("溧阳", 40), ("溧阳", 9), ("溧阳", 50), ("洛阳", 9), ("", 0)], None);
        // A place that is in no list needs them all.
        check(Kind::Phrase, seven("快件到达【草州营业部】", 6, "快件到达【荆州营业部】"), None);
        check(Kind::Phrase, seven("快件到达【菜鸟驿站】", 7, ""), Some("快件到达【菜鸟驿站】"));
        check(Kind::Phrase, seven("快件到达【荆州营业部】", 4, "快件到达【草州营业部】"), Some("快件到达【荆州营业部】"));
    }

    #[test]
    fn what_no_pass_was_sure_of_is_not_told() {
        check(Kind::Digits, [("12345", 49), ("12345", 49)], None);
        check(Kind::Digits, [("12345", 12), ("12345", 50)], Some("12345"));
    }

    #[test]
    fn a_number_is_the_carriers_as_a_whole_and_never_repaired() {
        check(Kind::Number, [("SF1234567890123", 90), ("SF1234567890123", 90)], Some("SF1234567890123"));
        check(Kind::Number, [("712345678901", 90), ("7123 4567 8901", 90)], Some("712345678901"));
        check(Kind::Number, [("SF12345678901234", 90), ("SF12345678901234", 90)], None);
        check(Kind::Number, [("SFO234567890123", 90), ("SFO234567890123", 90)], None);
        check(Kind::Number, [("SF1234567890123", 90), ("SF1234567890128", 90)], None);
    }
}
