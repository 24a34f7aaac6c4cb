//! Finds every day a notice names, each with its time, its end and its place.

mod clock;
mod cursor;
mod day;
mod relative;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

use super::effective::Effective;
use super::plain::Sentence;
use cursor::Cursor;
use day::Base;

/// Between the ends of a range; longer ones first.
const TO: &[&str] = &["---", "--", "起至", "开始至", "直至", "~~", "-", "~", "至", "到"];

/// A text with more days is a calendar or a log.
const MOST: usize = 120;

/// How a day was written: the firmer, the more it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Stated,
    /// 即日起
    Today,
    /// N个工作日内
    Within,
    /// 本周五, 明日
    Near,
    /// 次日, 当日
    Leaning,
}

/// Where a sentence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Title,
    Body(usize),
}

/// A day as named, with the letters around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    pub place: Place,
    pub from: Effective,
    pub until: Option<Effective>,
    pub form: Form,
    /// The letters between the mention before (or the sentence's beginning) and this one.
    pub before: String,
    /// The letters between this one and the next (or the sentence's end).
    pub after: String,
}

/// All days of a notice, the title's first.
pub fn mentions(title: &Sentence, body: &[Sentence], told: Date) -> Vec<Mention> {
    let mut found = in_sentence(title, Place::Title, told, &mut None);
    let mut previous = None;
    for (at, sentence) in body.iter().enumerate() {
        let more = in_sentence(sentence, Place::Body(at), told, &mut previous);
        // “次日4:00” in such a line is no day of its own.
        if more.iter().all(|mention| mention.form == Form::Leaning) && add_hours(sentence, &mut found) {
            continue;
        }
        found.extend(more);
        if found.len() >= MOST {
            break;
        }
    }
    found.truncate(MOST);
    found
}

fn in_sentence(sentence: &Sentence, place: Place, told: Date, previous: &mut Option<Date>) -> Vec<Mention> {
    let letters: Vec<char> = sentence.plain.chars().collect();
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut found: Vec<Mention> = Vec::new();
    let mut at = 0;
    while at < letters.len() && found.len() < MOST {
        let mut cursor = Cursor::new(&letters, at);
        if !may_begin(&cursor) {
            at += 1;
            continue;
        }
        let base = Base { told, previous: *previous, closing: false };
        let Some((from, until, form)) = range(&mut cursor, &base) else {
            at += 1;
            continue;
        };
        *previous = Some(until.unwrap_or(from).date);
        spans.push((at, cursor.at));
        found.push(Mention { place, from, until, form, before: String::new(), after: String::new() });
        at = cursor.at;
    }
    for (index, mention) in found.iter_mut().enumerate() {
        let behind = index.checked_sub(1).map_or(0, |before| spans[before].1);
        let ahead = spans.get(index + 1).map_or(letters.len(), |next| next.0);
        mention.before = letters[behind..spans[index].0].iter().collect();
        mention.after = letters[spans[index].1..ahead].iter().collect();
    }
    found
}

/// A number never begins inside another, nor inside a word, a host or a sample of a message.
fn may_begin(cursor: &Cursor) -> bool {
    let Some(letter) = cursor.peek() else { return false };
    match cursor.before() {
        None => true,
        // “1.2月14日”: the point belongs to the number of the line.
        Some('.') if letter.is_ascii_digit() && numbers_a_line(cursor) => true,
        Some(before) if letter.is_ascii_digit() => {
            !(before.is_ascii_alphanumeric() || matches!(before, '.' | '/' | '-' | '_' | '"' | '\'' | '='))
        }
        Some(before) if cursor::is_numeral(letter) => !cursor::is_numeral(before),
        Some(_) => true,
    }
}

/// Whether all that stands before is a number and a point, and a month or a year follows.
fn numbers_a_line(cursor: &Cursor) -> bool {
    let number = &cursor.letters[..cursor.at - 1];
    let digits = cursor.letters[cursor.at..].iter().take_while(|letter| letter.is_ascii_digit()).count();
    let unit = cursor.letters.get(cursor.at + digits);
    let blanks = number.iter().take_while(|letter| **letter == ' ').count();
    (1..=2).contains(&(number.len() - blanks))
        && number[blanks..].iter().all(char::is_ascii_digit)
        && unit.is_some_and(|unit| matches!(unit, '月' | '年'))
}

