//! Media types: what a client sends, and what it wants.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

use super::refusal::Refusal;

/// The forms of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Xml,
    Json,
    /// JSON inside a call of a function.
    JavaScript,
    /// Chargeback reports only.
    Csv,
}

/// The types that exist, as far as HCP looks: of anything else a request is bad.
const KINDS: [&str; 10] = [
    "application",
    "audio",
    "example",
    "font",
    "image",
    "message",
    "model",
    "multipart",
    "text",
    "video",
];

impl Format {
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "application/xml;charset=UTF-8",
            Self::Json => "application/json;charset=UTF-8",
            Self::JavaScript => "application/javascript;charset=UTF-8",
            Self::Csv => "text/csv;charset=UTF-8",
        }
    }

    fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "application/xml" | "application/*" | "*/*" => Some(Self::Xml),
            "application/json" => Some(Self::Json),
            "application/javascript" => Some(Self::JavaScript),
            "text/csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// What the client wants to read: XML unless it says otherwise. `csv` tells whether the
    /// resource can be had as text.
    pub(crate) fn wanted(headers: &HeaderMap, csv: bool) -> Result<Self, Refusal> {
        let Some(accept) = header(headers, &ACCEPT) else {
            return Ok(Self::Xml);
        };
        let types: Vec<String> = accept.split(',').map(bare).collect();
        let mut formats = types.iter().filter_map(|name| Self::of(name));
        if let Some(format) = formats.find(|format| csv || *format != Self::Csv) {
            return Ok(format);
        }
        types.iter().try_for_each(|name| exists(name))?;
        Err(Refusal::unsupported(
            "The media type in the Accept header is not supported.",
        ))
    }

    /// What the client has sent: only XML and JSON can be read.
    pub(crate) fn sent(headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(sent) = header(headers, &CONTENT_TYPE) else {
            return Err(Refusal::unsupported("The Content-Type header is required."));
        };
        let sent = bare(sent);
        exists(&sent)?;
        match Self::of(&sent) {
            Some(format @ (Self::Xml | Self::Json)) if !sent.ends_with('*') => Ok(format),
            _ => Err(Refusal::unsupported(
                "The media type in the Content-Type header is not supported.",
            )),
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.trim().is_empty()).then_some(value)
}

/// Without parameters, in lower case.
fn bare(media_type: &str) -> String {
    let name = media_type.split(';').next().unwrap_or_default();
    name.trim().to_ascii_lowercase()
}

fn exists(media_type: &str) -> Result<(), Refusal> {
    let kind = media_type.split_once('/').map(|(kind, _)| kind);
    match kind {
        Some(kind) if KINDS.contains(&kind) => Ok(()),
        _ => Err(Refusal::bad(
            "The request names a media type that does not exist.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn xml_unless_the_client_says_otherwise() {
        let wanted = |accept: &str| {
            let wanted = Format::wanted(&headers(ACCEPT, accept), false);
            wanted.map_err(|refusal| refusal.status.as_u16())
        };
        assert_eq!(wanted("*/*"), Ok(Format::Xml));
        assert_eq!(wanted("Application/JSON; charset=utf-8"), Ok(Format::Json));
        assert_eq!(wanted("text/html, application/xml;q=0.9"), Ok(Format::Xml));
        assert_eq!(wanted("text/csv"), Err(415));
        assert_eq!(wanted("text/html"), Err(415));
        assert_eq!(wanted("tekst/csv"), Err(400));
        let csv = Format::wanted(&headers(ACCEPT, "text/csv"), true);
        assert_eq!(csv, Ok(Format::Csv));
        assert_eq!(Format::wanted(&HeaderMap::new(), false), Ok(Format::Xml));
    }

    #[test]
    fn a_body_needs_a_type_that_can_be_read() {
        let sent = |name: &str| {
            let sent = Format::sent(&headers(CONTENT_TYPE, name));
            sent.map_err(|refusal| refusal.status.as_u16())
        };
        assert_eq!(sent("application/xml; charset=UTF-8"), Ok(Format::Xml));
        assert_eq!(sent("application/json"), Ok(Format::Json));
        assert_eq!(sent("text/csv"), Err(415));
        assert_eq!(sent("application/*"), Err(415));
        assert_eq!(sent("nonsense"), Err(400));
        let none = Format::sent(&HeaderMap::new()).unwrap_err();
        assert_eq!(none.status, 415);
    }
}
