//! What a carrier's text names: where it happened, where the parcel goes, who took it, where it lies.

use super::name::{self, Name};
use super::table::{Kind, Table, Words};

const OPEN: &[(char, char)] = &[('【', '】'), ('[', ']'), ('「', '」'), ('『', '』'), ('《', '》')];

/// What can be filled in. Each pair is Chinese and English.
#[derive(Debug, Default)]
pub(super) struct Found {
    place: Option<(String, String)>,
    to: Option<(String, String)>,
    who: Option<(String, String)>,
    locker: Option<(String, String)>,
}

impl Found {
    pub fn new(table: &Table, text: &str, place: Option<&str>) -> Self {
        let words = &table.words;
        let told = |name: Name| (name.zh, name.en);
        Self {
            place: here(words, text, place).map(told),
            to: next(words, text, place).map(told),
            who: role(words, text),
            locker: locker(words, text, place),
        }
    }

    /// The Chinese sentence, or none if it has a place that was not found.
    pub fn fill_zh(&self, sentence: &str) -> Option<String> {
        let filled = self.fill(sentence, |(zh, _)| spaced(zh))?;
        Some(filled.replace(" ，", "，").trim().to_owned())
    }

    /// The English one.
    pub fn fill_en(&self, sentence: &str) -> Option<String> {
        self.fill(sentence, |(_, en)| en.clone())
    }

    fn fill(&self, sentence: &str, told: impl Fn(&(String, String)) -> String) -> Option<String> {
        let known = [("{place}", &self.place), ("{to}", &self.to), ("{who}", &self.who), ("{locker}", &self.locker)];
        let mut filled = sentence.to_owned();
        for (mark, value) in known {
            if sentence.contains(mark) {
                filled = filled.replace(mark, &told(value.as_ref()?));
            }
        }
        Some(filled)
    }
}

/// Chinese type sets a space between Latin letters and its own characters.
fn spaced(name: &str) -> String {
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let (before, after) = (if latin(name.chars().next()) { " " } else { "" }, if latin(name.chars().last()) { " " } else { "" });
    format!("{before}{name}{after}")
}

/// Where the scan happened: the name the text is about, else the first name in front, else the place
/// given beside it. A name that does not say its city gets the city of the place.
fn here(words: &Words, text: &str, place: Option<&str>) -> Option<Name> {
    let given = place.and_then(|place| name::tidy(words, place));
    let named = after(words, text, &words.at, false).into_iter().chain(after(words, text, &words.by, true));
    let kinds = grouped(words, text).chain([unbracketed(words, text)]).filter(|raw| name_says_kind(words, raw));
    let named = named.chain(leading(words, text)).chain(kinds);
    let Some(mut name) = named.into_iter().find_map(|raw| name::tidy(words, &raw)) else { return given };
    let city = place.and_then(name::city);
    match (given, city) {
        (Some(given), _) if name.bare || given.zh.contains(&name.zh) || given.en.contains(&name.en) => Some(given),
        (_, Some(city)) if !name.zh.contains(&city) && !says_province(&name.zh) => {
            name.zh.insert_str(0, &city);
            name.en.insert_str(0, &city);
            Some(name)
        }
        _ => Some(name),
    }
}

fn says_province(name: &str) -> bool {
    name.contains(['省', '市', '州']) || name.chars().count() > 6
}

fn name_says_kind(words: &Words, raw: &str) -> bool {
    name::tidy(words, raw).is_some_and(|name| name.zh != name.en)
}

/// Where it goes. `分拨中心` alone is that of the city where the scan happened.
fn next(words: &Words, text: &str, place: Option<&str>) -> Option<Name> {
    let places = after(words, text, &words.toward, false).into_iter().filter(|raw| name::ends_as_place(words, raw));
    let raws = after(words, text, &words.to, false).into_iter().chain(places);
    let (name, raw) = raws.into_iter().find_map(|raw| Some((name::tidy(words, &raw)?, raw)))?;
    match place.and_then(name::city) {
        Some(city) if name.bare && name.hub => name::tidy(words, &format!("{city}{raw}")),
        _ => Some(name),
    }
}

/// The one role the text names; two are no answer, unless one of them is only "someone else".
fn role(words: &Words, text: &str) -> Option<(String, String)> {
    let text = leading_end(text).replace("非本人", "他人");
    let mut named: Vec<&Kind> = words.roles.iter().filter(|role| role.words.iter().any(|word| text.contains(word.as_str()))).collect();
    if named.len() > 1 {
        named.retain(|role| !role.vague);
    }
    match named.as_slice() {
        [one] => Some((one.zh.clone(), one.en.clone())),
        _ => None,
    }
}

