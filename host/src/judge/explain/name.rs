//! Names of places, tidied for people: `【广东深圳公司福田分拨中心】` → `广东深圳福田转运站`.

use super::table::{Kind, Words};

const LONGEST: usize = 60;
/// Digits in a row that make a name a phone or a waybill.
const NUMBER: usize = 5;
/// What the names of places end with, beside the kinds in the table.
const ENDINGS: &str = "省市区县州旗镇乡村街道路巷店站部点场园城湾库港岛社庄桥里苑楼校";

/// A place as it is told in each language.
///
/// Chinese has the plain word for what kind of place it is, English the name as it is painted on the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub zh: String,
    pub en: String,
    /// The name has nothing but its kind: `分拨中心`.
    pub bare: bool,
    pub hub: bool,
}

/// The name, or none if it is no name, or not one to repeat.
pub(super) fn tidy(words: &Words, raw: &str) -> Option<Name> {
    let text = outer(raw);
    if text.is_empty() || text.contains(['*', '＊', '×', '?', '/']) || has_number(&text, NUMBER) {
        return None;
    }
    let starts = |word: &String| text.starts_with(word.as_str());
    if words.nameless.iter().any(starts) || words.unlike.iter().any(|word| text.contains(word.as_str())) {
        return None;
    }
    let own = words.cut.iter().fold(text.clone(), |text, cut| text.replace(cut.as_str(), ""));
    let name = kinded(words, own.trim());
    (!name.zh.is_empty()).then_some(name)
}

/// Without brackets, remarks in parentheses, a courier's name after a dash, and whatever is too long.
fn outer(raw: &str) -> String {
    let text = raw.split(['(', '（']).next().unwrap_or_default();
    let text: String =
        text.chars().filter(|c| !"【】「」[]{}『』《》<>“”\"'".contains(*c) && !c.is_control() && !is_invisible(*c)).collect();
    let text = text.trim().trim_matches(['-', '—', '，', ',', '。', ':', '：', '、', ' ']);
    let text = match text.rsplit_once(['-', '—', '_']) {
        Some((place, tail)) if tail.chars().count() <= 3 && !tail.is_ascii() && !tail.ends_with(|c| ENDINGS.contains(c)) => place,
        _ => text,
    };
    text.chars().take(LONGEST).collect()
}

/// The name with the plain word for its kind.
fn kinded(words: &Words, own: &str) -> Name {
    let Some((kind, word)) = kind_at_end(words, own) else {
        return Name { zh: own.to_owned(), en: own.to_owned(), bare: false, hub: false };
    };
    let mut stem = own.strip_suffix(word).unwrap_or(own);
    while let Some((_, again)) = kind_at_end(words, stem) {
        stem = stem.strip_suffix(again).unwrap_or("");
    }
    let hubs = words.kinds.iter().filter(|kind| kind.hub).flat_map(|kind| &kind.words);
    let stem = hubs.fold(stem.to_owned(), |stem, hub| stem.replace(hub.as_str(), ""));
    let stem = stem.trim_end_matches(['-', '—', ' ']);
    let en = if stem.is_empty() { kind.en.clone() } else { format!("{stem}{word}") };
    Name { zh: format!("{stem}{}", kind.zh), en, bare: stem.is_empty(), hub: kind.hub }
}

fn kind_at_end<'w>(words: &'w Words, text: &str) -> Option<(&'w Kind, &'w str)> {
    let all = words.kinds.iter().flat_map(|kind| kind.words.iter().map(move |word| (kind, word.as_str())));
    all.filter(|(_, word)| text.ends_with(word)).max_by_key(|(_, word)| word.len())
}

/// The longest word for a kind of place that a text begins with.
pub(super) fn kind_at_start<'w>(words: &'w Words, text: &str) -> Option<&'w str> {
    let all = words.kinds.iter().flat_map(|kind| kind.words.iter().map(String::as_str));
    all.filter(|word| text.starts_with(word)).max_by_key(|word| word.len())
}

/// Whether a name in brackets is a place rather than a person: a person's has two or three
/// characters, or four with a surname of two.
pub(super) fn is_place(words: &Words, raw: &str) -> bool {
    let text = outer(raw);
    let long = text.chars().count() >= 4 && !words.surnames.iter().any(|s| text.starts_with(s.as_str()));
    !text.is_ascii() && (long || ends_as_place(words, &text))
}

/// Whether a name's last word says that it is a place.
pub(super) fn ends_as_place(words: &Words, name: &str) -> bool {
    name.ends_with(|c| ENDINGS.contains(c)) || kind_at_end(words, name).is_some()
}

/// The city a place is in: `广东省广州市天河区` → `广州`. None where the name does not say.
pub(super) fn city(place: &str) -> Option<String> {
    let text = outer(place);
    let text = ["省", "自治区"].iter().find_map(|p| text.split_once(p).map(|(_, rest)| rest)).unwrap_or(&text);
    let city = match text.split_once('市') {
        Some((city, _)) => city,
        None => Some(text).filter(|t| !t.ends_with(|c| ENDINGS.contains(c)))?,
    };
    let plain = (2..=3).contains(&city.chars().count()) && !city.is_ascii() && !city.contains(['*', ' ']);
    plain.then(|| city.to_owned())
}

/// Whether so many digits stand in a row, dashes and spaces between them not counted.
pub(super) fn has_number(text: &str, digits: usize) -> bool {
    let mut run = 0;
    text.chars().any(|c| {
        match c {
            c if c.is_numeric() && !is_han_digit(c) => run += 1,
            '-' | ' ' | '－' | '—' => {}
            _ => run = 0,
        }
        run >= digits
    })
}

fn is_han_digit(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Characters that turn or hide text.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffd}')
}
