//! Absolute days: 2026年3月1日, 3月底, 2026-03-01, March 1, 下月1日, 5.1-5.5, 15日.

use jiff::civil::Date;

use super::Form;
use super::cursor::Cursor;

/// What a day without a year, a month or a week counts from.
#[derive(Clone, Copy)]
pub struct Base {
    pub told: Date,
    /// The day named before this one: “15日” and “次日” lean on it.
    pub previous: Option<Date>,
    /// Whether the day ends a range, where a bare number is enough.
    pub closing: bool,
}

/// How far back a day without a year may lie before the next year is meant.
const JUST_PAST: i32 = 45;

pub fn read(from: &mut Cursor, base: &Base) -> Option<(Date, Form)> {
    let readers: [fn(&mut Cursor, &Base) -> Option<Date>; 6] = [with_year, named_month, month_and_day, english, short, only_day];
    let start = from.at;
    for reader in readers {
        if let Some(date) = reader(from, base) {
            return Some((date, Form::Stated));
        }
        from.at = start;
    }
    None
}

fn with_year(from: &mut Cursor, base: &Base) -> Option<Date> {
    let year = match from.one_of(&["今年", "本年", "明年", "去年"]) {
        Some("明年") => base.told.year() + 1,
        Some("去年") => base.told.year() - 1,
        Some(_) => base.told.year(),
        None => return numbered_year(from),
    };
    if from.one_of(&["年底", "底", "年末", "末"]).is_some() {
        return day_of(year, 12, 31);
    }
    month_tail(from, year)
}

fn numbered_year(from: &mut Cursor) -> Option<Date> {
    let start = from.at;
    if let Some(date) = eight_digits(from) {
        return Some(date);
    }
    from.at = start;
    let year = i16::try_from(from.number(4)?).ok()?;
    if from.word("年") {
        let year = if (20..100).contains(&year) { 2000 + year } else { year };
        if !(2000..2100).contains(&year) {
            return None;
        }
        if from.one_of(&["底", "末"]).is_some() {
            return day_of(year, 12, 31);
        }
        return month_tail(from, year);
    }
    let mark = from.peek().filter(|mark| matches!(mark, '-' | '/' | '.'))?;
    if !(2000..2100).contains(&year) {
        return None;
    }
    from.at += 1;
    let month = from.number(2)?;
    if from.peek() != Some(mark) {
        return None;
    }
    from.at += 1;
    let day = from.number(2)?;
    let inside_longer = matches!(from.peek(), Some('.' | '/' | '-')) && from.letters.get(from.at + 1).is_some_and(|next| *next == mark);
    if inside_longer {
        return None;
    }
    from.word("日");
    day_of(year, month, day)
}

fn eight_digits(from: &mut Cursor) -> Option<Date> {
    let whole = from.number(8)?;
    let bounded = from.peek().is_none_or(|next| !next.is_ascii_alphanumeric());
    if !bounded || !(20_000_101..=20_991_231).contains(&whole) {
        return None;
    }
    day_of(i16::try_from(whole / 10_000).ok()?, whole / 100 % 100, whole % 100)
}

fn month_tail(from: &mut Cursor, year: i16) -> Option<Date> {
    let month = from.number(2)?;
    from.word("月").then_some(())?;
    let day = day_tail(from)?;
    in_month(year, month, day)
}

enum DayOf {
    Number(u32),
    Last,
}

/// What follows 月. A month alone counts from its first day, but only when something begins with it.
fn day_tail(from: &mut Cursor) -> Option<DayOf> {
    from.word("份");
    if from.one_of(&["月底", "底", "末", "最后一天", "最后一日"]).is_some() {
        return Some(DayOf::Last);
    }
    if starts_with(from, &["起", "开始"]) {
        return Some(DayOf::Number(1));
    }
    let day = from.number(2)?;
    if from.one_of(&["日", "号"]).is_some() || opens_range(from) {
        return Some(DayOf::Number(day));
    }
    // “3月1” without a unit is a misprint of a day only where a time or a beginning follows.
    starts_with(from, &["起", " ", "零时", "零点", "凌晨", "前", "(", ",", "、"]).then_some(DayOf::Number(day))
}

fn named_month(from: &mut Cursor, base: &Base) -> Option<Date> {
    if from.one_of(&["年底", "年末"]).is_some() {
        return day_of(base.told.year(), 12, 31);
    }
    if from.word("月底") || from.word("月末") {
        return Some(base.told.last_of_month());
    }
    let first = base.told.first_of_month();
    let month = match from.one_of(&["下个月", "下月", "次月", "本月", "这个月", "当月", "上个月", "上月"])? {
        "下个月" | "下月" | "次月" => first.last_of_month().tomorrow().ok()?,
        "上个月" | "上月" => first.yesterday().ok()?.first_of_month(),
        _ => first,
    };
    let day = day_tail(from)?;
    in_month(month.year(), u32::from(month.month().unsigned_abs()), day)
}

fn month_and_day(from: &mut Cursor, base: &Base) -> Option<Date> {
    let month = from.number(2)?;
    from.word("月").then_some(())?;
    let last = match day_tail(from)? {
        DayOf::Number(day) => return near(month, day, base),
        DayOf::Last => near(month, 1, base)?.last_of_month(),
    };
    Some(last)
}

