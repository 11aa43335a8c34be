//! What a query found, as JSON or XML.

use quick_xml::escape::escape;
use serde_json::{Map, Value, json};

use super::facets::Facet;
use super::headers::{Form, Terms};
use super::properties::Shown;
use super::record::Record;

const SCHEMA: &str = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xsi:noNamespaceSchemaLocation=\"/static/xsd/query-result-7.0.xsd\"";

/// What was asked, as the answer repeats it.
pub(super) enum About {
    Expression(String),
    /// In milliseconds.
    Span {
        start: i64,
        end: i64,
    },
}

/// The values of a facet and how often each occurs.
pub(super) type Frequencies = (Facet, Vec<(String, usize)>);

/// The result of a query.
pub(super) struct Found {
    pub(super) about: About,
    pub(super) records: Vec<Record>,
    pub(super) shown: Shown,
    /// For object queries.
    pub(super) total: Option<usize>,
    pub(super) complete: bool,
    pub(super) content_properties: bool,
    pub(super) facets: Option<Vec<Frequencies>>,
}

impl Found {
    pub(super) fn document(&self, terms: Terms) -> String {
        match (terms.wanted, terms.pretty) {
            (Form::Json, false) => self.json().to_string(),
            (Form::Json, true) => format!("{:#}", self.json()),
            (Form::Xml, pretty) => self.xml(if pretty { "\n" } else { "" }),
        }
    }

    fn code(&self) -> &'static str {
        if self.complete {
            "COMPLETE"
        } else {
            "INCOMPLETE"
        }
    }

    fn json(&self) -> Value {
        let mut result = Map::new();
        let query = match &self.about {
            About::Expression(text) => json!({ "expression": text }),
            About::Span { start, end } => json!({ "start": start, "end": end }),
        };
        result.insert("query".to_owned(), query);
        let records = self.records.iter().map(|record| self.record_json(record));
        result.insert("resultSet".to_owned(), records.collect());
        result.insert("status".to_owned(), self.status_json());
        if self.content_properties {
            result.insert("contentProperties".to_owned(), json!([]));
        }
        if let Some(facets) = &self.facets {
            let facets: Vec<_> = facets.iter().map(facet_json).collect();
            result.insert("facets".to_owned(), json!({ "facet": facets }));
        }
        json!({ "queryResult": result })
    }

    fn record_json(&self, record: &Record) -> Value {
        let values = self.shown.values(record).into_iter();
        let values = values.filter_map(|(name, value)| Some((name.to_owned(), value.json()?)));
        Value::Object(values.collect())
    }

    fn status_json(&self) -> Value {
        let mut status = json!({
            "results": self.records.len(),
            "message": "",
            "code": self.code(),
        });
        if let (Some(total), Value::Object(entries)) = (self.total, &mut status) {
            entries.insert("totalResults".to_owned(), total.into());
        }
        status
    }

    /// `line` stands between elements.
    fn xml(&self, line: &str) -> String {
        let query = match &self.about {
            About::Expression(text) => {
                let text = written(text);
                format!("<query><expression>{text}</expression></query>")
            }
            About::Span { start, end } => format!("<query start=\"{start}\" end=\"{end}\"/>"),
        };
        let mut parts = vec![
            "<?xml version='1.0' encoding='UTF-8'?>".to_owned(),
            format!("<queryResult {SCHEMA}>"),
            query,
        ];
        let records = self.records.iter().map(|record| self.record_xml(record));
        parts.extend(wrapped("resultSet", records.collect()));
        parts.push(self.status_xml());
        if self.content_properties {
            parts.push("<contentProperties/>".to_owned());
        }
        if let Some(facets) = &self.facets {
            let facets = facets.iter().flat_map(facet_xml);
            parts.extend(wrapped("facets", facets.collect()));
        }
        parts.push("</queryResult>".to_owned());
        parts.join(line)
    }

    fn record_xml(&self, record: &Record) -> String {
        let values = self.shown.values(record).into_iter();
        let attributes = values.filter_map(|(name, value)| {
            let value = value.text()?;
            Some(format!(" {name}=\"{}\"", written(&value)))
        });
        format!("<object{}/>", attributes.collect::<String>())
    }

    fn status_xml(&self) -> String {
        let total = self.total.map(|total| format!(" totalResults=\"{total}\""));
        format!(
            "<status{} results=\"{}\" message=\"\" code=\"{}\"/>",
            total.unwrap_or_default(),
            self.records.len(),
            self.code()
        )
    }
}

fn facet_json((facet, values): &Frequencies) -> Value {
    let values = values.iter();
    let values = values.map(|(value, count)| json!({ "value": value, "count": count }));
    json!({ "property": facet.name(), "frequency": values.collect::<Vec<_>>() })
}

fn facet_xml((facet, values): &Frequencies) -> Vec<String> {
    let begin = format!("<facet property=\"{}\">", facet.name());
    let values = values.iter().map(|(value, count)| {
        let value = written(value);
        format!("<frequency count=\"{count}\" value=\"{value}\"/>")
    });
    let end = "</facet>".to_owned();
    std::iter::once(begin).chain(values).chain([end]).collect()
}

fn wrapped(name: &str, mut parts: Vec<String>) -> Vec<String> {
    if parts.is_empty() {
        return vec![format!("<{name}/>")];
    }
    parts.insert(0, format!("<{name}>"));
    parts.push(format!("</{name}>"));
    parts
}

/// XML 1.0 has no way to write control characters, not even escaped.
fn written(text: &str) -> String {
    let visible = |c: char| match c {
        '\t' | '\n' | '\r' => c,
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
        c => c,
    };
    escape(text.chars().map(visible).collect::<String>()).into_owned()
}
