//! Days that count from the publication: 即日起, 本周五, 3个工作日内, 次日.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::Form;
use super::cursor::Cursor;
use super::day::Base;

const FROM_NOW: &[&str] = &[
    "自本公告发布之日起",
    "自本通知发布之日起",
    "公告发布之日起",
    "通知发布之日起",
    "发布之日起",
    "公告之日起",
    "通知之日起",
    "发文之日起",
    "公布之日起",
    "发出之日起",
    "下发之日起",
    "印发之日起",
    "自发布之日",
    "自公告之日",
    "即日起",
    "即日开始",
    "即时起",
    "即刻起",
    "从即日",
    "立即生效",
    "即时生效",
    "即刻生效",
    "即日生效",
    "发布后即生效",
    "自发布起",
    "从现在起",
    "本公告发布后",
    "本通知发布后",
    "公告发布后",
    "通知发布后",
];

const DAYS: &[(&str, i32)] = &[
    ("大后天", 3),
    ("后天", 2),
    ("明天", 1),
    ("明日", 1),
    ("明晨", 1),
    ("明早", 1),
    ("明晚", 1),
    ("今天", 0),
    ("今日", 0),
    ("今晚", 0),
    ("今晨", 0),
    ("今夜", 0),
    ("今早", 0),
    ("昨日", -1),
    ("昨天", -1),
    ("昨晚", -1),
];

/// What stands before a number of days that counts something else.
const NOT_A_DELAY: &[&str] = &[
    "近",
    "最近",
    "过去",
    "有效期",
    "有效期为",
    "支持",
    "支持查询",
    "保留",
    "保存",
    "查询",
    "历史",
    "提前",
    "超过",
    "连续",
    "仅",
    "满",
    "前",
    "未来",
    "签收后",
    "揽收后",
    "下单后",
    "发货后",
    "超",
    "每",
    "由",
    "到期前",
];

type Reader = fn(&mut Cursor, &Base) -> Option<(Date, Form)>;

pub fn read(from: &mut Cursor, base: &Base) -> Option<(Date, Form)> {
    let readers: [Reader; 5] = [from_now, delay, near_day, next_day, weekday];
    let start = from.at;
    for reader in readers {
        if let Some(found) = reader(from, base) {
            return Some(found);
        }
        from.at = start;
    }
    None
}

/// 即日起 and its like. A delay behind it counts from the same day: “发布之日起30日内”.
fn from_now(from: &mut Cursor, base: &Base) -> Option<(Date, Form)> {
    from.one_of(FROM_NOW)?;
    let here = from.at;
    from.skip_blanks();
    if matches!(from.peek(), Some('的' | ',')) {
        from.at += 1;
    }
    match delay(from, base) {
        Some(found) => Some(found),
        None => {
            from.at = here;
            Some((base.told, Form::Today))
        }
    }
}

fn delay(from: &mut Cursor, base: &Base) -> Option<(Date, Form)> {
    let behind = from.behind(4);
    if NOT_A_DELAY.iter().any(|word| behind.ends_with(word)) {
        return None;
    }
    let count = i32::try_from(from.number(3)?).ok()?;
    let unit = from.one_of(&["个工作日", "工作日", "个自然日", "自然日", "个日历日", "天", "日", "个星期", "星期", "周", "个月"])?;
    from.one_of(&["之内", "以内", "内", "之后", "以后", "后"])?;
    let date = match unit {
        "个工作日" | "工作日" => working_days(base.told, count)?,
        "周" | "星期" | "个星期" => base.told.checked_add((count * 7).days()).ok()?,
        "个月" => base.told.checked_add(count.months()).ok()?,
        _ => base.told.checked_add(count.days()).ok()?,
    };
    Some((date, Form::Within))
}

/// Monday to Friday; public holidays are moved by decree each year and are left out.
fn working_days(from: Date, count: i32) -> Option<Date> {
    let mut date = from;
    let mut left = count.min(400);
    while left > 0 {
        date = date.tomorrow().ok()?;
        if !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
            left -= 1;
        }
    }
    Some(date)
}

fn near_day(from: &mut Cursor, base: &Base) -> Option<(Date, Form)> {
    let (word, days) = DAYS.iter().find(|(word, _)| from.word(word))?;
    if word.ends_with(['晚', '夜', '晨', '早']) {
        // The letter also says which half of the day the hour is in.
        from.at -= 1;
    }
    Some((base.told.checked_add(days.days()).ok()?, Form::Near))
}

fn next_day(from: &mut Cursor, base: &Base) -> Option<(Date, Form)> {
    let days = match from.one_of(&["次日", "翌日", "第二天", "隔日", "当日", "当天", "当晚"])? {
        "当日" | "当天" => 0,
        "当晚" => {
            from.at -= 1;
            0
        }
        _ => 1,
    };
    Some((base.previous.unwrap_or(base.told).checked_add(days.days()).ok()?, Form::Leaning))
}

fn weekday(from: &mut Cursor, base: &Base) -> Option<(Date, Form)> {
    if from.behind(2).ends_with(['每', '至', '到', '-', '~', '个']) {
        return None;
    }
    let week = from.one_of(&["本周", "这周", "本星期", "这星期", "下下周", "下个星期", "下星期", "下周", "周", "星期", "礼拜"])?;
    let wanted = match from.peek()? {
        '一' => Weekday::Monday,
        '二' => Weekday::Tuesday,
        '三' => Weekday::Wednesday,
        '四' => Weekday::Thursday,
        '五' => Weekday::Friday,
        '六' => Weekday::Saturday,
        '日' | '天' => Weekday::Sunday,
        _ => return None,
    };
    from.at += 1;
    // 周一至周五 is a contact hour, not a day.
    let mut ahead = *from;
    if week != "周"
        && let Some(second) = second_weekday(*from)
    {
        // 本周三、周四凌晨: it begins on the first, and the clock behind the second is the clock of both.
        from.at = second;
    } else if matches!(from.peek(), Some('、' | '/'))
        || ahead.one_of(super::TO).is_some() && matches!(ahead.peek(), Some('周' | '星' | '五' | '六' | '日'))
    {
        return None;
    }
    let monday = base.told.checked_sub(i32::from(base.told.weekday().to_monday_zero_offset()).days()).ok()?;
    let weeks = match week {
        "下下周" => 2,
        "下周" | "下星期" | "下个星期" => 1,
        _ => 0,
    };
    let days = weeks * 7 + i32::from(wanted.to_monday_zero_offset());
    let date = monday.checked_add(days.days()).ok()?;
    // A bare 周五 told on a Saturday is the next one.
    let date = if matches!(week, "周" | "星期" | "礼拜") && date < base.told { date.checked_add(7.days()).ok()? } else { date };
    Some((date, Form::Near))
}

/// Where “、周四” ends, when it stands here.
fn second_weekday(from: Cursor) -> Option<usize> {
    let mut ahead = from;
    ahead.one_of(&["、", "和", "及"])?;
    ahead.one_of(&["本周", "周", "星期"])?;
    ahead.peek().filter(|day| "一二三四五六日天".contains(*day))?;
    Some(ahead.at + 1)
}
