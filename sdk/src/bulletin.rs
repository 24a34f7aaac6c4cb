//! An adapter that reads announcements: the other kind, with a contract of its own.
//!
//! ```ignore
//! use posthouse_sdk::bulletin::{self, Fault, Listed, Notices, Page};
//!
//! struct Board;
//! impl Notices for Board {
//!     fn list(source: String, page: Page) -> Result<Vec<Listed>, Fault> { /* a page of titles */ }
//!     fn notice(source: String, page: Page) -> Result<Listed, Fault> { /* one announcement */ }
//! }
//! posthouse_sdk::export!(Board: notices);
//! ```
//!
//! It does no I/O and imports nothing. The same code compiles natively, so `cargo test` reads kept
//! pages without wasm.

pub use crate::wit::notices::exports::posthouse::bulletin::notices::{Fault, Guest as Notices, Listed, Page};

/// The page has another structure than the adapter reads.
pub fn layout_changed(detail: impl Into<String>) -> Fault {
    Fault { code: crate::fault::LAYOUT_CHANGED.into(), detail: detail.into() }
}

/// The bytes are not what they should be.
pub fn unreadable(detail: impl Into<String>) -> Fault {
    Fault { code: crate::fault::UNREADABLE.into(), detail: detail.into() }
}

/// The page asks for a person.
pub fn challenge(detail: impl Into<String>) -> Fault {
    Fault { code: crate::fault::CHALLENGE.into(), detail: detail.into() }
}

/// The page's text. What the answer says of its charset counts; where it says nothing, what the
/// document says of itself.
pub fn text(page: &Page) -> Result<String, Fault> {
    let said = page.content_type.as_deref().and_then(charset).or_else(|| {
        let head = page.body.get(..1024).unwrap_or(&page.body);
        charset(&String::from_utf8_lossy(head))
    });
    match said.as_deref() {
        None | Some("utf-8" | "utf8") => String::from_utf8(page.body.clone()).map_err(|_| unreadable("a page that is not UTF-8")),
        Some("gbk" | "gb2312" | "gb18030") => gbk(&page.body),
        Some(other) => Err(unreadable(format!("a page in {other}"))),
    }
}

/// A day as pages write it, `2026-01-20`, `2026/1/20`, `2026.01.20` or `2026年1月20日`, with or without
/// a time of the day behind it: as an instant, in China.
pub fn day(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut number = || {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        rest = after;
        digits.parse::<u32>().ok()
    };
    let (year, month, day) = (number()?, number()?, number()?);
    // What follows is a time of the day only if it looks like one: a counter of readers does not.
    let behind = rest.trim_start_matches(['日', 'T', ' ', '\u{a0}', '\u{3000}']);
    let clock = behind.get(..5).filter(|clock| clock.as_bytes()[2] == b':').unwrap_or("00:00");
    crate::time::parse(&format!("{year:04}-{month:02}-{day:02} {clock}"))
}

fn charset(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let named = lower.split("charset=").nth(1)?.trim_start_matches(['"', '\'', ' ']);
    let end = named.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(named.len());
    Some(named[..end].to_owned())
}

#[cfg(feature = "gbk")]
fn gbk(bytes: &[u8]) -> Result<String, Fault> {
    match crate::gbk::decode(bytes) {
        (text, true) => Ok(text),
        (_, false) => Err(unreadable("a page that is not GBK")),
    }
}

#[cfg(not(feature = "gbk"))]
fn gbk(_: &[u8]) -> Result<String, Fault> {
    Err(unreadable("a page in GBK: build the adapter with the SDK's feature `gbk`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_pages_write_them() {
        let midnight = day("2026-01-20").unwrap();
        assert_eq!(midnight, 1_768_838_400_000);
        for same in ["2026/1/20", "[2026.01.20]", "2026年1月20日", "发布时间：2026-01-20 00:00"] {
            assert_eq!(day(same), Some(midnight), "{same}");
        }
        for same in ["2026-01-20 14:30", "2026-01-20T14:30:00+08:00", "发布时间：2026年1月20日 14:30 阅读次数：318"] {
            assert_eq!(day(same), Some(midnight + 52_200_000), "{same}");
        }
        assert_eq!(day("2026-01-20 阅读：318"), Some(midnight));
        assert_eq!(day("昨天"), None);
    }

    #[test]
    fn the_answers_charset_counts_more_than_the_documents() {
        let page = |content_type: Option<&str>, body: &[u8]| Page {
            url: "https://a.example/".into(),
            content_type: content_type.map(Into::into),
            body: body.into(),
            now: 0,
        };
        assert_eq!(text(&page(None, "公告".as_bytes())).unwrap(), "公告");
        assert_eq!(text(&page(Some("text/html; charset=UTF-8"), b"<meta charset=gbk>a")).unwrap(), "<meta charset=gbk>a");
        assert!(text(&page(Some("text/html; charset=latin-1"), b"a")).is_err());
        #[cfg(feature = "gbk")]
        assert_eq!(text(&page(None, b"<meta charset=\"gb2312\">\xB9\xAB\xB8\xE6")).unwrap(), "<meta charset=\"gb2312\">公告");
    }
}
