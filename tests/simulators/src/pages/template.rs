//! Pages with gaps. `{{name}}` is a text, `{{{name}}}` markup or script, `<!--each name-->…<!--end
//! name-->` stands once for each row, and `~name` is a class or an id, which a changed layout calls
//! something else.

use crate::dice::Dice;

/// What fills the gaps.
#[derive(Default)]
pub struct Data {
    texts: Vec<(&'static str, String)>,
    blocks: Vec<(&'static str, Vec<Data>)>,
}

impl Data {
    pub fn text(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.texts.push((name, text.into()));
        self
    }

    pub fn each(mut self, name: &'static str, rows: Vec<Data>) -> Self {
        self.blocks.push((name, rows));
        self
    }

    /// A block that is there or not.
    pub fn when(self, name: &'static str, there: bool) -> Self {
        let rows = if there { vec![Data::default()] } else { vec![] };
        self.each(name, rows)
    }

    pub fn and(mut self, other: Data) -> Self {
        self.texts.extend(other.texts);
        self.blocks.extend(other.blocks);
        self
    }
}

pub fn render(template: &str, data: &Data, renamed: bool) -> String {
    let mut page = String::with_capacity(template.len() * 2);
    Scope { data, outer: None, renamed }.write(template, &mut page);
    page
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A text as a script writes it.
pub fn quote(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON").replace('<', "\\u003c")
}

struct Scope<'a> {
    data: &'a Data,
    outer: Option<&'a Scope<'a>>,
    renamed: bool,
}

impl Scope<'_> {
    fn write(&self, template: &str, page: &mut String) {
        let mut rest = template;
        while let Some(at) = rest.find(['{', '~', '<']) {
            page.push_str(&rest[..at]);
            rest = self.gap(&rest[at..], page);
        }
        page.push_str(rest);
    }

    /// Fills the gap that `rest` begins with, or writes its first character if it is none.
    fn gap<'t>(&self, rest: &'t str, page: &mut String) -> &'t str {
        if let Some((name, rest)) = between(rest, "{{{", "}}}") {
            page.push_str(self.find(name));
            rest
        } else if let Some((name, rest)) = between(rest, "{{", "}}") {
            page.push_str(&escape(self.find(name)));
            rest
        } else if let Some((name, rest)) = between(rest, "<!--each ", "-->") {
            let (body, rest) = rest.split_once(&format!("<!--end {name}-->")).expect("a block that begins ends");
            for data in self.rows(name) {
                Scope { data, outer: Some(self), renamed: self.renamed }.write(body, page);
            }
            rest
        } else if let Some(rest) = rest.strip_prefix('~') {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len());
            page.push_str(&self.name(&rest[..end]));
            &rest[end..]
        } else {
            page.push_str(&rest[..1]);
            &rest[1..]
        }
    }

    fn find(&self, name: &str) -> &str {
        let here = self.data.texts.iter().find(|(n, _)| *n == name).map(|(_, text)| text.as_str());
        here.or_else(|| self.outer.map(|outer| outer.find(name))).unwrap_or_else(|| panic!("no text for `{name}`"))
    }

    fn rows(&self, name: &str) -> &[Data] {
        let here = self.data.blocks.iter().find(|(n, _)| *n == name).map(|(_, rows)| rows.as_slice());
        here.or_else(|| self.outer.map(|outer| outer.rows(name))).unwrap_or_else(|| panic!("no rows for `{name}`"))
    }

    fn name(&self, name: &str) -> String {
        if self.renamed { format!("x{:08x}", Dice::new(0, &[name]).draw() as u32) } else { name.to_owned() }
    }
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<(&'t str, &'t str)> {
    text.strip_prefix(open)?.split_once(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_once_and_texts_cannot_open_new_ones() {
        let rows = vec![Data::default().text("time", "1"), Data::default().text("time", "{{no}} <b> ~x")];
        let data = Data::default().text("no", "7").each("row", rows).when("none", false);
        let template = "<p id=\"~no\">{{no}}</p><!--each row-->[{{time}} {{{no}}}]<!--end row--><!--each none-->-<!--end none--> a < b {";
        assert_eq!(render(template, &data, false), "<p id=\"no\">7</p>[1 7][{{no}} &lt;b&gt; ~x 7] a < b {");
        let renamed = render(template, &data, true);
        assert!(renamed.starts_with("<p id=\"x") && !renamed.contains("\"no\""), "{renamed}");
        assert_eq!(quote("</script>"), r#""\u003c/script>""#);
    }
}
