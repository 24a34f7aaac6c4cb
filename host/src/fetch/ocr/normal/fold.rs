//! Forms of one character that mean the same, and blanks an engine puts where none are.

/// Half width, one form of every bracket and dash, no blank beside a Chinese character.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().map(one) {
        let beside_chinese = folded.trim_end().chars().next_back().is_some_and(is_chinese);
        if c == ' ' && (folded.is_empty() || folded.ends_with(' ') || beside_chinese) {
            continue;
        }
        if is_chinese(c) {
            folded.truncate(folded.trim_end().len());
        }
        folded.push(c);
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Without any blank.
pub fn joined(folded: &str) -> String {
    folded.replace(' ', "")
}

fn one(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).map_or(c, one),
        c if c.is_whitespace() => ' ',
        '[' | '〔' | '〖' | '「' => '【',
        ']' | '〕' | '〗' | '」' => '】',
        '、' | '‚' => ',',
        '。' => '.',
        '—' | '–' | '‐' | '−' => '-',
        '︰' => ':',
        c => c,
    }
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '【' | '】')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_and_blanks_are_folded() {
        for (text, expected) in [
            ("快 件 已 签 收 ， 签 收 人 ： 本 人", "快件已签收,签收人:本人"),
            ("［杭 州］ 已 发 出", "【杭州】已发出"),
            ("２０２６－１１－２２　１０：３０", "2026-11-22 10:30"),
            ("  a  b\n", "a b"),
            ("柜号 A12 号", "柜号A12号"),
            ("", ""),
        ] {
            assert_eq!(fold(text), expected, "{text}");
        }
    }
}
