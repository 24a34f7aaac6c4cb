//! Names of people: what is one, and what stands for it.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::words::{self, LONG_SURNAMES, OUR_GIVEN, OUR_LATIN, OUR_SURNAMES, SURNAMES};
use super::{Kind, Redactor};

/// A run of characters of which a name may be made, hidden ones with it, or Latin words.
static PIECE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\p{Han}*＊·]+|[A-Za-z][A-Za-z'.]+").expect("written here"));

impl Redactor {
    /// What stands under a person's name: everything that is not a role, a firm or a place.
    pub(super) fn people(&self, text: &str) -> String {
        if text.contains('@') || text.contains("://") {
            return text.to_owned();
        }
        let whole = PIECE.replace_all(text, |caps: &Captures<'_>| {
            let piece = &caps[0];
            let at = caps.get(0).expect("matched");
            match piece.is_ascii() && !piece.contains('*') {
                true if part_of_code(&text[..at.start()], &text[at.end()..]) => piece.to_owned(),
                true => self.latin(piece),
                false => self.person(piece),
            }
        });
        whole.into_owned()
    }

    /// Under `name` alone: only what can be nothing but a person.
    pub(super) fn perhaps_name(&self, text: &str) -> String {
        let name = text.trim();
        let person = self.is_name(name) && PIECE.find(name).is_some_and(|m| m.len() == name.len());
        if person { self.name(name) } else { text.to_owned() }
    }

    /// A whole run under a person's name, or set off in wording.
    pub(super) fn person(&self, run: &str) -> String {
        let role = words::role(run);
        let rest = &run[role.len()..];
        if !role.is_empty() {
            return format!("{role}{}", if self.is_name(rest) { self.name(rest) } else { rest.to_owned() });
        }
        let length = run.chars().count();
        let short = (length == 1 && run.starts_with(|c| SURNAMES.contains(c)))
            || (2..=3).contains(&length)
            || (length == 4 && (self.is_name(run) || words::city(run).is_empty()))
            || (run.contains('·') && length <= 15);
        if short && !words::is_nobody(run) && !self.is_place(run) {
            return self.name(run);
        }
        self.first_name(run).map_or_else(|| run.to_owned(), |name| format!("{}{}", self.name(name), &run[name.len()..]))
    }

    /// A name that is followed by wording in the same run.
    pub(super) fn first_name<'a>(&self, run: &'a str) -> Option<&'a str> {
        let ends: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
        let least = if run.starts_with(|c| SURNAMES.contains(c)) { 2 } else { 3 };
        let end = ends.iter().skip(least).take(5 - least).find(|end| words::stops_at(&run[**end..]))?;
        Some(&run[..*end]).filter(|name| self.is_name(name))
    }

    /// A surname and one or two characters, or what is left of them.
    pub(super) fn is_name(&self, run: &str) -> bool {
        let length = run.chars().count();
        let surname = run.starts_with(|c| SURNAMES.contains(c));
        let long = LONG_SURNAMES.iter().any(|name| run.starts_with(name));
        let form = run.contains('·')
            || (surname && (2..=3).contains(&length))
            || (long && (3..=4).contains(&length))
            || (length <= 4 && hidden(run));
        form && run.starts_with(is_han) && !words::is_nobody(run) && !self.is_place(run)
    }

    /// A city, or a word of a place that this exchange names.
    pub(super) fn is_place(&self, run: &str) -> bool {
        words::is_city(run) || self.seen().places.iter().any(|place| place.contains(run))
    }

    /// The stand-in: as long, the same surname for the same surname, hidden where it was hidden.
    pub(super) fn name(&self, name: &str) -> String {
        if is_ours(name) || !name.contains(is_han) {
            return name.to_owned();
        }
        let core = ["先生", "女士", "小姐", "师傅"]
            .iter()
            .find_map(|title| name.strip_suffix(title))
            .filter(|core| !core.is_empty())
            .unwrap_or(name);
        if !is_ours(core) && core.chars().count() >= 2 {
            self.seen().names.insert(core.to_owned());
        }
        let one = |(at, c): (usize, char)| match c {
            c if !is_han(c) => c,
            c if at == 0 => self.salt.one("surname", &c.to_string(), OUR_SURNAMES),
            _ => self.salt.one("given", &format!("{core}{at}"), OUR_GIVEN),
        };
        let new: String = core.chars().enumerate().map(one).collect();
        self.put(Kind::Name, name, if is_ours(core) { name.to_owned() } else { new + &name[core.len()..] })
    }

    fn latin(&self, word: &str) -> String {
        let known = words::NO_LATIN.iter().chain(&OUR_LATIN).any(|known| known.eq_ignore_ascii_case(word));
        if known || word.len() < 2 {
            return word.to_owned();
        }
        self.seen().names.insert(word.to_owned());
        let index = self.salt.hash("latin", &word.to_lowercase()) % OUR_LATIN.len() as u64;
        self.put(Kind::Name, word, OUR_LATIN[usize::try_from(index).expect("below the count")].to_owned())
    }

    /// Names that stood somewhere else, in text.
    pub(super) fn known_names(&self, text: &str) -> String {
        let mut names: Vec<String> = self.seen().names.iter().filter(|name| text.contains(name.as_str())).cloned().collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names.iter().filter(|name| !self.is_place(name)).fold(text.to_owned(), |text, name| self.known_name(&text, name))
    }

    fn known_name(&self, text: &str, name: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        for (at, found) in text.match_indices(name) {
            let (before, after) = (&text[..at], &text[at + found.len()..]);
            let new = match found.is_ascii() {
                true if !part_of_code(before, after) => self.latin(found),
                false if !in_place(before, after) => self.name(found),
                _ => found.to_owned(),
            };
            out.push_str(&text[copied..at]);
            out.push_str(&new);
            copied = at + found.len();
        }
        out + &text[copied..]
    }
}

/// Part of a station's name: in brackets with more, or before what a place ends with.
fn in_place(before: &str, after: &str) -> bool {
    let ends =
        ["市", "区", "县", "镇", "乡", "村", "路", "街", "公司", "网点", "营业", "转运", "分拨", "中转", "分部", "站点", "集散", "中心"];
    let inside = before.rfind(['【', '[']).filter(|at| !before[*at..].contains(['】', ']']));
    let head = inside.map(|at| before[at..].chars().skip(1).all(is_han) && before[at..].chars().count() > 1);
    ends.iter().any(|end| after.starts_with(end)) || (head == Some(true) && after.starts_with(['】', ']']))
}

/// A place and not a sentence about one.
pub fn may_be_place(text: &str) -> bool {
    text.chars().count() <= 24 && text.chars().all(|c| is_han(c) || c.is_whitespace() || "【】[]()（）-_/、,".contains(c))
}

fn part_of_code(before: &str, after: &str) -> bool {
    let code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    before.ends_with(code) || after.starts_with(code)
}

/// Whether part of it is hidden behind a character.
pub fn hidden(run: &str) -> bool {
    run.starts_with(is_han) && run.contains(['*', '＊'])
}

fn is_ours(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| OUR_SURNAMES.contains(c)) && chars.all(|c| OUR_GIVEN.contains(c) || !is_han(c))
}

pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}')
}
