//! The document of a query: XML or JSON, read into one shape.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};
use serde_json::{Map, Value};

use super::headers::Form;
use super::refusal::Refusal;

const ROOT: &str = "queryRequest";
/// Entries that may come more than once; in JSON they are arrays.
const LISTS: [&str; 3] = ["namespace", "directory", "transaction"];
/// No query has entries below this depth.
const DEPTH: usize = 8;

/// Reads a document. An element without content is `null`, one with text is a string.
pub(super) fn read(document: &[u8], form: Form) -> Result<Value, Refusal> {
    match form {
        Form::Json => serde_json::from_slice(document)
            .map_err(|error| Refusal::invalid(format!("Invalid JSON: {error}"))),
        Form::Xml => {
            let text = std::str::from_utf8(document);
            read_xml(text.map_err(|_| bad_xml("not UTF-8"))?)
        }
    }
}

fn bad_xml(why: &str) -> Refusal {
    Refusal::invalid(format!("Invalid XML: {why}"))
}

/// An element that is still open.
#[derive(Default)]
struct Open {
    name: String,
    children: Map<String, Value>,
    text: String,
}

impl Open {
    fn close(self) -> Result<Value, Refusal> {
        let blank = self.text.trim().is_empty();
        if self.children.is_empty() {
            return Ok(if blank { Value::Null } else { self.text.into() });
        }
        if !blank {
            return Err(bad_xml("text between entries"));
        }
        Ok(self.children.into())
    }

    fn adopt(&mut self, name: &str, child: Value) -> Result<(), Refusal> {
        let before = self.children.get_mut(name);
        match before {
            None if LISTS.contains(&name) => {
                self.children.insert(name.to_owned(), vec![child].into());
            }
            None => {
                self.children.insert(name.to_owned(), child);
            }
            Some(Value::Array(list)) => list.push(child),
            Some(_) => return Err(bad_xml("an entry comes twice")),
        }
        Ok(())
    }
}

fn read_xml(text: &str) -> Result<Value, Refusal> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = vec![Open::default()];
    loop {
        let event = reader.read_event();
        match event.map_err(|error| bad_xml(&error.to_string()))? {
            Event::Start(start) => begin(&mut open, start.name().0)?,
            Event::Empty(start) => {
                begin(&mut open, start.name().0)?;
                end(&mut open)?;
            }
            Event::End(_) => end(&mut open)?,
            Event::Text(text) => write(&mut open, &text),
            Event::CData(text) => write(&mut open, &text),
            Event::GeneralRef(reference) => write(&mut open, &resolve(&reference)?),
            Event::DocType(_) => return Err(bad_xml("a document type")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let (Some(mut top), true) = (open.pop(), open.is_empty()) else {
        return Err(bad_xml("an entry is not closed"));
    };
    match top.children.remove(ROOT) {
        Some(request) if top.children.is_empty() && top.text.trim().is_empty() => Ok(request),
        _ => Err(bad_xml("the one top-level entry is queryRequest")),
    }
}

fn begin(open: &mut Vec<Open>, name: &str) -> Result<(), Refusal> {
    if open.len() > DEPTH {
        return Err(bad_xml("too many levels"));
    }
    open.push(Open {
        name: name.to_owned(),
        ..Open::default()
    });
    Ok(())
}

fn end(open: &mut Vec<Open>) -> Result<(), Refusal> {
    let closed = open.pop().unwrap_or_default();
    let Some(parent) = open.last_mut() else {
        return Err(bad_xml("an entry is closed that was not opened"));
    };
    let name = closed.name.clone();
    parent.adopt(&name, closed.close()?)
}

fn write(open: &mut [Open], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, Refusal> {
    let character = reference.resolve_char_ref();
    let character = character.map_err(|error| bad_xml(&error.to_string()))?;
    let named = || resolve_xml_entity(reference).map(str::to_owned);
    let text = character.map(String::from).or_else(named);
    text.ok_or_else(|| bad_xml("an unknown entity"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn xml(text: &str) -> Option<Value> {
        read(text.as_bytes(), Form::Xml).ok()
    }

    #[test]
    fn xml_has_the_shape_of_json() {
        let text = "<?xml version=\"1.0\"?>\n<!-- c --><queryRequest><object>\
            <query>a &amp;&#32;<![CDATA[<b>]]></query><sort/>\n</object></queryRequest>\n";
        assert_eq!(
            xml(text),
            Some(json!({"object": {"query": "a & <b>", "sort": null}}))
        );
        let text = "<queryRequest><operation><systemMetadata><namespaces>\
            <namespace>a.b</namespace><namespace>c.b</namespace></namespaces>\
            <directories><directory>/x</directory></directories>\
            </systemMetadata></operation></queryRequest>";
        let metadata = json!({
            "namespaces": {"namespace": ["a.b", "c.b"]},
            "directories": {"directory": ["/x"]},
        });
        assert_eq!(
            xml(text),
            Some(json!({"operation": {"systemMetadata": metadata}}))
        );
        assert_eq!(xml("<queryRequest/>"), Some(Value::Null));
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for text in [
            "",
            "<query/>",
            "<queryRequest>",
            "<queryRequest></queryrequest>",
            "<queryRequest/><queryRequest/>",
            "<queryRequest>x<object/></queryRequest>",
            "<queryRequest><object><count>1</count><count>2</count></object></queryRequest>",
            "<!DOCTYPE x><queryRequest/>",
            "<queryRequest>&x;</queryRequest>",
            "</queryRequest>",
            "<a><b><c><d><e><f><g><h><i></i></h></g></f></e></d></c></b></a>",
        ] {
            assert_eq!(xml(text), None, "{text}");
        }
        assert!(read(b"{\"object\":", Form::Json).is_err());
    }
}
