//! The request a proof is read from, and the headers that have a meaning of their own.

use http::header::DATE;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;

use crate::date::Timestamp;
use crate::error::{Fault, Form, ProofError};
use crate::payload::PayloadMode;

pub(crate) const TOKEN: &str = "x-amz-security-token";

/// The head of a request as the client sent it, before anything was normalised or added.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'a> {
    /// As on the request line.
    pub method: &'a str,
    /// The path as on the request line, escapes untouched, without the query.
    pub raw_path: &'a [u8],
    /// What follows `?` on the request line.
    pub raw_query: Option<&'a [u8]>,
    /// All headers; a `Host` among them is not looked at.
    pub headers: &'a HeaderMap,
    /// The authority the client meant: the `Host` header, or `:authority` in HTTP/2, with
    /// the port if the client sent one.
    pub host: &'a [u8],
}

const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static(TOKEN);

fn single<'a>(
    headers: &'a HeaderMap,
    (header, name): (&HeaderName, &'static str),
) -> Result<Option<&'a [u8]>, ProofError> {
    let mut values = headers.get_all(header).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(ProofError::RepeatedHeader(name)),
        (value, None) => Ok(value.map(HeaderValue::as_bytes)),
    }
}

pub(crate) fn date(headers: &HeaderMap) -> Result<Timestamp, ProofError> {
    if let Some(date) = single(headers, (&X_AMZ_DATE, "x-amz-date"))? {
        return Timestamp::parse(date.trim_ascii()).ok_or(ProofError::InvalidDate);
    }
    let date = single(headers, (&DATE, "date"))?.ok_or(ProofError::MissingDate)?;
    Timestamp::parse_date_header(date).ok_or(ProofError::InvalidDate)
}

pub(crate) fn payload(headers: &HeaderMap) -> Result<Option<PayloadMode>, ProofError> {
    let value = single(headers, (&CONTENT_SHA256, "x-amz-content-sha256"))?;
    value
        .map(|text| PayloadMode::parse(text.trim_ascii()))
        .transpose()
}

pub(crate) fn security_token(headers: &HeaderMap) -> Result<Option<SecretString>, ProofError> {
    let Some(token) = single(headers, (&SECURITY_TOKEN, TOKEN))? else {
        return Ok(None);
    };
    let token = std::str::from_utf8(token.trim_ascii());
    token
        .map(|token| Some(token.into()))
        .map_err(|_| Fault::Characters.of(Form::Header))
}
