//! From what an engine read to what a field says. Pure; by table.

mod cities;
mod fold;
mod phrases;
mod time;

use super::frame::Pass;
use super::{Drawn, Kind, Knowledge};

/// What both passes say, if they say the same and the better one is sure enough.
pub fn agreed(kind: Kind, passes: &[Pass; 2], knowledge: Knowledge<'_>, floor: u8) -> Drawn {
    let [first, second] = passes;
    let unsure = |why: &str| Drawn::Unsure(format!("{why}: `{}` ({}) and `{}` ({})", first.text, first.sure, second.text, second.sure));
    let [Some(one), Some(two)] = [first, second].map(|pass| normal(kind, &pass.text, knowledge)) else {
        return unsure(refusal(kind));
    };
    if one != two {
        return unsure("two readings differ");
    }
    if first.sure.max(second.sure) < floor {
        return unsure("read without confidence");
    }
    Drawn::Sure(one)
}

fn normal(kind: Kind, text: &str, knowledge: Knowledge<'_>) -> Option<String> {
    let folded = fold::fold(text);
    match kind {
        Kind::Words => Some(folded).filter(|words| !words.is_empty()),
        Kind::Digits => Some(fold::joined(&folded)).filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())),
        Kind::Number => Some(fold::joined(&folded)).filter(|number| knowledge.numbers.iter().any(|pattern| is_whole(pattern, number))),
        Kind::Time => time::parse(&folded),
        Kind::City => cities::snap(&fold::joined(&folded)).map(str::to_owned),
        Kind::Phrase => phrases::snap(&folded, knowledge.phrases),
    }
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

    fn check(kind: Kind, passes: [(&str, u8); 2], expected: Option<&str>) {
        let numbers = [regex::Regex::new(r"SF\d{13}").unwrap(), regex::Regex::new(r"^7\d{11}$").unwrap()];
        let knowledge = Knowledge { numbers: &numbers, phrases: &["快件到达【{}】".to_owned()] };
        let read = passes.map(|(text, sure)| Pass { text: text.into(), sure });
        match (agreed(kind, &read, knowledge, 50), expected) {
            (Drawn::Sure(told), Some(expected)) => assert_eq!(told, expected),
            (Drawn::Unsure(_), None) => (),
            (drawn, expected) => panic!("{kind:?} {passes:?}: {drawn:?}, expected {expected:?}"),
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
