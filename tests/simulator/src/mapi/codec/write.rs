//! Documents as XML.

use std::borrow::Cow;

use quick_xml::escape::partial_escape;
use serde_json::Value;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// The document below an element of this name. One that is nothing but a text of that same name
/// (`cors`) is the text of the element.
pub(crate) fn to_xml(root: &str, document: &Value, pretty: bool) -> String {
    let mut writer = Writer {
        text: HEAD.to_owned(),
        pretty,
    };
    match document.as_object().and_then(|fields| fields.get(root)) {
        Some(Value::String(text)) => {
            writer.line(0);
            writer.element(root, &cdata(text));
        }
        _ => writer.write(root, document, 0),
    }
    writer.text
}

struct Writer {
    text: String,
    pretty: bool,
}

impl Writer {
    fn write(&mut self, name: &str, value: &Value, depth: usize) {
        match value {
            Value::Array(items) => {
                for item in items {
                    self.write(name, item, depth);
                }
            }
            Value::Object(fields) => {
                self.line(depth);
                if fields.is_empty() {
                    self.text.extend(["<", name, "/>"]);
                    return;
                }
                self.text.extend(["<", name, ">"]);
                for (field, value) in fields {
                    self.write(field, value, depth + 1);
                }
                self.line(depth);
                self.text.extend(["</", name, ">"]);
            }
            scalar => {
                self.line(depth);
                self.element(name, &scalar_text(scalar));
            }
        }
    }

    fn element(&mut self, name: &str, inner: &str) {
        self.text.extend(["<", name, ">", inner, "</", name, ">"]);
    }

    fn line(&mut self, depth: usize) {
        if self.pretty {
            self.text.push('\n');
            self.text.push_str(&"  ".repeat(depth));
        }
    }
}

fn scalar_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => partial_escape(text.as_str()),
        Value::Null => Cow::Borrowed(""),
        other => Cow::Owned(other.to_string()),
    }
}

/// The end of a section inside its text takes two sections.
fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}
