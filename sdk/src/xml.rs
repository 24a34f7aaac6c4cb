//! Small XML answers: elements and their text, no entities but the five of XML itself, no DTD.
//!
//! A step that occurs once or several times is the same list here ([`Element::all`]).

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use crate::{Fault, fault};

/// An element, its text and the elements in it.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Element {
    /// The tag, without a namespace prefix.
    pub name: String,
    /// All character data directly inside, trimmed.
    pub text: String,
    /// The elements inside, in order.
    pub children: Vec<Element>,
}

const MAX_DEPTH: usize = 32;

impl Element {
    /// The first child of that name.
    pub fn first(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The text of the first child of that name; empty if there is none.
    pub fn text_of(&self, name: &str) -> &str {
        self.first(name).map_or("", |c| c.text.as_str())
    }

    /// Every child of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |c| c.name == name)
    }
}

/// Parses a document to its root element.
pub fn parse(document: &str) -> Result<Element, Fault> {
    let bad = |why: &dyn core::fmt::Display| fault::unreadable(why, document.as_bytes());
    let mut reader = Reader::from_str(document);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|e| bad(&e))? {
            Event::Start(tag) => open.push(named(tag.local_name().as_ref())),
            Event::Empty(tag) => close(&mut open, named(tag.local_name().as_ref())),
            Event::Text(text) => append(&mut open, &text),
            Event::CData(text) => append(&mut open, &text),
            Event::GeneralRef(entity) => {
                let known = entity_text(&entity).ok_or_else(|| bad(&"an entity that XML does not define"))?;
                append(&mut open, &known);
            }
            Event::End(_) => {
                let done = open.pop().ok_or_else(|| bad(&"an end tag too many"))?;
                close(&mut open, done);
            }
            Event::Eof => break,
            Event::DocType(_) => return Err(bad(&"a document type is not accepted")),
            _ => {}
        }
        if open.len() > MAX_DEPTH {
            return Err(bad(&"nested too deep"));
        }
    }
    let mut root = open.pop().filter(|_| open.is_empty()).ok_or_else(|| bad(&"an element is not closed"))?;
    if root.children.len() != 1 {
        return Err(bad(&"not one root element"));
    }
    Ok(root.children.remove(0))
}

/// Escapes text for an element.
pub fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

fn named(tag: &str) -> Element {
    Element { name: tag.to_owned(), ..Element::default() }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(last) = open.last_mut() {
        last.text.push_str(text);
    }
}

fn close(open: &mut [Element], mut done: Element) {
    done.text = done.text.trim().to_owned();
    if let Some(parent) = open.last_mut() {
        parent.children.push(done);
    }
}

fn entity_text(entity: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if let Ok(Some(c)) = entity.resolve_char_ref() {
        return Some(c.to_string());
    }
    quick_xml::escape::resolve_predefined_entity(entity).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_many_steps_are_a_list() {
        for (document, count) in [("<r><s>a</s></r>", 1), ("<r><s>a</s><s>b &amp; c</s></r>", 2), ("<r/>", 0)] {
            assert_eq!(parse(document).unwrap().all("s").count(), count);
        }
        assert_eq!(parse("<r><s>b &amp; &#67;</s></r>").unwrap().text_of("s"), "b & C");
    }

    #[test]
    fn entities_and_broken_documents_are_refused() {
        let bomb = r#"<!DOCTYPE r [<!ENTITY a "x">]><r>&a;</r>"#;
        for document in [bomb, "<r>&a;</r>", "<r><s></r>", "", "plain", "<r/><r/>"] {
            assert_eq!(parse(document).unwrap_err().code, "unreadable", "{document}");
        }
    }
}
