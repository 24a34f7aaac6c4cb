//! Phones: mobiles, landlines, last digits. Hotlines stay.

use std::cell::Cell;
use std::sync::LazyLock;

use regex::Regex;

use super::{Kind, Redactor};

/// A mobile prefix that no operator has been given.
const PREFIX: &str = "154";

/// A digit, or what hides one.
const DIGIT: &str = "[0-9０-９*＊xX•●]";

static MOBILE: LazyLock<Regex> = LazyLock::new(|| pattern(&mobile(r"(?:(?:\+|00)86[-\s]?|0)?")));
static MOBILE_FIELD: LazyLock<Regex> = LazyLock::new(|| pattern(&mobile(r"(?:(?:\+|00)?86[-\s]?|0)?")));
const AREA: &str = "[(（]?(?:[0０][1１][0０]|[0０][2２][0-9０-９]|[0０][3-9３-９][0-9０-９]{2})";
static LANDLINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"({AREA}(?:[-－—–]|[)）][-\s]?))({DIGIT}{{3,4}}[-\s]?{DIGIT}{{4}})")));
static LANDLINE_FIELD: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"({AREA}[-－—–)）\s]{{0,2}})({DIGIT}{{3,4}}[-\s]?{DIGIT}{{4}})")));
static SAID: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?i)((?:电话|座机|致电|电联|tel|phone)[:：是为\s]{{0,3}}{AREA}\s?)({DIGIT}{{7,8}})")));
static TAIL: LazyLock<Regex> = LazyLock::new(|| pattern(r"(尾号(?:后四位)?(?:为|是)?[:：【\[\s]{0,2})([0-9]{4})"));
static HOTLINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:95[0-9]{3,6}|96[0-9]{3,5}|1[0-2][0-9]{1,3}|[48]00[-\s]?[0-9]{3,4}[-\s]?[0-9]{3,4})$"));
static RUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9](?:[-\s()（）.]{0,2}[0-9*]){6,}"));

impl Redactor {
    /// Phones in text: only what can be nothing else.
    pub(super) fn phones(&self, text: &str) -> String {
        let text = each(&MOBILE, text, 1, |mobile| self.mobile(mobile));
        let text = each(&LANDLINE, &text, 2, |local| self.landline(local));
        let text = each(&SAID, &text, 2, |local| self.landline(local));
        each(&TAIL, &text, 2, |tail| self.put(Kind::Phone, tail, self.known_tail(tail)))
    }

    /// What stands under a phone's name: any number that is no hotline.
    pub(super) fn phone_field(&self, text: &str) -> String {
        let value = text.trim();
        if HOTLINE.is_match(value) {
            return text.to_owned();
        }
        if value.len() == 4 && value.bytes().all(|b| b.is_ascii_digit()) {
            return self.put(Kind::Phone, text, self.known_tail(value));
        }
        let known = Cell::new(false);
        let text = each(&MOBILE_FIELD, text, 1, |mobile| {
            known.set(true);
            self.mobile(mobile)
        });
        let text = each(&LANDLINE_FIELD, &text, 2, |local| {
            known.set(true);
            self.landline(local)
        });
        if known.get() { text } else { each(&RUN, &text, 0, |number| self.foreign(number)) }
    }

    /// Eleven digits, some of them perhaps hidden, with blanks and dashes where they were.
    fn mobile(&self, mobile: &str) -> String {
        let digits: Vec<char> = mobile.chars().filter(|c| !is_separator(*c)).map(narrow).collect();
        let (head, tail): (String, String) = (digits[..7].iter().collect(), digits[7..].iter().collect());
        if head.starts_with(PREFIX) || digits.iter().filter(|c| c.is_ascii_digit()).count() <= 3 {
            return mobile.to_owned();
        }
        let middle = match head.chars().all(|c| c.is_ascii_digit()) {
            true => self.salt.digits("mobile", &head, 4),
            false => head[3..].chars().map(hide).collect(),
        };
        let tail = if tail.chars().all(|c| c.is_ascii_digit()) { self.tail(&tail) } else { tail.chars().map(hide).collect() };
        self.put(Kind::Phone, mobile, like(mobile, &format!("{PREFIX}{middle}{tail}")))
    }