/// The longer names first, so that nothing of them is left over.
const MONTHS: &[(&str, u32)] = &[
    ("January", 1),
    ("February", 2),
    ("March", 3),
    ("April", 4),
    ("June", 6),
    ("July", 7),
    ("August", 8),
    ("September", 9),
    ("October", 10),
    ("November", 11),
    ("December", 12),
    ("Jan", 1),
    ("Feb", 2),
    ("Mar", 3),
    ("Apr", 4),
    ("May", 5),
    ("Jun", 6),
    ("Jul", 7),
    ("Aug", 8),
    ("Sept", 9),
    ("Sep", 9),
    ("Oct", 10),
    ("Nov", 11),
    ("Dec", 12),
];

/// Aug 10, June 30th, 2026, 10 August 2026.
fn english(from: &mut Cursor, base: &Base) -> Option<Date> {
    let day_first = from.number(2);
    from.skip_blanks();
    let (_, month) = MONTHS.iter().find(|(name, _)| from.word(name))?;
    if from.peek().is_some_and(|next| next.is_ascii_alphabetic()) {
        return None;
    }
    from.word(".");
    let day = match day_first {
        Some(day) => day,
        None => {
            from.skip_blanks();
            let day = from.number(2)?;
            from.one_of(&["st", "nd", "rd", "th"]);
            day
        }
    };
    let here = from.at;
    from.word(",");
    match from.number(4).filter(|year| (2000..2100).contains(year)) {
        Some(year) => day_of(i16::try_from(year).ok()?, *month, day),
        None => {
            from.at = here;
            near(*month, day, base)
        }
    }
}

/// 5.1-5.5, 04-16 00:30, 3/1起: without 月 the neighbourhood must prove that it is a day.
fn short(from: &mut Cursor, base: &Base) -> Option<Date> {
    if !from.peek()?.is_ascii_digit() {
        return None;
    }
    let month = from.number(2)?;
    let mark = from.peek().filter(|mark| matches!(mark, '.' | '/' | '-'))?;
    from.at += 1;
    let day = from.number(2)?;
    let proved = base.closing
        || starts_with(from, &["日", "号", "起", "期间", "零时", "零点", "凌晨"])
        || clock_follows(*from)
        || twin_follows(*from, mark);
    if !proved || matches!(from.peek(), Some('.' | ':')) {
        return None;
    }
    from.one_of(&["日", "号"]);
    near(month, day, base)
}

fn twin_follows(from: Cursor, mark: char) -> bool {
    let mut ahead = from;
    ahead.skip_blanks();
    if mark == '-' || ahead.one_of(super::TO).is_none() {
        return false;
    }
    ahead.number(2).is_some() && ahead.peek() == Some(mark) && {
        ahead.at += 1;
        ahead.number(2).is_some() && !matches!(ahead.peek(), Some('.' | ':'))
    }
}

fn clock_follows(from: Cursor) -> bool {
    let mut ahead = from;
    ahead.word(" ") && ahead.number(2).is_some() && ahead.word(":") && ahead.number(2).is_some()
}

/// 15日, with the month of the day before it. “30日内” and “每月5日” are not days.
fn only_day(from: &mut Cursor, base: &Base) -> Option<Date> {
    let behind = from.behind(2);
    if ["每", "第", "月", "共", "近", "续", "前", "达"].iter().any(|word| behind.ends_with(word)) || behind == "每月" {
        return None;
    }
    let day = from.number(2)?;
    from.one_of(&["日", "号"])?;
    if starts_with(from, &["内", "以内", "达", "龄", "后", "之内", "游", "均", "无", "楼", "线", "仓", "库", "门"]) {
        return None;
    }
    let anchor = match (base.closing, base.previous) {
        (true, Some(previous)) => previous,
        _ => base.previous.unwrap_or(base.told),
    };
    let here = day_of(anchor.year(), u32::from(anchor.month().unsigned_abs()), day);
    let next =
        || anchor.last_of_month().tomorrow().ok().and_then(|first| day_of(first.year(), u32::from(first.month().unsigned_abs()), day));
    here.filter(|date| *date >= anchor || !base.closing && base.previous.is_some()).or_else(next)
}

fn opens_range(from: &Cursor) -> bool {
    let mut ahead = *from;
    ahead.skip_blanks();
    ahead.one_of(super::TO).is_some() && ahead.number(2).is_some() && starts_with(&ahead, &["日", "号", "月"])
}

fn starts_with(from: &Cursor, words: &[&'static str]) -> bool {
    let mut ahead = *from;
    ahead.one_of(words).is_some()
}

/// The year that brings the day nearest: ahead as a rule, behind if it has only just passed.
fn near(month: u32, day: u32, base: &Base) -> Option<Date> {
    if let (true, Some(previous)) = (base.closing, base.previous) {
        let same = day_of(previous.year(), month, day)?;
        return if same < previous { day_of(previous.year() + 1, month, day) } else { Some(same) };
    }
    let year = base.told.year();
    let away = |date: Date| (date - base.told).get_days();
    let candidates = [day_of(year - 1, month, day), day_of(year, month, day), day_of(year + 1, month, day)];
    let past = candidates.iter().flatten().copied().find(|date| (-JUST_PAST..0).contains(&away(*date)));
    let ahead = candidates.iter().flatten().copied().find(|date| away(*date) >= 0);
    match (past, ahead) {
        // December told of in January is last month's, unless it is the year's last day: years end with retirements.
        (Some(past), _) if past.year() == year || (month, day) != (12, 31) => Some(past),
        (_, ahead) => ahead,
    }
}

fn in_month(year: i16, month: u32, day: DayOf) -> Option<Date> {
    match day {
        DayOf::Number(day) => day_of(year, month, day),
        DayOf::Last => Some(day_of(year, month, 1)?.last_of_month()),
    }
}

fn day_of(year: i16, month: u32, day: u32) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