/// Where the parcel was put: a name with a word for lockers in it, or that word alone.
fn locker(words: &Words, text: &str, place: Option<&str>) -> Option<(String, String)> {
    let put = after(words, text, &words.put, false);
    // A delivery office may call itself a shop, so the place beside the text must say more than that.
    let place = place.filter(|place| kind_in(&words.lockers, place).is_some_and(|(_, word)| word.chars().count() > 1));
    let named = put.into_iter().chain(grouped(words, text)).chain(place.map(str::to_owned));
    let named = named.filter_map(|raw| Some((kind_in(&words.lockers, &raw)?, name::tidy(words, &raw)?)));
    let full = named.map(|((kind, word), name)| {
        let own = up_to_locker(&words.lockers, &name.zh);
        if own == word { (kind.zh.clone(), kind.en.clone()) } else { (own.to_owned(), own.to_owned()) }
    });
    let alone = || kind_in(&words.lockers, text).filter(|(_, word)| word.chars().count() > 1);
    full.into_iter().next().or_else(|| alone().map(|(kind, _)| (kind.zh.clone(), kind.en.clone())))
}

/// The name to the end of the last word for lockers in it: `九湾驿站存放已超时` → `九湾驿站`.
fn up_to_locker<'n>(lockers: &[Kind], name: &'n str) -> &'n str {
    let ends = lockers.iter().flat_map(|kind| &kind.words).filter_map(|word| name.rfind(word.as_str()).map(|at| at + word.len()));
    &name[..ends.max().unwrap_or(name.len())]
}

/// The first kind in the table with a word in the text.
fn kind_in<'w>(kinds: &'w [Kind], text: &str) -> Option<(&'w Kind, &'w str)> {
    let all = kinds.iter().flat_map(|kind| kind.words.iter().map(move |word| (kind, word.as_str())));
    all.into_iter().find(|(_, word)| text.contains(word))
}

/// The names that follow the marks, in the order of the text.
fn after(words: &Words, text: &str, marks: &[String], in_brackets: bool) -> Vec<String> {
    let mut starts: Vec<usize> =
        marks.iter().flat_map(|mark| text.match_indices(mark.as_str()).map(|(at, mark)| at + mark.len())).collect();
    starts.sort_unstable();
    let behind = starts.into_iter().map(|start| text[start..].trim_start_matches([' ', '\u{3000}', ':', '：', '是', '至', '到', '了']));
    let raw = behind.filter_map(|rest| match bracket(rest) {
        Some((name, rest)) => Some(with_kind(words, name, rest)).filter(|name| !in_brackets || name::is_place(words, name)),
        None if in_brackets => None,
        None => Some(unbracketed(words, rest)),
    });
    raw.filter(|name| !name.is_empty()).collect()
}

/// A kind that stands outside the brackets belongs to the name: `[泰州]营业网点`.
fn with_kind(words: &Words, name: &str, rest: &str) -> String {
    format!("{name}{}", name::kind_at_start(words, rest.trim_start()).unwrap_or(""))
}

fn unbracketed(words: &Words, text: &str) -> String {
    let stop = |c: char| c.is_whitespace() || "，,。；;！!（(【[「、：:|<>)）】".contains(c);
    let end = text.find(stop).unwrap_or(text.len());
    let word = words.ends.iter().filter_map(|word| text[..end].find(word.as_str())).min();
    let name = &text[..word.unwrap_or(end)];
    if word.is_some() { name.to_owned() } else { with_kind(words, name, &text[end..]) }
}

/// The names in brackets that a text begins with; the last is the finest. Scans and persons are left out.
fn leading(words: &Words, text: &str) -> Option<String> {
    let mut rest = text.trim_start();
    let mut last = None;
    while let Some((name, behind)) = bracket(rest) {
        if !words.scans.iter().any(|scan| scan == name) && name::is_place(words, name) {
            last = Some(with_kind(words, name, behind));
        }
        rest = behind.trim_start();
    }
    last
}

/// The text behind the brackets it begins with.
fn leading_end(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some((_, behind)) = bracket(rest).filter(|(_, behind)| !behind.trim().is_empty()) {
        rest = behind.trim_start();
    }
    rest
}

/// Everything in brackets.
fn grouped<'t>(words: &'t Words, text: &'t str) -> impl Iterator<Item = String> + 't {
    text.char_indices().filter_map(|(at, _)| bracket(&text[at..])).map(|(name, rest)| with_kind(words, name, rest))
}

/// The name in the brackets a text begins with, and what follows.
fn bracket(text: &str) -> Option<(&str, &str)> {
    let first = text.chars().next()?;
    let (open, close) = OPEN.iter().find(|(open, _)| *open == first)?;
    let inside = &text[open.len_utf8()..];
    inside.split_once(*close)
}
