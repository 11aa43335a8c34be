//! The headers of a query: which form its body has, and in which form the answer is wanted.

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, StatusCode};

use super::refusal::Refusal;

/// One of the two forms that documents have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Xml,
    Json,
}

impl Form {
    fn of(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/xml" => Some(Self::Xml),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "application/xml",
            Self::Json => "application/json",
        }
    }
}

/// What was agreed on about the bodies of a query and of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) given: Form,
    pub(super) given_zipped: bool,
    pub(super) wanted: Form,
    pub(super) wanted_zipped: bool,
    pub(super) pretty: bool,
}

impl Terms {
    pub(super) fn of(parts: &Parts) -> Result<Self, Refusal> {
        let headers = &parts.headers;
        Ok(Self {
            given: given(headers)?,
            given_zipped: given_zipped(headers)?,
            wanted: wanted(headers)?,
            wanted_zipped: wanted_zipped(headers)?,
            pretty: pretty(parts.uri.query().unwrap_or_default())?,
        })
    }
}

fn given(headers: &HeaderMap) -> Result<Form, Refusal> {
    let named = text(headers, &CONTENT_TYPE).and_then(|value| Form::of(&value));
    named.ok_or_else(|| unsupported("Content-Type must be application/xml or application/json"))
}

fn given_zipped(headers: &HeaderMap) -> Result<bool, Refusal> {
    match text(headers, &CONTENT_ENCODING) {
        None => Ok(false),
        Some(coding) if coding.trim().eq_ignore_ascii_case("gzip") => Ok(true),
        Some(_) => Err(unsupported("Content-Encoding must be gzip")),
    }
}

/// The first of the two that is named. `*/*` names none.
fn wanted(headers: &HeaderMap) -> Result<Form, Refusal> {
    let accepted = text(headers, &ACCEPT).unwrap_or_default();
    let named = accepted.split(',').find_map(Form::of);
    named.ok_or_else(|| unacceptable("Accept must be application/xml or application/json"))
}

/// gzip or `*`, whatever else the header names.
fn wanted_zipped(headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(accepted) = text(headers, &ACCEPT_ENCODING) else {
        return Ok(false);
    };
    let mut codings = accepted
        .split(',')
        .map(|coding| coding.split(';').next().unwrap_or_default().trim());
    if codings.any(|coding| coding == "*" || coding.eq_ignore_ascii_case("gzip")) {
        Ok(true)
    } else {
        Err(unacceptable("Accept-Encoding must name gzip or *"))
    }
}

/// `prettyprint` is the only parameter of the URL that there is.
fn pretty(query: &str) -> Result<bool, Refusal> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let names = pairs.map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    names.into_iter().try_fold(false, |_, name| match name {
        "prettyprint" => Ok(true),
        other => Err(Refusal::invalid(format!(
            "Invalid query parameter: {other}"
        ))),
    })
}

/// All headers of this name as one list.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<_> = headers.get_all(name).iter().collect();
    let texts = values
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    (!values.is_empty()).then(|| texts.collect::<Vec<_>>().join(","))
}

fn unsupported(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
}

fn unacceptable(message: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_ACCEPTABLE, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

    fn terms(uri: &str, headers: &[(&str, &str)]) -> Result<Terms, u16> {
        let mut builder = http::Request::post(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let parts = builder.body(()).unwrap().into_parts().0;
        Terms::of(&parts).map_err(|refusal| refusal.status.as_u16())
    }

    #[test]
    fn the_answer_has_the_first_form_that_is_named() {
        let wanted = |accept| terms("/query", &[JSON, ("accept", accept)]).map(|t| t.wanted);
        assert_eq!(wanted("application/json"), Ok(Form::Json));
        assert_eq!(wanted("text/html, application/xml;q=0.9"), Ok(Form::Xml));
        assert_eq!(
            wanted("application/json, application/xml, */*"),
            Ok(Form::Json)
        );
        assert_eq!(wanted("*/*"), Err(406));
        assert_eq!(wanted("text/json"), Err(406));
        assert_eq!(terms("/query", &[JSON]), Err(406));
    }

    #[test]
    fn bodies_have_one_of_two_forms_and_one_coding() {
        let accept = ("accept", "application/xml");
        let of = |header| terms("/query", &[accept, header]);
        assert_eq!(terms("/query", &[accept]), Err(415));
        assert_eq!(of(("content-type", "text/xml")), Err(415));
        assert_eq!(
            of(("content-type", "application/xml")).map(|t| t.given),
            Ok(Form::Xml)
        );
        let zipped = [accept, JSON, ("content-encoding", "gzip")];
        assert!(terms("/query", &zipped).unwrap().given_zipped);
        let other = [accept, JSON, ("content-encoding", "br")];
        assert_eq!(terms("/query", &other), Err(415));
    }

    #[test]
    fn gzip_is_the_one_coding_of_answers() {
        let of = |coding| {
            let accept = ("accept", "application/xml");
            let headers = [accept, JSON, ("accept-encoding", coding)];
            terms("/query", &headers).map(|terms| terms.wanted_zipped)
        };
        assert_eq!(of("gzip, deflate;q=0.5"), Ok(true));
        assert_eq!(of("*"), Ok(true));
        assert_eq!(of("identity"), Err(406));
    }

    #[test]
    fn the_url_has_one_parameter() {
        let of = |uri| terms(uri, &[JSON, ("accept", "application/xml")]).map(|t| t.pretty);
        assert_eq!(of("/query"), Ok(false));
        assert_eq!(of("/query?prettyprint"), Ok(true));
        assert_eq!(of("/query?prettyprint=&x=1"), Err(400));
    }
}
