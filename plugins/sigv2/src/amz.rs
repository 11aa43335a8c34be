//! `CanonicalizedAmzHeaders`: every header that begins with `x-amz-`.

use std::collections::BTreeMap;
use std::str;

use http::{HeaderMap, HeaderName, HeaderValue};
use portico_sigv4::RequestView;
use portico_sigv4::query::{decoded, parameters};
use secrecy::SecretString;

use crate::coverage::is_header;
use crate::error::{Fault, Form, ProofError};

pub(crate) const DATE: &str = "x-amz-date";
pub(crate) const TOKEN: &str = "x-amz-security-token";

/// Names with their values, repeated headers joined by a comma.
pub(crate) struct AmzHeaders(BTreeMap<String, Vec<u8>>);

impl AmzHeaders {
    /// Presigned URLs of botocore and Java's SDK carry such headers as query parameters,
    /// signed as if they were headers. Stores honour them there, so every one of them counts.
    /// A name may stand in one place only, or else with one value.
    pub(crate) fn read(form: Form, request: &RequestView<'_>) -> Result<Self, ProofError> {
        let mut found = in_headers(request.headers);
        if form == Form::Query {
            let hoisted = in_query(request.raw_query.unwrap_or_default())?;
            for (name, value) in hoisted {
                match found.get(&name) {
                    Some(sent) if *sent != value => return Err(ProofError::Contradiction(name)),
                    _ => found.insert(name, value),
                };
            }
        }
        Ok(Self(found))
    }

    pub(crate) fn security_token(&self, form: Form) -> Result<Option<SecretString>, ProofError> {
        let Some(token) = self.0.get(TOKEN) else {
            return Ok(None);
        };
        let token = str::from_utf8(token);
        token
            .map(|token| Some(token.into()))
            .map_err(|_| Fault::Characters.of(form))
    }

    pub(crate) fn write_into(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.0 {
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            out.extend_from_slice(value);
            out.push(b'\n');
        }
    }
}

/// `http` lets no line break into a value, so nothing can be folded here.
fn in_headers(headers: &HeaderMap) -> BTreeMap<String, Vec<u8>> {
    let names = headers.keys().map(HeaderName::as_str);
    let ours = names.filter(|name| name.starts_with("x-amz-"));
    ours.map(|name| {
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values.map(|value| value.as_bytes().trim_ascii()).collect();
        (name.to_owned(), values.join(&b','))
    })
    .collect()
}

/// What no header could be is refused: a decoded line break would begin another header, and
/// a colon in a name another value. Letter case stays as sent: clients sign these in lower
/// case, and a store that knows no other must not be made to overlook one that is signed.
fn in_query(raw: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, ProofError> {
    let mut found = BTreeMap::new();
    for (name, value) in parameters(raw) {
        let name = decoded(name);
        if !is_header(&name) {
            continue;
        }
        let characters = || Fault::Characters.of(Form::Query);
        HeaderName::from_bytes(&name).map_err(|_| characters())?;
        let name = String::from_utf8(name.into_owned()).map_err(|_| characters())?;
        let value = HeaderValue::from_bytes(&decoded(value)).map_err(|_| characters())?;
        let value = value.as_bytes().trim_ascii().to_owned();
        if found.insert(name.clone(), value).is_some() {
            return Err(Fault::Repeated(name).of(Form::Query));
        }
    }
    Ok(found)
}
