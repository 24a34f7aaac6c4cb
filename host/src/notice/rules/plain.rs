//! Cuts a text into sentences, each verbatim and in plain letters.

/// A sentence twice: as written, for quoting, and with full-width letters, digits and marks made plain, for reading.
#[derive(Debug, Clone)]
pub struct Sentence<'a> {
    pub raw: &'a str,
    pub plain: String,
}

/// What is read and quoted of one sentence, in bytes: a longer one is a page without marks.
pub const LONGEST: usize = 1800;

/// The text up to `limit` bytes, never inside a letter.
pub fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

pub fn sentence(raw: &str) -> Sentence<'_> {
    Sentence { raw, plain: raw.chars().map(plain).collect() }
}

/// Sentences end with Chinese marks or a line. A line that is only a label (“时间：”) belongs to the next one.
pub fn sentences(text: &str) -> Vec<Sentence<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, letter) in text.char_indices() {
        let so_far = text[from..at].trim();
        let ends = match letter {
            '。' | '！' | '？' | '；' => true,
            '\n' | '\r' => !(so_far.chars().count() <= 14 && so_far.ends_with(['：', ':'])),
            _ => false,
        };
        if !ends {
            continue;
        }
        let to = at + letter.len_utf8();
        if !so_far.is_empty() {
            found.push(sentence(&text[from..to]));
        }
        from = to;
    }
    if !text[from..].trim().is_empty() {
        found.push(sentence(&text[from..]));
    }
    found
}

/// One letter for one letter, so that places in both forms agree.
fn plain(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
        '\u{3000}' | '\u{a0}' | '\t' | '\n' | '\r' => ' ',
        '–' | '—' | '―' | '─' | '﹣' => '-',
        '〜' | '∼' => '~',
        '➔' | '➜' | '⇒' => '→',
        '∶' | '﹕' => ':',
        '﹒' => '.',
        other => other,
    }
}