    /// No local number begins with 0.
    fn landline(&self, local: &str) -> String {
        let digits: String = local.chars().filter(|c| !is_separator(*c)).map(narrow).collect();
        if digits.starts_with('0') || !digits.contains(|c: char| c.is_ascii_digit()) {
            return local.to_owned();
        }
        let new = match digits.chars().all(|c| c.is_ascii_digit()) {
            true => {
                let (head, tail) = digits.split_at(digits.len() - 4);
                format!("0{}{}", self.salt.digits("landline", head, head.len() - 1), self.tail(tail))
            }
            false => digits.chars().map(hide).collect(),
        };
        self.put(Kind::Phone, local, like(local, &new))
    }

    /// A number of another country: nothing but its last digits can be told apart.
    fn foreign(&self, number: &str) -> String {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let split = digits.len().saturating_sub(4);
        if digits.len() < 7 || HOTLINE.is_match(number) || digits[..split].bytes().all(|b| b == b'0') {
            return number.to_owned();
        }
        let new = "0".repeat(split) + &self.tail(&digits[split..]);
        let mut new = new.chars();
        let shaped = number.chars().map(|c| if c.is_ascii_digit() { new.next().unwrap_or(c) } else { c }).collect();
        self.put(Kind::Phone, number, shaped)
    }

    /// The same wherever the digits stand, and never those of somebody whose digits are kept.
    fn tail(&self, tail: &str) -> String {
        if self.keep.iter().any(|kept| kept == tail) {
            return tail.to_owned();
        }
        let others = (0u32..).map(|turn| self.salt.digits("tail", &format!("{tail}{turn}"), 4));
        others.into_iter().find(|new| new != tail && !self.keep.contains(new)).expect("there are thousands")
    }

    /// Four digits alone do not tell whether they are a stand-in.
    fn known_tail(&self, tail: &str) -> String {
        if self.keep.iter().any(|kept| kept == tail) { tail.to_owned() } else { "0000".to_owned() }
    }
}

/// Replaces a group of each match that is not part of a longer number or word.
fn each(pattern: &Regex, text: &str, group: usize, new: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut from, mut copied) = (0, 0);
    while let Some(caps) = pattern.captures_at(text, from) {
        let (whole, part) = (caps.get(0).expect("matched"), caps.get(group).expect("takes part in each match"));
        if !alone(&text[..whole.start()], &text[whole.end()..]) {
            from = whole.start() + text[whole.start()..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        out.push_str(&text[copied..part.start()]);
        out.push_str(&new(part.as_str()));
        (from, copied) = (whole.end(), part.end());
    }
    out + &text[copied..]
}

fn alone(before: &str, after: &str) -> bool {
    let word = before.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let named = matches!(before[word.len()..].to_lowercase().as_str(), "" | "tel" | "phone" | "mobile" | "mob" | "call");
    let digit_before = word.ends_with(|c: char| narrow(c).is_ascii_digit());
    let fraction = before.strip_suffix('.').is_some_and(|b| b.ends_with(|c: char| c.is_ascii_digit()));
    named && !digit_before && !fraction && !after.starts_with(|c: char| narrow(c).is_ascii_alphanumeric() || c == '*')
}

/// The new digits, with what separates them where it was.
fn like(old: &str, new: &str) -> String {
    let mut new = new.chars();
    let mut masks = |c: char| new.next().map_or(c, |digit| if narrow(c) == '*' { c } else { digit });
    old.chars().map(|c| if is_separator(c) { c } else { masks(c) }).collect()
}

fn is_separator(c: char) -> bool {
    c == '-' || c.is_whitespace()
}

/// A full-width digit as a usual one, anything that hides one as a star.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
        '＊' | 'x' | 'X' | '•' | '●' => '*',
        c => c,
    }
}

/// A digit beside hidden ones.
fn hide(c: char) -> char {
    if c.is_ascii_digit() { '0' } else { c }
}

fn mobile(prefix: &str) -> String {
    let (d, s) = (DIGIT, r"[-\s]");
    let first = "[1１][3-9３-９][0-9０-９]";
    format!("{prefix}({first}{s}?{d}{{4}}{s}?{d}{{4}}|{first}{s}{d}{{3}}{s}{d}{{5}}|{first}{d}{s}{d}{{3}}{s}{d}{{4}})")
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("written here")
}
