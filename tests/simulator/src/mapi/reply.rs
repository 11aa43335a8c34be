//! Answers of the Management API: what every one of them wears, in the form the client asked for.

use http::header::{
    ALLOW, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::assumptions::{Assumptions, ErrorBody, SingleLists};
use super::call::Out;
use super::codec::{to_csv, to_xml};
use super::media::Format;
use super::query::Query;
use super::refusal::Refusal;
use crate::answer::{Reply, add_security_headers, plain};
use crate::guard::Release;
use crate::store::Document;

const MESSAGE: HeaderName = HeaderName::from_static("x-hcp-errormessage");
const VERSION: HeaderName = HeaderName::from_static("x-hcp-softwareversion");

/// How the client wants its answer.
pub(crate) struct Wish<'a> {
    pub(crate) format: Format,
    pub(crate) root: &'a str,
    pub(crate) query: &'a Query,
    pub(crate) assumptions: &'a Assumptions,
}

impl Wish<'_> {
    pub(crate) fn success(&self, out: Out) -> Reply {
        let (name, records, columns) = match out {
            Out::Nothing => return plain(StatusCode::OK, ""),
            Out::Text(text) => return typed("text/plain;charset=UTF-8", text),
            Out::Zip { name, data } => return zip(name, data),
            Out::Document(document) => return self.document(&Value::Object(document)),
            Out::Bare(records) => return self.bare(records),
            Out::Records {
                name,
                records,
                columns,
            } => (name, records, columns),
        };
        if self.format == Format::Csv {
            return typed(self.format.media_type(), to_csv(columns, &records));
        }
        self.document(&json!({ name: records }))
    }

    /// XML has no bare arrays.
    fn bare(&self, records: Vec<Document>) -> Reply {
        let item = self.root.strip_suffix('s').unwrap_or(self.root);
        match self.format {
            Format::Json => self.document(&Value::from_iter(records)),
            _ => self.document(&json!({ item: records })),
        }
    }

    fn document(&self, document: &Value) -> Reply {
        let pretty = self.query.has("prettyprint");
        let text = match self.format {
            Format::Xml | Format::Csv => to_xml(self.root, document, pretty),
            Format::Json => self.json(document, pretty),
            Format::JavaScript => {
                let callback = self.query.get("callback").unwrap_or("callback");
                format!("{callback}({});", self.json(document, pretty))
            }
        };
        let format = match self.format {
            Format::Csv => Format::Xml,
            other => other,
        };
        typed(format.media_type(), text)
    }

    fn json(&self, document: &Value, pretty: bool) -> String {
        let mut document = document.clone();
        if self.assumptions.single_lists == SingleLists::Bare {
            unwrap_single(&mut document);
        }
        if pretty {
            format!("{document:#}")
        } else {
            document.to_string()
        }
    }
}

fn unwrap_single(value: &mut Value) {
    match value {
        Value::Array(items) => match items.as_mut_slice() {
            [only] => {
                *value = only.take();
                unwrap_single(value);
            }
            items => items.iter_mut().for_each(unwrap_single),
        },
        Value::Object(fields) => fields.values_mut().for_each(unwrap_single),
        _ => {}
    }
}

fn typed(media_type: &'static str, text: impl Into<bytes::Bytes>) -> Reply {
    let mut reply = plain(StatusCode::OK, text);
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    reply
}

fn zip(name: &str, data: Vec<u8>) -> Reply {
    let mut reply = typed("application/zip", data);
    let disposition = format!("attachment; filename={name}");
    set(reply.headers_mut(), CONTENT_DISPOSITION, &disposition);
    reply
}

/// The answer to a request that is not carried out. HEAD says 302 for what it does not find or
/// may not see.
pub(crate) fn failure(refusal: &Refusal, method: &Method, assumptions: &Assumptions) -> Reply {
    let missed = *method == Method::HEAD
        && matches!(
            refusal.status,
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN
        );
    let status = if missed {
        StatusCode::from_u16(assumptions.head_miss).unwrap_or(StatusCode::FOUND)
    } else {
        refusal.status
    };
    let body = match assumptions.error_body {
        ErrorBody::Empty => String::new(),
        ErrorBody::Text => refusal.message.clone(),
        ErrorBody::Html => format!("<html><body>{}</body></html>", refusal.message),
    };
    let mut reply = plain(status, body);
    let headers = reply.headers_mut();
    set(headers, MESSAGE, &refusal.message);
    if let Some(allow) = &refusal.allow {
        set(headers, ALLOW, allow);
    }
    if let (StatusCode::FOUND, Some(location)) = (status, &assumptions.redirect_location) {
        set(headers, LOCATION, location);
    }
    let media_type = match assumptions.error_body {
        ErrorBody::Empty => return reply,
        ErrorBody::Text => "text/plain",
        ErrorBody::Html => "text/html",
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    reply
}

/// Puts on what every answer of this API wears.
pub(crate) fn dress(mut reply: Reply, release: Release) -> Reply {
    let status = reply.status();
    let headers = reply.headers_mut();
    add_security_headers(status, headers);
    let version = HeaderValue::from_static(release.software_version());
    headers.insert(VERSION, version);
    reply
}

/// A header holds visible characters only; others become question marks.
pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    let safe = |c: char| {
        if c == ' ' || c.is_ascii_graphic() {
            c
        } else {
            '?'
        }
    };
    let text: String = text.chars().map(safe).collect();
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(name, value);
    }
}

/// A refusal by its number, for faults.
pub(crate) fn refusal(status: u16, message: Option<&str>) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = plain(status, "");
    if let Some(message) = message {
        set(reply.headers_mut(), MESSAGE, message);
    }
    reply
}
