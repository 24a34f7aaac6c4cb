//! Pages of announcements: a parser for the HTML that sites really send, and the words in it.

pub use scraper::{ElementRef, Html, Selector};

use scraper::Node;

/// Elements that stand on lines of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "html",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "tr",
    "ul",
];
/// Elements whose text nobody reads.
const UNSEEN: &[&str] = &["head", "noscript", "script", "style", "template"];

/// A selector of the adapter's own.
///
/// # Panics
///
/// If it is none: that is the adapter's mistake, and ends the call as a trap.
pub fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|_| panic!("`{css}` is a selector"))
}

/// The words of an element in one line.
pub fn line(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// The words of an element, a paragraph a line.
pub fn paragraphs(element: ElementRef<'_>) -> String {
    let mut out = String::new();
    let mut last = None;
    for node in element.descendants() {
        match node.value() {
            Node::Element(inner) if inner.name() == "br" => out.push('\n'),
            Node::Text(text) => {
                let mut above = node.ancestors().filter_map(ElementRef::wrap);
                if above.clone().any(|e| UNSEEN.contains(&e.value().name())) {
                    continue;
                }
                let block = above.find(|e| BLOCKS.contains(&e.value().name())).map(|e| e.id());
                if block != last {
                    out.push('\n');
                    last = block;
                }
                // Blanks between words stay one; between lines they are none, below.
                out.push_str(&text.replace(['\n', '\r', '\t'], " "));
            }
            _ => {}
        }
    }
    let lines = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_a_line() {
        let page = Html::parse_document(
            "<div id=a>前言<p>各合作<b>伙伴</b>：</p>\n<p>一、旧版<br/>将下线</p>\n<table><tr><td>旧</td><td>新</td></tr></table><script>x()</script>\n 此致</div>",
        );
        let found = page.select(&selector("#a")).next().unwrap();
        assert_eq!(paragraphs(found), "前言\n各合作伙伴：\n一、旧版\n将下线\n旧\n新\n此致");
        assert_eq!(line(page.select(&selector("p")).next().unwrap()), "各合作 伙伴 ：");
    }
}