fn range(cursor: &mut Cursor, base: &Base) -> Option<(Effective, Option<Effective>, Form)> {
    let (date, form) = relative::read(cursor, base).or_else(|| day::read(cursor, base))?;
    if form != Form::Today {
        skip_remark(cursor);
    }
    let from = with_clock(cursor, date);
    let until = if matches!(form, Form::Today | Form::Within) { None } else { end(cursor, base, from) };
    Some((from, until, form))
}

fn with_clock(cursor: &mut Cursor, date: Date) -> Effective {
    let start = cursor.at;
    match clock::read(cursor).and_then(|(hour, minute)| Effective::at(date, hour, minute)) {
        Some(at) => at,
        None => {
            cursor.at = start;
            Effective::day(date)
        }
    }
}

fn end(cursor: &mut Cursor, base: &Base, begin: Effective) -> Option<Effective> {
    let start = cursor.at;
    let read = end_after(cursor, base, begin);
    if read.is_none() {
        cursor.at = start;
    }
    read
}

fn end_after(cursor: &mut Cursor, base: &Base, begin: Effective) -> Option<Effective> {
    cursor.skip_blanks();
    cursor.word("开始");
    cursor.word(",");
    cursor.one_of(TO)?;
    cursor.skip_blanks();
    let base = Base { previous: Some(begin.date), closing: true, ..*base };
    let here = cursor.at;
    if let Some((hour, minute)) = clock::read(cursor) {
        let same = Effective::at(begin.date, hour, minute)?;
        // 23:00-4:00 ends on the next morning.
        return if same <= begin { Effective::at(begin.date.tomorrow().ok()?, hour, minute) } else { Some(same) };
    }
    cursor.at = here;
    let (date, _) = day::read(cursor, &base).or_else(|| relative::read(cursor, &base))?;
    skip_remark(cursor);
    let end = with_clock(cursor, date);
    (end.date >= begin.date).then_some(end)
}

/// (周四), (除夕), 星期三: says the same day again.
fn skip_remark(cursor: &mut Cursor) {
    let start = cursor.at;
    cursor.skip_blanks();
    if cursor.word("(") {
        let rest = &cursor.letters[cursor.at..];
        let close = rest.iter().take(16).position(|letter| *letter == ')');
        match close {
            Some(close) if !rest[..close].contains(&':') => {
                cursor.at += close + 1;
                return;
            }
            _ => {}
        }
    } else if cursor.one_of(&["星期", "周", "礼拜"]).is_some() && cursor.peek().is_some_and(|day| "一二三四五六日天".contains(day))
    {
        cursor.at += 1;
        return;
    }
    cursor.at = start;
}

/// A line of hours alone (“维护时间：23:00-次日4:00”) tells the time of the day named in the line before.
fn add_hours(sentence: &Sentence, found: &mut [Mention]) -> bool {
    match found.last_mut() {
        Some(last) if last.place != Place::Title && last.from.time.is_none() && last.until.is_none() => hours(sentence, last).is_some(),
        _ => false,
    }
}

fn hours(sentence: &Sentence, day: &mut Mention) -> Option<()> {
    let letters: Vec<char> = sentence.plain.chars().collect();
    let colon = letters.iter().take(12).position(|letter| *letter == ':')?;
    let label: String = letters[..colon].iter().collect();
    let contact = ["服务", "工作", "联系", "受理", "咨询"].iter().any(|word| label.contains(word));
    if contact || !label.trim_end().ends_with(['间', '段', '点']) {
        return None;
    }
    let mut cursor = Cursor::new(&letters, colon + 1);
    let (hour, minute) = clock::read(&mut cursor)?;
    let from = Effective::at(day.from.date, hour, minute)?;
    let base = Base { told: from.date, previous: None, closing: false };
    day.until = end(&mut cursor, &base, from);
    day.from = from;
    Some(())
}
