//! The time of a day: 凌晨2:00, 下午三点半, 24时, 零点.

use super::cursor::Cursor;

/// An hour and a minute as written; hour 24 is left to whoever knows the day.
pub type Clock = (i8, i8);

const PERIODS: &[&str] = &[
    "北京时间",
    "当天",
    "当日",
    "凌晨",
    "清晨",
    "早上",
    "早晨",
    "早间",
    "上午",
    "中午",
    "午间",
    "下午",
    "午后",
    "傍晚",
    "晚上",
    "晚间",
    "夜间",
    "夜里",
    "深夜",
    "午夜",
    "半夜",
    "早",
    "晚",
    "的",
];

/// Reads a clock that follows a day, with the words between them.
pub fn read(from: &mut Cursor) -> Option<Clock> {
    let start = from.at;
    let clock = follow(from);
    if clock.is_none() {
        from.at = start;
    }
    clock
}

fn follow(from: &mut Cursor) -> Option<Clock> {
    let mut period = "";
    from.skip_blanks();
    if matches!(from.peek(), Some(',' | 'T')) {
        from.at += 1;
        from.skip_blanks();
    }
    while let Some(word) = from.one_of(PERIODS) {
        period = word;
        from.skip_blanks();
    }
    let (hour, minute) = hour_minute(from)?;
    let hour = match period {
        "下午" | "午后" | "傍晚" | "晚上" | "晚间" | "夜间" | "深夜" | "晚" if hour < 12 && (hour > 4 || period.starts_with('下')) => {
            hour + 12
        }
        "中午" | "午间" if hour < 3 => hour + 12,
        "晚上" | "晚间" | "夜间" | "深夜" | "午夜" | "晚" if hour == 12 => 24,
        "凌晨" | "半夜" if hour == 12 => 0,
        _ => hour,
    };
    Some((hour, minute))
}

fn hour_minute(from: &mut Cursor) -> Option<Clock> {
    let hour = i8::try_from(from.number(2)?).ok()?;
    if from.word(":") {
        let minute = i8::try_from(from.number(2)?).ok()?;
        if from.word(":") {
            from.number(2)?;
        }
        return valid(hour, minute);
    }
    from.one_of(&["时", "点钟", "点"])?;
    if from.word("半") {
        return valid(hour, 30);
    }
    if from.word("整") {
        return valid(hour, 0);
    }
    let whole = from.at;
    let minute = match from.number(2) {
        Some(minute) if from.word("分") => i8::try_from(minute).ok()?,
        _ => {
            from.at = whole;
            0
        }
    };
    valid(hour, minute)
}

fn valid(hour: i8, minute: i8) -> Option<Clock> {
    let right = (0..24).contains(&hour) && (0..60).contains(&minute) || (hour, minute) == (24, 0);
    right.then_some((hour, minute))
}
