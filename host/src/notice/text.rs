//! When two texts say the same: a page's decoration changes with every visit, and is no edit.

use std::sync::LazyLock;

use regex::Regex;
use sha2::{Digest as _, Sha256};
use similar::{ChangeTag, TextDiff};

/// Characters of a text that is recognised elsewhere; two short ones may be alike by chance.
const TELLING: usize = 60;

/// Counters of readers, the date of today, buttons to print or to share: nothing of the announcement.
static DECORATION: LazyLock<Regex> = LazyLock::new(|| {
    let counted = r"(?:阅读|浏览|点击|访问|查看)(?:次数|人数|量|数)?\s*[:：]?\s*\d+\s*次?";
    let today = r"(?:今天是|当前时间|现在是)\s*[:：]?[^\n，。；]*";
    let buttons = r"[\[【〖(（]\s*(?:打印|关闭|返回|分享|字号[^\]】〗)）]*)(?:本页|窗口|列表)?\s*[\]】〗)）]|分享到[:：]?[^\n]*";
    Regex::new(&format!("{counted}|{today}|{buttons}")).expect("our own expression")
});

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `+`, `-`, or a blank for what stayed.
    pub sign: char,
    pub text: String,
}

/// What is left of a text when its decoration is gone: a paragraph a line, single blanks.
pub fn plain(text: &str) -> String {
    let text = DECORATION.replace_all(text, "");
    let squeezed = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    squeezed.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Of an announcement's words: another digest is an edit.
pub fn digest(title: &str, text: &str) -> String {
    hex::encode(Sha256::digest(format!("{}\n\n{}", bare(title), bare(text))))
}

/// Of the text alone, by which it is recognised under another title or on another site; none if it
/// is too short to be.
pub fn body(text: &str) -> Option<String> {
    let bare = bare(text);
    (bare.chars().count() >= TELLING).then(|| hex::encode(Sha256::digest(bare)))
}

/// What changed from one text to the next, with a line of what stayed around it.
pub fn difference(old: &str, new: &str) -> Vec<Line> {
    let (old, new) = (plain(old), plain(new));
    let diff = TextDiff::from_lines(&old, &new);
    let groups = diff.grouped_ops(1);
    let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    changes.map(|change| Line { sign: sign(change.tag()), text: change.value().trim_end_matches('\n').to_owned() }).collect()
}

fn sign(tag: ChangeTag) -> char {
    match tag {
        ChangeTag::Equal => ' ',
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
    }
}

/// Without any blank: where a line is broken says nothing in Chinese.
fn bare(text: &str) -> String {
    DECORATION.replace_all(text, "").split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoration_is_no_edit() {
        let text = "各合作伙伴：\n旧版查询接口将于2026年3月1日下线。";
        for same in [
            "各合作伙伴：　旧版查询接口将于2026年3月1日下线。",
            "今天是2026年1月20日 星期二\n各合作伙伴：\n\n旧版查询接口将于2026年3月1日下线。\n阅读次数：1024",
            "各合作伙伴：\n旧版查询接口将于2026年3月1日下线。\n浏览量: 7次 【打印本页】 [关闭窗口] 分享到：微信 微博",
        ] {
            assert_eq!(digest("公告", same), digest("公 告", text), "{same}");
        }
        for other in [text.replace("3月1日", "4月1日"), text.replace("下线", "升级")] {
            assert_ne!(digest("公告", &other), digest("公告", text), "{other}");
        }
        assert_ne!(digest("更正公告", text), digest("公告", text));
    }

    #[test]
    fn a_short_text_is_not_recognised_elsewhere() {
        assert_eq!(body("详见附件。"), None);
        let long = "各合作伙伴：旧版查询接口将于2026年3月1日下线。".repeat(3);
        assert!(body(&long).is_some() && body(&long) == body(&format!("{long}\n点击数：3")));
    }

    #[test]
    fn a_difference_shows_what_changed() {
        let lines = difference("一\n二\n三\n四\n五\n", "一\n二\n三\n四月\n五");
        let shown: Vec<String> = lines.iter().map(|line| format!("{}{}", line.sign, line.text)).collect();
        assert_eq!(shown, [" 三", "-四", "+四月", " 五"]);
        assert_eq!(difference("一\n二", "一\n\n 二 "), vec![]);
    }
}
