//! Identity card numbers.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Kind, Redactor};

/// No place has this number, so nobody was born there.
const NOWHERE: &str = "990000";

static CARD: LazyLock<Regex> = LazyLock::new(|| {
    let text =
        r"(^|[^0-9A-Za-z])([1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx])($|[^0-9A-Za-z])";
    Regex::new(text).expect("written here")
});
static SAID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(身份证(?:号码?)?[:：\s]{0,2})([0-9]{14,17}[0-9Xx])").expect("written here"));
static MASKED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"([1-9][0-9]{2,9})([*＊]{4,14})([0-9]{1,5}[0-9Xx])").expect("written here"));

impl Redactor {
    pub(super) fn identities(&self, text: &str) -> String {
        let found = CARD.replace_all(text, |caps: &Captures<'_>| match &caps[2] {
            card if checks(card) => format!("{}{}{}", &caps[1], self.identity(card), &caps[3]),
            _ => caps[0].to_owned(),
        });
        let found = SAID.replace_all(&found, |caps: &Captures<'_>| format!("{}{}", &caps[1], self.identity(&caps[2])));
        let masked = |caps: &Captures<'_>| match caps[0].chars().count() {
            15 | 18 => self.put(Kind::Identity, &caps[0], hidden(&caps[1], &caps[2], &caps[3])),
            _ => caps[0].to_owned(),
        };
        MASKED.replace_all(&found, masked).into_owned()
    }

    /// Under an identity's name the check digit may be wrong and the number an old, short one.
    pub(super) fn identity_field(&self, text: &str) -> String {
        let number = text.trim();
        let digits = number.chars().filter(char::is_ascii_digit).count();
        let whole = number.chars().all(|c| c.is_ascii_digit() || matches!(c, 'X' | 'x'));
        if whole && digits >= 14 { self.identity(number) } else { text.to_owned() }
    }

    fn identity(&self, card: &str) -> String {
        if card.starts_with(NOWHERE) {
            return card.to_owned();
        }
        let hash = self.salt.hash("identity", &card.to_uppercase());
        let (year, month, day) = (1900 + hash % 100, 1 + hash / 100 % 12, 1 + hash / 1200 % 28);
        let digits = format!("{NOWHERE}{year}{month:02}{day:02}{:03}", hash / 33_600 % 1000);
        let check = check_digit(&digits);
        self.put(Kind::Identity, card, format!("{digits}{check}"))
    }
}

fn hidden(head: &str, stars: &str, tail: &str) -> String {
    let head: String = head.chars().zip(NOWHERE.chars().chain("0000".chars())).map(|(_, digit)| digit).collect();
    format!("{head}{stars}{}", "0".repeat(tail.len()))
}

fn checks(card: &str) -> bool {
    card[17..].to_uppercase().starts_with(check_digit(&card[..17]))
}

/// ISO 7064, as on the card.
fn check_digit(digits: &str) -> char {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.chars().zip(weights).map(|(c, weight)| c.to_digit(10).unwrap_or_default() * weight).sum();
    "10X98765432".chars().nth(usize::try_from(sum % 11).expect("below eleven")).expect("below eleven")
}
