//! XML as documents: elements become properties, repeated elements lists, texts strings.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use serde_json::Value;

use crate::store::Document;

/// An element that is still open.
struct Open {
    name: String,
    text: String,
    fields: Document,
}

impl Open {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: String::new(),
            fields: Document::new(),
        }
    }

    fn take(&mut self, name: &str, value: Value) {
        match self.fields.get_mut(name) {
            Some(Value::Array(items)) => items.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
            None => {
                self.fields.insert(name.to_owned(), value);
            }
        }
    }

    /// Text beside elements is white space, or of no meaning.
    fn close(self) -> (String, Value) {
        let value = if self.fields.is_empty() {
            Value::String(self.text)
        } else {
            Value::Object(self.fields)
        };
        (self.name, value)
    }
}

/// The name of the root and what is in it; nothing for what is not well formed, has a document
/// type, or is not UTF-8.
pub(crate) fn from_xml(document: &[u8]) -> Option<(String, Value)> {
    let mut reader = Reader::from_str(std::str::from_utf8(document).ok()?);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    loop {
        let closed = match reader.read_event().ok()? {
            Event::Start(start) if root.is_none() => {
                open.push(Open::new(name(&start.local_name())));
                None
            }
            Event::Empty(start) if root.is_none() => {
                Some(Open::new(name(&start.local_name())).close())
            }
            Event::End(_) => Some(open.pop()?.close()),
            Event::Text(text) => {
                add(&mut open, &text.xml10_content())?;
                None
            }
            Event::CData(text) => {
                add(&mut open, &text)?;
                None
            }
            Event::GeneralRef(entity) => {
                add(&mut open, &character(&entity)?.to_string())?;
                None
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => None,
            Event::Eof => return root.filter(|_| open.is_empty()),
            Event::Start(_) | Event::Empty(_) | Event::DocType(_) => return None,
        };
        match (closed, open.last_mut()) {
            (Some((name, value)), Some(parent)) => parent.take(&name, value),
            (Some(whole), None) => root = Some(whole),
            (None, _) => {}
        }
    }
}

fn name<'a>(name: &'a quick_xml::name::LocalName<'a>) -> &'a str {
    name.as_ref()
}

/// Outside the root there is room for white space only.
fn add(open: &mut [Open], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}

/// The five entities of XML, and characters by number.
fn character(name: &BytesRef<'_>) -> Option<char> {
    if let Some(character) = name.resolve_char_ref().ok()? {
        return Some(character);
    }
    match &**name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}
