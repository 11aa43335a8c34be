//! Signing requests that go out, in headers or as a presigned URL.

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue};
use portico_sigv4::query::{decoded, parameters};
use portico_sigv4::{RequestView, uri_encode};
use secrecy::SecretString;
use thiserror::Error;

use crate::amz::{self, AmzHeaders};
use crate::error::{Form, ProofError};
use crate::presigned::PARAMETERS;
use crate::resource::Resource;
use crate::signature::Signature;
use crate::text;

/// Why a request cannot be signed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignError {
    /// The access key holds bytes that no header may have.
    #[error("the access key cannot stand in a header")]
    AccessKey,
    /// The query already has a parameter that presigning adds.
    #[error("the query already has the parameter {0}")]
    ReservedParameter(&'static str),
    /// No server could verify it.
    #[error(transparent)]
    Request(#[from] ProofError),
}

/// A request about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Upper case, as it will be sent.
    pub method: &'a str,
    /// Percent-encoded, byte for byte as it will be sent.
    pub path: &'a str,
    /// Percent-encoded, as it will be sent.
    pub query: Option<&'a str>,
    /// Headers that will be sent. Signed are `Content-MD5`, `Content-Type` and `x-amz-*`.
    pub headers: &'a HeaderMap,
    /// The bucket, if the host names it and not the path.
    pub bucket_of_virtual_host: Option<&'a str>,
}

/// The headers that make an [`Outgoing`] request a signed one.
#[derive(Clone, Debug)]
pub struct Signed {
    /// `date`; `None` if the request has an `x-amz-date`, which counts then.
    pub date: Option<HeaderValue>,
    /// `authorization`, marked sensitive.
    pub authorization: HeaderValue,
}

impl Signed {
    /// Sets the headers, in place of any of these names.
    pub fn apply(self, headers: &mut HeaderMap) {
        if let Some(date) = self.date {
            headers.insert(http::header::DATE, date);
        }
        headers.insert(http::header::AUTHORIZATION, self.authorization);
    }
}

/// Signs in the `Authorization` header. A session token belongs into `request.headers`
/// before, as `x-amz-security-token`. `at` counts unless there is an `x-amz-date`; it must
/// lie between 1970 and 9999.
pub fn sign(
    request: &Outgoing<'_>,
    access_key: &str,
    secret: &SecretString,
    at: SystemTime,
) -> Result<Signed, SignError> {
    let dated = request.headers.contains_key(amz::DATE);
    let date = (!dated).then(|| http_date(at)).transpose()?;
    let line = date.as_ref().map(HeaderValue::as_bytes);
    let line = line.unwrap_or_default();
    let signature = request.signature(Form::Header, line, secret)?;
    let authorization = format!("AWS {access_key}:{}", signature.to_base64());
    let authorization = HeaderValue::from_str(&authorization);
    let mut authorization = authorization.map_err(|_| SignError::AccessKey)?;
    authorization.set_sensitive(true);
    Ok(Signed {
        date,
        authorization,
    })
}

/// Makes the query of a presigned URL that is good until `expires`, in seconds since 1970.
/// A session token belongs into `request.query` before, as `x-amz-security-token`. Whoever
/// uses the URL must send the signed headers of `request` too.
pub fn presign(
    request: &Outgoing<'_>,
    access_key: &str,
    secret: &SecretString,
    expires: u32,
) -> Result<String, SignError> {
    let query = request.query.unwrap_or_default();
    for (name, _) in parameters(query.as_bytes()) {
        let name = decoded(name);
        if let Some(taken) = PARAMETERS.iter().find(|known| known.as_bytes() == &*name) {
            return Err(SignError::ReservedParameter(taken));
        }
    }
    let expires = expires.to_string();
    let signature = request.signature(Form::Query, expires.as_bytes(), secret)?;
    let values = [access_key, &expires, &signature.to_base64()];
    let own = PARAMETERS.iter().zip(values);
    let own = own.map(|(name, value)| format!("{name}={}", uri_encode(value.as_bytes(), false)));
    let given = (!query.is_empty()).then(|| query.to_owned());
    Ok(given.into_iter().chain(own).collect::<Vec<_>>().join("&"))
}

impl Outgoing<'_> {
    fn signature(
        &self,
        form: Form,
        date: &[u8],
        secret: &SecretString,
    ) -> Result<Signature, ProofError> {
        let view = RequestView {
            method: self.method,
            raw_path: self.path.as_bytes(),
            raw_query: self.query.map(str::as_bytes),
            headers: self.headers,
            host: b"", // is not signed
        };
        let amz = AmzHeaders::read(form, &view)?;
        let mut text = text::head(&view, date, &amz)?;
        let resource = Resource::read(form, &view, self.bucket_of_virtual_host)?;
        text.extend_from_slice(&resource.canonical());
        Ok(Signature::of(secret, &text))
    }
}

/// `httpdate` panics outside its years, which nobody shall be able to make it do.
fn http_date(at: SystemTime) -> Result<HeaderValue, SignError> {
    let known = portico_sigv4::Timestamp::from_system(at).filter(|at| at.unix() >= 0);
    known.ok_or(ProofError::InvalidDate)?;
    let text = httpdate::fmt_http_date(at);
    HeaderValue::from_str(&text).map_err(|_| ProofError::InvalidDate.into())
}
