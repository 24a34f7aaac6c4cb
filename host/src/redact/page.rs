//! Pages, scripts, cut-off JSON: text in which named values may stand.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::keys::Key;
use super::{Redactor, json};

static TAGS: LazyLock<Regex> = LazyLock::new(|| {
    let tags = "html|head|body|div|span|p|a|b|i|em|strong|font|small|table|tbody|tr|td|th|ul|ol|li|dl|dd|br|img|script|style|h[1-6]|form|input|section";
    pattern(&format!(r"(?i)<!doctype html|<(?:{tags})[\s/>]"))
});
/// `"name": "value"`, also without its end, and `name: 'value'` of a script.
static PAIR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"("[\w.-]+"|'[\w.-]+'|\b[A-Za-z_]\w*)(\s*:\s*)("(?:[^"\\\n]|\\.)*(?:"|$)|'[^'\n]*'|-?\d[\d.]*)"#));
/// The same inside a string.
static ESCAPED: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(\\+"([\w.-]+)\\+"\s*:\s*\\+")([^"\\]*)"#));
/// `<td class="receiver-name">value</td>`.
static MARKED: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(<\w+\b[^>]*?\b(?:class|id|name)="([\w-]+)"[^>]*>)([^<>]+)"#));
/// `<input name="receiver" value="value">`.
static INPUT: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(<input\b[^>]*?\b(?:id|name)="([\w-]+)"[^>]*?\bvalue=")([^"]*)"#));

/// Whether it is HTML, whole or a piece.
pub fn is_page(text: &str) -> bool {
    TAGS.is_match(text)
}

impl Redactor {
    pub(super) fn page(&self, text: &str) -> String {
        let text = PAIR.replace_all(text, |caps: &Captures<'_>| {
            let key = Key::new(caps[1].trim_matches(['"', '\'']), "");
            format!("{}{}{}", &caps[1], &caps[2], self.paired(&key, &caps[3]))
        });
        let marked = |caps: &Captures<'_>| format!("{}{}", &caps[1], self.leaf(&Key::new(&caps[2], ""), &caps[3], 1));
        let text = ESCAPED.replace_all(&text, marked);
        let text = MARKED.replace_all(&text, marked);
        let text = INPUT.replace_all(&text, marked);
        self.plain(&text)
    }

    fn paired(&self, key: &Key, raw: &str) -> String {
        match raw.as_bytes() {
            [b'"', .., b'"'] => json::string(self, raw, key, 1),
            // Cut off: read as if it ended here.
            [b'"', ..] => {
                let whole = json::string(self, &format!("{raw}\""), key, 1);
                whole[..whole.len() - 1].to_owned()
            }
            [b'\'', inner @ .., b'\''] => format!("'{}'", self.leaf(key, &String::from_utf8_lossy(inner), 1)),
            _ => self.number(key, raw),
        }
    }
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("written here")
}
